"""What the crew of a coach is offered: trips that its dispatcher declared, and halts that its fitted unit showed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from checkpoints.reported_controls import ReportedControl, ReportedIncident, list_controls, list_incidents
from dashboard.field_view import HUB_RADIUS_KM
from operators.trip_sheets import list_sheets_between
from tracker.geo import distance_m
from tracker.geography import Geography
from tracker.sightings import HaltRow, list_coaches_now, list_halts

# A trip is offered from half a day before its departure until half a day after: later it was driven without a sheet.
AROUND = timedelta(hours=12)
LOOK_BACK = timedelta(hours=24)
SHORTEST = timedelta(minutes=3)
ALONE_AFTER = timedelta(hours=1)
BEHIND_M = 15_000.0  # no question while whoever halted the coach may still see the phone (`care.md`, section 1)
NEAR_REPORT = timedelta(minutes=5)
TOLD = ("origin", "destination", "scheduled_departure", "manifest", "seal_number", "grouped_control", "in_order")


def open_trips(session: Session, operator_id: str, coaches: Collection[str], now: datetime) -> list[dict[str, Any]]:
    """Return the declared trips of those coaches that have not left, by their departure."""
    sheets = [
        sheet
        for sheet in list_sheets_between(session, now - AROUND, now + AROUND, [operator_id])
        if sheet.vehicle_id in coaches
        and sheet.declared_at is not None
        and not (sheet.departed_at or sheet.arrived_at or sheet.cancelled_at)
    ]
    return [
        {"trip_id": sheet.trip_id, "vehicle_id": sheet.vehicle_id, "corridor_id": sheet.corridor_id}
        | {name: sheet.said[name] for name in TOLD if sheet.said.get(name) is not None}
        for sheet in sheets
    ]


def halts_to_ask(
    session: Session, operator_id: str, vehicle_id: str, geography: Geography, now: datetime
) -> list[dict[str, Any]]:
    """Return the halts of a coach in the last day that nobody has explained, oldest first; times in Unix seconds.

    Left out: those at posts and hubs, under three minutes, reported already, and those less than 15 km behind that ended
    less than an hour ago.
    """
    coach = next((one for one in list_coaches_now(session, [operator_id]) if one.vehicle_id == vehicle_id), None)
    since = now - LOOK_BACK
    told: list[ReportedControl | ReportedIncident] = [
        *list_controls(session, since - LOOK_BACK, [operator_id], operator_id, vehicle_id=vehicle_id),
        *list_incidents(session, since - LOOK_BACK, [operator_id], operator_id, vehicle_id=vehicle_id),
    ]
    found = []
    for halt in list_halts(session, operators=[operator_id], vehicle_id=vehicle_id, since=since):
        if halt.ended_at is None or halt.ended_at - halt.started_at < SHORTEST or halt.post_id is not None:
            continue
        if _is_at_hub(halt, geography) or _is_told(halt, told):
            continue
        here = (coach.latitude, coach.longitude) if coach else None
        is_behind = here is not None and distance_m(halt.latitude, halt.longitude, *here) >= BEHIND_M
        if is_behind or now - halt.ended_at >= ALONE_AFTER:
            found.append(
                {
                    "id": halt.fact_id, "at": [round(halt.latitude, 5), round(halt.longitude, 5)],
                    "from": int(halt.started_at.timestamp()), "until": int(halt.ended_at.timestamp()),
                }
            )  # fmt: skip
    return found[::-1]


def _is_at_hub(halt: HaltRow, geography: Geography) -> bool:
    return any(
        distance_m(halt.latitude, halt.longitude, hub.latitude, hub.longitude) <= HUB_RADIUS_KM * 1000
        for hub in geography.hubs.values()
    )


def _is_told(halt: HaltRow, told: Iterable[ReportedControl | ReportedIncident]) -> bool:
    assert halt.ended_at is not None
    first, last = halt.started_at - NEAR_REPORT, halt.ended_at + NEAR_REPORT
    return any(one.observed_at <= last and (one.ended_at or one.observed_at) >= first for one in told)
