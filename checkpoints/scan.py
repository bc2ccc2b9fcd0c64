"""A space-time scan for places where more coaches stand than the road around them explains. Pure.

In a window of road and time, coaches pass; by chance, pass `i` would stand there with probability `chance[i]`, so `E`, the
sum of these, is expected to stand, and `k` do. The statistic is Kulldorff's (*A spatial scan statistic*, 1997) with a known
base rate, `k ln(k/E) - (k - E)` where `k > E`, else 0. Many windows are tried; `ln_false_alarms` bounds how many of `tried`
windows would be as striking by chance (the *number of false alarms* of Desolneux, Moisan and Morel, *Meaningful
alignments*, 2000). No random numbers are drawn, so the same traffic gives the same findings.

The chance of one window is that of `k` or more of a sum of independent yes-or-noes, each with its own probability. From
`k = E + 1` on it is at most that of a binomial with the same mean (Hoeffding, *On the distribution of the number of
successes in independent trials*, 1956), and this at most a Poisson's (Anderson and Samuels, 1967), `ln_tail`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log

import numpy as np
from numpy.typing import ArrayLike

from tracker.fixes import Bools, Ints
from tracker.geo import Floats

HOURS = 24
LN_HOURS = log(HOURS * (HOURS - 1))  # how many ranges of hours there are
LEAST_GAIN = 2.0  # log likelihood that hours of day must add beyond that


@dataclass(frozen=True, slots=True)
class Window:
    """An interval of passes in their order of time, from the first that stood to the last, with its tally.

    `inside`: the passes in it. `hours`: local hours of day, from and to (over midnight where `to` is less); None: all day.
    """

    inside: Ints
    stood: int
    expected: float
    llr: float
    hours: tuple[int, int] | None = None


def log_likelihood_ratio(stood: ArrayLike, expected: ArrayLike) -> Floats:
    """Return `k ln(k/E) - (k - E)` where more stood than were expected, else 0. Arrays of one shape, or scalars."""
    k, e = np.asarray(stood, dtype=float), np.maximum(np.asarray(expected, dtype=float), 1e-12)
    result: Floats = np.where(k > e, k * np.log(np.maximum(k, 1e-12) / e) - (k - e), 0.0)
    return result


def best_interval(stood: Bools, chance: Floats) -> Window | None:
    """Return the interval of passes with the greatest ratio, from one that stood to one that stood; None: none did."""
    where = np.flatnonzero(stood)
    if where.size == 0:
        return None
    sums = np.concatenate(([0.0], np.cumsum(chance)))
    k = np.arange(where.size)[None, :] - np.arange(where.size)[:, None] + 1
    expected = sums[where[None, :] + 1] - sums[where[:, None]]
    llr = np.where(k > 0, log_likelihood_ratio(np.maximum(k, 0), np.maximum(expected, 0.0)), -1.0)
    i, j = divmod(int(np.argmax(llr)), where.size)
    inside = np.arange(where[i], where[j] + 1)
    return Window(inside, int(k[i, j]), float(expected[i, j]), float(llr[i, j]))


def best_hours(stood: Bools, chance: Floats, hours: Floats) -> tuple[int, int]:
    """Return the whole hours of day, from and to, over midnight or not, with the greatest ratio.

    `hours[i]` is the local hour of day of pass `i`.
    """
    whole = np.floor(hours).astype(int) % HOURS
    k: Floats = np.bincount(whole[stood], minlength=HOURS).astype(np.float64)
    expected: Floats = np.bincount(whole, weights=chance, minlength=HOURS).astype(np.float64)
    llr = log_likelihood_ratio(_ranges(k), _ranges(expected))
    length, start = divmod(
        int(np.argmax(llr >= llr.max() - 1e-9)), HOURS
    )  # the shortest of the best, the earliest of these
    return start, (start + length + 1) % HOURS


def _ranges(by_hour: Floats) -> Floats:
    """Return the sums over every range of hours: row by length (1 to 23), column by the hour at which it starts."""
    sums = np.concatenate(([0.0], np.cumsum(np.concatenate((by_hour, by_hour)))))
    starts, lengths = np.arange(HOURS)[None, :], np.arange(1, HOURS)[:, None]
    result: Floats = sums[starts + lengths] - sums[starts]
    return result


def best_window(stood: Bools, chance: Floats, hours: Floats) -> Window:
    """Return the interval of passes with the greatest ratio, all day, or in hours of day where these earn their cost.

    Raises:
        ValueError: none stood.
    """
    best = best_interval(stood, chance)
    if best is None:
        raise ValueError("none stood")
    for among in (best.inside, np.arange(stood.size)):
        bounds = best_hours(stood[among], chance[among], hours[among])
        within = among[is_within(hours[among], bounds)]
        part = best_interval(stood[within], chance[within])
        if part is not None and part.llr - LN_HOURS > best.llr + LEAST_GAIN:
            best = Window(within[part.inside], part.stood, part.expected, part.llr - LN_HOURS, bounds)
    return best


def is_within(hours: Floats, bounds: tuple[int, int]) -> Bools:
    """Say of hours of day whether they lie between two whole hours, over midnight where the second is less."""
    start, end = bounds
    result: Bools = (hours >= start) & (hours < end) if start < end else (hours >= start) | (hours < end)
    return result


def ln_tail(stood: int, expected: float) -> float:
    """Return the logarithm of a bound on the chance that as many stand: of a Poisson's tail, and never above 0.

    The tail is at most its first term over `1 - E / (k + 1)`; where fewer than `E + 1` stood nothing is claimed.
    """
    if stood < expected + 1:
        return 0.0
    first = stood * log(max(expected, 1e-12)) - expected - lgamma(stood + 1)
    return min(0.0, first - log(1.0 - expected / (stood + 1)))


def ln_false_alarms(window: Window, tried: float) -> float:
    """Return the logarithm of how many of `tried` windows would be this striking by chance, at most."""
    return log(max(tried, 1.0)) + ln_tail(window.stood, window.expected) + (LN_HOURS if window.hours else 0.0)
