"""Undercount: how many controls there really were, the missed ones included, by capture and recapture. Pure.

Crews report some controls, positions show some, posts log some. How many of those that one source has the other has too
tells how many neither has, as long as the sources do not copy one another and no control is hidden from all of them.

On the road positions tell of a control only where the register knows of one; that is where the crews' share of telling is
measured, and it is taken to be the same elsewhere.

Two sources: Chapman's estimator (1951) with Seber's variance. Three: Chao's lower bound (Biometrics 43, 1987), from the controls
that one and that two sources told; it allows for controls that are harder to see than others. Intervals are log-normal around
what nobody told (Chao, 1987), so they never fall below what was told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

Z = 1.96
LEAST_SHARED = 7  # fewer recaptures than this say too little (Robson and Regier, 1964)


@dataclass(frozen=True, slots=True)
class Estimate:
    """So many in all, from `low` to `high` (95 %); `told` of them by anybody. `is_bound`: there may be more."""

    told: int
    total: float
    low: float
    high: float
    method: str
    is_bound: bool = False


def chapman(first: int, second: int, both: int) -> Estimate | None:
    """Return how many there are when one source told `first`, the other `second`, and `both` of them are the same.

    None with fewer than `LEAST_SHARED` in both.
    """
    if both < LEAST_SHARED:
        return None
    told = first + second - both
    total = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return _around(told, total, variance, "chapman")


def chao(counts: Mapping[str, int]) -> Estimate | None:
    """Return a lower bound for how many there are; `counts`: by which sources (a letter each), how many were told.

    None when fewer than `LEAST_SHARED` were told by two sources.
    """
    once = sum(n for sources, n in counts.items() if len(sources) == 1)
    twice = sum(n for sources, n in counts.items() if len(sources) == 2)
    told = sum(counts.values())
    if twice < LEAST_SHARED:
        return None
    ratio = once / twice
    total = told + once * once / (2 * twice)
    variance = twice * (0.5 * ratio**2 + ratio**3 + 0.25 * ratio**4)
    return _around(told, total, variance, "chao", is_bound=True)


def _around(told: int, total: float, variance: float, method: str, *, is_bound: bool = False) -> Estimate:
    missed = total - told
    if missed <= 0 or variance <= 0:
        return Estimate(told, max(total, told), told, max(total, told), method, is_bound)
    spread = math.exp(Z * math.sqrt(math.log(1 + variance / missed**2)))
    return Estimate(told, total, told + missed / spread, told + missed * spread, method, is_bound)
