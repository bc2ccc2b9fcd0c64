"""Departures: what the operator's sheet says of a trip that posts and controls are compared with. Counts only, never a name.

Manifest counts, the seal of the hold, whether coach and crew were in order, whether the sheet is closed. Of each field the
message counts that was observed last and speaks of it (on a tie the greater value), so the order of arrival decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import orjson
from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.events import Event, TripReported

TOLD = ("manifest", "seal_number", "in_order")


class Departure(SQLModel, table=True):
    """One declared trip. `said`: of each field and event, when it was observed, and what; `seqs`: its messages, by event."""

    __tablename__: ClassVar[str] = "departure"

    operator_id: str = Field(primary_key=True, max_length=40)
    trip_id: str = Field(primary_key=True, max_length=64)
    vehicle_id: str = Field(max_length=40, index=True)
    said: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    seqs: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))

    def told(self, name: str) -> Any:
        """Return what was said of a field, None where nothing was."""
        return self.said.get(name, (None, None))[1]

    @property
    def is_closed(self) -> bool:
        """Say whether the operator said that the trip departed and that it arrived."""
        return "departed" in self.said and "arrived" in self.said and "cancelled" not in self.said

    @property
    def departed_at(self) -> datetime | None:
        """When the operator says it departed."""
        at = self.said.get("departed", (None,))[0]
        return datetime.fromisoformat(at) if at else None


class Departures:
    """Keeps `Departure`."""

    name = "departures"
    tables: Sequence[type[SQLModel]] = (Departure,)

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Fold the trip messages into their departures."""
        for event in events:
            if isinstance(event, TripReported):
                known = session.get(Departure, (event.operator_id, event.body["trip_id"]))
                session.add(_folded(known, event))
                session.flush()


def _folded(known: Departure | None, event: TripReported) -> Departure:
    body, at = event.body, event.observed_at.isoformat()
    row = known or Departure(operator_id=event.operator_id, trip_id=body["trip_id"], vehicle_id=event.vehicle_id)
    news = {name: body[name] for name in TOLD if body.get(name) is not None}
    news |= {body["event"]: True, "vehicle": event.vehicle_id}
    said = dict(row.said)
    for name, value in news.items():
        if name not in said or _rank(at, value) > _rank(*said[name]):
            said[name] = [at, value]
    row.said, row.vehicle_id = said, said["vehicle"][1]
    row.seqs = row.seqs | {body["event"]: max(event.seq, row.seqs.get(body["event"], 0))}
    return row


def _rank(at: str, value: Any) -> tuple[str, bytes]:
    return at, orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def list_departures(session: Session, vehicle_id: str) -> list[Departure]:
    """Return the declared trips of one coach, by operator and trip."""
    query = select(Departure).where(col(Departure.vehicle_id) == vehicle_id)
    return list(session.exec(query.order_by(col(Departure.operator_id), col(Departure.trip_id))))
