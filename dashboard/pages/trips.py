"""Trips: those under way and those of the last days, and one trip as a timeline; the map's panel of a coach."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session, col, select

from dashboard.account_view import read_account
from dashboard.along import spot_at
from dashboard.map_places import name_of_place
from dashboard.pages.devices import PartsDep
from dashboard.pages.flow_readings import TripId
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.safety import read_alerts
from dashboard.timelines import Timeline
from dashboard.trip_lists import STATES, list_trips
from dashboard.trip_reading import find_trip, find_trip_of, read_timeline
from dashboard.viewers import require
from operators.companies import list_operators
from operators.trip_sheets import list_sheets
from tracker.countries import zone_of
from tracker.errors import NotFound
from tracker.geography import Geography
from tracker.latest import VehicleContact
from tracker.scope import Action, Scope, names
from tracker.sightings import CoachNow, TripRunRow, list_coaches_now, list_trip_runs

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]
Word = Annotated[str, Query(max_length=60)]
SPAN = timedelta(days=7)
MOST = 200


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
) -> Response:
    """List the trips in the viewer's reach, running ones first."""
    geography, now = parts.directory.geography, parts.clock.now()
    reach = names(scope.operators(Action.VIEW_POSITIONS))
    chosen = reach if not operator else frozenset({operator}) if reach is None else reach & {operator}
    with parts.database.reading() as session:
        runs = _runs(session, chosen, corridor, now - SPAN)
        lines = list_trips(
            runs, list_sheets(session, chosen, limit=MOST), list_coaches_now(session, chosen), _contacts(session, runs),
            parts.directory.find_vehicle, geography, scope, now,
        )  # fmt: skip
        alerts = read_alerts(session, scope, now)
        companies = {o.operator_id: o.name for o in list_operators(session) if reach is None or o.operator_id in reach}
    wanted = coach.strip().casefold()
    lines = [
        line
        for line in lines
        if (not corridor or (line.corridor and line.corridor.id == corridor))
        and (not wanted or wanted in f"{line.vehicle_id} {line.license_plate or ''}".casefold())
        and (not state or (line.is_silent if state == "silent" else line.state == state))
        and (line.run or line.started_at > now - SPAN)
    ]
    return pages.render(
        request, "trips.html", lines=lines[:MOST], more=len(lines) > MOST, companies=companies, now=now,
        corridors=geography.list_corridors(), states=(*STATES, "silent"), place=_namer(geography), zone=zone_of,
        filters={"corridor": corridor, "operator": operator, "coach": coach, "state": state}, alerts=alerts,
        find_vehicle=parts.directory.find_vehicle, spot=lambda one: spot_at(geography, one.corridor_id, one.km),
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
        "account": read_account(session, run.fact_id, scope)
        if run and timeline.account and not timeline.hidden
        else None,
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


def _runs(session: Session, operators: frozenset[str] | None, corridor: str, since: Any) -> list[TripRunRow]:
    return list_trip_runs(session, operators=operators, corridor_id=corridor or None, since=since, limit=MOST)


def _contacts(session: Session, runs: list[TripRunRow]) -> dict[str, VehicleContact]:
    ids = {run.vehicle_id for run in runs if run.ended_at is None}
    query = select(VehicleContact).where(col(VehicleContact.vehicle_id).in_(ids))
    return {contact.vehicle_id: contact for contact in session.exec(query)}
