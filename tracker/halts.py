"""Step 3: where the coach stood still, for a minute and a half or longer.

A *stand* begins at a fix and goes on while the next ones lie within `RADIUS_M` of it (wider where the device says that it is
inaccurate); it is over with the second fix outside in a row, so that one spike does not end it. Stands that follow each
other within `PAUSE_S` and `SHIFT_M` are one halt: that is a queue that creeps. Stop-and-go traffic stands too shortly
between its moves, and slow traffic leaves the circle too soon, to be a halt.

A halt begins and ends between two fixes: from the fix before and to the fix after it the coach is taken to drive as fast as
it came to the one and went on from the other, and to brake and move off. With one speed for all, a stop of a minute in
slow traffic, between fixes 30 or 60 s apart, looks like one of a minute and a half. A time without fixes counts as standing
when both its ends are in the circle (`unheard_s`).

What is seen: at 10 and 30 s between fixes halts from 1.5 minutes, at 60 s from about 2, at 120 s from about 4 (two fixes
must fall into it). The method is the stay-point rule of Li, Zheng et al. (Mining user similarity based on location
history, 2008), with the m-of-n leaving and the merging of neighbours that queues and spikes call for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import sub
from typing import Any

import numpy as np

from tracker.facts import LATE_AFTER, Fact
from tracker.fixes import Leg
from tracker.geo import METRES_PER_DEGREE, Floats, narrowing, plane_m, plane_square
from tracker.halt_facts import KEPT_PLACES, make_halt, merged
from tracker.steps import Memory, World

SHORTEST_S = 90.0
RADIUS_M = 60.0
WIDEST_M = 150.0  # the circle of an inaccurate device: 2.5 times what it says, but no wider
OUTSIDE = 2  # fixes outside in a row that end a stand
PAUSE_S = 180.0
SHIFT_M = 200.0
SLOWEST_MPS, FASTEST_MPS = 4.0, 18.0  # how fast a coach is taken to come to its stand and to leave it
BRAKES_S = 7.0  # what braking to a stand, or moving off, takes longer than driving on: half of 12 m/s by 0.85 m/s2
HEARD_S = 300.0  # between fixes farther apart nothing is interpolated

AT_A_TIME = 8  # fixes looked at one by one before whole arrays are worth it

LATE_S = LATE_AFTER.total_seconds()


class Halts:
    """Finds halts; see the module's docstring.

    Its memory: `last` (the last fix before the stand), `stand` (the stand under way), `outside` (the fixes outside it, of
    which one more ends it), `halt` (stands gathered so far, that may go on).
    """

    name = "halts"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"last": None, "stand": None, "outside": [], "halt": None}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        if not len(leg):
            return memory, leg, []
        walk = _Walk(memory, leg, world)
        walk.go()
        decided = Leg(leg.fixes, leg.corridors, leg.kms, leg.offsets_m, walk.decided)
        return walk.memory(), decided, walk.found

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return the halt that is going on, once it is long enough."""
        stand, halt = memory["stand"], memory["halt"]
        if stand is not None:
            whole = merged(halt, stand) if halt is not None and _continues(halt, stand) else stand
            if whole["end_s"] - whole["start_s"] >= SHORTEST_S:
                return [make_halt(whole, world, None)]
        return []


class _Walk:
    """One run over a leg. Fixes are numbered through the leg."""

    def __init__(self, memory: Memory, leg: Leg, world: World) -> None:
        self.leg, self.world, self.found = leg, world, list[Fact]()
        self.last, self.stand, self.halt = memory["last"], memory["stand"], memory["halt"]
        self.outside: list[list[Any]] = list(memory["outside"])
        if self.stand is not None:  # the memory that was given is not changed
            self.stand = self.stand | {"places": list(self.stand["places"])}
        fixes = leg.fixes
        self.lat, self.lon, self.at = fixes.latitudes, fixes.longitudes, fixes.at_s
        self.radius = np.fmin(np.fmax(fixes.accuracies_m * 2.5, RADIUS_M), WIDEST_M)  # NaN: the least
        way = plane_square(self.lat[:-1], self.lon[:-1], self.lat[1:], self.lon[1:])
        # fixes whose next lies within their circle
        self.near = np.flatnonzero(way <= np.square(self.radius[:-1] / METRES_PER_DEGREE)).tolist()
        self.decided = np.array(self.at)
        self.late = fixes.sent_s - self.at > LATE_S
        self.is_late = bool(self.late.any())
        # The same as plain numbers: one at a time they are ten times as fast.
        self.lats, self.lons, self.ats = self.lat.tolist(), self.lon.tolist(), self.at.tolist()
        self.speed, self.starts = self._ways(np.sqrt(way) * METRES_PER_DEGREE)

    def memory(self) -> Memory:
        return {"last": self.last, "stand": self.stand, "outside": self.outside, "halt": self.halt}

    def go(self) -> None:
        i, size = 0, len(self.leg)
        while i < size:
            i = self._open(i) if self.stand is None else self._stay(i)

    def _open(self, i: int) -> int:
        """Begin a stand at fix `i`, or drive on in one stride to the next fix that may begin one."""
        if self.halt is None:
            target = self._next_near(i)
            if target > i:
                self.decided[i:target] = self.starts[i:target]
                self.last = self._fix(target - 1)
                i = target
            i = self._hop(i)
        else:
            self.decided[i] = min(self.halt["start_s"], self.starts[i])
        self._begin(self._fix(i), float(self.starts[i]))
        return i + 1

    def _next_near(self, i: int) -> int:
        """Return the first fix from `i` on whose next lies within its circle, else the last one."""
        at = bisect_left(self.near, i)
        return self.near[at] if at < len(self.near) else len(self.ats) - 1

    def _hop(self, i: int) -> int:
        """Go over stands, from one that begins at `i`, that end too soon; return where one begins that is to be looked at.

        With no halt before it such a stand leaves nothing behind but the time up to which all is decided.
        """
        size, first, ats, starts = len(self.ats), i, self.ats, self.starts
        self.decided[i] = starts[i]
        while True:
            end = min(i + AT_A_TIME, size)
            circle = self.lats[i], self.lons[i], float(self.radius[i])
            out = self._first_outside(i + 1, end, *circle)
            if out == end or (out > i + 1 and out + 1 == size):
                break
            if out > i + 1:
                if self._first_outside(out + 1, out + 2, *circle) > out + 1:
                    break  # it comes back
                if ats[out] - starts[i] >= SHORTEST_S:  # it ends no later than that
                    break
                self.decided[i + 1 : out + 1] = starts[i]  # the one outside waited for the next
                i = out
            else:
                i = self._next_near(out)
                self.decided[out : i + 1] = starts[out : i + 1]
        if i > first:
            self.last = self._fix(i - 1)
        return i

    def _first_outside(self, first: int, end: int, lat: float, lon: float, radius_m: float) -> int:
        """Return the first of these fixes that lies outside a circle, `end` if none does. For a few fixes."""
        lats, lons, shrunk, radius = self.lats, self.lons, narrowing(lat), radius_m / METRES_PER_DEGREE
        limit = radius * radius
        for i in range(first, end):  # `plane_square`, written out
            north, east = lats[i] - lat, (lons[i] - lon) * shrunk
            if north * north + east * east > limit:
                return i
        return end

    def _ways(self, step: Floats) -> tuple[Floats, Floats]:
        """Return how fast the coach came to each fix, and when a stand there would have begun, after the fix before it."""
        at, speed, starts = self.at, np.empty(self.at.size), np.array(self.at)
        gap = at[1:] - at[:-1]
        before = self.outside[-1] if self.outside else self.stand["inside"] if self.stand is not None else self.last
        speed[0] = _speed(before, self.ats[0], self.lats[0], self.lons[0])
        speed[1:] = step / gap
        rolled = at[:-1] + (step / np.minimum(np.maximum(speed[:-1], SLOWEST_MPS), FASTEST_MPS) + BRAKES_S)
        starts[1:] = np.where(gap <= HEARD_S, np.minimum(at[1:], rolled), at[1:])
        starts[0] = _started(before, (self.ats[0], self.lats[0], self.lons[0]))
        return speed, starts

    def _begin(self, fix: list[Any], start_s: float) -> None:
        self.stand = {
            "lat": fix[1], "lon": fix[2], "radius_m": fix[3], "start_s": start_s, "end_s": fix[0], "inside": fix,
            "first_seq": fix[4], "last_seq": fix[4], "late": fix[5], "fixes": 1, "unheard_s": 0.0, "began": fix[1:3],
            "stride": 1, "places": [_place(fix)],
        }  # fmt: skip

    def _stay(self, i: int) -> int:
        """Take in fixes while they lie in the circle, as many as there are in one stride."""
        stand, size = self.stand, len(self.ats)
        until = min(i + AT_A_TIME, size)
        end = self._first_outside(i, until, stand["lat"], stand["lon"], stand["radius_m"])
        if end == until < size:
            until = min(i + 512, size)
            away = plane_square(stand["lat"], stand["lon"], self.lat[end:until], self.lon[end:until])
            outside = np.flatnonzero(away > np.square(stand["radius_m"] / METRES_PER_DEGREE))
            end = end + int(outside[0]) if outside.size else until
        if end > i:
            self._stand_on(i, end)
            return end
        self.outside.append(self._fix(i))
        if stand["fixes"] > 1 and len(self.outside) < OUTSIDE:
            self.decided[i] = self._undecided()
            return i + 1
        waiting, self.outside = self.outside, []
        self._leave(waiting, self.ats[i])
        if len(waiting) > 1:  # the fix that had waited may itself begin a stand
            self._begin(waiting[0], _started(self.last, waiting[0]))
        return i

    def _stand_on(self, first: int, end: int) -> None:
        stand, ats = self.stand, self.ats
        self.outside = []
        gaps = map(sub, ats[first:end], [stand["inside"][0], *ats[first : end - 1]])
        stand["unheard_s"] = max(stand["unheard_s"], *gaps)
        if self.is_late:
            stand["late"] = bool(stand["late"] or self.late[first:end].any())
        i = first + -stand["fixes"] % stand["stride"]
        while i < end:  # every so many fixes, twice as many whenever there are enough places
            stand["places"].append([self.lats[i], self.lons[i], *self._located(i)])
            if len(stand["places"]) > KEPT_PLACES:
                stand["places"], stand["stride"] = stand["places"][::2], stand["stride"] * 2
            number = stand["fixes"] + i - first + 1
            i += 1 + -number % stand["stride"]
        stand["fixes"] += end - first
        stand["inside"] = self._fix(end - 1)
        stand["end_s"], stand["last_seq"] = stand["inside"][0], stand["inside"][4]
        if self.halt is not None and not _continues(self.halt, stand):
            # A stand elsewhere has begun: the halt before it cannot go on any more.
            self._settle(ats[first])
        self.decided[first:end] = self._undecided()

    def _leave(self, waiting: list[list[Any]], now_s: float) -> None:
        """End the stand: `waiting` are the fixes outside it. Short ones are forgotten, others join the halt."""
        stand, inside, out = self.stand, self.stand["inside"], waiting[0]
        if out[0] - inside[0] <= HEARD_S:
            stand["end_s"] = max(inside[0], out[0] - _rolled(_apart(inside, out), waiting[-1][9]))
        self.last, self.stand = inside, None
        enough = stand["fixes"] > 1 and stand["end_s"] - stand["start_s"] >= SHORTEST_S
        if self.halt is not None:
            joins = enough and _continues(self.halt, stand)
            if not joins and (enough or now_s - self.halt["end_s"] > PAUSE_S):
                self._settle(now_s)
        if enough:
            self.halt = stand if self.halt is None else merged(self.halt, stand)

    def _settle(self, now_s: float) -> None:
        self.found.append(make_halt(self.halt, self.world, now_s))
        self.halt = None

    def _undecided(self) -> float:
        """Return the moment up to which nothing can become a halt any more."""
        starts = [thing["start_s"] for thing in (self.halt, self.stand) if thing is not None]
        return float(min(starts))

    def _fix(self, i: int) -> list[Any]:
        """Return time, place, circle, number, lateness, location and speed of a fix, as plain values."""
        return [
            self.ats[i], self.lats[i], self.lons[i], float(self.radius[i]), int(self.leg.fixes.seqs[i]),
            bool(self.late[i]), *self._located(i), float(self.speed[i]),
        ]  # fmt: skip

    def _located(self, i: int) -> list[Any]:
        """Return corridor, kilometre and metres off the line of a fix."""
        leg = self.leg
        corridor = int(leg.corridors[i])
        if corridor < 0:
            return [None, None, None]
        return [self.world.corridors[corridor].id, float(leg.kms[i]), float(leg.offsets_m[i])]


def _place(fix: list[Any]) -> list[Any]:
    return [fix[1], fix[2], fix[6], fix[7], fix[8]]


def _apart(one: Sequence[Any], other: Sequence[Any]) -> float:
    return plane_m(one[1], one[2], other[1], other[2])


def _speed(before: Sequence[Any] | None, at_s: float, latitude: float, longitude: float) -> float:
    """Return how fast the coach came to a fix from the one before it; the first one it came to as if it drove."""
    if before is None:
        return FASTEST_MPS
    return plane_m(before[1], before[2], latitude, longitude) / float(at_s - before[0])


def _rolled(distance_m: float, speed_mps: float) -> float:
    """Return the seconds that the way to or from a stand takes a coach that drove at that speed before, or does then."""
    return distance_m / min(max(speed_mps, SLOWEST_MPS), FASTEST_MPS) + BRAKES_S


def _started(before: Sequence[Any] | None, fix: Sequence[Any]) -> float:
    """Return when a stand at a fix would have begun, after the fix before it."""
    if before is None or fix[0] - before[0] > HEARD_S:
        return float(fix[0])
    return float(min(fix[0], before[0] + _rolled(_apart(before, fix), before[9])))


def _continues(halt: Memory, stand: Memory) -> bool:
    """Say whether a stand goes on with a halt: soon after it and not far from where it ended."""
    if stand["start_s"] - halt["end_s"] > PAUSE_S:
        return False
    return plane_m(halt["inside"][1], halt["inside"][2], stand["lat"], stand["lon"]) <= SHIFT_M
