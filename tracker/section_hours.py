"""How the road flows: passes of sections by direction, operator and hour, and what is read from them.

A pass is counted in the hour (UTC) in which it ended: until then its delay is not known. Whole days are kept too, so
that a month costs a page no more than two days do; both by operator and of all operators together, whom most readers ask for.

*Speed* is the section's length by the time of the pass without the halts at border posts: the road's speed. *Free
flow* is the 90th percentile of it over the whole window in that direction, from `ENOUGH_FOR_FREE` passes on; else it is
assumed. *Delay* is the time of the whole pass, border halts included, over what free flow would have taken; never below 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlmodel import Field, Session, SQLModel

from tracker.fact_rows import Changes
from tracker.facts import Fact, SectionPass
from tracker.tallies import (
    ALL,
    BY_HOURS,
    Cells,
    Changing,
    Key,
    Sum,
    add_to,
    among,
    bin_of,
    highest,
    hours_of,
    read_cells,
    spans,
    time_of_hour,
    time_of_minute,
)

ENOUGH_FOR_FREE = 20  # fewer passes than this do not show what the road allows: an assumption
ASSUMED_FREE_KMH = 70.0  # a coach on these roads with nothing in its way: an assumption
FREE_SHARE = 0.9
FEW_SECTIONS = 40


class SectionCell(SQLModel):
    """Columns of both tables. Histograms: time of the pass, the same without border halts, minute of its end."""

    section_id: str = Field(max_length=120)
    direction: str = Field(max_length=4)
    operator_id: str = Field(max_length=40)
    trips: int
    late_trips: int
    travel_s: int
    halted_s: int
    travel: bytes
    road: bytes
    newest: bytes


class SectionHour(SectionCell, table=True):
    """Passes that ended in one hour (hours since 1970); operator `*`: all together."""

    __tablename__: ClassVar[str] = "section_hour"
    __table_args__ = (
        CheckConstraint("trips > 0 and late_trips between 0 and trips", name="ck_section_hour_trips"),
        CheckConstraint("direction in ('up', 'down')", name="ck_section_hour_direction"),
        PrimaryKeyConstraint("operator_id", "hour", "section_id", "direction"),
        Index("ix_section_hour_section", "section_id", "direction", "hour"),
    )

    hour: int


class SectionDay(SectionCell, table=True):
    """Passes that ended on one day (days since 1970, UTC); operator `*`: all together."""

    __tablename__: ClassVar[str] = "section_day"
    __table_args__ = (
        CheckConstraint("trips > 0 and late_trips between 0 and trips", name="ck_section_day_trips"),
        CheckConstraint("direction in ('up', 'down')", name="ck_section_day_direction"),
        PrimaryKeyConstraint("day", "section_id", "direction", "operator_id"),
        Index("ix_section_day_section", "section_id", "direction", "day"),
    )

    day: int


_NUMBERS = ("trips", "late_trips", "travel_s", "halted_s")
_HISTOGRAMS = ("travel", "road", "newest")
_KEYS = ("section_id", "direction", "operator_id")
HOURS = Cells(SectionHour, (*_KEYS, "hour"), _NUMBERS, _HISTOGRAMS)
DAYS = Cells(SectionDay, (*_KEYS, "day"), _NUMBERS, _HISTOGRAMS)
TRIPS, LATE, TRAVEL_S, HALTED_S = range(4)
TRAVEL, ROAD, NEWEST = range(3)


class SectionHours:
    """Keeps `SectionHour` and `SectionDay` from passes of sections."""

    name = "section_hours"
    tables: Sequence[type[SQLModel]] = (SectionHour, SectionDay)
    facts: Sequence[type[Fact]] = (SectionPass,)

    def take(self, session: Session, changes: Changes) -> None:
        """Take in what became of passes."""
        hours, days = Changing(HOURS), Changing(DAYS)
        for sign, sighting in changes.of(SectionPass):
            done = sighting.fact
            assert isinstance(done, SectionPass)
            assert done.ended_at is not None
            took_s = (done.ended_at - done.started_at).total_seconds()
            numbers = (1, int(done.late), round(took_s), round(done.halted_s))
            minute = int(done.ended_at.timestamp() // 60)
            times = (bin_of(took_s), bin_of(max(0.0, took_s - done.border_s)))
            place = (done.section_id, done.direction)
            for who in (sighting.operator_id, ALL):
                hours.add((*place, who, minute // 60), numbers, (*times, minute % 60), sign)
                days.add((*place, who, minute // 1440), numbers, (*times, minute % 1440), sign)
        hours.write(session)
        days.write(session)


@dataclass(frozen=True, slots=True)
class FlowReading:
    """Flow on a section in one direction of its own, over [start, end). `newest_at` is exact to the minute.

    `late_trips`: part of them was delivered late. `halted_share`: of the time, that stood at halts.
    """

    section_id: str
    direction: str
    start: datetime
    end: datetime
    trips: int
    late_trips: int
    median_kmh: float
    p95_kmh: float
    free_kmh: float | None
    free_basis: Literal["observed", "assumed"]
    delay_median_s: float
    delay_p95_s: float
    halted_share: float
    newest_at: datetime


def read_flow(
    session: Session,
    lengths_km: Mapping[str, float],
    since: datetime,
    until: datetime,
    step: timedelta | None = None,
    operators: Collection[str] | None = None,
) -> list[FlowReading]:
    """Return a reading for each section of `lengths_km` and direction that saw a pass end in the window.

    The window is rounded out to whole hours. With `step` (whole hours) there is a reading for each part of it, with
    the free flow of the whole window. Ordered by section, direction, start.
    """
    first, last = hours_of(since, until)
    width = last - first if step is None else max(1, int(step // timedelta(hours=1)))
    by_days = last - first > BY_HOURS and (step is None or (width % 24 == 0 and first % 24 == 0))

    def start_of(hour: int) -> int:
        return first + (hour - first) // max(1, width) * width

    sums = _sums(session, lengths_km, first, last, operators, by_days, start_of)
    return _readings(sums, lengths_km, lambda start: min(start + width, last))


def read_flow_by_hour_of_day(
    session: Session,
    lengths_km: Mapping[str, float],
    since: datetime,
    until: datetime,
    operators: Collection[str] | None = None,
) -> list[FlowReading]:
    """Return, for each section and direction, a reading for each hour of the day (UTC) in which passes ended.

    `start` is that hour on the first day of the window; the reading gathers all days.
    """
    first, last = hours_of(since, until)
    midnight = first - first % 24
    sums = _sums(session, lengths_km, first, last, operators, False, lambda hour: midnight + hour % 24)
    return _readings(sums, lengths_km, lambda start: start + 1)


def read_flow_by_month(
    session: Session,
    lengths_km: Mapping[str, float],
    since: datetime,
    until: datetime,
    operators: Collection[str] | None = None,
) -> list[FlowReading]:
    """Return, for each section and direction, a reading for each month (UTC) of the window in which passes ended.

    `since` begins a month. The free flow is that of the whole window, so that months can be compared.
    """
    first, last = hours_of(since, until)
    sums = _sums(session, lengths_km, first, last, operators, True, lambda hour: _month(hour, 0))
    return _readings(sums, lengths_km, lambda start: min(_month(start, 1), last))


def _month(hour: int, later: int) -> int:
    """Return the first hour of the month of an hour, or of one that comes so many `later`."""
    at = time_of_hour(hour)
    years, month = divmod(at.month - 1 + later, 12)
    return int(datetime(at.year + years, month + 1, 1, tzinfo=UTC).timestamp()) // 3600


def _sums(
    session: Session,
    lengths_km: Mapping[str, float],
    first: int,
    last: int,
    operators: Collection[str] | None,
    by_days: bool,
    start_of: Callable[[int], int],
) -> dict[Key, Sum]:
    """Add up the cells of the window by section, direction and hour of start."""
    sums: dict[Key, Sum] = {}
    for cells, since, until in spans(HOURS, DAYS, first, last, by_days):
        section, direction, who = cells.columns(_KEYS)
        where = among(who, [ALL] if operators is None else operators)
        if len(lengths_km) <= FEW_SECTIONS:  # by the index of sections; more of them are found by time
            where += [section.in_(list(lengths_km)), direction.in_(("up", "down"))]
        scale = 24 if cells is DAYS else 1
        for (section_id, way, _, when), numbers, blobs in read_cells(session, cells, since, until, *where):
            if section_id in lengths_km:
                minute = when * scale * 60 + highest(blobs[NEWEST])
                add_to(sums, (section_id, way, start_of(when * scale)), numbers, blobs[:NEWEST], minute)
    return dict(sorted(sums.items()))


def _readings(
    sums: Mapping[Key, Sum], lengths_km: Mapping[str, float], end_of: Callable[[int], int]
) -> list[FlowReading]:
    whole: dict[Key, Sum] = {}
    for (section_id, direction, _), part in sums.items():
        total = whole.setdefault((section_id, direction), Sum([0], [[]], 0))
        total.numbers[0] += part.numbers[TRIPS]
        total.blobs[0].extend(part.blobs[ROAD])
    free = {
        key: total.percentile_s(0, 1 - FREE_SHARE)
        for key, total in whole.items()
        if total.numbers[0] >= ENOUGH_FOR_FREE
    }
    readings = []
    for (section_id, direction, start), part in sums.items():
        length_km, free_s = lengths_km[section_id], free.get((section_id, direction))
        at_best_s = length_km / ASSUMED_FREE_KMH * 3600 if free_s is None else free_s
        fast_s, middle_s = part.percentiles_s(ROAD, (0.05, 0.5))
        travel_s, long_s = part.percentiles_s(TRAVEL, (0.5, 0.95))
        readings.append(
            FlowReading(
                section_id=section_id,
                direction=direction,
                start=time_of_hour(start),
                end=time_of_hour(end_of(start)),
                trips=part.numbers[TRIPS],
                late_trips=part.numbers[LATE],
                median_kmh=_kmh(length_km, middle_s),
                p95_kmh=_kmh(length_km, fast_s),
                free_kmh=_kmh(length_km, at_best_s),
                free_basis="assumed" if free_s is None else "observed",
                delay_median_s=max(0.0, travel_s - at_best_s),
                delay_p95_s=max(0.0, long_s - at_best_s),
                halted_share=min(1.0, part.numbers[HALTED_S] / max(1, part.numbers[TRAVEL_S])),
                newest_at=time_of_minute(part.newest),
            )
        )
    return readings


def _kmh(length_km: float, seconds: float) -> float:
    return length_km / seconds * 3600
