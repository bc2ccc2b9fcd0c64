"""Running one coach through the steps, hour by hour, from a memory of its own: going on, or going over it again. Pure.

An hour's run starts from the memory before the hour's first fix. Going over it again stops where the memory comes out
as it was before: from there on everything is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tracker.facts import Fact
from tracker.steps import Drive, Memory, Step, World, drive
from tracker.tracks import Track, merged, packed_memory, unpacked_memory

NOW = "now"  # beside the steps' memories: the newest accepted fix
Memories = Mapping[str, Memory]


@dataclass(frozen=True, slots=True)
class StoredHour:
    """One hour of a coach as it is stored."""

    track: Track
    memory_before: bytes


@dataclass(slots=True)
class Run:
    """What a run gave.

    `hours`: those to be stored anew. `taken_back`: spans of hours, [from, to) with None for no end, whose settled facts
    no longer hold. `memory` is None when the present memory stays as it was; then `under_way` says nothing either.
    """

    hours: dict[int, StoredHour] = field(default_factory=dict)
    settled: list[tuple[int, Fact]] = field(default_factory=list)
    taken_back: list[tuple[int, int | None]] = field(default_factory=list)
    memory: Memories | None = None
    under_way: list[Fact] = field(default_factory=list)
    last_hour: int = 0


WorldOf = Callable[[int], World]


def go_on(
    steps: Sequence[Step], memory: Memories, new: Track, world_of: WorldOf, stored: Mapping[int, StoredHour]
) -> Run:
    """Run fixes that are all later than the newest known one, from the present memory.

    `stored` has the hour of the newest known fix, if new ones fall into it.
    """
    run = Run()
    for hour, track in new.hours():
        known = stored.get(hour)
        if known is None:
            run.hours[hour] = StoredHour(track, packed_memory(memory))
        else:
            run.hours[hour] = StoredHour(merged(known.track, track), known.memory_before)
        memory = _drive(steps, memory, hour, track, world_of(hour), run)
    return run


def go_over(
    steps: Sequence[Step],
    present: bytes,
    stored: Mapping[int, StoredHour],
    new: Track | None,
    world_of: WorldOf,
    changed: tuple[int, int] | None,
) -> Run:
    """Run a coach again with fixes that belong among the known ones, or because the rules see something else.

    `present` is the present memory as JSON, `stored` are all hours from the first touched one on. `changed`: in these hours
    [from, to) the rules see something else of the coach's declared trips.
    """
    run = Run()
    fresh = dict(new.hours()) if new is not None else {}
    touched = set(fresh)
    if changed is not None:
        touched.update(hour for hour in stored if changed[0] <= hour < changed[1])
    memory: Memories | None = None  # None: as it was stored
    for hour in sorted({*stored, *fresh}):
        if memory is None:
            if hour not in touched:
                continue
            before = _memory_before(stored, hour, present)
            memory = unpacked_memory(before)
            run.taken_back.append((hour, None))
        else:
            before = packed_memory(memory)
            if hour not in touched and before == stored[hour].memory_before:
                run.taken_back[-1] = (run.taken_back[-1][0], hour)
                memory = None
                continue
        track = _together(stored.get(hour), fresh.get(hour))
        if hour in fresh or before != stored[hour].memory_before:  # else it was touched by a declaration only
            run.hours[hour] = StoredHour(track, before)
        memory = _drive(steps, memory, hour, track, world_of(hour), run)
    if memory is None:
        run.memory = None
    return run


def _memory_before(stored: Mapping[int, StoredHour], hour: int, present: bytes) -> bytes:
    """Return the memory before an hour: that of the next hour with fixes (between the two there are none)."""
    following = min((number for number in stored if number >= hour), default=None)
    return packed_memory(orjson.loads(present)) if following is None else stored[following].memory_before


def _together(stored: StoredHour | None, fresh: Track | None) -> Track:
    if stored is None:
        assert fresh is not None
        return fresh
    return stored.track if fresh is None else merged(stored.track, fresh)


def _drive(steps: Sequence[Step], memory: Memories, hour: int, track: Track, world: World, run: Run) -> Memories:
    """Run one hour, note what it settled, and return the memory after it."""
    done = drive(steps, memory, track.fixes(), world)
    run.settled.extend((hour, fact) for fact in done.settled)
    run.memory = {**done.memory, NOW: _newest(done, world) or memory.get(NOW, {})}
    run.under_way, run.last_hour = done.under_way, hour
    return run.memory


def _newest(done: Drive, world: World) -> dict[str, Any] | None:
    leg = done.leg
    if not len(leg):
        return None
    fixes, corridor = leg.fixes, int(leg.corridors[-1])
    on = world.corridors[corridor] if corridor >= 0 else None
    return {
        "at_s": float(fixes.at_s[-1]),
        "latitude": float(fixes.latitudes[-1]),
        "longitude": float(fixes.longitudes[-1]),
        "corridor": None if on is None else on.id,
        "km": None if on is None else float(leg.kms[-1]),
    }
