"""Hotspots: places on a section where more coaches stand, in some stretch of time, than the road around them explains. Pure.

Every stand that nothing explains is the middle of windows of road (`WIDTHS_KM`), in either direction and in both; in each,
the interval of time with the greatest likelihood ratio is sought (`checkpoints/scan.py`), and the hours of day. What chance
has is each drive's own: the halts a kilometre of the section, of all drives beside the place, or its own there, whichever is
most - a coach in a traffic jam stands here and there, one at a barrier stands there only. What is found is taken out and the
rest is looked at again, so that barriers near one another do not hide each other.

A coach that crept up to a place and drives on freely behind it is at the head of a jam, one that came freely and creeps on
behind it at the jam's tail: it may stand there as likely as not, whoever made the jam.

Halts farther apart than a queue is long are at two places, though one window may hold both: only those of its middle's place
count. What was found hides what is within `FREE_KM`; which of two named places within `APART_KM` is one says `unlisted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from math import log
from typing import Literal

import numpy as np

from checkpoints.scan import Window, best_window, ln_false_alarms, log_likelihood_ratio
from checkpoints.traffic import CREEP_S, Stand, Traffic
from tracker.fixes import Bools, Ints
from tracker.geo import Floats

WIDTHS_KM = (0.1, 0.2, 0.5)  # the receivers' tremble; a few waiting coaches; a longer queue
APART_KM = 0.6  # nearer ones are one place, as a rule
GAP_KM = 0.14  # halts nearer than a queue of three coaches is long are at one place
STEP_KM = 0.05
FREE_KM, NEAR_KM, FAR_KM = 0.35, 1.1, 3.0  # what belongs to the place itself; the neighbourhoods that are compared
PRIOR = 3.0
LEAST_PER_KM = 0.002  # unexplained halts a kilometre on the quietest road: one on 500 km
MOST_LIKELY = 0.5  # no place is taken to make more than every other coach stand by chance
LEAST_STOOD = 3
ROUNDS = 8
MOST_ALARMS = 1.0  # what is looked at: one such place a section by chance; what is named is rarer (`unlisted`)
NARROWEST_KM = min(WIDTHS_KM)

Direction = Literal["both", "up", "down"]
DIRECTIONS: tuple[Direction, ...] = ("both", "up", "down")


@dataclass(frozen=True, slots=True, eq=False)
class Hotspot:
    """One place, with what was counted there.

    `window`: the interval of passes, and perhaps of hours, in which it was found; `gain` says how much better (in log
    likelihood) it explains the halts than an even rate over all `seen` passes, of which `stood_at_all`. `stands`: those
    that count, one of each drive; `drives`: all that passed in the window.
    """

    km: float
    direction: Direction
    window: Window
    seen: int
    stood_at_all: int
    gain: float
    ln_false_alarms: float
    stands: tuple[Stand, ...]
    drives: tuple[int, ...]


class _Ground:
    """A section's unexplained stands as arrays. `free`: not yet part of a hotspot."""

    def __init__(self, traffic: Traffic, zone: timezone, widths_km: tuple[float, ...]) -> None:
        self.widths_km = widths_km
        self.traffic, self.hours_ahead = traffic, zone.utcoffset(None) / timedelta(hours=1)
        self.stands = [stand for stand in traffic.stands if stand.cause is None]
        self.kms = np.array([stand.km for stand in self.stands])
        self.drives = np.array([stand.drive for stand in self.stands], dtype=np.int64)
        self.free = np.ones(len(self.stands), dtype=bool)
        order = np.argsort(self.kms, kind="stable")
        self.places = np.zeros(len(self.stands), dtype=np.int64)  # which place of halts each belongs to
        self.places[order] = np.cumsum(np.diff(self.kms[order], prepend=self.kms[order][:1]) > GAP_KM)
        self.length = traffic.section.length_km
        self.take_rate()

    def take_rate(self) -> None:
        """Take the section's halts a kilometre of drive that was seen, hotspots apart."""
        seen_km = float(self.traffic.seen.mean()) * len(self.traffic) * self.length if len(self.traffic) else 0.0
        self._rate = max(LEAST_PER_KM, (0.5 + int(self.free.sum())) / (100 + seen_km))

    def chance(self, km: float) -> Floats:
        """Return how likely each drive halts on a kilometre here, by chance: as on the whole section, or, where that is more,
        as all drives do beside the place, or as it does there itself. Of sides and reaches that with most counts."""
        most, around = np.zeros(len(self.traffic)), self._rate
        away = self.kms - km
        for side, room in ((1, self.length - km), (-1, km)):
            for reach, least in ((NEAR_KM, 2), (FAR_KM, 1)):  # one halt nearby may be chance
                stretch = min(reach, room) - FREE_KM
                if stretch >= FREE_KM:
                    near = self.free & (away * side > FREE_KM) & (away * side <= reach)
                    counts = np.bincount(self.drives[near], minlength=most.size)
                    most = np.maximum(most, np.where(counts >= least, counts, 0) / stretch)
                    around = max(around, self._shrunk(float(counts.sum()), stretch * most.size))
        return np.maximum(around, np.maximum(most, self._in_jam(km)))

    def _shrunk(self, halts: float, driven_km: float) -> float:
        """Return a stretch's halts a kilometre, drawn towards the section's as if that had been seen with `PRIOR` halts."""
        return (halts + PRIOR) / (driven_km + PRIOR / self._rate)

    def _in_jam(self, km: float) -> Floats:
        """Return how likely each drive halts on a kilometre here because it is in a jam; 0 for those that drive freely.

        One that creeps on one side only may stand at that end of the jam as likely as not. One that creeps on both stands here
        as those that creep do at the worst place of the jam nearby: junctions have their queues without anybody's hand.
        """
        above, below = self.traffic.beside_s(km)
        slow, fast = np.maximum(above, below), np.minimum(above, below)
        creeps = slow >= CREEP_S
        away = np.abs(self.kms - km)
        kms = np.sort(self.kms[self.free & (away > FREE_KM) & (away <= FAR_KM) & creeps[self.drives]])
        most = int((np.searchsorted(kms, kms + NARROWEST_KM, side="right") - np.arange(kms.size)).max(initial=0))
        share = min(MOST_LIKELY, (most + 1) / (int(creeps.sum()) + 1))
        result: Floats = np.where(creeps, np.where(fast < slow / 2, MOST_LIKELY, share), 0.0) / NARROWEST_KM
        return result


def find_hotspots(traffic: Traffic, zone: timezone = UTC, widths_km: tuple[float, ...] = WIDTHS_KM) -> list[Hotspot]:
    """Return the hotspots of a section's traffic, by kilometre: those of which chance makes `MOST_ALARMS` at most.

    `zone`: that of the clocks there. `widths_km`: of the windows.
    """
    ground = _Ground(traffic, zone, widths_km)
    found: list[Hotspot] = []
    for _ in range(ROUNDS):
        new: list[Hotspot] = []
        for spot in sorted(_candidates(ground, found), key=lambda one: (one.ln_false_alarms, one.km)):
            if all(abs(spot.km - other.km) > APART_KM for other in new):
                new.append(spot)
        if not new:
            break
        found += new
        for spot in new:  # what belongs to a hotspot is no base rate for others
            ground.free &= np.abs(ground.kms - spot.km) > FREE_KM
        ground.take_rate()
    return sorted(found, key=lambda one: one.km)


def _candidates(ground: _Ground, found: Sequence[Hotspot]) -> list[Hotspot]:
    result = []
    last = -1.0
    places = ground.places[ground.free]
    order = np.argsort(ground.kms[ground.free], kind="stable")
    for middle, place in zip(ground.kms[ground.free][order].tolist(), places[order].tolist(), strict=True):
        if middle - last < STEP_KM or any(abs(middle - spot.km) <= FREE_KM for spot in found):
            continue
        last = middle
        if int((np.abs(ground.kms - middle) <= max(ground.widths_km) / 2).sum()) < LEAST_STOOD:
            continue
        chance = ground.chance(middle)
        for width in ground.widths_km:
            near = np.flatnonzero((np.abs(ground.kms - middle) <= width / 2) & (ground.places == place))
            for direction in DIRECTIONS:
                spot = _spot(ground, middle, direction, near, np.minimum(MOST_LIKELY, chance * width))
                if spot is not None:
                    result.append(spot)
    return result


def _spot(ground: _Ground, km: float, direction: Direction, near: Ints, chance: Floats) -> Hotspot | None:
    """Return the hotspot in one window of road and direction, or None. `chance`: of each drive."""
    traffic, column = ground.traffic, ground.traffic.column(km)
    wanted: Bools = np.ones(len(traffic), dtype=bool) if direction == "both" else traffic.rising == (direction == "up")
    halted = np.zeros(len(traffic), dtype=bool)
    halted[ground.drives[near]] = True
    drives = np.flatnonzero(wanted & (traffic.seen[:, column] | halted))
    stood = halted[drives]
    if int(stood.sum()) < LEAST_STOOD:
        return None
    order = np.argsort(traffic.at_s[drives, column], kind="stable")
    drives, stood = drives[order], stood[order]
    hours = (traffic.at_s[drives, column] / 3600 + ground.hours_ahead) % 24
    window = best_window(stood, chance[drives], hours)
    size = window.stood
    tried = ground.length / STEP_KM * len(ground.widths_km) * len(DIRECTIONS) * size * (size + 1) / 2
    alarms = ln_false_alarms(window, tried)
    if alarms > log(MOST_ALARMS):
        return None
    passing = drives[window.inside]
    halting = set(passing[stood[window.inside]].tolist())
    stands = {int(ground.drives[i]): ground.stands[i] for i in near[::-1] if int(ground.drives[i]) in halting}
    even = float(log_likelihood_ratio(stood.sum(), chance[drives].sum()))
    return Hotspot(
        km=round(float(np.median([stand.km for stand in stands.values()])), 3),
        direction=direction,
        window=window,
        seen=int(stood.size),
        stood_at_all=int(stood.sum()),
        gain=max(0.0, window.llr - even),
        ln_false_alarms=alarms,
        stands=tuple(stands[drive] for drive in sorted(stands)),
        drives=tuple(passing.tolist()),
    )
