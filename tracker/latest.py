"""The latest position of each coach: what the live map shows.

A fix that is older than the stored one changes nothing, whenever it arrives. A coach is *silent* when a `Tick` finds
that nothing was heard of it for `SILENT_AFTER`; a fix or any other word ends the silence.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Column, update
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import BigId, UtcDateTime
from tracker.events import Event, Ticked, VehicleEvent, VehiclePositionReported, VehicleStatusReported
from tracker.projection import upsert

# Two missed fixes at the slowest sampling that the contract's scenarios know (120 s) and one lost array: an assumption.
SILENT_AFTER = timedelta(minutes=20)


class LatestPosition(SQLModel, table=True):
    """One row per coach. Speeds in m/s, bearings in degrees from north, accuracy in metres."""

    __tablename__ = "latest_position"
    __table_args__ = (
        CheckConstraint(
            "latitude between -90 and 90 and longitude between -180 and 180", name="ck_latest_position_place"
        ),
    )

    vehicle_id: str = Field(primary_key=True, max_length=40)
    operator_id: str = Field(max_length=40, index=True)
    latitude: float
    longitude: float
    speed_mps: float | None = None
    bearing_deg: float | None = None
    accuracy_m: float | None = None
    battery_percent: float | None = None
    observed_at: datetime = Field(sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    seq: int = Field(sa_column=Column(BigId, nullable=False))


class VehicleContact(SQLModel, table=True):
    """When a coach was last heard of, by any kind of message, and since when it is silent."""

    __tablename__ = "vehicle_contact"

    vehicle_id: str = Field(primary_key=True, max_length=40)
    operator_id: str = Field(max_length=40)
    heard_at: datetime = Field(sa_type=UtcDateTime, index=True)
    online: bool | None = None
    online_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    silent_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LatestPositions:
    """Keeps `LatestPosition` and `VehicleContact`."""

    name = "latest_positions"
    tables: Sequence[type[SQLModel]] = (LatestPosition, VehicleContact)

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Take in positions, status messages and ticks; runs of events between two ticks are written at once."""
        run: list[VehicleEvent] = []
        for event in events:
            if isinstance(event, VehicleEvent):
                run.append(event)
            elif isinstance(event, Ticked):
                self._write(session, run)
                run = []
                self._fall_silent(session, event)
        self._write(session, run)

    def _write(self, session: Session, run: Sequence[VehicleEvent]) -> None:
        newest: dict[str, VehiclePositionReported] = {}
        heard: dict[str, VehicleEvent] = {}
        status: dict[str, VehicleStatusReported] = {}
        for event in run:
            if isinstance(event, VehiclePositionReported):
                before = newest.get(event.vehicle_id)
                if before is None or (event.observed_at, event.seq) > (before.observed_at, before.seq):
                    newest[event.vehicle_id] = event
            elif isinstance(event, VehicleStatusReported):
                status[event.vehicle_id] = event
            if event.vehicle_id not in heard or event.received_at >= heard[event.vehicle_id].received_at:
                heard[event.vehicle_id] = event
        upsert(session, LatestPosition, [_row(e) for e in newest.values()], ["vehicle_id"], ["observed_at", "seq"])
        contacts = [
            {"vehicle_id": e.vehicle_id, "operator_id": e.operator_id, "heard_at": e.received_at, "silent_since": None}
            for e in heard.values()
        ]
        upsert(session, VehicleContact, contacts, ["vehicle_id"], ["heard_at"])
        for vehicle_id, said in status.items():
            session.connection().execute(
                update(VehicleContact)
                .where(col(VehicleContact.vehicle_id) == vehicle_id)
                .values(online=said.body["status"] == "online", online_at=said.received_at)
            )

    def _fall_silent(self, session: Session, now: Ticked) -> None:
        session.connection().execute(
            update(VehicleContact)
            .where(col(VehicleContact.silent_since).is_(None))
            .where(col(VehicleContact.heard_at) < now.observed_at - SILENT_AFTER)
            .values(silent_since=now.observed_at)
        )


def _row(event: VehiclePositionReported) -> dict[str, Any]:
    body = event.body
    return {
        "vehicle_id": event.vehicle_id,
        "operator_id": event.operator_id,
        "latitude": body["latitude"],
        "longitude": body["longitude"],
        "speed_mps": body.get("speed_mps"),
        "bearing_deg": body.get("bearing_deg"),
        "accuracy_m": body.get("accuracy_m"),
        "battery_percent": body.get("battery_percent"),
        "observed_at": event.observed_at,
        "received_at": event.received_at,
        "seq": event.seq,
    }


def list_latest(
    session: Session, operators: Collection[str] | None = None
) -> list[tuple[LatestPosition, VehicleContact]]:
    """Return every coach's latest position and contact, of `operators` only unless None, ordered by vehicle."""
    query = select(LatestPosition, VehicleContact).join(
        VehicleContact, col(VehicleContact.vehicle_id) == col(LatestPosition.vehicle_id)
    )
    if operators is not None:
        query = query.where(col(LatestPosition.operator_id).in_(operators))
    return list(session.exec(query.order_by(col(LatestPosition.vehicle_id))))
