"""What is read from dwell at border posts, whoever saw it: positions (`tracker/dwell_hours.py`) or the posts' own logs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from tracker.tallies import Cells, Key, Sum, add_to, among, bounds_of, highest, read_cells, time_of_minute

NUMBERS, HISTOGRAMS = ("n", "late_n"), ("dwell", "newest")
N, LATE_N, DWELL, NEWEST = 0, 1, 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DwellReading:
    """Dwell at a post in one direction of coaches that arrived in [start, end).

    `late_n`: of how many it was delivered late. `buffer_index`: (p95 - p50) / p50. `newest_at`: when the last of them
    left, to the minute. `hist`: (from seconds, up to seconds, coaches), ascending, empty bins left out.
    """

    post_id: str
    direction: str
    start: datetime
    end: datetime
    n: int
    late_n: int
    p50_s: float
    p95_s: float
    buffer_index: float
    newest_at: datetime
    hist: list[tuple[float, float, int]]


Part = tuple[Cells, int, int, Collection[str] | None]


def sum_stays(
    session: Session,
    parts: Iterable[Part],
    posts: Collection[str] | None,
    start_of: Callable[[int], int],
    whose: Callable[[str], tuple[str, ...]] = lambda _: (),
) -> dict[Key, Sum]:
    """Add up cells by post, direction, what `whose` makes of the third key, and `start_of` their hour.

    Each part names cells, from and until when to read them (in their own unit), and which of the third key.
    """
    sums: dict[Key, Sum] = {}
    for cells, since, until, third in parts:
        post, _, who, when_column = cells.columns(cells.keys)
        where = [*among(post, posts), *among(who, third)]
        scale = 24 if when_column.name == "day" else 1
        for (post_id, direction, own, when), numbers, blobs in read_cells(session, cells, since, until, *where):
            hour = when * scale
            minute = hour * 60 + highest(blobs[NEWEST])
            add_to(sums, (post_id, direction, *whose(own), start_of(hour)), numbers, blobs[:NEWEST], minute)
    return dict(sorted(sums.items()))


def figures(total: Sum) -> dict[str, Any]:
    """Return the figures of a reading, by their names."""
    bins, counts = total.histogram(DWELL)
    p50_s, p95_s = total.percentile_s(DWELL, 0.5), total.percentile_s(DWELL, 0.95)
    return {
        "n": total.numbers[N],
        "late_n": total.numbers[LATE_N],
        "p50_s": p50_s,
        "p95_s": p95_s,
        "buffer_index": (p95_s - p50_s) / p50_s,
        "newest_at": time_of_minute(total.newest),
        "hist": [(*bounds_of(int(b)), int(n)) for b, n in zip(bins, counts, strict=True)],
    }
