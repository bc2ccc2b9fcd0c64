"""Reads what a trip's page and panel need from the projections, as far as the viewer may see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from checkpoints.reported_controls import list_controls, list_incidents
from dashboard.map_reports import MapReport, show_reports
from dashboard.timelines import Timeline, make_timeline
from dashboard.trip_lists import TripLine, list_trips, sees_run, sees_sheet, shown_run, shown_sheet
from operators.trip_sheets import TripSheet, find_sheets, list_sheets, list_sheets_between
from tracker.directory import VehicleRef
from tracker.errors import NotFound
from tracker.geography import Geography
from tracker.latest import VehicleContact
from tracker.scope import Action, Scope, names
from tracker.sightings import (
    CoachNow,
    TripRunRow,
    find_trip_run,
    list_border_crossings,
    list_coaches_now,
    list_gaps,
    list_halts,
    list_trip_runs,
    refused_counts,
)

SPAN = timedelta(days=7)
MOST, MOST_RUNNING = 1000, 5000
AROUND = timedelta(minutes=30)  # a control at the station of departure is reported before the coach moves


def find_trip(
    session: Session, trip_id: str, scope: Scope, geography: Geography, operator_id: str = "", vehicle_id: str = ""
) -> tuple[TripRunRow | None, TripSheet | None]:
    """Return a trip's newest run and its sheet, whichever there are.

    Raises:
        NotFound: there is none that the viewer may see; two operators used the id and neither is named.
    """
    reach = names(scope.operators(Action.VIEW_POSITIONS))
    if operator_id:
        reach = frozenset({operator_id}) if reach is None else reach & {operator_id}
    runs = [r for r in find_trip_run(session, trip_id, reach) if sees_run(scope, r, geography)]
    if vehicle_id:
        runs = [r for r in runs if r.vehicle_id == vehicle_id]
    sheets = [s for s in find_sheets(session, trip_id, reach) if sees_sheet(scope, s, geography)]
    if vehicle_id and runs:
        sheets = [s for s in sheets if s.operator_id == runs[0].operator_id]
    if len({r.operator_id for r in runs} | {s.operator_id for s in sheets}) > 1:
        raise NotFound("trip_id_ambiguous", trip_id=trip_id)
    run = max(runs, key=lambda r: (r.ended_at is None, r.started_at), default=None)
    if run is None and not sheets:
        raise NotFound("unknown_trip", trip_id=trip_id)
    return run, sheets[0] if sheets else None


def read_trip_lines(
    session: Session,
    find_vehicle: Callable[[str], VehicleRef | None],
    geography: Geography,
    scope: Scope,
    now: datetime,
    *,
    corridor: str = "",
    operator: str = "",
    coach: str = "",
    state: str = "",
) -> list[TripLine]:
    """Return trips in the viewer's reach: those under way, those declared for a week ahead, the newest of the last week.

    In that order, those declared by their departure. Empty words choose nothing.

    `coach`: a part of a plate or an id. `state`: one of `STATES`, or `silent`.
    """
    reach = names(scope.operators(Action.VIEW_POSITIONS))
    chosen = reach if not operator else frozenset({operator}) if reach is None else reach & {operator}
    listed = partial(list_trip_runs, session, operators=chosen, corridor_id=corridor or None, since=now - SPAN)
    running = listed(is_running=True, limit=MOST_RUNNING)  # however many have ended since they left
    runs = running + [run for run in listed(limit=MOST) if run.ended_at is not None]
    contacts = _contacts(session, runs)
    sheets = list_sheets_between(session, now - SPAN, now + SPAN, chosen)
    coaches = list_coaches_now(session, chosen)
    wanted = coach.strip().casefold()
    return [
        line
        for line in list_trips(runs, sheets, coaches, contacts, find_vehicle, geography, scope, now)
        if (not corridor or (line.corridor and line.corridor.id == corridor))
        and (not wanted or wanted in f"{line.vehicle_id} {line.license_plate or ''}".casefold())
        and (not state or (line.is_silent if state == "silent" else line.state == state))
    ]


def _contacts(session: Session, runs: list[TripRunRow]) -> dict[str, VehicleContact]:
    ids = {run.vehicle_id for run in runs if run.ended_at is None}
    query = select(VehicleContact).where(col(VehicleContact.vehicle_id).in_(ids))
    return {contact.vehicle_id: contact for contact in session.exec(query)}


def find_trip_of(
    session: Session, vehicle_id: str, scope: Scope, geography: Geography
) -> tuple[TripRunRow | None, TripSheet | None]:
    """Return the newest trip of a coach, `(None, None)` where the viewer may see none of it."""
    reach = names(scope.operators(Action.VIEW_POSITIONS))
    runs = list_trip_runs(session, operators=reach, vehicle_id=vehicle_id, limit=5)
    run = next((r for r in runs if sees_run(scope, r, geography)), None)
    if run is None:
        sheets = [s for s in list_sheets(session, reach, vehicle_id, limit=1) if sees_sheet(scope, s, geography)]
        return None, sheets[0] if sheets else None
    sheets = find_sheets(session, run.trip_id, [run.operator_id])
    return run, sheets[0] if sheets else None


def read_timeline(
    session: Session, run: TripRunRow | None, sheet: TripSheet | None, geography: Geography, scope: Scope, now: datetime
) -> tuple[Timeline, CoachNow | None]:
    """Return the timeline of a trip and, while it runs, where its coach is."""
    known = run or sheet
    assert known is not None
    operators = [known.operator_id]

    def sees(country: str | None, section_id: str | None) -> bool:
        return scope.may_see_exact(known.operator_id, country=country)

    sheet = shown_sheet(scope, sheet, geography) if sheet else None
    if run is None:
        return make_timeline(None, sheet, (), (), (), (), (), geography, sees, now), None
    coach = None
    if run.ended_at is None:
        coach = next((c for c in list_coaches_now(session, operators) if c.vehicle_id == run.vehicle_id), None)
    until = run.ended_at or (coach.observed_at if coach else now)
    which: dict[str, Any] = {
        "operators": operators,
        "vehicle_id": run.vehicle_id,
        "since": run.started_at,
        "until": until,
    }
    timeline = make_timeline(
        run,
        sheet,
        list_halts(session, **which),
        list_border_crossings(session, **which),
        list_gaps(session, **which),
        _reports(session, run, until, geography, scope),
        [(reason, count) for _, reason, count in refused_counts(session, **which)],
        geography,
        sees,
        until,
        scope.withholds,
    )
    visible = coach is not None and sees(coach.country, None) and not scope.withholds(coach)
    return replace(timeline, run=shown_run(scope, run)), coach if visible else None


def _reports(session: Session, run: TripRunRow, until: datetime, geography: Geography, scope: Scope) -> list[MapReport]:
    """Return the controls and incidents of the time, oldest first; an armed group's is the operator's alone."""
    if not scope.may(Action.VIEW_REPORTS_EXACT, operator_id=run.operator_id):
        return []
    mine = scope.viewer.operator_id if scope.viewer else None
    since, until = run.started_at - AROUND, until + AROUND
    controls = list_controls(session, since, [run.operator_id], mine, vehicle_id=run.vehicle_id, until=until)
    incidents = list_incidents(session, since, [run.operator_id], mine, vehicle_id=run.vehicle_id, until=until)
    return show_reports(controls, incidents, geography, scope)[::-1]
