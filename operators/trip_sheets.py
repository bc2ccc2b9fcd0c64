"""Trip sheets: what operators declared of each trip, gathered from its messages. Counts only, never a name.

Messages of one trip may arrive in any order; each field is taken from the message that was observed last and speaks
of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, event
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import BigId, UtcDateTime
from tracker.events import Event, TripReported

MOST_AT_ONCE = 500  # databases take a limited number of parameters
TOLD = (
    "corridor_id",
    "origin",
    "destination",
    "scheduled_departure",
    "manifest",
    "seal_number",
    "grouped_control",
    "in_order",
)


class TripSheet(SQLModel, table=True):
    """One declared trip. Times are when the operator says it happened; null is *not said*.

    `begins_at`: when it left, or else is to leave, or else was spoken of: what lists of a stretch of time are by.
    """

    __tablename__ = "trip_sheet"

    operator_id: str = Field(primary_key=True, max_length=40)
    trip_id: str = Field(primary_key=True, max_length=64)
    vehicle_id: str = Field(max_length=40, index=True)
    corridor_id: str = Field(max_length=40)
    declared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    departed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    begins_at: datetime = Field(sa_type=UtcDateTime, index=True)
    said: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    said_at: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    first_seq: int = Field(sa_column=Column(BigId, nullable=False))
    last_seq: int = Field(sa_column=Column(BigId, nullable=False, index=True))

    @property
    def scheduled_departure(self) -> datetime | None:
        """When it is to leave, as was said."""
        said = self.said.get("scheduled_departure")
        return datetime.fromisoformat(said) if said else None


@event.listens_for(TripSheet, "before_insert")
@event.listens_for(TripSheet, "before_update")
def _begin(_mapper: object, _connection: object, sheet: TripSheet) -> None:
    times = (sheet.departed_at, sheet.scheduled_departure, sheet.declared_at, sheet.arrived_at, sheet.cancelled_at)
    sheet.begins_at = next(at for at in times if at is not None)


class TripSheets:
    """Keeps `TripSheet`."""

    name = "trip_sheets"
    tables: Sequence[type[SQLModel]] = (TripSheet,)

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Fold the trip messages, one by one, into their sheets."""
        for told in events:
            if isinstance(told, TripReported):
                sheet = session.get(TripSheet, (told.operator_id, told.body["trip_id"]))
                session.add(_folded(sheet, told))
                session.flush()


def _folded(sheet: TripSheet | None, event: TripReported) -> TripSheet:
    body, at = event.body, event.observed_at
    if sheet is None:
        sheet = TripSheet(
            operator_id=event.operator_id,
            trip_id=body["trip_id"],
            vehicle_id=event.vehicle_id,
            corridor_id=body["corridor_id"],
            begins_at=at,
            first_seq=event.seq,
            last_seq=event.seq,
        )
    stamp = at.isoformat()
    said, said_at = dict(sheet.said), dict(sheet.said_at)
    for name in TOLD:
        if body.get(name) is not None and stamp >= said_at.get(name, ""):
            said[name], said_at[name] = body[name], stamp
    if stamp >= said_at.get("vehicle_id", ""):
        sheet.vehicle_id, sheet.corridor_id = event.vehicle_id, said["corridor_id"]
        said_at["vehicle_id"] = stamp
    sheet.said, sheet.said_at, sheet.last_seq = said, said_at, event.seq
    column = f"{body['event']}_at"
    known: datetime | None = getattr(sheet, column)
    if known is None or at > known:  # a correction says it again, later
        setattr(sheet, column, at)
    return sheet


def list_sheets(
    session: Session,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    before_seq: int | None = None,
    limit: int = 100,
) -> list[TripSheet]:
    """Return sheets, last word first, of `operators` (None: of all) and of one coach, if one is named."""
    query = select(TripSheet)
    if operators is not None:
        query = query.where(col(TripSheet.operator_id).in_(operators))
    if vehicle_id is not None:
        query = query.where(col(TripSheet.vehicle_id) == vehicle_id)
    if before_seq is not None:
        query = query.where(col(TripSheet.last_seq) < before_seq)
    return list(session.exec(query.order_by(col(TripSheet.last_seq).desc()).limit(limit)))


def list_sheets_between(
    session: Session, since: datetime, until: datetime, operators: Collection[str] | None = None
) -> list[TripSheet]:
    """Return every sheet of `operators` (None: of all) that begins in a stretch of time, in the order of that.

    However long a timetable somebody declares for the weeks to come, those of today are among them.
    """
    query = select(TripSheet).where(col(TripSheet.begins_at) >= since, col(TripSheet.begins_at) < until)
    if operators is not None:
        query = query.where(col(TripSheet.operator_id).in_(operators))
    return list(session.exec(query.order_by(col(TripSheet.begins_at), col(TripSheet.trip_id))))


def find_sheets(session: Session, trip_id: str, operators: Collection[str] | None = None) -> list[TripSheet]:
    """Return the sheets with that trip id, of `operators` (None: of all); two operators may use the same id."""
    query = select(TripSheet).where(col(TripSheet.trip_id) == trip_id)
    if operators is not None:
        query = query.where(col(TripSheet.operator_id).in_(operators))
    return list(session.exec(query))


def said_of(session: Session, operator_id: str, trip_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what a company said of its trips so far, by their name; those that nobody declared are left out."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(trip_ids), MOST_AT_ONCE):
        query = select(TripSheet).where(
            col(TripSheet.operator_id) == operator_id,
            col(TripSheet.trip_id).in_(trip_ids[start : start + MOST_AT_ONCE]),
        )
        found |= {sheet.trip_id: sheet.said for sheet in session.exec(query)}
    return found
