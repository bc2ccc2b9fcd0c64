"""Controls and incidents as crews reported them: one row per report.

A stop by an armed group is a safety alert to the operator, never a checkpoint (`care.md`, section 1): `list_controls`
leaves it out unless the reader is the coach's own operator. Words of a report stay sealed in the log; no text is here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, insert
from sqlmodel import Field, Session, SQLModel, col, or_, select

from checkpoints.agencies import ARMED_GROUP
from tracker.database import BigId, UtcDateTime
from tracker.events import ControlReported, Event, IncidentReported


class ReportedControl(SQLModel, table=True):
    """One check by one agency, as the crew reported it. `payments` as in the contract, section 3."""

    __tablename__ = "reported_control"

    seq: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    operator_id: str = Field(max_length=40, index=True)
    vehicle_id: str = Field(max_length=40)
    trip_id: str | None = Field(default=None, max_length=64)
    agency: str = Field(max_length=40)
    observed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    latitude: float | None = None
    longitude: float | None = None
    in_order: bool | None = None
    payments: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    reasons: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    harassment: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class ReportedIncident(SQLModel, table=True):
    """One incident as the crew reported it: delay, breakdown, accident, closure, queue, weather, insecurity, harassment."""

    __tablename__ = "reported_incident"

    seq: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    operator_id: str = Field(max_length=40, index=True)
    vehicle_id: str = Field(max_length=40)
    trip_id: str | None = Field(default=None, max_length=64)
    incident_type: str = Field(max_length=20)
    agency: str | None = Field(default=None, max_length=40)
    observed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    latitude: float | None = None
    longitude: float | None = None
    delay_s: float | None = None
    harassment: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class CrewReports:
    """Keeps `ReportedControl` and `ReportedIncident`."""

    name = "crew_reports"
    tables: Sequence[type[SQLModel]] = (ReportedControl, ReportedIncident)

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Add one row per reported control and incident."""
        controls = [_control(event) for event in events if isinstance(event, ControlReported)]
        incidents = [_incident(event) for event in events if isinstance(event, IncidentReported)]
        if controls:
            session.connection().execute(insert(ReportedControl), controls)
        if incidents:
            session.connection().execute(insert(ReportedIncident), incidents)


def _shared(event: ControlReported | IncidentReported) -> dict[str, Any]:
    body = event.body
    ended_at = body.get("ended_at")
    return {
        "seq": event.seq,
        "operator_id": event.operator_id,
        "vehicle_id": event.vehicle_id,
        "trip_id": body.get("trip_id"),
        "observed_at": event.observed_at,
        "ended_at": datetime.fromisoformat(ended_at) if ended_at else None,
        "received_at": event.received_at,
        "latitude": body.get("latitude"),
        "longitude": body.get("longitude"),
        "harassment": body.get("harassment") or [],
    }


def _control(event: ControlReported) -> dict[str, Any]:
    body = event.body
    return _shared(event) | {
        "agency": body["agency"],
        "in_order": body.get("in_order"),
        "payments": body.get("payments") or [],
        "reasons": body.get("reasons") or [],
    }


def _incident(event: IncidentReported) -> dict[str, Any]:
    body = event.body
    return _shared(event) | {
        "incident_type": body["incident_type"],
        "agency": body.get("agency"),
        "delay_s": body.get("delay_s"),
    }


def list_controls(
    session: Session,
    since: datetime,
    operators: Collection[str] | None = None,
    own: str | None = None,
    before_seq: int | None = None,
    limit: int = 500,
    vehicle_id: str | None = None,
    until: datetime | None = None,
) -> list[ReportedControl]:
    """Return controls observed from `since` on, newest entry first, of `operators` only (None: of all).

    `vehicle_id` and `until` narrow it to one coach, and to what was observed before.

    Stops by armed groups are given to the operator `own` alone.
    """
    query = select(ReportedControl).where(col(ReportedControl.observed_at) >= since)
    query = query.where(or_(col(ReportedControl.agency) != ARMED_GROUP, col(ReportedControl.operator_id) == own))
    if operators is not None:
        query = query.where(col(ReportedControl.operator_id).in_(operators))
    if before_seq is not None:
        query = query.where(col(ReportedControl.seq) < before_seq)
    if vehicle_id is not None:
        query = query.where(col(ReportedControl.vehicle_id) == vehicle_id)
    if until is not None:
        query = query.where(col(ReportedControl.observed_at) < until)
    return list(session.exec(query.order_by(col(ReportedControl.seq).desc()).limit(limit)))


def list_incidents(
    session: Session,
    since: datetime,
    operators: Collection[str] | None = None,
    own: str | None = None,
    before_seq: int | None = None,
    limit: int = 500,
    vehicle_id: str | None = None,
    until: datetime | None = None,
) -> list[ReportedIncident]:
    """Return incidents observed from `since` on, newest entry first; filters and armed groups' as in `list_controls`."""
    query = select(ReportedIncident).where(col(ReportedIncident.observed_at) >= since)
    query = query.where(
        or_(
            col(ReportedIncident.agency).is_(None),
            col(ReportedIncident.agency) != ARMED_GROUP,
            col(ReportedIncident.operator_id) == own,
        )
    )
    if operators is not None:
        query = query.where(col(ReportedIncident.operator_id).in_(operators))
    if before_seq is not None:
        query = query.where(col(ReportedIncident.seq) < before_seq)
    if vehicle_id is not None:
        query = query.where(col(ReportedIncident.vehicle_id) == vehicle_id)
    if until is not None:
        query = query.where(col(ReportedIncident.observed_at) < until)
    return list(session.exec(query.order_by(col(ReportedIncident.seq).desc()).limit(limit)))
