"""The hand that draws a journey: drive, stand, creep; and the speeds of a road by place and hour. Pure.

Times are whole seconds since 1970, kilometres are those of the road. Between two knots the coach moves evenly.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from telemetry.simulator.chance import draws
from telemetry.simulator.roads import Road
from telemetry.simulator.scenario import Congestion

# Assumptions: a loaded coach on the region's roads, km/h.
BLOCK_KM, OPEN_ROAD_KMH, TOWN_KMH, HUB_KMH = 2.5, (50.0, 78.0), (26.0, 40.0), 27.0
TOWN_SHARE, HUB_KM = 0.13, 4.0
NIGHT, NIGHT_FACTOR, RUSH_FACTOR = (22.0, 5.0), 0.88, 0.7
JAM_STEP_KM, JAM_KMH, JAM_WAIT_S = 0.12, 12.0, (15, 75)


def is_within(hour: float, hours: Sequence[float]) -> bool:
    """Say whether an hour of day lies in `[from, to)`; over midnight where `to` is less; equal bounds are all day."""
    start, end = hours
    if start == end:
        return True
    return start <= hour < end if start < end else hour >= start or hour < end


@dataclass(frozen=True, slots=True)
class Speeds:
    """What the road allows: km/h by block, between `bounds_km[i]` and `bounds_km[i + 1]`; `busy` near a hub."""

    bounds_km: tuple[float, ...]
    kmh: tuple[float, ...]
    busy: tuple[bool, ...]


def speeds_of(road: Road, seed: int) -> Speeds:
    """Lay speeds on a road: open road, towns on the way, slow around hubs."""
    rng = draws(seed, road.corridor_id, "speeds")
    size = int((road.end_km - road.start_km) / BLOCK_KM) + 1
    bounds = {round(road.start_km + n * BLOCK_KM, 3) for n in range(size)} | {road.start_km, road.end_km}
    for km in road.hubs.values():
        bounds |= {b for b in (km - HUB_KM, km + HUB_KM) if road.start_km < b < road.end_km}
    ordered = sorted(bounds)
    kmh, busy = [], []
    for low, high in pairwise(ordered):
        at_hub = any(abs((low + high) / 2 - km) < HUB_KM for km in road.hubs.values())
        drawn = rng.uniform(*TOWN_KMH) if rng.random() < TOWN_SHARE else rng.uniform(*OPEN_ROAD_KMH)
        kmh.append(HUB_KMH if at_hub else drawn)
        busy.append(at_hub)
    return Speeds(tuple(ordered), tuple(kmh), tuple(busy))


@dataclass(frozen=True, slots=True)
class Stand:
    """A stretch of standing (`creep_m`: or creeping). `cause` as in the truth file; `index` of the checkpoint there."""

    start_s: float
    end_s: float
    km: float
    cause: str
    index: int | None = None
    creep_m: float = 0.0
    post_id: str | None = None
    popular: bool = False
    end_km: float | None = None


@dataclass(slots=True)
class Timeline:
    """Draws one journey, from `now_s` and `km` on, in the direction `sign`."""

    road: Road
    speeds: Speeds
    rng: random.Random
    now_s: float
    km: float
    sign: int
    jams: Sequence[Congestion] = ()
    driver: float = 1.0
    times_s: list[float] = field(default_factory=list)
    kms: list[float] = field(default_factory=list)
    sides_m: list[float] = field(default_factory=list)
    stands: list[Stand] = field(default_factory=list)
    _jam: Stand | None = None

    def __post_init__(self) -> None:
        """Set the first knot."""
        self.knot(0.0)

    def knot(self, side_m: float) -> None:
        """Fix where the coach is now."""
        self.times_s.append(self.now_s)
        self.kms.append(self.km)
        self.sides_m.append(side_m)

    def wait(self, seconds: float) -> None:
        """Stand on the road without a note of it."""
        self.now_s += float(round(seconds))
        self.knot(0.0)

    def go(self, km: float, kmh: float) -> None:
        """Move evenly to a kilometre."""
        self.now_s += max(1.0, float(round(abs(km - self.km) / kmh * 3600)))
        self.km = km
        self.knot(0.0)

    def drive_to(self, target_km: float) -> None:
        """Drive as road, hour and traffic allow."""
        bounds = self.speeds.bounds_km
        while (target_km - self.km) * self.sign > 1e-6:
            if self.sign > 0:
                block = min(bisect_right(bounds, self.km + 1e-7), len(bounds) - 1) - 1
                end = bounds[block + 1]
            else:
                block = max(bisect_left(bounds, self.km - 1e-7), 1) - 1
                end = bounds[block]
            end = min(end, target_km) if self.sign > 0 else max(end, target_km)
            hour = self.road.local_hour(self.now_s, self.km)
            jam = next((jam for jam in self.jams if self._is_jammed(jam, hour)), None)
            if jam is not None:
                self._creep_on(jam, target_km)
                continue
            self._end_jam()
            for one in self.jams:  # a block ends where a jam may begin
                edge = one.at_km if self.sign > 0 else one.at_km + one.length_km
                if 1e-6 < (edge - self.km) * self.sign < (end - self.km) * self.sign:
                    end = edge
            kmh = self.speeds.kmh[block] * self.driver * self.rng.uniform(0.9, 1.1)
            if self.speeds.busy[block] and (is_within(hour, (7, 9)) or is_within(hour, (16, 19))):
                kmh *= RUSH_FACTOR
            elif is_within(hour, NIGHT):
                kmh *= NIGHT_FACTOR
            self.go(end, kmh)

    def stand(self, seconds: float, cause: str, side_m: float = 0.0, **more: object) -> Stand:
        """Stand for a while, `side_m` beside the road, and note it."""
        self._end_jam()
        seconds = max(1.0, float(round(seconds)))
        start_s = self.now_s
        turn_s = 10.0 if side_m and seconds > 40 else 0.0  # off the road and back
        if turn_s:
            self.now_s += turn_s
            self.knot(side_m)
        self.now_s = start_s + seconds - turn_s
        self.knot(side_m)
        if turn_s:
            self.now_s += turn_s
            self.knot(0.0)
        stand = Stand(start_s, self.now_s, round(self.km, 3), cause, **more)  # type: ignore[arg-type]
        self.stands.append(stand)
        return stand

    def queue(self, to_km: float, seconds: float) -> None:
        """Creep to a kilometre in about `seconds`: some 30 m at walking pace, then wait, and again."""
        steps = max(1, round(abs(to_km - self.km) / 0.03))
        wait_s = max(0.0, seconds / steps - 20)
        start_km = self.km
        for step in range(1, steps + 1):
            self.wait(wait_s * self.rng.uniform(0.4, 1.6))
            self.go(start_km + (to_km - start_km) * step / steps, 5.4)

    def passed(self, km: float) -> float:
        """Return the whole second at which the coach left a kilometre behind it."""
        for at in range(len(self.kms) - 1, 0, -1):
            left, way = (km - self.kms[at - 1]) * self.sign, (self.kms[at] - self.kms[at - 1]) * self.sign
            if left >= 0:
                share = min(1.0, left / way) if way > 0 else 1.0
                return float(round(self.times_s[at - 1] + share * (self.times_s[at] - self.times_s[at - 1])))
        return self.times_s[0]

    def finish(self) -> None:
        """End what is open."""
        self._end_jam()

    def _is_jammed(self, jam: Congestion, hour: float) -> bool:
        low, high = jam.at_km, jam.at_km + jam.length_km
        inside = low - 1e-6 <= self.km < high - 1e-6 if self.sign > 0 else low + 1e-6 < self.km <= high + 1e-6
        return inside and is_within(hour, jam.hours)

    def _creep_on(self, jam: Congestion, target_km: float) -> None:
        edge = jam.at_km + jam.length_km if self.sign > 0 else jam.at_km
        step = self.km + self.sign * JAM_STEP_KM * self.rng.uniform(0.5, 1.5)
        goal = min(step, edge, target_km) if self.sign > 0 else max(step, edge, target_km)
        if self._jam is None:
            self._jam = Stand(self.now_s, self.now_s, round(self.km, 3), "congestion")
        self.go(goal, JAM_KMH)
        self.wait(self.rng.uniform(*JAM_WAIT_S))

    def _end_jam(self) -> None:
        if (jam := self._jam) is not None:
            creep = round(abs(self.km - jam.km) * 1000, 1)
            self.stands.append(replace(jam, end_s=self.now_s, creep_m=creep, end_km=round(self.km, 3)))
            self._jam = None
