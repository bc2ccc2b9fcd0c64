"""Declared trips as the rules see them: the engine's own copy, folded from the operators' messages in any order.

Of each field the message counts that was observed last and speaks of it (on a tie the greater value, so that the order
of arrival decides nothing). A trip belongs to the coach that was named last: moving it to another coach concerns both.
A trip is shown to the rules from `REACH` before it starts to `AFTER` its end, or for `OPEN_FOR` when it has none: by
whole hours, so that what the rules see does not depend on how fixes were cut into runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import JSON, delete, select
from sqlmodel import Field, Session, SQLModel

from tracker.events import TripReported
from tracker.projection import insert_rows, with_keys
from tracker.steps import DeclaredTrip

REACH = timedelta(hours=3)  # more than any step looks ahead of a start (`location.SLACK`)
AFTER = timedelta(hours=14)  # until it is known how a trip that ended in silence ended (`trips.LOST_S`)
OPEN_FOR = timedelta(days=4)  # more than the longest trip (`location.LONGEST`), and as much after it
TOLD = ("corridor_id", "origin", "destination", "scheduled_departure")
HOUR_S = 3600


class DeclaredTripRecord(SQLModel, table=True):
    """What was said of one trip: of each field, when (microseconds since 1970) and what."""

    __tablename__: ClassVar[str] = "declared_trip"

    operator_id: str = Field(primary_key=True, max_length=40)
    trip_id: str = Field(primary_key=True, max_length=64)
    vehicle_id: str = Field(max_length=40, index=True)
    said: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)


class Span(NamedTuple):
    """Hours (since 1970), the last one not included."""

    start: int
    end: int


@dataclass(slots=True)
class Declarations:
    """The declared trips of the coaches of a batch, and in which hours the rules now see something else of them."""

    trips: dict[str, list[DeclaredTrip]] = field(default_factory=dict)
    changed: dict[str, Span] = field(default_factory=dict)

    def seen_in(self, vehicle_id: str, hour: int) -> tuple[DeclaredTrip, ...]:
        """Return what the rules see of a coach's trips in an hour: by start, then id."""
        trips = self.trips.get(vehicle_id)
        return tuple(trip for trip in trips if _is_seen(trip, hour)) if trips else ()

    def _note(self, vehicle_id: str, trip: DeclaredTrip) -> None:
        span = _span(trip)
        known = self.changed.get(vehicle_id, span)
        self.changed[vehicle_id] = Span(min(known.start, span.start), max(known.end, span.end))


def _span(trip: DeclaredTrip) -> Span:
    end = trip.starts_at + OPEN_FOR if trip.ends_at is None else max(trip.starts_at, trip.ends_at) + AFTER
    return Span(int((trip.starts_at - REACH).timestamp() // HOUR_S), int(end.timestamp() // HOUR_S) + 1)


def _is_seen(trip: DeclaredTrip, hour: int) -> bool:
    span = _span(trip)
    return span.start <= hour < span.end


def take_declarations(session: Session, events: Sequence[TripReported], vehicles: Iterable[str]) -> Declarations:
    """Fold trip messages into the table; return the trips of `vehicles`, and of every coach the messages concern."""
    table = DeclaredTripRecord.__table__  # type: ignore[attr-defined]
    connection, result = session.connection(), Declarations()
    keys = sorted({(event.operator_id, event.body["trip_id"]) for event in events})
    concerned = set(vehicles)
    if keys:
        known: dict[tuple[str, str], dict[str, Any]] = {}
        for condition in with_keys((table.c.operator_id, table.c.trip_id), keys):
            for row in connection.execute(select(table).where(condition)):
                known[row.operator_id, row.trip_id] = row.said
        now = {key: dict(known.get(key, {})) for key in keys}
        for event in events:
            _fold(now[event.operator_id, event.body["trip_id"]], event)
        changed = [key for key in keys if now[key] != known.get(key)]
        for condition in with_keys((table.c.operator_id, table.c.trip_id), changed):
            connection.execute(delete(table).where(condition))
        rows = [(*key, now[key]["vehicle_id"][1], dict(sorted(now[key].items()))) for key in changed]
        insert_rows(session, DeclaredTripRecord, ("operator_id", "trip_id", "vehicle_id", "said"), rows)
        for key in changed:
            old = [(known[key]["vehicle_id"][1], _trip(key[1], known[key]))] if key in known else []
            new = [(now[key]["vehicle_id"][1], _trip(key[1], now[key]))]
            if old != new:
                for vehicle_id, trip in old + new:
                    result._note(vehicle_id, trip)
                    concerned.add(vehicle_id)
    for condition in with_keys((table.c.vehicle_id,), [(vehicle_id,) for vehicle_id in sorted(concerned)]):
        for row in connection.execute(select(table).where(condition)):
            result.trips.setdefault(row.vehicle_id, []).append(_trip(row.trip_id, row.said))
    for trips in result.trips.values():
        trips.sort(key=_by_start)
    return result


def fold_trips(events: Iterable[TripReported]) -> dict[str, list[DeclaredTrip]]:
    """Return the trips that messages declare, by coach: what `take_declarations` makes of them in an empty table."""
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        _fold(said.setdefault((event.operator_id, event.body["trip_id"]), {}), event)
    trips: dict[str, list[DeclaredTrip]] = {}
    for (_, trip_id), own in said.items():
        trips.setdefault(own["vehicle_id"][1], []).append(_trip(trip_id, own))
    return {vehicle_id: sorted(own, key=_by_start) for vehicle_id, own in trips.items()}


def _by_start(trip: DeclaredTrip) -> tuple[datetime, str, str]:
    return trip.starts_at, trip.trip_id, trip.corridor_id


def _fold(said: dict[str, Any], event: TripReported) -> None:
    body, at_us = event.body, round(event.observed_at.timestamp() * 1e6)
    told = {name: body[name] for name in TOLD if body.get(name) is not None}
    for name, value in {**told, "vehicle_id": event.vehicle_id, body["event"]: True}.items():
        if name not in said or [at_us, value] > said[name]:
            said[name] = [at_us, value]


def _trip(trip_id: str, said: Mapping[str, Any]) -> DeclaredTrip:
    def when(event: str) -> datetime | None:
        return datetime.fromtimestamp(said[event][0] / 1e6, UTC) if event in said else None

    declared, departed, arrived, cancelled = map(when, ("declared", "departed", "arrived", "cancelled"))
    scheduled = datetime.fromisoformat(said["scheduled_departure"][1]) if "scheduled_departure" in said else None
    starts_at = departed or scheduled or declared or arrived or cancelled
    assert starts_at is not None
    origin, destination = (said[name][1] if name in said else None for name in ("origin", "destination"))
    return DeclaredTrip(
        trip_id=trip_id,
        corridor_id=said["corridor_id"][1],
        starts_at=starts_at,
        ends_at=arrived or cancelled,
        is_cancelled=cancelled is not None and arrived is None,
        has_departed=departed is not None or arrived is not None,
        origin=origin,
        destination=destination,
    )
