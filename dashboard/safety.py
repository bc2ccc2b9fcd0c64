"""Safety alerts: what an operator, and nobody else, is told of its own coaches on dangerous roads.

A stop by an armed group anywhere, or by soldiers in a restricted section; insecurity that a crew reported; a silence in a
restricted section. None of them is a control, a payment statistic or a case (`checkpoints/alerts.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, select

from checkpoints.alerts import is_alert
from checkpoints.reported_controls import ReportedControl, ReportedIncident, list_controls, list_incidents
from tracker.latest import SILENT_AFTER, VehicleContact
from tracker.restrictions import where_of
from tracker.scope import Action, Scope, names
from tracker.sightings import list_coaches_now, list_gaps

WINDOW = timedelta(days=7)
MOST = 200
Kind = Literal["armed_group", "military", "insecurity", "silence"]


@dataclass(frozen=True, slots=True)
class SafetyAlert:
    """One alert. `until` is None while it goes on, or where nobody said; the place as far as it is known."""

    kind: Kind
    operator_id: str
    vehicle_id: str
    trip_id: str | None
    at: datetime
    until: datetime | None
    latitude: float | None
    longitude: float | None
    corridor_id: str | None
    km: float | None
    seq: int | None


def read_alerts(session: Session, scope: Scope, now: datetime, since: datetime | None = None) -> list[SafetyAlert]:
    """Return the alerts of the viewer's own coaches since a moment (unless said, of the last week), newest first."""
    own = names(scope.operators(Action.VIEW_SAFETY_ALERTS)) or frozenset()
    begin = since or now - WINDOW
    found: list[SafetyAlert] = []
    for operator_id in sorted(own):
        rows: list[ReportedControl | ReportedIncident] = [
            *list_controls(session, begin, [operator_id], operator_id),
            *list_incidents(session, begin, [operator_id], operator_id),
        ]
        found += [_told(row, kind) for row in rows if (kind := _kind(row, scope)) is not None]
        found += _silences(session, scope, operator_id, begin, now)
    return sorted(found, key=lambda one: (one.at, one.vehicle_id), reverse=True)[:MOST]


def _kind(row: ReportedControl | ReportedIncident, scope: Scope) -> Kind | None:
    if is_alert(row, scope.restrictions):
        return "armed_group" if row.agency == "armed_group" else "military"
    return "insecurity" if getattr(row, "incident_type", None) == "insecurity" else None


def _told(row: ReportedControl | ReportedIncident, kind: Kind) -> SafetyAlert:
    return SafetyAlert(
        kind, row.operator_id, row.vehicle_id, row.trip_id, row.observed_at, row.ended_at, row.latitude, row.longitude,
        None, None, row.seq,
    )  # fmt: skip


def _silences(session: Session, scope: Scope, operator_id: str, since: datetime, now: datetime) -> list[SafetyAlert]:
    """Return silences in restricted sections: those that are over, and coaches of which nothing is heard now."""
    if not scope.restrictions:
        return []
    found = [
        SafetyAlert(
            "silence", operator_id, gap.vehicle_id, None, gap.started_at, gap.ended_at, None, None, gap.corridor_id, gap.from_km,
            gap.last_seq,
        )
        for gap in list_gaps(session, operators=[operator_id], since=since, until=now)
        if gap.kind == "lost" and scope.restrictions.covers(where_of(gap), gap.started_at, gap.ended_at or now)
    ]  # fmt: skip
    told = {one.vehicle_id for one in found if one.until is None}
    query = select(VehicleContact).where(col(VehicleContact.operator_id) == operator_id)
    heard = {contact.vehicle_id: contact.heard_at for contact in session.exec(query)}
    for coach in list_coaches_now(session, [operator_id]):
        at = heard.get(coach.vehicle_id)
        if at is None or now - at <= SILENT_AFTER or coach.trip_id is None or coach.vehicle_id in told:
            continue
        if scope.restrictions.covers(where_of(coach), coach.observed_at, now):
            place = (coach.latitude, coach.longitude, coach.corridor_id, coach.km)
            found.append(SafetyAlert("silence", operator_id, coach.vehicle_id, coach.trip_id, at, None, *place, None))
    return found
