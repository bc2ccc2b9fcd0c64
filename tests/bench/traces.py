"""Long bus traces of which the truth is known, made by kinematics alone: no code of the product, nor of its simulator.

A bus drives, brakes, stands and moves off along a winding road (or any line of places that it is given). What is drawn:
city stops of 20 to 60 s, traffic lights of 10 to 70 s, stop-and-go traffic, minutes at a cycling pace, controls of 2 to
12 min, rests of 4 to 35 min, queues that creep, nights in the depot of 5 to 9 h, all with ramps of speed. A receiver looks
every so many seconds: its error has a part that wanders slowly and a part that trembles, 5 to 15 m together; one fix in a
hundred is a spike of 100 m to 3 km; now and then it is silent for minutes.

The truth: a *halt* is a standstill of 90 s or longer, or a queue from its first standstill to the end of its last.
Times are seconds since 1970, distances metres, angles radians. These ranges are assumptions, taken from no operator.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BEGIN_S = 1_780_300_800.0  # 1 June 2026, 08:00 UTC
SHORTEST_S = 90.0
METRES_PER_DEGREE = 111_195.0
FASTER_MPS2, SLOWER_MPS2 = 0.7, 1.0  # a laden coach with passengers in it
SPIKES = 0.01
HALTS = ("rest", "control", "queue", "night")


@dataclass(frozen=True, slots=True)
class TrueHalt:
    """One halt of 90 s or longer. `kind`: one of `HALTS`."""

    start_s: float
    end_s: float
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Fixes in order of time, what the bus did at each (`standing`: it did not roll), and the halts there really were."""

    every_s: float
    at_s: Floats
    latitudes: Floats
    longitudes: Floats
    standing: NDArray[np.bool_]
    halts: tuple[TrueHalt, ...]

    def __len__(self) -> int:
        """Return how many fixes there are."""
        return int(self.at_s.size)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """A road: places with the metres along it. Rising metres; a bus that comes to its end turns round."""

    metres: Floats
    latitudes: Floats
    longitudes: Floats

    def places(self, metres: Floats) -> tuple[Floats, Floats]:
        """Return latitudes and longitudes at these metres from its beginning."""
        length = float(self.metres[-1])
        folded = length - np.abs(metres % (2 * length) - length)
        return np.interp(folded, self.metres, self.latitudes), np.interp(folded, self.metres, self.longitudes)


def winding_way(chance: np.random.Generator, length_m: float = 150_000.0) -> Way:
    """Return a road that bends: its heading wanders, a vertex every 50 m, from a place in southern Togo."""
    count = int(length_m / 50)
    heading = math.pi / 4 + np.cumsum(chance.normal(0, 0.07, count)) * 0.97
    north, east = np.cumsum(50 * np.cos(heading)), np.cumsum(50 * np.sin(heading))
    latitudes = 6.4 + north / METRES_PER_DEGREE
    longitudes = 1.1 + east / (METRES_PER_DEGREE * np.cos(np.radians(latitudes)))
    return Way(np.arange(count) * 50.0, latitudes, longitudes)


class Bus:
    """Where a bus was from second to second. Each method lets it do something next."""

    def __init__(self, seed: int) -> None:
        """Put it at the beginning of its way."""
        self.chance = np.random.default_rng(seed)
        self.halts: list[TrueHalt] = []
        self._times, self._metres = [0.0], [0.0]

    @property
    def now_s(self) -> float:
        """Return the seconds since it began."""
        return self._times[-1]

    def drive(self, metres: float, kmh: float) -> None:
        """Move off, drive at about that speed, and brake to a standstill, `metres` farther on."""
        fastest = kmh / 3.6
        ramps = fastest**2 / 2 * (1 / FASTER_MPS2 + 1 / SLOWER_MPS2)
        if ramps > metres:  # it never gets that fast
            fastest *= math.sqrt(metres / ramps)
            ramps = metres
        begin_s, begin_m = self._times[-1], self._metres[-1]
        up_s, down_s = fastest / FASTER_MPS2, fastest / SLOWER_MPS2
        up_m, down_m = fastest**2 / 2 / FASTER_MPS2, fastest**2 / 2 / SLOWER_MPS2
        even_m = metres - ramps
        for part in np.linspace(0.25, 1, 4):
            self._to(begin_s + up_s * part, begin_m + up_m * part**2)
        at_m = begin_m + up_m
        while even_m > 1e-6:  # traffic, hills, potholes: the speed is another one every few hundred metres
            piece = min(even_m, 400.0)
            self._to(self.now_s + piece / (fastest * self.chance.uniform(0.75, 1.05)), at_m + piece)
            at_m, even_m = at_m + piece, even_m - piece
        brakes_s = self.now_s
        for part in np.linspace(0.25, 1, 4):
            self._to(brakes_s + down_s * part, at_m + down_m * (1 - (1 - part) ** 2))

    def stand(self, seconds: float, kind: str = "rest") -> None:
        """Stand still; from 90 s on that is a halt."""
        since = self.now_s
        self._to(since + seconds, self._metres[-1])
        if seconds >= SHORTEST_S:
            self.halts.append(TrueHalt(since, self.now_s, kind))

    def creep(self, minutes: float) -> None:
        """Queue: stand for half a minute to three, move up by 8 to 45 m, and so on. One halt."""
        since, until = self.now_s, self.now_s + minutes * 60
        while True:
            self._to(self.now_s + self.chance.uniform(25, 180), self._metres[-1])
            if self.now_s >= until:
                break
            self.drive(self.chance.uniform(8, 45), 7)
        self.halts.append(TrueHalt(since, self.now_s, "queue"))

    def stop_and_go(self, minutes: float) -> None:
        """Be in a jam that moves: 80 to 300 m at up to 30 km/h, then a standstill of 3 to 35 s."""
        until = self.now_s + minutes * 60
        while self.now_s < until:
            self.drive(self.chance.uniform(80, 300), self.chance.uniform(10, 30))
            self.stand(self.chance.uniform(3, 35))

    def cross_town(self, stops: int) -> None:
        """Drive from stop to stop: passengers for 20 to 60 s, between them perhaps a light of 10 to 70 s."""
        for _ in range(stops):
            self.drive(self.chance.uniform(250, 700), self.chance.uniform(25, 50))
            if self.chance.random() < 0.45:
                self.stand(self.chance.uniform(10, 70))
                self.drive(self.chance.uniform(200, 500), self.chance.uniform(25, 50))
            self.stand(self.chance.uniform(20, 60))

    def travel(self, hours: float) -> None:
        """Do what a coach does in so many hours, in a drawn order."""
        chance, until = self.chance, self.now_s + hours * 3600
        self.drive(3000, 50)
        while self.now_s < until:
            what = chance.choice(
                ["open", "town", "control", "rest", "queue", "jam", "slow"], p=[0.36, 0.15, 0.19, 0.1, 0.05, 0.08, 0.07]
            )
            if what == "open":
                self.drive(chance.uniform(4000, 30_000), chance.uniform(55, 95))
            elif what == "town":
                self.cross_town(int(chance.integers(3, 9)))
            elif what == "control":
                self.drive(chance.uniform(800, 6000), chance.uniform(50, 80))
                self.stand(chance.uniform(120, 720), "control")
            elif what == "rest":
                self.drive(chance.uniform(800, 6000), chance.uniform(50, 80))
                self.stand(chance.uniform(240, 2100), "rest")
            elif what == "queue":
                self.drive(chance.uniform(800, 3000), chance.uniform(30, 60))
                self.creep(chance.uniform(10, 60))
            elif what == "jam":
                self.stop_and_go(chance.uniform(4, 20))
            else:
                self.drive(chance.uniform(700, 3000), chance.uniform(9, 18))
            # whatever it was, it drives on: two halts in one place would be one
            self.drive(chance.uniform(600, 2500), chance.uniform(40, 75))

    def live(self, days: int) -> None:
        """Travel for 14 to 17 hours a day, and stand in the depot for the night."""
        for _ in range(days):
            self.travel(self.chance.uniform(14, 17))
            self.stand(self.chance.uniform(5, 9) * 3600, "night")

    def trace(
        self, every_s: float, way: Way | None = None, *, error_m: float | None = None, spikes: float = SPIKES,
        outages: bool = True,
    ) -> Trace:  # fmt: skip
        """Return what a receiver said. `error_m`: the size of its error (one standard deviation), drawn if None."""
        chance = self.chance
        error = chance.uniform(5, 15) if error_m is None else error_m
        way = way or winding_way(chance)
        at = np.arange(chance.uniform(0, every_s), self.now_s, every_s)
        at = np.maximum.accumulate(at + np.round(chance.uniform(-0.05, 0.05, at.size) * every_s))
        if outages:
            at = at[self._heard(at)]
        latitudes, longitudes = way.places(np.interp(at, self._times, self._metres) + chance.uniform(0, way.metres[-1]))
        north, east = (self._error(at, error / math.sqrt(2)) for _ in "ne")
        hit = np.flatnonzero(chance.random(at.size) < spikes)
        far, angle = chance.uniform(100, 3000, hit.size), chance.uniform(0, 2 * math.pi, hit.size)
        north[hit] += far * np.cos(angle)
        east[hit] += far * np.sin(angle)
        speed = np.interp(at + 0.5, self._times, self._metres) - np.interp(at - 0.5, self._times, self._metres)
        halts = tuple(TrueHalt(BEGIN_S + h.start_s, BEGIN_S + h.end_s, h.kind) for h in self.halts)
        longitudes = longitudes + east / (METRES_PER_DEGREE * np.cos(np.radians(latitudes)))
        return Trace(every_s, BEGIN_S + at, latitudes + north / METRES_PER_DEGREE, longitudes, speed < 0.1, halts)

    def _to(self, seconds: float, metres: float) -> None:
        self._times.append(float(seconds))
        self._metres.append(float(metres))

    def _heard(self, at: Floats) -> NDArray[np.bool_]:
        """Say which fixes were made: about every three hours none for 3 to 20 minutes."""
        heard = np.ones(at.size, dtype=np.bool_)
        for _ in range(self.chance.poisson(self.now_s / 10_800)):
            since = self.chance.uniform(0, self.now_s)
            heard &= (at < since) | (at > since + self.chance.uniform(180, 1200))
        return heard

    def _error(self, at: Floats, size: float) -> Floats:
        """Return one coordinate's error: four fifths of its size wander within minutes, the rest trembles."""
        wander, result = 0.0, np.empty(at.size)
        kept = np.exp(-np.diff(at, prepend=at[:1]) / 240)
        drawn = self.chance.normal(0, 1, at.size)
        for i in range(at.size):
            wander = wander * kept[i] + math.sqrt(1 - kept[i] ** 2) * drawn[i] if i else drawn[i]
            result[i] = wander
        return size * (0.8 * result + 0.6 * self.chance.normal(0, 1, at.size))


def fleet(buses: int, days: int, every_s: float, *, seed: int = 1, ways: list[Way] | None = None) -> list[Trace]:
    """Return a trace of some days of each of some buses; `ways` are taken in turn, each has a road of its own without them."""
    traces = []
    for number in range(buses):
        bus = Bus(seed * 1000 + number)
        bus.live(days)
        traces.append(bus.trace(every_s, ways[number % len(ways)] if ways else None))
    return traces


def matched(found: list[tuple[float, float]], truth: list[tuple[float, float]], share: float = 0.5) -> int:
    """Return how many intervals are the same halt: what they share is more than `share` of what they cover together.

    With more than half of the union no interval can be matched with two, so there is nothing to choose.
    """
    hits, i = 0, 0
    for start, end in sorted(found):
        while i < len(truth) and truth[i][1] < start:
            i += 1
        for other_start, other_end in truth[i:]:
            if other_start > end:
                break
            common = min(end, other_end) - max(start, other_start)
            if common / (max(end, other_end) - min(start, other_start)) > share:
                hits += 1
                break
    return hits


def scores(hits: int, found: int, truth: int) -> dict[str, Any]:
    """Return recall, precision and F1."""
    return {
        "recall": round(hits / max(truth, 1), 3),
        "precision": round(hits / max(found, 1), 3),
        "f1": round(2 * hits / max(found + truth, 1), 3),
        "truth": truth,
        "found": found,
    }
