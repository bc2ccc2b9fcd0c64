"""Step 2: on which corridor each fix lies, at which kilometre, and how far off the line.

- A declared trip says the corridor from `SLACK` before it starts until it ends, the next one starts, or `LONGEST` is over, as
  long as the coach lies within reach of that corridor's line. Of declarations that overlap the one that started last counts.
- Otherwise a coach stays on the corridor it was on while that is plausible: within reach, and no other corridor much nearer.
- Otherwise it is on the nearest corridor; of those about as near (they share the road) on the first of the register.

Reach depends on the line: shipped lines go through towns and lie up to 55 km off the road (17 km at p95), so a declared
coach is taken at its word up to 60 km, and one that was on the corridor stays on it in proportion to the way between two towns;
imported and routed lines lie along the road. Where a line comes back on itself `chainage` says the kilometre.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

import numpy as np

from tracker.chainage import follow
from tracker.corridors import Corridor
from tracker.facts import Fact
from tracker.fixes import Bools, Ints, Leg, runs
from tracker.geo import Floats, PathIndex
from tracker.geography import Geography
from tracker.steps import DeclaredTrip, Memory, World

SLACK = timedelta(minutes=60)  # a coach waits at its station before it departs
LONGEST = timedelta(hours=72)  # no trip takes longer: the longest journey of the region's timetables is under 48 hours
REACH_M = {"coarse": 25_000.0, "imported": 3_000.0, "routed": 3_000.0}
DECLARED_REACH_M = {"coarse": 60_000.0, "imported": 8_000.0, "routed": 8_000.0}
SAME_ROAD_M = 500.0
# Another corridor is taken when the coach lies so far off its own, and the other one is nearer than this share of it.
AWAY_M = {"coarse": 8_000.0, "imported": 1_500.0, "routed": 1_500.0}
NEARER = 0.3
BULGE = 0.3  # between two towns of a coarse line a road lies off it by up to this share of the way


class Location:
    """Fills `corridors`, `kms` and `offsets_m` of the leg."""

    name = "location"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"corridor": None}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        size = len(leg)
        if not size or not world.corridors:
            return memory, leg, []
        numbers = world.numbers
        corridors, kms, offsets = np.full(size, -1, dtype=np.int64), np.full(size, np.nan), np.full(size, np.nan)
        doubled = np.zeros(size, dtype=np.bool_)
        lat, lon = leg.fixes.latitudes, leg.fixes.longitudes
        present = numbers.get(memory["corridor"], -1)
        on = _Located(world, lat, lon)
        for first, end, said in declared_runs(world.declared, leg.fixes.at_s, numbers):
            at = first
            while at < end:
                taken = said if said >= 0 else present
                if taken >= 0:
                    km, offset, doubt, good = on.corridor(taken, declared=said >= 0)
                    wrong = np.flatnonzero(~good[at:end])
                    until = at + int(wrong[0]) if wrong.size else end
                    if until > at:
                        part = slice(at, until)
                        corridors[part], kms[part], offsets[part], doubled[part] = (
                            taken,
                            km[part],
                            offset[part],
                            doubt[part],
                        )
                        present, at = taken, until
                        continue
                near = np.flatnonzero(on.reachable[at:end])
                if present < 0 and said < 0 and (not near.size or near[0]):  # far from everything: on in one stride
                    at = at + int(near[0]) if near.size else end
                    continue
                present = corridors[at] = _nearest(world, float(lat[at]), float(lon[at])) if on.reachable[at] else -1
                if present >= 0:
                    km, offset, doubt, _ = on.corridor(present, declared=False)
                    kms[at], offsets[at], doubled[at] = km[at], offset[at], doubt[at]
                at += 1
        after, fixes = self.start(), leg.fixes
        for first, end in runs(corridors):
            after = self.start()
            if (number := int(corridors[first])) >= 0:
                corridor, part = world.corridors[number], slice(first, end)
                before = memory if first == 0 and memory["corridor"] == corridor.id else None
                moments = (fixes.at_s[part].tolist(), lat[part].tolist(), lon[part].tolist())
                after = {"corridor": corridor.id} | follow(
                    before, corridor.line, moments, kms[part], offsets[part], doubled[part]
                )
        return after, replace(leg, corridors=corridors, kms=kms, offsets_m=offsets), []

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return nothing."""
        return []


class _Located:
    """The fixes of a leg on whichever corridors are asked for, each located once."""

    def __init__(self, world: World, latitudes: Floats, longitudes: Floats) -> None:
        self._world, self._lat, self._lon = world, latitudes, longitudes
        self._known: dict[tuple[int, bool], tuple[Floats, Floats, Bools, Bools]] = {}
        self._nearest: tuple[Ints, Floats] | None = None

    @property
    def nearest(self) -> tuple[Ints, Floats]:
        """The nearest corridor of each fix, and how far off its line it lies."""
        if self._nearest is None:
            paths, _, _, least = _index(self._world.geography).nearest(self._lat, self._lon)
            self._nearest = paths.astype(np.int64), least
        return self._nearest

    @property
    def reachable(self) -> Bools:
        """Which fixes lie near enough to some corridor."""
        return self.nearest[1] <= max(REACH_M.values())

    def corridor(self, number: int, *, declared: bool) -> tuple[Floats, Floats, Bools, Bools]:
        """Return kilometres, offsets, where the line is doubled, and where a coach that was on this corridor, or declared it,
        is still on it."""
        key = (number, declared)
        if key not in self._known:
            line = self._world.corridors[number].line
            km, offset, doubled = line.locate_with_doubt(self._lat, self._lon)
            good = offset <= (DECLARED_REACH_M if declared else REACH_M)[line.quality]
            if line.quality == "coarse" and not declared and not good.all():
                bulge = BULGE * 1000 * line.leg_km(km)
                good |= offset <= np.minimum(bulge, DECLARED_REACH_M[line.quality])
            away_m = AWAY_M[line.quality] * (2 if declared else 1)
            if (good & (offset > away_m)).any():
                paths, least = self.nearest
                fine = np.array([c.line.quality != "coarse" for c in self._world.corridors])[paths] | (not declared)
                good &= ~(fine & (offset > away_m) & (least < NEARER * offset))
            self._known[key] = km, offset, doubled, good
        return self._known[key]


def declared_runs(
    declared: Sequence[DeclaredTrip], at_s: Floats, numbers: Mapping[str, int]
) -> list[tuple[int, int, int]]:
    """Return `(first, end, number)` of runs of fixes: the corridor that was declared for them, -1 for none."""
    said = np.full(at_s.size, -1, dtype=np.int64)
    for trip, start_s, end_s in windows(declared):
        first, end = np.searchsorted(at_s, [start_s, end_s])
        said[first:end] = numbers.get(trip.corridor_id, -1)
    return [(first, end, int(said[first])) for first, end in runs(said)]


def windows(declared: Sequence[DeclaredTrip]) -> list[tuple[DeclaredTrip, float, float]]:
    """Return each declared trip with the seconds from and until which it says the corridor, in order of their starts."""
    trips = sorted(declared, key=lambda trip: (trip.starts_at, trip.trip_id))
    result = []
    for i, trip in enumerate(trips):
        end = min(trip.ends_at or trip.starts_at + LONGEST, trip.starts_at + LONGEST)
        if i + 1 < len(trips):
            end = min(end, trips[i + 1].starts_at)
        start = trip.starts_at - SLACK
        if i:
            start = max(start, trips[i - 1].ends_at or start)
        if start < end:
            result.append((trip, start.timestamp(), end.timestamp()))
    return result


@lru_cache(maxsize=8)
def _index(geography: Geography) -> PathIndex:
    return PathIndex([(c.line.latitudes, c.line.longitudes) for c in geography.corridors.values()])


def _nearest(world: World, latitude: float, longitude: float) -> int:
    """Return the number of the corridor a place lies on, -1 for none."""
    _, _, _, least = _index(world.geography).nearest([latitude], [longitude])
    paths, _, _, offsets = _index(world.geography).within(latitude, longitude, float(least[0]) + SAME_ROAD_M)
    for number in sorted(set(paths.tolist())):
        corridor: Corridor = world.corridors[number]
        if offsets[paths == number].min() <= REACH_M[corridor.line.quality]:
            return int(number)
    return -1
