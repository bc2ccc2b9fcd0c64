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

from collections.abc import Sequence
from typing import Any

import numpy as np

from tracker.border_places import post_of_halt
from tracker.countries import country_at
from tracker.facts import LATE_AFTER, Fact, Halt, moment
from tracker.fixes import Leg
from tracker.geo import Floats, haversine_m
from tracker.steps import Memory, World

SHORTEST_S = 90.0
RADIUS_M = 60.0
WIDEST_M = 150.0  # the circle of an inaccurate device: 2.5 times what it says, but no wider
OUTSIDE = 2  # fixes outside in a row that end a stand
PAUSE_S = 180.0
SHIFT_M = 200.0
ROLLING_MPS = 12.0
HEARD_S = 300.0  # between fixes farther apart nothing is interpolated
KEPT = 48  # places remembered of a halt, thinned evenly as it goes on

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
            whole = _merged(halt, stand) if halt is not None and _continues(halt, stand) else stand
            if whole["end_s"] - whole["start_s"] >= SHORTEST_S:
                return [_fact(whole, world, None)]
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
        step = haversine_m(self.lat[:-1], self.lon[:-1], self.lat[1:], self.lon[1:])
        self.near = np.flatnonzero(step <= self.radius[:-1])  # fixes whose next lies within their circle
        self.decided = np.array(fixes.at_s)

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
                self.decided[i:target] = self._starts(i, target)
                self.last = self._fix(target - 1)
                i = target
        self._begin(self._fix(i))
        self.decided[i] = self._undecided()
        return i + 1

    def _starts(self, first: int, end: int) -> Floats:
        """Return when a stand at each of these fixes would have begun."""
        before = self.last or [self.at[first] - HEARD_S - 1, self.lat[first], self.lon[first]]
        lat = np.concatenate(([before[1]], self.lat[first : end - 1]))
        lon = np.concatenate(([before[2]], self.lon[first : end - 1]))
        at, now = np.concatenate(([before[0]], self.at[first : end - 1])), self.at[first:end]
        rolled = at + haversine_m(lat, lon, self.lat[first:end], self.lon[first:end]) / ROLLING_MPS
        return np.where(now - at <= HEARD_S, np.minimum(now, rolled), now)

    def _begin(self, fix: list[Any]) -> None:
        start_s = fix[0]
        if self.last is not None and fix[0] - self.last[0] <= HEARD_S:
            start_s = min(fix[0], self.last[0] + _apart(self.last, fix) / ROLLING_MPS)
        self.stand = {
            "lat": fix[1], "lon": fix[2], "radius_m": fix[3], "start_s": start_s, "end_s": fix[0], "inside": fix,
            "first_seq": fix[4], "last_seq": fix[4], "late": fix[5], "fixes": 1, "unheard_s": 0.0, "began": fix[1:3],
            "stride": 1, "places": [_place(fix)],
        }  # fmt: skip

    def _stay(self, i: int) -> int:
        """Take in fixes while they lie in the circle, as many as there are in one stride."""
        stand = self.stand
        until = min(i + 256, len(self.leg))
        away = haversine_m(self.lat[i:until], self.lon[i:until], stand["lat"], stand["lon"])
        outside = np.flatnonzero(away > stand["radius_m"])
        end = i + int(outside[0]) if outside.size else until
        if end > i:
            self._stand_on(i, end)
            return end
        self.outside.append(self._fix(i))
        if stand["fixes"] > 1 and len(self.outside) < OUTSIDE:
            self.decided[i] = self._undecided()
            return i + 1
        waiting, self.outside = self.outside, []
        self._leave(waiting[0], float(self.at[i]))
        if len(waiting) > 1:  # the fix that had waited may itself begin a stand
            self._begin(waiting[0])
        return i

    def _stand_on(self, first: int, end: int) -> None:
        stand, at = self.stand, self.at
        self.outside = []
        gaps = np.diff(np.concatenate(([stand["inside"][0]], at[first:end])))
        stand["unheard_s"] = max(stand["unheard_s"], float(gaps.max()))
        late = self.leg.fixes.sent_s[first:end] - at[first:end] > LATE_S
        stand["late"] = bool(stand["late"] or late.any())
        for i in range(first, end):
            if stand["fixes"] % stand["stride"] == 0:
                stand["places"].append(_place(self._fix(i)))
                if len(stand["places"]) > KEPT:
                    stand["places"] = stand["places"][::2]
                    stand["stride"] *= 2
            stand["fixes"] += 1
        stand["inside"] = self._fix(end - 1)
        stand["end_s"], stand["last_seq"] = stand["inside"][0], stand["inside"][4]
        if self.halt is not None and not _continues(self.halt, stand):
            # A stand elsewhere has begun: the halt before it cannot go on any more.
            self._settle(float(at[first]))
        self.decided[first:end] = self._undecided()

    def _leave(self, out: list[Any], now_s: float) -> None:
        """End the stand: `out` is the first fix outside it. Short ones are forgotten, others join the halt."""
        stand, inside = self.stand, self.stand["inside"]
        if out[0] - inside[0] <= HEARD_S:
            stand["end_s"] = max(inside[0], out[0] - _apart(inside, out) / ROLLING_MPS)
        self.last, self.stand = inside, None
        enough = stand["fixes"] > 1 and stand["end_s"] - stand["start_s"] >= SHORTEST_S
        if self.halt is not None:
            joins = enough and _continues(self.halt, stand)
            if not joins and (enough or now_s - self.halt["end_s"] > PAUSE_S):
                self._settle(now_s)
        if enough:
            self.halt = stand if self.halt is None else _merged(self.halt, stand)

    def _settle(self, now_s: float) -> None:
        self.found.append(_fact(self.halt, self.world, now_s))
        self.halt = None

    def _undecided(self) -> float:
        """Return the moment up to which nothing can become a halt any more."""
        starts = [thing["start_s"] for thing in (self.halt, self.stand) if thing is not None]
        return float(min(starts))

    def _fix(self, i: int) -> list[Any]:
        """Return time, place, circle, number, lateness and location of a fix, as plain values."""
        leg, fixes = self.leg, self.leg.fixes
        km, offset = float(leg.kms[i]), float(leg.offsets_m[i])
        corridor = int(leg.corridors[i])
        return [
            float(self.at[i]), float(self.lat[i]), float(self.lon[i]), float(self.radius[i]), int(fixes.seqs[i]),
            bool(fixes.sent_s[i] - fixes.at_s[i] > LATE_S),
            self.world.corridors[corridor].id if corridor >= 0 else None,
            None if corridor < 0 else km, None if corridor < 0 else offset,
        ]  # fmt: skip


def _place(fix: list[Any]) -> list[Any]:
    return [fix[1], fix[2], fix[6], fix[7], fix[8]]


def _apart(one: Sequence[Any], other: Sequence[Any]) -> float:
    return float(haversine_m(one[1], one[2], other[1], other[2]))


def _continues(halt: Memory, stand: Memory) -> bool:
    """Say whether a stand goes on with a halt: soon after it and not far from where it ended."""
    if stand["start_s"] - halt["end_s"] > PAUSE_S:
        return False
    end = halt["inside"]
    return float(haversine_m(end[1], end[2], stand["lat"], stand["lon"])) <= SHIFT_M


def _merged(halt: Memory, stand: Memory) -> Memory:
    places, stride = halt["places"] + stand["places"], max(halt["stride"], stand["stride"])
    while len(places) > KEPT:
        places, stride = places[::2], stride * 2
    return stand | {
        "start_s": halt["start_s"],
        "first_seq": halt["first_seq"],
        "late": halt["late"] or stand["late"],
        "fixes": halt["fixes"] + stand["fixes"],
        "unheard_s": max(halt["unheard_s"], stand["unheard_s"]),
        "began": halt["began"],
        "places": places,
        "stride": stride,
    }


def _fact(halt: Memory, world: World, settled_s: float | None) -> Halt:
    places = halt["places"]
    latitudes, longitudes = np.array([p[0] for p in places]), np.array([p[1] for p in places])
    latitude, longitude = float(np.median(latitudes)), float(np.median(longitudes))
    spread = np.quantile(haversine_m(latitudes, longitudes, latitude, longitude), 0.9)
    on = [p for p in places if p[2] is not None]
    corridor = world.geography.find_corridor(on[-1][2]) if on else None
    km = offset = section = None
    if corridor is not None:
        same = [p for p in on if p[2] == corridor.id]
        km, offset = float(np.median([p[3] for p in same])), float(np.median([p[4] for p in same]))
        section = corridor.passage_at(km).section.id if corridor.passages else None
    creep_m = float(haversine_m(*halt["began"], *halt["inside"][1:3]))
    creep_m = round(creep_m, 1) if creep_m > RADIUS_M else 0.0  # less is what the receiver trembles
    start = moment(halt["start_s"])
    country = country_at(latitude, longitude)
    return Halt(
        started_at=start,
        ended_at=None if settled_s is None else moment(halt["end_s"]),
        settled_at=None if settled_s is None else moment(settled_s),
        first_seq=halt["first_seq"],
        last_seq=halt["last_seq"],
        late=halt["late"],
        latitude=round(latitude, 6),
        longitude=round(longitude, 6),
        spread_m=round(float(spread), 1),
        fixes=halt["fixes"],
        creep_m=creep_m,
        unheard_s=halt["unheard_s"],
        corridor_id=corridor.id if corridor else None,
        km=None if km is None else round(km, 3),
        offset_m=None if offset is None else round(offset, 1),
        section_id=section,
        country=country,
        post_id=post_of_halt(world, corridor, km, latitude, longitude, country, start.date(), creep_m),
    )
