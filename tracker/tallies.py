"""Tallies: whole numbers and histograms by cell (two places or words, somebody, a stretch of time), kept in a table.

Everything in a cell is a whole number, so that what was added can be taken off again exactly; a cell that falls to
nothing is deleted. Times (durations) are counted in bins whose ends lie `STEP` apart: a percentile read from them is
within `RELATIVE_ERROR` of the true one. A histogram is stored as its occupied bins in order: 2 bytes for the bin, 4 for
the count.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlmodel import Session, SQLModel

from tracker.projection import insert_rows, with_keys

STEP = 1.02
RELATIVE_ERROR = math.sqrt(STEP) - 1  # 1 %: a bin is answered for by its geometric middle
LOWEST_S = 10.0  # everything shorter is one bin
MOST = 65_535
BY_HOURS = 48  # longer windows, in hours, are read from whole days
ALL = "*"  # in the place of an operator: all of them together
_BIN = struct.Struct("<HI")
_BINS = np.dtype([("bin", "<u2"), ("n", "<u4")])

Key = tuple[Any, ...]


def bin_of(seconds: float) -> int:
    """Return the bin of a duration."""
    if seconds <= LOWEST_S:
        return 0
    return min(MOST, 1 + math.floor(math.log(seconds / LOWEST_S) / math.log(STEP)))


def bounds_of(number: int) -> tuple[float, float]:
    """Return the durations, in seconds, from which and up to which a bin counts."""
    return (0.0, LOWEST_S) if number == 0 else (LOWEST_S * STEP ** (number - 1), LOWEST_S * STEP**number)


def middle_of(number: int) -> float:
    """Return the duration that stands for a bin."""
    return LOWEST_S / 2 if number == 0 else LOWEST_S * STEP ** (number - 0.5)


@dataclass(slots=True)
class Tally:
    """What is counted in one cell, or what is to be added to it: numbers, and histograms by bin."""

    numbers: list[int]
    bins: list[Counter[int]]

    def add(self, numbers: Sequence[int], bins: Sequence[int | None], sign: int) -> None:
        """Count one thing more (`sign` 1) or less (-1): its numbers, and its bin in each histogram, if it has one."""
        for place, number in enumerate(numbers):
            self.numbers[place] += sign * number
        for counts, number_of_bin in zip(self.bins, bins, strict=True):
            if number_of_bin is not None:
                counts[number_of_bin] += sign

    def is_nothing(self) -> bool:
        """Say whether it counts, or changes, nothing."""
        return not any(self.numbers) and not any(any(counts.values()) for counts in self.bins)


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of cells: its key columns, its columns of numbers, its columns of histograms."""

    table: type[SQLModel]
    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    histograms: tuple[str, ...]

    def columns(self, names: Iterable[str]) -> list[Any]:
        """Return the table's columns of those names."""
        return [self.table.__table__.c[name] for name in names]  # type: ignore[attr-defined]


@dataclass(slots=True)
class Changing:
    """Changes to the cells of one table, gathered before they are written."""

    cells: Cells
    tallies: dict[Key, Tally] = field(default_factory=dict)

    def add(self, key: Key, numbers: Sequence[int], bins: Sequence[int | None], sign: int) -> None:
        """Count one thing in the cell `key`; see `Tally.add`."""
        tally = self.tallies.get(key)
        if tally is None:
            cells = self.cells
            tally = self.tallies[key] = Tally([0] * len(cells.numbers), [Counter() for _ in cells.histograms])
        tally.add(numbers, bins, sign)

    def write(self, session: Session) -> None:
        """Add what was gathered to what is stored."""
        cells = self.cells
        changed = {key: tally for key, tally in self.tallies.items() if not tally.is_nothing()}
        columns, width = cells.columns(cells.keys), len(cells.keys)
        everything = cells.columns((*cells.keys, *cells.numbers, *cells.histograms))
        connection = session.connection()
        for condition in with_keys(columns, list(changed)):
            for row in connection.execute(select(*everything).where(condition)):
                tally = changed[tuple(row[:width])]
                for place, number in enumerate(row[width : width + len(cells.numbers)]):
                    tally.numbers[place] += number
                for counts, blob in zip(tally.bins, row[width + len(cells.numbers) :], strict=True):
                    for number, count in _BIN.iter_unpack(blob):
                        counts[number] += count
            connection.execute(delete(cells.table).where(condition))
        names = (*cells.keys, *cells.numbers, *cells.histograms)
        rows = [
            (*key, *tally.numbers, *map(_packed, tally.bins))
            for key, tally in changed.items()
            if not tally.is_nothing()
        ]
        insert_rows(session, cells.table, names, rows)
        self.tallies.clear()


def _packed(counts: Counter[int]) -> bytes:
    return b"".join(_BIN.pack(number, counts[number]) for number in sorted(counts) if counts[number])


@dataclass(slots=True)
class Sum:
    """Cells added up for a reading. `newest`: the latest minute (since 1970) in which something happened."""

    numbers: list[int]
    blobs: list[list[bytes]]
    newest: int

    def histogram(self, place: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the occupied bins of a histogram, in order, and their counts."""
        packed = np.frombuffer(b"".join(self.blobs[place]), dtype=_BINS)
        dense = np.bincount(packed["bin"], weights=packed["n"]).astype(np.int64)
        bins = np.flatnonzero(dense).astype(np.int64)
        return bins, dense[bins]

    def percentile_s(self, place: int, share: float) -> float:
        """Return the duration that `share` of a histogram's durations do not exceed; NaN where it is empty."""
        return self.percentiles_s(place, (share,))[0]

    def percentiles_s(self, place: int, shares: Sequence[float]) -> list[float]:
        """Return `percentile_s` for several shares of one histogram, which is unpacked once."""
        bins, counts = self.histogram(place)
        if not bins.size:
            return [math.nan] * len(shares)
        reached = np.cumsum(counts)
        total = int(reached[-1])
        return [middle_of(int(bins[np.searchsorted(reached, share * total - 1e-9)])) for share in shares]


def highest(blob: bytes) -> int:
    """Return the highest occupied bin of a stored histogram."""
    return int(_BIN.unpack_from(blob, len(blob) - _BIN.size)[0])


def hours_of(since: datetime, until: datetime) -> tuple[int, int]:
    """Return a window in hours since 1970, rounded out to whole ones."""
    return int(since.timestamp() // 3600), -int(-until.timestamp() // 3600)


def time_of_hour(hour: int) -> datetime:
    """Return hours since 1970 as an aware time."""
    return datetime.fromtimestamp(hour * 3600, UTC)


def time_of_minute(minute: int) -> datetime:
    """Return minutes since 1970 as an aware time."""
    return datetime.fromtimestamp(minute * 60, UTC)


def spans(hours: Cells, days: Cells, first: int, last: int, by_days: bool) -> list[tuple[Cells, int, int]]:
    """Return from which table to read which part of a window of hours; the parts in that table's own unit."""
    from_day, to_day = -(-first // 24), last // 24
    if not by_days or from_day >= to_day:
        return [(hours, first, last)]
    return [(hours, first, from_day * 24), (days, from_day, to_day), (hours, to_day * 24, last)]


def read_cells(
    session: Session, cells: Cells, since: int, until: int, *where: Any
) -> Iterator[tuple[Key, Sequence[int], Sequence[bytes]]]:
    """Yield `(key, numbers, histograms)` of the cells whose time (the last key column) lies in [since, until)."""
    if until <= since:
        return
    width, numbers = len(cells.keys), len(cells.numbers)
    when = cells.columns(cells.keys)[-1]
    query = select(*cells.columns((*cells.keys, *cells.numbers, *cells.histograms)))
    for row in session.connection().execute(query.where(when >= since, when < until, *where)).fetchall():
        yield tuple(row[:width]), row[width : width + numbers], row[width + numbers :]


def add_to(sums: dict[Key, Sum], key: Key, numbers: Sequence[int], blobs: Sequence[bytes], newest: int) -> None:
    """Add a cell to the sum of `key`."""
    known = sums.get(key)
    if known is None:
        sums[key] = Sum(list(numbers), [[blob] for blob in blobs], newest)
        return
    for place, number in enumerate(numbers):
        known.numbers[place] += number
    for gathered, blob in zip(known.blobs, blobs, strict=True):
        gathered.append(blob)
    known.newest = max(known.newest, newest)


def among(column: Any, values: Collection[str | bool] | None) -> list[Any]:
    """Return the condition that a column has one of `values`; none where that is None."""
    return [] if values is None else [column.in_(list(values))]
