"""Journeys: the projection that runs the steps over every coach's fixes and keeps what they find.

Fixes later than all others of their coach go on from its present memory; others make its way be gone over again from
the memory before their hour (decision 5). A coach whose fixes make a step fail is set aside with what is new of it, counted,
and the others go on. Facts are rows of `tracker/fact_tables.py`; what changed of the settled ones
goes to the derived projections in the same transaction. It reads, besides its own tables, geography (see `Atlas`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import orjson
from sqlmodel import Session, SQLModel

from tracker.atlas import Atlas
from tracker.coach_runs import Run, StoredHour, go_on, go_over
from tracker.coach_store import Batch, KnownCoach, read_coaches, read_hours, write_batch
from tracker.coaches_now import gather, set_aside
from tracker.declared_trips import Declarations, DeclaredTripRecord, Span, take_declarations
from tracker.events import Event, TripReported, VehiclePositionReported
from tracker.fact_rows import TABLES, Changes, Derived, read_facts
from tracker.fact_tables import CoachNow, RefusedFixRow
from tracker.geography import Geography
from tracker.projection import clear
from tracker.slugs import slug
from tracker.steps import DeclaredTrip, Step, World
from tracker.tracks import HOUR_US, UNSAID, CoachMemory, Heard, Track, VehicleTrack

# What a step that is wrong raises over somebody's fixes. A database that is away is none of these: it stops the batch.
FAULTS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@dataclass(slots=True)
class Gathered:
    """What a transaction gathers before coaches are run: packed fixes, and trip messages in the order of the log."""

    heard: Heard = field(default_factory=Heard)
    trips: list[TripReported] = field(default_factory=list)


class Journeys:
    """Keeps coaches' fixes by the hour, the facts about their ways, and what is derived from those."""

    name = "journeys"

    def __init__(self, steps: Sequence[Step], derived: Sequence[Derived] = ()) -> None:
        """Run `steps` in their order, and tell `derived` what changed."""
        self._steps, self._derived, self._atlas = tuple(steps), tuple(derived), Atlas()
        self.part_names: Sequence[str] = tuple(part.name for part in derived)
        own: tuple[type[SQLModel], ...] = (VehicleTrack, CoachMemory, DeclaredTripRecord, RefusedFixRow, CoachNow)
        own += tuple(TABLES.values())
        self.tables: Sequence[type[SQLModel]] = (*own, *(table for part in derived for table in part.tables))

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Take in positions and trip messages."""
        self.finish(session, self.gather(events, None))

    def gather(self, events: Sequence[Event], so_far: Gathered | None) -> Gathered:
        """Gather positions, packed, and trip messages."""
        gathered = so_far or Gathered()
        heard, rows = gathered.heard, []
        for event in events:
            if isinstance(event, VehiclePositionReported):
                device = heard.devices.setdefault(event.device_id, len(heard.devices))
                rows.append((heard.coach(event.vehicle_id, event.operator_id), *_record(event, device)))
            elif isinstance(event, TripReported):
                gathered.trips.append(event)
        heard.add(rows)
        return gathered

    def finish(self, session: Session, gathered: Gathered) -> None:
        """Run every coach of which something was gathered."""
        if not gathered.heard.coaches and not gathered.trips:
            return
        self._atlas.open(session)
        new = gathered.heard.tracks()
        declared = take_declarations(session, gathered.trips, new)
        known = read_coaches(session, {*new, *declared.changed})
        stored = _read_hours(session, new, known, declared)
        batch = Batch()
        for vehicle_id in sorted(new.keys() | (declared.changed.keys() & known.keys())):
            coach, track = known.get(vehicle_id), new.get(vehicle_id)
            operator_id = gathered.heard.coaches[vehicle_id][1] if coach is None else coach.operator_id
            worlds = _Worlds(vehicle_id, self._atlas, session, declared)
            try:
                run = self._run(track, coach, stored.get(vehicle_id, {}), worlds)
            except FAULTS as fault:
                set_aside(batch, (vehicle_id, operator_id), track, fault)
                continue
            newest_us = max(coach.newest_us if coach else 0, int(track.records["at_us"][-1]) if track else 0)
            gather(batch, (vehicle_id, operator_id), run, coach, newest_us, worlds.of)
        changes = write_batch(session, batch)
        if changes.removed or changes.added:
            for part in self._derived:
                part.take(session, changes)

    def rebuild_part(self, session: Session, name: str) -> None:
        """Make one derived projection anew from the settled facts."""
        part = next(part for part in self._derived if part.name == name)
        clear(session, part.tables)
        for kind in part.facts:
            settled = TABLES[kind].__table__.c.settled_hour.is_not(None)  # type: ignore[attr-defined]
            for rows in read_facts(session, kind, settled, is_long=True):
                part.take(session, Changes(added=[sighting for _, _, sighting in rows]))

    def _run(self, new: Track | None, coach: KnownCoach | None, stored: dict[int, StoredHour], worlds: _Worlds) -> Run:
        if coach is None:
            assert new is not None
            return go_on(self._steps, {}, new, worlds.of, {})
        if new is not None and _is_newer(new, coach) and worlds.changed is None:
            return go_on(self._steps, orjson.loads(coach.memory), new, worlds.of, stored)
        return go_over(self._steps, coach.memory, stored, new, worlds.of, worlds.changed)


class _Worlds:
    """What the rules see besides one coach's fixes, by the hour."""

    def __init__(self, vehicle_id: str, atlas: Atlas, session: Session, declared: Declarations) -> None:
        self._vehicle_id, self._atlas, self._session, self._declared = vehicle_id, atlas, session, declared
        self.changed: Span | None = declared.changed.get(vehicle_id)

    def of(self, hour: int) -> World:
        geography = self._atlas.on(self._session, datetime.fromtimestamp(hour * 3600, UTC).date())
        trips = self._declared.seen_in(self._vehicle_id, hour)
        return World(self._vehicle_id, geography, tuple(_with_hubs(trip, geography) for trip in trips))


def _with_hubs(trip: DeclaredTrip, geography: Geography) -> DeclaredTrip:
    """Return the trip with its ends as hubs: operators write their names; what is no hub is left out."""
    if trip.origin is None and trip.destination is None:
        return trip
    ends = [end if end in geography.hubs else slug(end or "") for end in (trip.origin, trip.destination)]
    origin, destination = (end if end in geography.hubs else None for end in ends)
    return replace(trip, origin=origin, destination=destination)


def _is_newer(track: Track, coach: KnownCoach) -> bool:
    return int(track.records["at_us"][0]) > coach.newest_us


def _record(event: VehiclePositionReported, device: int) -> tuple[int, ...]:
    """Return a fix in the order of `tracks.RECORD`."""
    body = event.body
    speed, accuracy = body.get("speed_mps"), body.get("accuracy_m")
    received_us = round(event.received_at.timestamp() * 1e6)
    return (
        round(event.observed_at.timestamp() * 1e6),
        round(body["latitude"] * 1e7),
        round(body["longitude"] * 1e7),
        UNSAID if speed is None else round(speed * 1e3),
        UNSAID if accuracy is None else round(accuracy * 1e2),
        device,
        received_us if event.sent_at is None else round(event.sent_at.timestamp() * 1e6),
        received_us,
        event.seq,
    )


def _read_hours(
    session: Session, new: dict[str, Track], known: dict[str, KnownCoach], declared: Declarations
) -> dict[str, dict[int, StoredHour]]:
    """Read the stored hours that runs begin in or go over again."""
    one: list[tuple[str, int]] = []
    onward: list[tuple[str, int]] = []
    for vehicle_id, coach in known.items():
        track, changed = new.get(vehicle_id), declared.changed.get(vehicle_id)
        newest_hour = coach.newest_us // HOUR_US
        starts = [] if changed is None else [changed.start]
        if track is not None:
            starts.append(int(track.records["at_us"][0] // HOUR_US))
        if min(starts) > newest_hour:
            continue
        if track is not None and changed is None and _is_newer(track, coach):
            one.append((vehicle_id, newest_hour))
        else:
            onward.append((vehicle_id, min(starts)))
    return read_hours(session, one, onward)
