"""How plausible a post's log is, by agency: lag, heaped minutes, bulk entries, doubles, and its difference from positions. Pure.

About the post, never about an officer: nobody is named in a log, and nothing here tells entries of one shift from another's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median, quantiles

from checkpoints.border_flags import wilson_low
from checkpoints.desks import LogEntry
from checkpoints.reconciliation import SIDES, ReconciledCrossing

LATE = timedelta(minutes=60)
# Entries sent within a minute of each other for coaches that came over half an hour or more were not written as they came. A
# device that was offline sends so too: it is told, and nothing is held against anybody.
TOGETHER, SPREAD, LEAST_BULK = timedelta(seconds=60), timedelta(minutes=30), 4
LEAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LogQuality:
    """One agency's log at a post over some time. Shares are of its entries; null where too few tell.

    `on_tens`: share of minutes that end in 0, of which one in ten would by chance; `is_heaped`: more than chance allows.
    `log_less_seen_s`: median of the log's dwell less that of positions, over `compared` sides.
    """

    agency: str
    n: int
    lag_median_s: float
    lag_p90_s: float | None
    late: float
    on_tens: float | None
    is_heaped: bool
    bulk: float
    unreleased: float
    doubled: int
    compared: int
    log_less_seen_s: float | None
    disputed: int


def qualities_of(
    post_id: str, entries: Iterable[LogEntry], crossings: Iterable[ReconciledCrossing]
) -> list[LogQuality]:
    """Return the quality of each agency's log at a post, by agency."""
    by_agency: dict[str, list[LogEntry]] = defaultdict(list)
    for entry in entries:
        if entry.post_id == post_id:
            by_agency[entry.agency].append(entry)
    known = list(crossings)
    return [_of(agency, by_agency[agency], post_id, known) for agency in sorted(by_agency)]


def _of(agency: str, entries: Sequence[LogEntry], post_id: str, crossings: Sequence[ReconciledCrossing]) -> LogQuality:
    n = len(entries)
    lags = sorted(entry.lag.total_seconds() for entry in entries)
    minutes = [at.minute for e in entries for at in (e.arrived_at, e.released_at) if at is not None]
    tens = sum(minute % 10 == 0 for minute in minutes)
    apart, disputed, doubled = [], 0, 0
    for crossing in crossings:
        for direction in SIDES:
            side = crossing.side(direction)
            own = [desk for desk in side.desks if desk.agency == agency]
            if side.post_id != post_id or not own:
                continue
            doubled += own[0].is_doubled
            disputed += side.state == "disputed"
            if side.difference_s is not None:
                apart.append(-side.difference_s)
    return LogQuality(
        agency=agency, n=n, lag_median_s=median(lags), lag_p90_s=quantiles(lags, n=10)[8] if n >= LEAST else None,
        late=sum(entry.lag > LATE for entry in entries) / n,
        on_tens=tens / len(minutes) if len(minutes) >= LEAST else None,
        is_heaped=len(minutes) >= LEAST and wilson_low(tens, len(minutes)) > 0.1, bulk=_bulk(entries) / n,
        unreleased=sum(entry.released_at is None for entry in entries) / n, doubled=doubled, compared=len(apart),
        log_less_seen_s=median(apart) if apart else None, disputed=disputed,
    )  # fmt: skip


def _bulk(entries: Sequence[LogEntry]) -> int:
    """Return how many entries were sent together with others for coaches that came at quite other times."""
    ordered = sorted(entries, key=lambda e: (e.written_at, e.seq))
    found, start = 0, 0
    for number in range(1, len(ordered) + 1):
        if number < len(ordered) and ordered[number].written_at - ordered[number - 1].written_at <= TOGETHER:
            continue
        group = ordered[start:number]
        arrivals = [e.arrived_at for e in group]
        if len(group) >= LEAST_BULK and max(arrivals) - min(arrivals) >= SPREAD:
            found += len(group)
        start = number
    return found
