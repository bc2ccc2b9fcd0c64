"""Step 4: border crossings as positions show them: exit formalities, the line, entry formalities.

Around each border (`border_sites`) a coach is followed from when it comes within reach of the fences until it has left for
good (`border_visits`): it is beyond the farthest fence by `MARGIN_M`; or it has passed, and has been away from fences and
line for `AWAY_S` (with a far fence still ahead: `FAR_AWAY_S`); or it has not passed, and has been so for `IDLE_S`. Ending on
the other side it has *crossed*; ending where it came from, after it stood at a post or had been over the line, it *turned
back*. Queueing, jittering or waiting for ten hours at the line is one crossing. When the operator says that the trip ended, a
coach that has passed and stands at no fence has left, too; and one that is heard no more is *crossed* though not settled: a
coach that ends its journey near the border may be silent until its next one.

`basis`: *gap* when the line was passed in a silence of more than `GAP_S`; *fences* when it was seen in a fence (the way between
two fixes is tested: a fast coach jumps a small fence); else *line*. Nothing is claimed of a silence of more than `LOST_S`.

It stands on its own: halts may still be undecided, so a crossing settles as soon as the coach has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tracker.border_dwell import crossing
from tracker.border_sites import Site, sites
from tracker.border_visits import Fix, begin, copied, take_in
from tracker.facts import LATE_AFTER, Fact
from tracker.fixes import Bools, Leg
from tracker.geo import METRES_PER_DEGREE, Floats, narrowing
from tracker.steps import Memory, World

AWAY_S = 1800.0
FAR_AWAY_S = 10_800.0
IDLE_S = 43_200.0
LOST_S = 86_400.0
JUMP_S = 180.0  # in less than this no coach leaps the reach of a site, which is eight kilometres across at least
LATE_S = LATE_AFTER.total_seconds()


class Crossings:
    """Finds border crossings. Its memory: the last fix, and the visits to sites that are not over, by site."""

    name = "crossings"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"last": None, "visits": {}}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        if not len(leg):
            return memory, leg, []
        places = sites(world.geography)
        walk = _Walk(memory["last"], leg, world)
        inside = _inside(places, leg)
        found: list[Fact] = []
        visits: dict[str, Memory] = {}
        for number, site in enumerate(places) if inside is not None or memory["visits"] else ():
            visit = memory["visits"].get(site.key)
            near = np.zeros(len(leg), dtype=np.bool_) if inside is None else inside[:, number]
            if visit is not None or near.any():
                visit = walk.visit(site, near, None if visit is None else copied(visit), found)
                if visit is not None:
                    visits[site.key] = visit
        for i in walk.silences():
            found += walk.leapt(places, i, inside)
        return {"last": walk.row(len(leg) - 1), "visits": visits}, leg, found

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return the crossings that have begun: the coach is at a post or in its queue, or has passed the line."""
        visits = memory["visits"]
        if not visits:
            return []
        ends = _ends(world)
        found = [crossing(visits[s.key], s, None, ends) for s in sites(world.geography) if s.key in visits]
        return [fact for fact in found if fact is not None]


@lru_cache(maxsize=8)
def _circles(places: tuple[Site, ...]) -> Floats:
    """Return latitude, longitude, how much shorter a degree of longitude is, and the squared reach in degrees, of each site."""
    return np.array(
        [(s.latitude, s.longitude, narrowing(s.latitude), (s.reach_m / METRES_PER_DEGREE) ** 2) for s in places]
    ).T


def _inside(places: tuple[Site, ...], leg: Leg) -> Bools | None:
    """Return which fixes lie within reach of which sites; None: none of any."""
    if not places:
        return None
    latitude, longitude, shrink, reach = _circles(places)
    north = leg.fixes.latitudes[:, None] - latitude
    east = (leg.fixes.longitudes[:, None] - longitude) * shrink
    inside: Bools = north * north + east * east <= reach
    return inside if inside.any() else None


class _Walk:
    """One run over a leg. `before` is the row of the last fix of the run before, which has the index -1."""

    def __init__(self, before: Sequence[Any] | None, leg: Leg, world: World) -> None:
        self.before, self.leg, self.world = before, leg, world
        self.ends = _ends(world)

    def row(self, i: int) -> Sequence[Any] | None:
        """Return one fix as it is remembered: time, place, number, late; corridor, kilometre, metres off it."""
        if i < 0:
            return self.before
        leg, fixes = self.leg, self.leg.fixes
        number, at_s = int(leg.corridors[i]), float(fixes.at_s[i])
        on: list[Any] = [None, 0.0, 0.0]
        if number >= 0:
            on = [self.world.corridors[number].id, float(leg.kms[i]), float(leg.offsets_m[i])]
        is_late = bool(fixes.sent_s[i] - at_s > LATE_S)
        return [at_s, float(fixes.latitudes[i]), float(fixes.longitudes[i]), int(fixes.seqs[i]), is_late, *on]

    def fix(self, i: int, site: Site) -> Fix | None:
        """Return one fix as a site sees it."""
        row = self.row(i)
        if row is None:
            return None
        at_s, latitude, longitude, seq, is_late, corridor, km, offset_m = row
        side_km, is_sure = site.side_km(latitude, longitude, corridor, km, offset_m)
        return Fix(at_s, latitude, longitude, seq, is_late, corridor, side_km, is_sure)

    def silences(self) -> list[int]:
        """Return the fixes before which nothing was heard for so long that a border may have been leapt."""
        times = self.leg.fixes.at_s
        found = (np.flatnonzero(times[1:] - times[:-1] > JUMP_S) + 1).tolist()
        return [0, *found] if self.before is not None and times[0] - self.before[0] > JUMP_S else found

    def visit(self, site: Site, near: Bools, visit: Memory | None, found: list[Fact]) -> Memory | None:
        """Take a site's visits through the leg; return the one that is not over."""
        numbers = np.flatnonzero(near).tolist()
        # a visit ends with the first fix out of reach, so that is taken in too
        wanted = sorted({0, *numbers, *(i + 1 for i in numbers if i + 1 < len(near))})
        for i in wanted:
            if visit is None and not near[i]:
                continue
            fix = self.fix(i, site)
            assert fix is not None
            if visit is not None and fix.at_s - visit["last"][0] > LOST_S:
                found += _told(visit, site, fix.at_s)
                visit = None
                if not near[i]:
                    continue
            if visit is None:
                before = self.fix(i - 1, site)
                visit = begin(fix, before if before is not None and fix.at_s - before.at_s <= LOST_S else None)
            take_in(visit, site, fix)
            if not near[i]:
                found += _told(visit, site, fix.at_s)
                visit = None
            elif _is_over(visit, site, fix.at_s) or self._has_arrived(visit, fix.at_s):
                found += _told(visit, site, fix.at_s)
                visit = begin(fix, fix)
        return visit

    def _has_arrived(self, visit: Memory, at_s: float) -> bool:
        """Say whether the coach has passed, is at no fence, and its trip has ended since."""
        near_s = visit["near_s"] or visit["began_s"]
        return visit["side"] != visit["from"] and near_s < at_s and any(near_s <= end_s <= at_s for end_s in self.ends)

    def leapt(self, places: Sequence[Site], i: int, inside: Bools | None) -> list[Fact]:
        """Return the borders passed between two fixes of which neither lies within reach, in the coach's order."""
        start, end = self.row(i - 1), self.row(i)
        if start is None or end is None or end[0] - start[0] > LOST_S or start[5] is None or end[5] is None:
            return []
        found: list[tuple[float, Fact]] = []
        for number, site in enumerate(places):
            if not self._is_between(site, start, end) or (inside is not None and inside[i, number]):
                continue
            if site.away_m(start[1], start[2]) <= site.reach_m:
                continue  # it was visited
            before, after = self.fix(i - 1, site), self.fix(i, site)
            if before is None or after is None or before.side * after.side >= 0:
                continue
            visit = begin(after, before)
            take_in(visit, site, after)
            visit["touched"] = {}
            if (fact := crossing(visit, site, after.at_s)) is not None:
                found.append((site.away_m(start[1], start[2]), fact))
        return [fact for _, fact in sorted(found, key=lambda pair: pair[0])]

    def _is_between(self, site: Site, start: Sequence[Any], end: Sequence[Any]) -> bool:
        """Say whether a site lies between two fixes, on the corridor of either."""
        for corridor_id in dict.fromkeys((end[5], start[5])):
            if (mark := site.marks.get(corridor_id)) is not None:
                line = self.world.geography.corridors[corridor_id].line
                kms = [row[6] if row[5] == corridor_id else line.locate_one(row[1], row[2])[0] for row in (start, end)]
                return bool((kms[0] - mark.km) * (kms[1] - mark.km) <= 0)
        return False


def _ends(world: World) -> list[float]:
    """Return when trips of this coach ended, as their operator says."""
    return [trip.ends_at.timestamp() for trip in world.declared if trip.ends_at is not None and not trip.is_cancelled]


def _is_over(visit: Memory, site: Site, at_s: float) -> bool:
    quiet_s = at_s - max(visit["near_s"] or 0.0, visit["began_s"])
    if visit["side"] == visit["from"]:
        return bool(quiet_s > IDLE_S)
    is_ahead = any(fence.is_far and fence.side == visit["side"] for fence in site.fences)
    return bool(quiet_s > (FAR_AWAY_S if is_ahead and visit["side"] not in visit["far"] else AWAY_S))


def _told(visit: Memory, site: Site, at_s: float) -> list[Fact]:
    fact = crossing(visit, site, at_s)
    return [] if fact is None else [fact]
