"""Stretches so dense with posts that telling them apart, week after week, would not be honest: how many stand there. Pure.

*Places* are halts that nothing explains and that lie within `GAP_KM` of the next; one counts where three coaches or more
stood for as long as at a control. Three of them, each within `apart_km` of the next, are a candidate. A jam would give that
too, but its coaches stand anywhere: so the halts of every other drive say where places are, and those of the remaining
drives must lie there more often than by chance (a split sample; what is tested did not choose where). Chance is the share
of the stretch that the places cover, and its tail a binomial's (Hoeffding, *Probability inequalities for sums of bounded
random variables*, 1963); the worse of both halves counts.

How many posts there are is estimated from the places at which one coach or two were held: many of those, and others held
nobody that was seen. It is the lower-bound estimator of Chao for incidences (*Estimating the population size for
capture-recapture data with unequal catchability*, Biometrics 1987; bias-corrected), with its log-normal interval; drives are
the occasions. Halts of the road's own base rate that lie alone, or two together, are taken off first. The least number is
that of the places that count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, exp, floor, log, log1p, sqrt

import numpy as np

from checkpoints.dwell_shape import CONTROL, Shape, ln_as_rest, ln_likelihood
from checkpoints.hotspots import GAP_KM, LEAST_PER_KM
from checkpoints.scan import ln_tail
from checkpoints.traffic import Stand, Traffic

EDGE_KM = 0.2
LEAST_PLACES, LEAST_COACHES = 3, 3
LN_RARE = log(0.01)  # a place has more halts than the road's own rate gives in a hundred such places
AT_PLACE, MOST = 0.8, 12.0  # of halts at posts so many lie where others stood


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A dense stretch. `places`: kilometres of those that count; `estimate`: posts, and the least and most there may be.

    `inside` of `tested` halts lie where other drives stood, which cover `covered` of it; `weight`: log odds of posts against
    a jam; `ln_false_alarms`: how many such stretches chance makes.
    """

    from_km: float
    to_km: float
    places: tuple[float, ...]
    estimate: tuple[int, int, int]
    inside: int
    tested: int
    covered: float
    weight: float
    ln_false_alarms: float
    stands: tuple[Stand, ...]
    drives: tuple[int, ...]

    @property
    def km(self) -> float:
        """Its middle."""
        return round((self.from_km + self.to_km) / 2, 3)


def find_stretches(traffic: Traffic, rest: Shape, apart_km: float) -> list[Stretch]:
    """Return the dense stretches of a section, by kilometre.

    `rest`: how long coaches rest on this road; `apart_km`: posts nearer than that cannot be told apart.
    """
    unexplained = traffic.not_creeping(s for s in traffic.stands if s.cause is None)
    stands = sorted(unexplained, key=lambda s: (s.km, s.drive, s.start_s))
    halves = [[_Half(group, stands, half) for group in _groups(stands, traffic, half, apart_km)] for half in (0, 1)]
    found = []
    places = [place for place in _places(stands) if _counts(place, traffic, len(stands), LEAST_COACHES)]
    for group in _chained([place for place in places if _is_short(place, rest)], apart_km):
        low = max(0.0, group[0][0].km - EDGE_KM)
        high = min(traffic.section.length_km, group[-1][-1].km + EDGE_KM)
        seen = [
            max((h for h in half if h.low < high and h.high > low), key=lambda h: h.weight, default=None)
            for half in halves
        ]
        told = min((half for half in seen if half is not None), key=lambda h: h.weight, default=None)
        if told is not None and None not in seen and told.weight > 0:
            own = [stand for stand in stands if low <= stand.km <= high]
            base = _base_rate(traffic, len(stands) - len(own), high - low)
            first, last = min(s.start_s for s in own), max(s.end_s for s in own)
            at_s = traffic.at_s[:, traffic.column((low + high) / 2)]
            drives = np.flatnonzero((at_s >= first - 3600) & (at_s <= last + 3600))
            found.append(
                Stretch(
                    round(low, 3), round(high, 3), tuple(round(_middle(place), 3) for place in group),
                    _estimate(_places(own), len(group), base, high - low, drives.size), told.inside, told.tested,
                    round(told.covered, 2), round(min(MOST, told.weight), 2),
                    log(max(1, *map(len, halves))) + told.ln_chance, tuple(own), tuple(drives.tolist()),
                )
            )  # fmt: skip
    return found


def _groups(stands: Sequence[Stand], traffic: Traffic, half: int, apart_km: float) -> list[list[list[Stand]]]:
    """Return the candidates that every other drive shows by itself."""
    own = [stand for stand in stands if stand.drive % 2 == half]
    return _chained([p for p in _places(own) if _counts(p, traffic, len(own), LEAST_COACHES - 1)], apart_km)


class _Half:
    """A candidate of half the drives, and what the other half says of it: log odds of posts against a jam (`weight`), and
    the logarithm of the chance that halts of a jam are as concentrated."""

    def __init__(self, group: Sequence[Sequence[Stand]], stands: Sequence[Stand], half: int) -> None:
        self.low, self.high = group[0][0].km - EDGE_KM, group[-1][-1].km + EDGE_KM
        bounds = [(place[0].km - GAP_KM / 2, place[-1].km + GAP_KM / 2) for place in group]
        others = [s.km for s in stands if s.drive % 2 != half and self.low <= s.km <= self.high]
        self.inside, self.tested = sum(any(low <= km <= high for low, high in bounds) for km in others), len(others)
        self.covered = covered = min(1.0 - 1e-9, sum(high - low for low, high in bounds) / (self.high - self.low))
        self.weight, self.ln_chance = -MOST, 0.0
        share = self.inside / max(1, self.tested)
        if share > covered:
            odds, against = log(AT_PLACE / covered), log((1 - AT_PLACE) / (1 - covered))
            self.weight = self.inside * odds + (self.tested - self.inside) * against
            apart = share * log(share / covered) + (
                (1 - share) * log((1 - share) / (1 - covered)) if share < 1 else 0.0
            )
            self.ln_chance = -self.tested * apart


def _places(stands: Sequence[Stand]) -> list[list[Stand]]:
    """Cut halts, sorted by kilometre, where two neighbours lie farther apart than a place is wide."""
    found: list[list[Stand]] = [[stand] for stand in stands[:1]]
    for before, stand in pairwise(stands):
        if stand.km - before.km > GAP_KM:
            found.append([])
        found[-1].append(stand)
    return found


def _counts(place: Sequence[Stand], traffic: Traffic, halts: int, least: int) -> bool:
    """Say whether enough coaches stood at a place, and more than the road's own rate gives."""
    drives = {stand.drive for stand in place}
    width = place[-1].km - place[0].km + GAP_KM
    expected = max(LEAST_PER_KM * len(traffic), halts / traffic.section.length_km) * width
    return len(traffic.coaches(drives)) >= least and ln_tail(len(drives), expected) <= LN_RARE


def _is_short(place: Sequence[Stand], rest: Shape) -> bool:
    minutes = np.array([stand.minutes for stand in place])
    return ln_likelihood(minutes, CONTROL) >= ln_as_rest(minutes, rest)


def _chained(places: Sequence[list[Stand]], apart_km: float) -> list[list[list[Stand]]]:
    groups: list[list[list[Stand]]] = [[place] for place in places[:1]]
    for before, place in pairwise(places):
        if _middle(place) - _middle(before) > apart_km:
            groups.append([])
        groups[-1].append(place)
    return [group for group in groups if len(group) >= LEAST_PLACES]


def _middle(place: Sequence[Stand]) -> float:
    return float(np.median([stand.km for stand in place]))


def _base_rate(traffic: Traffic, halts: int, without_km: float) -> float:
    """Return how many halts of the road's own rate lie on a kilometre, all drives together."""
    road_km = max(1.0, traffic.section.length_km - without_km)
    return max(LEAST_PER_KM * len(traffic), halts / road_km)


def _estimate(
    places: Sequence[Sequence[Stand]], least: int, base: float, length_km: float, drives: int
) -> tuple[int, int, int]:
    """Return how many posts there are, and the bounds of a 95 % interval."""
    held = [len({stand.drive for stand in place}) for place in places]
    alone = base * length_km * exp(-2 * base * GAP_KM)  # halts that lie at random: so many have no neighbour
    once = max(0.0, held.count(1) - alone)
    twice = max(0.0, held.count(2) - alone * (1 - exp(-base * GAP_KM)))
    known, share = least + once + twice, (drives - 1) / max(1, drives)
    unseen = share * max(0.0, once * (once - 1)) / (2 * (twice + 1))
    if unseen <= 0:
        return max(least, round(known)), least, max(least, ceil(known))
    ratio = once / (twice + 1)
    variance = (twice + 1) * (share / 2 * ratio**2 + share**2 * ratio**3 + share**2 / 4 * ratio**4)
    spread = exp(1.96 * sqrt(log1p(variance / unseen**2)))
    low, high = max(least, floor(known + unseen / spread)), ceil(known + unseen * spread)
    return round(known + unseen), min(least, low), high
