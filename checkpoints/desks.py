"""Desks: what one agency did with one coach on one side of a border, folded from its log's entries. Pure.

An agency may write a coach down twice: a second entry completes or corrects the first, or two officers logged the same
coach. Nothing is thrown away: the desk says what stands, how many entries there were, and their numbers in the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

Direction = Literal["exit", "entry"]

# Two entries of one agency whose arrivals lie farther apart than this were not copied from one another: two officers
# wrote the same coach down. An assumption.
SAME_ENTRY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry of a post's log, as it was written. Null is *not written*. `written_at`: by the sender's own clock.

    `seq` is its number in our log. `vehicle_id` and `operator_id` are None where the plate is nobody's we know.
    """

    seq: int
    post_id: str
    agency: str
    direction: Direction
    arrived_at: datetime
    written_at: datetime
    vehicle_id: str | None = None
    operator_id: str | None = None
    trip_id: str | None = None
    processing_started_at: datetime | None = None
    released_at: datetime | None = None
    outcome: str | None = None
    passengers: int | None = None
    minors: int | None = None
    seal_number: str | None = None
    seal_intact: bool | None = None

    @property
    def lag(self) -> timedelta:
        """How long after the coach's release (else its arrival) it was written."""
        return self.written_at - (self.released_at or self.arrived_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One agency with one coach. Of several entries each field is that of the last written one that speaks of it."""

    agency: str
    direction: Direction
    arrived_at: datetime
    processing_started_at: datetime | None
    released_at: datetime | None
    outcome: str | None
    passengers: int | None
    minors: int | None
    seal_number: str | None
    seal_intact: bool | None
    written_at: datetime
    seqs: tuple[int, ...]
    is_doubled: bool

    @property
    def seconds(self) -> float | None:
        """From arrival to release; None where it was not released, or before it came."""
        if self.released_at is None or self.released_at < self.arrived_at:
            return None
        return (self.released_at - self.arrived_at).total_seconds()


_STANDING = tuple(f.name for f in fields(Desk) if f.name not in {"seqs", "is_doubled", "written_at"})


def desks_of(entries: Iterable[LogEntry]) -> tuple[Desk, ...]:
    """Fold the entries of one side of one crossing: one desk for each agency, by arrival and agency."""
    by_agency: dict[str, list[LogEntry]] = {}
    for entry in sorted(entries, key=lambda e: (e.written_at, e.arrived_at, e.seq)):
        by_agency.setdefault(entry.agency, []).append(entry)
    return tuple(sorted(map(_folded, by_agency.values()), key=lambda desk: (desk.arrived_at, desk.agency)))


def _folded(entries: Sequence[LogEntry]) -> Desk:
    standing: dict[str, Any] = {}
    for name in _STANDING:
        said = [value for entry in entries if (value := getattr(entry, name)) is not None]
        standing[name] = said[-1] if said else None
    arrivals = [entry.arrived_at for entry in entries]
    return Desk(
        **standing,
        written_at=min(entry.written_at for entry in entries),
        seqs=tuple(entry.seq for entry in entries),
        is_doubled=max(arrivals) - min(arrivals) > SAME_ENTRY,
    )


def logged_span(desks: Sequence[Desk]) -> tuple[datetime | None, datetime | None]:
    """Return the first arrival and the last release by the log; the release is None while any desk lacks one."""
    if not desks:
        return None, None
    released = [desk.released_at for desk in desks]
    ends = [at for at in released if at is not None]
    return min(desk.arrived_at for desk in desks), max(ends) if len(ends) == len(desks) else None
