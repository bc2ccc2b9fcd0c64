"""The wait at a border post: of coaches there now, usual at this hour, expected for the next, and how far off that is. Pure.

Expected: the median of the last hours' stays, those that go on included (Kaplan and Meier, JASA 53, 1958: a coach that has
stood for two hours waits for two at least), drawn towards what is usual at this hour of day and kind of day, the more the fewer
coaches came. How far off it is, is measured: the same forecast made for each coach of the last weeks at its arrival, from what
was known then, against what it met.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from statistics import median, quantiles

RECENT = timedelta(hours=6)
USUAL_WEEKS = timedelta(weeks=8)
TESTED = timedelta(weeks=4)
MOST_TESTED = 300
# So many recent coaches weigh as much as what is usual: an assumption; the measured error says whether it serves.
PRIOR_COACHES = 4.0
HOURS_APART = 1.5
LEAST_USUAL = 5
# With so many coaches expected and none heard of, silence is no chance any more (Poisson: e^-3 is 5 %).
PENDING_COACHES = 3.0
SHORTEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Stay:
    """One coach at one side of a post. `left_at` None: it is there still."""

    arrived_at: datetime
    left_at: datetime | None

    def seconds(self, as_of: datetime) -> float:
        """How long it stayed, until a moment where it had not left by then."""
        return ((self.left_at if self.left_at and self.left_at <= as_of else as_of) - self.arrived_at).total_seconds()

    def is_over(self, as_of: datetime) -> bool:
        """Say whether it had left by a moment."""
        return self.left_at is not None and self.left_at <= as_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What is known of the wait at a moment; seconds, null where nothing tells.

    `here`: how long the coaches that are there have stood. `last_s`, `last_at`: dwell and leaving of the last one that left.
    `usual_s`, `usual_n`: median at this hour and kind of day, and of how many. `expected_s` for the next coach, with the band
    `low_s` to `high_s` in which four of five forecasts fell; `error_s`: median error of `tested` forecasts.
    `is_pending`: so long nothing was heard that it cannot be chance: an update is pending.
    """

    here: tuple[float, ...] = ()
    last_s: float | None = None
    last_at: datetime | None = None
    usual_s: float | None = None
    usual_n: int = 0
    expected_s: float | None = None
    low_s: float | None = None
    high_s: float | None = None
    error_s: float | None = None
    tested: int = 0
    is_pending: bool = False


def wait_at(stays: Sequence[Stay], as_of: datetime, zone: tzinfo) -> Wait:
    """Return the wait at a post's side; `stays` of the last `USUAL_WEEKS`, in any order."""
    known = sorted((s for s in stays if as_of - USUAL_WEEKS <= s.arrived_at <= as_of), key=lambda s: s.arrived_at)
    here = tuple(sorted((s.seconds(as_of) for s in known if not s.is_over(as_of)), reverse=True))
    over = [s for s in known if s.is_over(as_of)]
    last = max(over, key=lambda s: (s.left_at or s.arrived_at, s.arrived_at), default=None)
    usual, n = usual_s(known, as_of, zone)
    expected = forecast_s(known, as_of, zone)
    ratios, errors = _tested(known, as_of, zone)
    low = high = error = None
    if expected is not None and len(ratios) >= LEAST_USUAL:
        deciles = quantiles(ratios, n=10)
        low, high, error = expected * deciles[0], expected * deciles[8], median(errors)
    return Wait(
        here=here, last_s=last.seconds(as_of) if last else None, last_at=last.left_at if last else None,
        usual_s=usual, usual_n=n, expected_s=expected, low_s=low, high_s=high, error_s=error, tested=len(ratios),
        is_pending=_is_pending(known, as_of),
    )  # fmt: skip


def usual_s(stays: Sequence[Stay], as_of: datetime, zone: tzinfo) -> tuple[float | None, int]:
    """Return the median stay of coaches that came at this hour on this kind of day (week, weekend), and of how many.

    Where these are too few: at this hour on any day; else at any hour.
    """
    over = [s for s in stays if s.is_over(as_of)]
    hour, at_weekend = _clock(as_of, zone)
    near = [s for s in over if _hours_apart(_clock(s.arrived_at, zone)[0], hour) <= HOURS_APART]
    alike = [s for s in near if _clock(s.arrived_at, zone)[1] == at_weekend]
    for chosen in (alike, near, over):
        if len(chosen) >= LEAST_USUAL:
            return median(s.seconds(as_of) for s in chosen), len(chosen)
    return None, 0


@lru_cache(maxsize=10_000)  # each stay is asked once for every forecast that is tested
def _clock(at: datetime, zone: tzinfo) -> tuple[float, bool]:
    """Return the local hour of the day, and whether it is a weekend."""
    local = at.astimezone(zone)
    return local.hour + local.minute / 60, local.weekday() >= 5


def _hours_apart(one: float, other: float) -> float:
    apart = abs(one - other)
    return min(apart, 24 - apart)


def forecast_s(stays: Sequence[Stay], as_of: datetime, zone: tzinfo) -> float | None:
    """Return how long a coach that comes now is expected to stay; None where nothing tells."""
    recent = [
        s for s in stays if as_of - RECENT <= s.arrived_at < as_of or (s.arrived_at < as_of and not s.is_over(as_of))
    ]
    usual, _ = usual_s(stays, as_of, zone)
    of_late = survival_median_s([(s.seconds(as_of), s.is_over(as_of)) for s in recent])
    if of_late is None or usual is None:
        return of_late if usual is None else usual
    weight = len(recent) / (len(recent) + PRIOR_COACHES)
    return math.exp(weight * math.log(max(of_late, SHORTEST_S)) + (1 - weight) * math.log(max(usual, SHORTEST_S)))


def survival_median_s(stays: Sequence[tuple[float, bool]]) -> float | None:
    """Return the Kaplan-Meier median of `(seconds, is_over)`; where it is not reached, the longest so far; None of none."""
    left, survival = len(stays), 1.0
    for seconds, is_over in sorted(stays, key=lambda one: (one[0], not one[1])):
        if is_over:
            survival *= 1 - 1 / left
            if survival <= 0.5:
                return seconds
        left -= 1
    return max((seconds for seconds, _ in stays), default=None)


def _tested(stays: Sequence[Stay], as_of: datetime, zone: tzinfo) -> tuple[list[float], list[float]]:
    """Return, for coaches of the last weeks, what they met over what was forecast, and the error in seconds."""
    met = [s for s in stays if s.is_over(as_of) and s.arrived_at >= as_of - TESTED][-MOST_TESTED:]
    ratios, errors = [], []
    for stay in met:
        told = [s for s in stays if s.arrived_at < stay.arrived_at]
        forecast = forecast_s(told, stay.arrived_at, zone)
        if forecast is not None and sum(s.is_over(stay.arrived_at) for s in told) >= LEAST_USUAL:
            actual = max(stay.seconds(as_of), SHORTEST_S)
            ratios.append(actual / max(forecast, SHORTEST_S))
            errors.append(abs(actual - forecast))
    return ratios, errors


def _is_pending(stays: Sequence[Stay], as_of: datetime) -> bool:
    if len(stays) < LEAST_USUAL:
        return False
    first, last = (
        stays[0].arrived_at,
        max(s.left_at if s.left_at and s.left_at <= as_of else s.arrived_at for s in stays),
    )
    hours = max(1.0, (as_of - first).total_seconds() / 3600)
    return len(stays) / hours * ((as_of - last).total_seconds() / 3600) >= PENDING_COACHES
