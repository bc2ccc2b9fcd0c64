"""Trips: those under way and those of the last days, and one trip as a timeline; the map's panel of a coach."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from dashboard.account_view import read_account_beside
from dashboard.along import spot_at
from dashboard.borders_ahead import read_borders_ahead
from dashboard.map_places import name_of_place
from dashboard.pages.devices import PartsDep
from dashboard.pages.trip_readings import TripId
from dashboard.paging import PageNumber, paged
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.safety import read_alerts
from dashboard.timelines import Timeline
from dashboard.trip_lists import STATES
from dashboard.trip_reading import find_trip, find_trip_of, read_timeline, read_trip_lines
from dashboard.viewers import require
from operators.companies import list_operators
from tracker.countries import zone_of
from tracker.errors import NotFound
from tracker.geography import Geography
from tracker.scope import Action, Scope, names
from tracker.sightings import CoachNow, TripRunRow

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]
Word = Annotated[str, Query(max_length=60)]


@router.get("/trips", response_class=HTMLResponse)
def trips_page(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    corridor: Word = "",
    operator: Word = "",
    coach: Word = "",
    state: Word = "",
    page: PageNumber = 1,
) -> Response:
    """List the trips in the viewer's reach, running ones first."""
    geography, now = parts.directory.geography, parts.clock.now()
    reach = names(scope.operators(Action.VIEW_POSITIONS))
    with parts.database.reading() as session:
        lines = read_trip_lines(
            session, parts.directory.find_vehicle, geography, scope, now,
            corridor=corridor, operator=operator, coach=coach, state=state,
        )  # fmt: skip
        alerts = read_alerts(session, scope, now)
        shown = paged(lines, page)
        ahead = read_borders_ahead(session, parts, scope, shown.items)
        companies = {o.operator_id: o.name for o in list_operators(session) if reach is None or o.operator_id in reach}
    return pages.render(
        request, "trips.html", shown=shown, companies=companies, now=now,
        corridors=geography.list_corridors(), states=(*STATES, "silent"), place=_namer(geography), zone=zone_of,
        filters={"corridor": corridor, "operator": operator, "coach": coach, "state": state}, alerts=alerts,
        ahead=ahead, span=lambda s: timedelta(seconds=s), find_vehicle=parts.directory.find_vehicle,
        spot=lambda one: spot_at(geography, one.corridor_id, one.km),
    )  # fmt: skip


@router.get("/trips/{trip_id}", response_class=HTMLResponse)
def trip_page(
    request: Request,
    trip_id: TripId,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    operator: Word = "",
    vehicle: Word = "",
) -> Response:
    """Show one trip: everything that is known of it, in order."""
    with parts.database.reading() as session:
        run, sheet = find_trip(session, trip_id, scope, parts.directory.geography, operator, vehicle)
        context = _context(session, run, sheet, parts, scope)
    return pages.render(request, "trip.html", **context)


@router.get("/panels/trip", response_class=HTMLResponse)
def trip_panel(
    request: Request, pages: PagesDep, parts: PartsDep, scope: Viewing, vehicle: Annotated[str, Query(max_length=40)]
) -> Response:
    """Return the newest trip of a coach, without the page around it."""
    known = parts.directory.find_vehicle(vehicle)
    if known is None or not scope.may(Action.VIEW_POSITIONS, operator_id=known.operator_id):
        raise NotFound("unknown_vehicle", vehicle_id=vehicle)
    with parts.database.reading() as session:
        run, sheet = find_trip_of(session, vehicle, scope, parts.directory.geography)
        if run is None and sheet is None:
            return pages.render(request, "panel.html", content="trip_none.html", vehicle=known)
        context = _context(session, run, sheet, parts, scope)
    return pages.render(request, "panel.html", content="trip_content.html", **context)


def _context(session: Session, run: TripRunRow | None, sheet: Any, parts: Parts, scope: Scope) -> dict[str, Any]:
    geography, now = parts.directory.geography, parts.clock.now()
    timeline, coach = read_timeline(session, run, sheet, geography, scope, now)
    companies = {o.operator_id: o.name for o in list_operators(session)}
    return {
        "trip": timeline,
        "account": read_account_beside(session, run, timeline, scope),
        "coach": coach,
        "where": spot_at(geography, coach.corridor_id, coach.km) if coach else None,
        "plate": _plate(parts, timeline, coach),
        "company": companies.get(timeline.operator_id, timeline.operator_id),
        "place": _namer(geography),
        "zone": zone_of,
        "now": now,
    }


def _plate(parts: Parts, timeline: Timeline, coach: CoachNow | None) -> str | None:
    vehicle = parts.directory.find_vehicle(coach.vehicle_id if coach else timeline.vehicle_id)
    return vehicle.license_plate if vehicle else None


def _namer(geography: Geography) -> Any:
    return lambda place_id: name_of_place(place_id, geography) if place_id else ""
