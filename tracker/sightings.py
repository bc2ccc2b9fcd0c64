"""What was seen of coaches' ways: reading the tables of facts (`tracker/fact_tables.py`).

`operators` is None for all, or a collection. A window is half-open, [`since`, `until`), and a fact is in it when it
overlaps it. Lists are newest start first; `before` takes `(started_at, fact_id)` of the last row seen and goes on
after it. `longest`: facts that last longer may be left out. Facts under way are in them, with `ended_at` None.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from tracker.fact_tables import (
    BorderCrossingRow,
    CoachNow,
    ConnectionRow,
    FactRow,
    GapRow,
    HaltRow,
    RefusedFixRow,
    SectionPassRow,
    TripRunRow,
)

__all__ = [
    "BorderCrossingRow", "CoachNow", "ConnectionRow", "GapRow", "HaltRow", "RefusedFixRow", "SectionPassRow",
    "TripRunRow", "find_trip_run", "list_border_crossings", "list_coaches_now", "list_gaps", "list_halts",
    "list_section_passes", "list_trip_runs", "refused_counts",
]  # fmt: skip

# No fact lasts longer, so that the index by start is enough for windows: far more than any trip takes.
LONGEST = timedelta(days=31)
Before = tuple[datetime, str] | None
Row = TypeVar("Row", bound=FactRow)


def _list(
    session: Session,
    table: type[Row],
    operators: Collection[str] | None,
    vehicle_id: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    before: Before,
    *where: Any,
    longest: timedelta = LONGEST,
) -> list[Row]:
    query = select(table).where(*where)
    if operators is not None:
        query = query.where(col(table.operator_id).in_(operators))
    if vehicle_id is not None:
        query = query.where(col(table.vehicle_id) == vehicle_id)
    if since is not None:
        query = query.where(
            col(table.started_at) >= since - longest, or_(col(table.ended_at).is_(None), col(table.ended_at) >= since)
        )
    if until is not None:
        query = query.where(col(table.started_at) < until)
    if before is not None:
        start, fact_id = before
        same = and_(col(table.started_at) == start, col(table.fact_id) > fact_id)
        query = query.where(or_(col(table.started_at) < start, same))
    return list(session.exec(query.order_by(col(table.started_at).desc(), col(table.fact_id)).limit(limit)))


def _same(column: Any, value: str | None) -> list[Any]:
    return [] if value is None else [column == value]


def list_trip_runs(
    session: Session,
    *,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    corridor_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    before: Before = None,
    longest: timedelta = LONGEST,
    is_running: bool = False,
) -> list[TripRunRow]:
    """Return trips as they were driven; `is_running`: those that are not over."""
    where = _same(col(TripRunRow.corridor_id), corridor_id)
    where += [col(TripRunRow.ended_at).is_(None)] if is_running else []
    return _list(session, TripRunRow, operators, vehicle_id, since, until, limit, before, *where, longest=longest)


def find_trip_run(session: Session, trip_id: str, operators: Collection[str] | None = None) -> list[TripRunRow]:
    """Return the trips of that id, newest first: two operators may use the same id, and a trip may be driven in parts."""
    query = select(TripRunRow).where(col(TripRunRow.trip_id) == trip_id)
    if operators is not None:
        query = query.where(col(TripRunRow.operator_id).in_(operators))
    return list(session.exec(query.order_by(col(TripRunRow.started_at).desc(), col(TripRunRow.fact_id))))


def list_halts(
    session: Session,
    *,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    corridor_id: str | None = None,
    section_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 1000,
    before: Before = None,
    longest: timedelta = LONGEST,
) -> list[HaltRow]:
    """Return halts."""
    where = [*_same(col(HaltRow.corridor_id), corridor_id), *_same(col(HaltRow.section_id), section_id)]
    return _list(session, HaltRow, operators, vehicle_id, since, until, limit, before, *where, longest=longest)


def list_border_crossings(
    session: Session,
    *,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    posts: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 1000,
    before: Before = None,
) -> list[BorderCrossingRow]:
    """Return crossings that have one of `posts` on either side (None: all)."""
    table = BorderCrossingRow
    where = [] if posts is None else [or_(col(table.exit_post).in_(posts), col(table.entry_post).in_(posts))]
    return _list(session, table, operators, vehicle_id, since, until, limit, before, *where)


def list_section_passes(
    session: Session,
    *,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    section_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 1000,
    longest: timedelta = LONGEST,
) -> list[SectionPassRow]:
    """Return passes of whole sections."""
    where = _same(col(SectionPassRow.section_id), section_id)
    return _list(session, SectionPassRow, operators, vehicle_id, since, until, limit, None, *where, longest=longest)


def list_gaps(
    session: Session,
    *,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    corridor_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 1000,
    longest: timedelta = LONGEST,
) -> list[GapRow]:
    """Return silences, lost and late."""
    where = _same(col(GapRow.corridor_id), corridor_id)
    return _list(session, GapRow, operators, vehicle_id, since, until, limit, None, *where, longest=longest)


def list_coaches_now(session: Session, operators: Collection[str] | None = None) -> list[CoachNow]:
    """Return every coach of which a fix was accepted, by vehicle."""
    query = select(CoachNow).order_by(col(CoachNow.vehicle_id))
    if operators is not None:
        query = query.where(col(CoachNow.operator_id).in_(operators))
    return list(session.exec(query))


def refused_counts(
    session: Session,
    *,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[tuple[str, str, int]]:
    """Return `(vehicle_id, reason, fixes not used)`; windows are rounded out to whole hours."""
    table = RefusedFixRow
    query = select(table.vehicle_id, table.reason, func.sum(table.count))
    if operators is not None:
        query = query.where(col(table.operator_id).in_(operators))
    if vehicle_id is not None:
        query = query.where(col(table.vehicle_id) == vehicle_id)
    if since is not None:
        query = query.where(col(table.hour) >= int(since.timestamp() // 3600))
    if until is not None:
        query = query.where(col(table.hour) < -int(-until.timestamp() // 3600))
    grouped = query.group_by(col(table.vehicle_id), col(table.reason))
    ordered = grouped.order_by(col(table.vehicle_id), col(table.reason))
    return [(vehicle, reason, int(count)) for vehicle, reason, count in session.exec(ordered)]
