"""Reading and writing what is kept of coaches, for a whole batch of them at once: few statements, whatever their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import and_, delete, or_, select
from sqlmodel import Session

from tracker.coach_runs import StoredHour
from tracker.fact_rows import COLUMNS, TABLES, Changes, FactRows, Sighting, fact_id, read_facts
from tracker.fact_tables import CoachNow, RefusedFixRow
from tracker.projection import insert_rows, with_keys
from tracker.tracks import CoachMemory, VehicleTrack, unpacked

_TRACK = ("vehicle_id", "hour", "count", "devices", "fixes", "memory_before")
_MEMORY = ("vehicle_id", "operator_id", "newest_us", "memory", "under_way")
_REFUSED = ("vehicle_id", "hour", "reason", "operator_id", "count")
_NOW = tuple(CoachNow.model_fields)
_TRACKS = VehicleTrack.__table__.c  # type: ignore[attr-defined]
_MEMORIES = CoachMemory.__table__.c  # type: ignore[attr-defined]
_NOWS = CoachNow.__table__.c  # type: ignore[attr-defined]
_REFUSALS = RefusedFixRow.__table__.c  # type: ignore[attr-defined]

SPANS_TOGETHER = 100
TakenBack = tuple[str, int, int | None]  # coach; from which hour; up to which (not included; None: all later ones)


class KnownCoach(NamedTuple):
    """What is known of a coach: see `CoachMemory`. `memory` is JSON."""

    operator_id: str
    newest_us: int
    memory: bytes
    under_way: str


@dataclass(slots=True)
class Batch:
    """What a batch writes. `nows`: rows of `CoachNow` of coaches whose present changed (None: nothing is known)."""

    tracks: list[tuple[Any, ...]] = field(default_factory=list)
    memories: list[tuple[Any, ...]] = field(default_factory=list)
    nows: dict[str, tuple[Any, ...] | None] = field(default_factory=dict)
    under_way: list[Sighting] = field(default_factory=list)
    settled: list[tuple[int, Sighting]] = field(default_factory=list)
    refused: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)
    taken_back: list[TakenBack] = field(default_factory=list)


def read_coaches(session: Session, vehicles: Collection[str]) -> dict[str, KnownCoach]:
    """Return what is known of those of `vehicles` of which anything is."""
    known = {}
    for condition in with_keys((_MEMORIES.vehicle_id,), [(vehicle_id,) for vehicle_id in sorted(vehicles)]):
        query = select(*(_MEMORIES[name] for name in _MEMORY)).where(condition)
        for vehicle_id, *values in session.connection().execute(query):
            known[vehicle_id] = KnownCoach(*values)
    return known


def read_hours(
    session: Session, one: Sequence[tuple[str, int]], onward: Sequence[tuple[str, int]]
) -> dict[str, dict[int, StoredHour]]:
    """Return the hours (coach, hour) of `one`, and those of `onward` with all later ones, by coach."""
    conditions = [*with_keys((_TRACKS.vehicle_id, _TRACKS.hour), one)]
    conditions += _within(_TRACKS.vehicle_id, _TRACKS.hour, [(*start, None) for start in onward])
    found: dict[str, dict[int, StoredHour]] = {}
    for condition in conditions:
        query = select(*(_TRACKS[name] for name in _TRACK)).where(condition)
        for vehicle_id, hour, _, devices, fixes, memory in session.connection().execute(query):
            found.setdefault(vehicle_id, {})[hour] = StoredHour(unpacked(devices, fixes), memory)
    return found


def _within(vehicle_id: Any, hour: Any, spans: Sequence[TakenBack]) -> Iterator[Any]:
    """Yield conditions that together name the rows of those coaches and hours."""
    for start in range(0, len(spans), SPANS_TOGETHER):
        parts = []
        for vehicle, first, end in spans[start : start + SPANS_TOGETHER]:
            part = [vehicle_id == vehicle, hour >= first]
            parts.append(and_(*part) if end is None else and_(*part, hour < end))
        yield or_(*parts)


def write_batch(session: Session, batch: Batch) -> Changes:
    """Write a batch and return what changed of the settled facts."""
    connection = session.connection()
    for condition in with_keys((_TRACKS.vehicle_id, _TRACKS.hour), [row[:2] for row in batch.tracks]):
        connection.execute(delete(VehicleTrack).where(condition))
    insert_rows(session, VehicleTrack, _TRACK, batch.tracks)
    for condition in with_keys((_MEMORIES.vehicle_id,), [row[:1] for row in batch.memories]):
        connection.execute(delete(CoachMemory).where(condition))
    insert_rows(session, CoachMemory, _MEMORY, batch.memories)
    for condition in with_keys((_NOWS.vehicle_id,), [(vehicle_id,) for vehicle_id in batch.nows]):
        connection.execute(delete(CoachNow).where(condition))
    insert_rows(session, CoachNow, _NOW, [row for row in batch.nows.values() if row is not None])
    _write_refused(session, batch)
    return _write_facts(session, batch)


def _write_facts(session: Session, batch: Batch) -> Changes:
    """Write anew what is under way of coaches whose present changed, and put what was settled in the place of what is
    taken back; what comes out as it was stays."""
    connection, rows = session.connection(), FactRows()
    rewritten = [(vehicle_id,) for vehicle_id in batch.nows]
    for table in TABLES.values():
        columns = table.__table__.c  # type: ignore[attr-defined]
        for condition in with_keys((columns.vehicle_id,), rewritten):
            connection.execute(delete(table).where(condition, columns.settled_hour.is_(None)))
    for sighting in batch.under_way:
        rows.add(fact_id(sighting), sighting, None)
    added: dict[str, tuple[int, Sighting]] = {}
    for hour, sighting in batch.settled:
        added.setdefault(fact_id(sighting), (hour, sighting))
    removed = _take_back(session, batch.taken_back, added)
    for own_id, (hour, sighting) in added.items():
        rows.add(own_id, sighting, hour)
    for kind, gathered in rows.rows.items():
        insert_rows(session, TABLES[kind], COLUMNS[kind], gathered)
    return Changes(removed, [sighting for _, sighting in added.values()])


def _take_back(session: Session, spans: Sequence[TakenBack], added: dict[str, tuple[int, Sighting]]) -> list[Sighting]:
    """Delete the facts settled in those hours and return them; those made anew just so stay, and leave `added`."""
    removed: list[Sighting] = []
    if not spans:
        return removed
    for kind, table in TABLES.items():
        columns = table.__table__.c  # type: ignore[attr-defined]
        gone: list[tuple[str]] = []
        for condition in _within(columns.vehicle_id, columns.settled_hour, spans):
            for rows in read_facts(session, kind, condition):
                for own_id, hour, sighting in rows:
                    if added.get(own_id) == (hour, sighting):
                        del added[own_id]
                    else:
                        gone.append((own_id,))
                        removed.append(sighting)
        for condition in with_keys((columns.fact_id,), gone):
            session.connection().execute(delete(table).where(condition))
    return removed


def _write_refused(session: Session, batch: Batch) -> None:
    connection = session.connection()
    for condition in _within(_REFUSALS.vehicle_id, _REFUSALS.hour, batch.taken_back):
        connection.execute(delete(RefusedFixRow).where(condition))
    counts = {key[:3]: (key[3], count) for key, count in batch.refused.items()}
    keys = (_REFUSALS.vehicle_id, _REFUSALS.hour, _REFUSALS.reason)
    for condition in with_keys(keys, list(counts)):
        for row in connection.execute(select(*keys, _REFUSALS["count"]).where(condition)):
            operator_id, count = counts[tuple(row[:3])]
            counts[tuple(row[:3])] = (operator_id, count + row[3])
        connection.execute(delete(RefusedFixRow).where(condition))
    insert_rows(session, RefusedFixRow, _REFUSED, [(*key, *value) for key, value in counts.items()])
