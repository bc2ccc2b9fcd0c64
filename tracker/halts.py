"""Step 3: where the coach stood still, for a minute and a half or longer.

A *stand* begins at a fix and goes on while the next ones lie within `RADIUS_M` of it (wider where the device says that it is
inaccurate); it is over with the second fix outside in a row, so that one spike does not end it. Stands that follow each
other within `PAUSE_S` and `SHIFT_M` are one halt: that is a queue that creeps. Stop-and-go traffic stands too shortly
between its moves, and slow traffic leaves the circle too soon, to be a halt.

A halt begins and ends between two fixes: the coach is taken to drive `ROLLING_MPS` from the fix before and to the fix
after. A time without fixes counts as standing when both its ends are in the circle (`unheard_s`).

What is seen: at 10 and 30 s between fixes halts from 1.5 minutes, at 60 s from about 2, at 120 s from about 4 (two fixes
must fall into it). The method is the stay-point rule of Li, Zheng et al. (Mining user similarity based on location
history, 2008), with the m-of-n leaving and the merging of neighbours that queues and spikes call for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tracker.facts import LATE_AFTER, Fact
from tracker.fixes import Leg
from tracker.geo import METRES_PER_DEGREE, Floats, haversine_m
from tracker.halt_facts import KEPT_PLACES, make_halt, merged
from tracker.steps import Memory, World

SHORTEST_S = 90.0
RADIUS_M = 60.0
WIDEST_M = 150.0  # the circle of an inaccurate device: 2.5 times what it says, but no wider
OUTSIDE = 2  # fixes outside in a row that end a stand
PAUSE_S = 180.0
SHIFT_M = 200.0
ROLLING_MPS = 12.0
HEARD_S = 300.0  # between fixes farther apart nothing is interpolated

AT_A_TIME = 8  # fixes looked at one by one before whole arrays are worth it
PLANE_TO = 80.0  # degrees of latitude

LATE_S = LATE_AFTER.total_seconds()


class Halts:
    """Finds halts; see the module's docstring.

    Its memory: `before` (the last fix before the stand), `stand` (the stand under way), `outside` (the fixes outside it, of
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
    """One run over a leg. Fixes are numbered through the leg; -1, -2 .. are those that wait outside a stand."""

    def __init__(self, memory: Memory, leg: Leg, world: World) -> None:
        self.leg, self.world, self.found = leg, world, list[Fact]()
        self.last, self.stand, self.halt = memory["last"], memory["stand"], memory["halt"]
        self.outside: list[list[Any]] = list(memory["outside"])
        if self.stand is not None:  # the memory that was given is not changed
            self.stand = self.stand | {"places": list(self.stand["places"])}
        fixes = leg.fixes
        self.lat, self.lon, self.at = fixes.latitudes, fixes.longitudes, fixes.at_s
        self.radius = np.clip(np.nan_to_num(fixes.accuracies_m) * 2.5, RADIUS_M, WIDEST_M)
        self.step = haversine_m(self.lat[:-1], self.lon[:-1], self.lat[1:], self.lon[1:])
        self.near = np.flatnonzero(self.step <= self.radius[:-1])  # fixes whose next lies within their circle
        self.decided = np.array(fixes.at_s)
        # The same as plain numbers: one at a time they are ten times as fast.
        self.lats, self.lons, self.ats = self.lat.tolist(), self.lon.tolist(), self.at.tolist()
        self.starts = self._starts()

    def memory(self) -> Memory:
        return {"last": self.last, "stand": self.stand, "outside": self.outside, "halt": self.halt}

    def go(self) -> None:
        i, size = 0, len(self.leg)
        while i < size:
            i = self._open(i) if self.stand is None else self._stay(i)

    def _open(self, i: int) -> int:
        """Begin a stand at fix `i`, or drive on in one stride to the next fix that may begin one."""
        if self.halt is None:
            at = int(np.searchsorted(self.near, i))
            target = int(self.near[at]) if at < self.near.size else len(self.leg) - 1
            if target > i:
                self.decided[i:target] = self.starts[i:target]
                self.last = self._fix(target - 1)
                i = target
            i = self._hop(i)
        else:
            self.decided[i] = min(self.halt["start_s"], self.starts[i])
        self._begin(self._fix(i), float(self.starts[i]))
        return i + 1

    def _hop(self, i: int) -> int:
        """Go over stands, from one that begins at `i`, that end too soon; return where one begins that is to be looked at.

        With no halt before it such a stand leaves nothing behind but the time up to which all is decided.
        """
        size, first, ats = len(self.leg), i, self.ats
        self.decided[i] = self.starts[i]
        while True:
            end = min(i + AT_A_TIME, size)
            out = self._first_outside(i + 1, end, self.lats[i], self.lons[i], float(self.radius[i]))
            if out == end or (out > i + 1 and out + 1 == size):
                break
            if out > i + 1:
                if self._first_outside(out + 1, out + 2, self.lats[i], self.lons[i], float(self.radius[i])) > out + 1:
                    break  # it comes back
                if ats[out] - self.starts[i] >= SHORTEST_S:  # it ends no later than that
                    break
                self.decided[i + 1 : out + 1] = self.starts[i]  # the one outside waited for the next
                i = out
            else:
                at = int(np.searchsorted(self.near, out))
                i = int(self.near[at]) if at < self.near.size else size - 1
                self.decided[out : i + 1] = self.starts[out : i + 1]
        if i > first:
            self.last = self._fix(i - 1)
        return i

    def _first_outside(self, first: int, end: int, lat: float, lon: float, radius_m: float) -> int:
        """Return the first of these fixes that lies outside a circle, `end` if none does. For a few fixes."""
        lats, lons, shrunk = self.lats, self.lons, math.cos(math.radians(lat))
        limit = (radius_m / METRES_PER_DEGREE) ** 2
        for i in range(first, end):
            north, east = lats[i] - lat, lons[i] - lon
            away = north * north + (east * shrunk) ** 2
            # On the plane wherever that decides it, so that the answer is always that of `haversine_m`.
            if not (abs(lat) < PLANE_TO and abs(east) < 1.0 and abs(away / limit - 1) > 0.05):
                if haversine_m(lats[i], lons[i], lat, lon) > radius_m:
                    return i
            elif away > limit:
                return i
        return end

    def _starts(self) -> Floats:
        """Return when a stand at each fix would have begun, after the fix before it."""
        at, starts = self.at, np.array(self.at)
        rolled = at[:-1] + self.step / ROLLING_MPS
        starts[1:] = np.where(at[1:] - at[:-1] <= HEARD_S, np.minimum(at[1:], rolled), at[1:])
        before = self.outside[-1] if self.outside else self.stand["inside"] if self.stand is not None else self.last
        starts[0] = _started(before, self._fix(0))
        return starts

    def _begin(self, fix: list[Any], start_s: float) -> None:
        self.stand = {
            "lat": fix[1], "lon": fix[2], "radius_m": fix[3], "start_s": start_s, "end_s": fix[0], "inside": fix,
            "first_seq": fix[4], "last_seq": fix[4], "late": fix[5], "fixes": 1, "unheard_s": 0.0, "began": fix[1:3],
            "stride": 1, "places": [_place(fix)],
        }  # fmt: skip

    def _stay(self, i: int) -> int:
        """Take in fixes while they lie in the circle, as many as there are in one stride."""
        stand, size = self.stand, len(self.leg)
        until = min(i + AT_A_TIME, size)
        end = self._first_outside(i, until, stand["lat"], stand["lon"], stand["radius_m"])
        if end == until < size:
            until = min(i + 512, size)
            away = haversine_m(self.lat[end:until], self.lon[end:until], stand["lat"], stand["lon"])
            outside = np.flatnonzero(away > stand["radius_m"])
            end = end + int(outside[0]) if outside.size else until
        if end > i:
            self._stand_on(i, end)
            return end
        self.outside.append(self._fix(i))
        if stand["fixes"] > 1 and len(self.outside) < OUTSIDE:
            self.decided[i] = self._undecided()
            return i + 1
        waiting, self.outside = self.outside, []
        self._leave(waiting[0], i - len(waiting) + 1, self.ats[i])
        if len(waiting) > 1:  # the fix that had waited may itself begin a stand
            self._begin(waiting[0], float(self.starts[i - 1]) if i > 0 else _started(self.last, waiting[0]))
        return i

    def _stand_on(self, first: int, end: int) -> None:
        stand, at = self.stand, self.at
        self.outside = []
        gaps = np.diff(np.concatenate(([stand["inside"][0]], at[first:end])))
        stand["unheard_s"] = max(stand["unheard_s"], float(gaps.max()))
        late = self.leg.fixes.sent_s[first:end] - at[first:end] > LATE_S
        stand["late"] = bool(stand["late"] or late.any())
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
            self._settle(float(at[first]))
        self.decided[first:end] = self._undecided()

    def _leave(self, out: list[Any], number: int, now_s: float) -> None:
        """End the stand: `out` is the first fix outside it, by its number. Short ones are forgotten, others join the halt."""
        stand, inside = self.stand, self.stand["inside"]
        if out[0] - inside[0] <= HEARD_S:
            away_m = float(self.step[number - 1]) if number > 0 else _apart(inside, out)
            stand["end_s"] = max(inside[0], out[0] - away_m / ROLLING_MPS)
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
        """Return time, place, circle, number, lateness and location of a fix, as plain values."""
        fixes = self.leg.fixes
        sent_s, at_s = float(fixes.sent_s[i]), self.ats[i]
        return [
            at_s, self.lats[i], self.lons[i], float(self.radius[i]), int(fixes.seqs[i]), sent_s - at_s > LATE_S,
            *self._located(i),
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
    return float(haversine_m(one[1], one[2], other[1], other[2]))


def _started(before: list[Any] | None, fix: list[Any]) -> float:
    """Return when a stand at a fix would have begun, after the fix before it."""
    if before is None or fix[0] - before[0] > HEARD_S:
        return float(fix[0])
    return float(min(fix[0], before[0] + _apart(before, fix) / ROLLING_MPS))


def _continues(halt: Memory, stand: Memory) -> bool:
    """Say whether a stand goes on with a halt: soon after it and not far from where it ended."""
    if stand["start_s"] - halt["end_s"] > PAUSE_S:
        return False
    end = halt["inside"]
    return float(haversine_m(end[1], end[2], stand["lat"], stand["lon"])) <= SHIFT_M
