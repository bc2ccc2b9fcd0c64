"""How long coaches dwell at border posts, as positions show it: by post, direction, operator and hour of arrival.

Counted are coaches that crossed; one that turned back did not. Where nothing tells the two sides' dwell apart it is
*unsplit*, and stands under both posts. Null is *not seen* and is not counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlmodel import Field, Session, SQLModel

from tracker.dwell_readings import HISTOGRAMS, NUMBERS, DwellReading, figures, sum_stays
from tracker.fact_rows import Changes
from tracker.facts import BorderCrossing, Fact
from tracker.tallies import ALL, BY_HOURS, MOST, Cells, Changing, Key, Sum, bin_of, hours_of, spans, time_of_hour


class DwellCell(SQLModel):
    """Columns of both tables. Histograms: dwell, and the minute of leaving, from the start of the cell's time."""

    post_id: str = Field(max_length=40)
    direction: str = Field(max_length=7)
    operator_id: str = Field(max_length=40)
    n: int
    late_n: int
    dwell: bytes
    newest: bytes


class DwellHour(DwellCell, table=True):
    """Coaches that arrived in one hour (hours since 1970)."""

    __tablename__: ClassVar[str] = "dwell_hour"
    __table_args__ = (
        CheckConstraint("n > 0 and late_n between 0 and n", name="ck_dwell_hour_n"),
        CheckConstraint("direction in ('exit', 'entry', 'unsplit')", name="ck_dwell_hour_direction"),
        PrimaryKeyConstraint("hour", "post_id", "direction", "operator_id"),
        Index("ix_dwell_hour_post", "post_id", "hour"),
    )

    hour: int


class DwellDay(DwellCell, table=True):
    """Coaches that arrived on one day (days since 1970, UTC); operator `*`: all together."""

    __tablename__: ClassVar[str] = "dwell_day"
    __table_args__ = (
        CheckConstraint("n > 0 and late_n between 0 and n", name="ck_dwell_day_n"),
        CheckConstraint("direction in ('exit', 'entry', 'unsplit')", name="ck_dwell_day_direction"),
        PrimaryKeyConstraint("day", "post_id", "direction", "operator_id"),
        Index("ix_dwell_day_post", "post_id", "day"),
    )

    day: int


_KEYS = ("post_id", "direction", "operator_id")
HOURS = Cells(DwellHour, (*_KEYS, "hour"), NUMBERS, HISTOGRAMS)
DAYS = Cells(DwellDay, (*_KEYS, "day"), NUMBERS, HISTOGRAMS)


class DwellHours:
    """Keeps `DwellHour` and `DwellDay` from border crossings."""

    name = "dwell_hours"
    tables: Sequence[type[SQLModel]] = (DwellHour, DwellDay)
    facts: Sequence[type[Fact]] = (BorderCrossing,)

    def take(self, session: Session, changes: Changes) -> None:
        """Take in what became of crossings."""
        hours, days = Changing(HOURS), Changing(DAYS)
        for sign, sighting in changes.of(BorderCrossing):
            crossing = sighting.fact
            assert isinstance(crossing, BorderCrossing)
            for post_id, direction, arrived_at, dwell_s in _stays(crossing):
                arrived = int(arrived_at.timestamp() // 60)
                left = int((arrived_at.timestamp() + dwell_s) // 60)
                numbers, dwell = (1, int(crossing.late)), bin_of(dwell_s)
                place = (post_id, direction)
                hour, day = arrived // 60, arrived // 1440
                bins = (dwell, min(MOST, left - hour * 60))
                hours.add((*place, sighting.operator_id, hour), numbers, bins, sign)
                bins = (dwell, min(MOST, left - day * 1440))
                for who in (sighting.operator_id, ALL):
                    days.add((*place, who, day), numbers, bins, sign)
        hours.write(session)
        days.write(session)


def _stays(crossing: BorderCrossing) -> Iterator[tuple[str, str, datetime, float]]:
    """Yield (post, direction, arrival, seconds) of what was seen of the formalities of a coach that crossed."""
    if crossing.state != "crossed":
        return
    if crossing.exit_s is not None:
        yield crossing.exit_post, "exit", crossing.exit_arrived_at or crossing.started_at, crossing.exit_s
    if crossing.entry_s is not None:
        yield crossing.entry_post, "entry", crossing.entry_arrived_at or crossing.started_at, crossing.entry_s
    if crossing.unsplit_s is not None:
        arrived_at = crossing.exit_arrived_at or crossing.entry_arrived_at or crossing.started_at
        for post_id in dict.fromkeys((crossing.exit_post, crossing.entry_post)):
            yield post_id, "unsplit", arrived_at, crossing.unsplit_s


def read_dwell(
    session: Session,
    posts: Collection[str] | None,
    since: datetime,
    until: datetime,
    step: timedelta | None = None,
    operators: Collection[str] | None = None,
) -> list[DwellReading]:
    """Return a reading for each of `posts` (None: all) and direction at which a coach arrived in the window.

    The window is rounded out to whole hours; with `step` (whole hours) there is a reading for each part of it. Ordered
    by post, direction, start.
    """
    first, last = hours_of(since, until)
    width = max(1, last - first if step is None else int(step // timedelta(hours=1)))
    by_days = last - first > BY_HOURS and (step is None or (width % 24 == 0 and first % 24 == 0))
    parts = [
        (cells, start, end, [ALL] if cells is DAYS and operators is None else operators)
        for cells, start, end in spans(HOURS, DAYS, first, last, by_days)
    ]
    sums = sum_stays(session, parts, posts, lambda hour: first + (hour - first) // width * width)
    return [_reading(key, min(key[-1] + width, last), total) for key, total in sums.items()]


def read_dwell_by_hour_of_day(
    session: Session,
    posts: Collection[str] | None,
    since: datetime,
    until: datetime,
    operators: Collection[str] | None = None,
) -> list[DwellReading]:
    """Return, for each post and direction, a reading for each hour of the day (UTC) in which coaches arrived.

    `start` is that hour on the first day of the window; the reading gathers all days.
    """
    first, last = hours_of(since, until)
    midnight = first - first % 24
    sums = sum_stays(session, [(HOURS, first, last, operators)], posts, lambda hour: midnight + hour % 24)
    return [_reading(key, key[-1] + 1, total) for key, total in sums.items()]


def _reading(key: Key, end: int, total: Sum) -> DwellReading:
    post_id, direction, start = key
    return DwellReading(
        post_id=post_id, direction=direction, start=time_of_hour(start), end=time_of_hour(end), **figures(total)
    )
