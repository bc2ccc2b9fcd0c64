"""Which hubs coaches join, how often and how fast: connections by pair, operator and ISO week (UTC) of arrival."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlmodel import Field, Session, SQLModel

from tracker.fact_rows import Changes
from tracker.facts import Connection, Fact
from tracker.tallies import Cells, Changing, Key, Sum, add_to, among, bin_of, highest, read_cells, time_of_minute

SEVERED_AFTER = timedelta(days=14)
SERVED_WITHIN_WEEKS = 52  # a pair that nobody has served for a year is no longer called severed
WEEK_MINUTES = 7 * 1440
FIRST_MONDAY = 4 * 1440  # minutes from 1 January 1970, a Thursday, to the first Monday


class HubPairWeek(SQLModel, table=True):
    """Connections of one operator that ended in one week (ISO weeks since that of 5 January 1970).

    Histograms: time of the journey, and the minute of its end within the week.
    """

    __tablename__: ClassVar[str] = "hub_pair_week"
    __table_args__ = (
        CheckConstraint("trips > 0", name="ck_hub_pair_week_trips"),
        PrimaryKeyConstraint("week", "origin", "destination", "operator_id"),
        Index("ix_hub_pair_week_pair", "origin", "destination", "week"),
    )

    origin: str = Field(max_length=80)
    destination: str = Field(max_length=80)
    operator_id: str = Field(max_length=40)
    trips: int
    travel_s: int
    halted_s: int
    border_s: int
    travel: bytes
    newest: bytes
    week: int


WEEKS = Cells(
    HubPairWeek,
    ("origin", "destination", "operator_id", "week"),
    ("trips", "travel_s", "halted_s", "border_s"),
    ("travel", "newest"),
)
TRAVEL, NEWEST = 0, 1


class HubPairs:
    """Keeps `HubPairWeek` from connections."""

    name = "hub_pairs"
    tables: Sequence[type[SQLModel]] = (HubPairWeek,)
    facts: Sequence[type[Fact]] = (Connection,)

    def take(self, session: Session, changes: Changes) -> None:
        """Take in what became of connections."""
        weeks = Changing(WEEKS)
        for sign, sighting in changes.of(Connection):
            done = sighting.fact
            assert isinstance(done, Connection)
            assert done.ended_at is not None
            took_s = (done.ended_at - done.started_at).total_seconds()
            minute = int(done.ended_at.timestamp() // 60) - FIRST_MONDAY
            key = (done.origin, done.destination, sighting.operator_id, minute // WEEK_MINUTES)
            numbers = (1, round(took_s), round(done.halted_s), round(done.border_s))
            weeks.add(key, numbers, (bin_of(took_s), minute % WEEK_MINUTES), sign)
        weeks.write(session)


@dataclass(frozen=True, slots=True)
class PairReading:
    """How two hubs are joined, over the ISO weeks that a window touches, or over one of them from `start`.

    `border_share`, `halted_share`: of the time of the journeys, at border posts and at halts (those included). Figures
    are None where no coach came in the window. `last_at`: the last arrival known, to the minute, even before the
    window. `severed`: nobody came in the last fortnight of the window, but somebody did in the year before.
    """

    origin: str
    destination: str
    start: datetime
    trips: int
    coaches_per_week: float
    operators: int
    median_s: float | None
    p95_s: float | None
    border_share: float | None
    halted_share: float | None
    last_at: datetime
    severed: bool


def read_pairs(
    session: Session, since: datetime, until: datetime, operators: Collection[str] | None = None
) -> list[PairReading]:
    """Return every pair that was served in the window, or in the year before its end; by origin and destination."""
    first = _week(since)
    back = min(first, _week(until) - SERVED_WITHIN_WEEKS)
    where = among(WEEKS.columns(["operator_id"])[0], operators)
    return _readings(session, back, first, until, where, lambda _week: first)


def read_pair_weeks(
    session: Session,
    origin: str,
    destination: str,
    since: datetime,
    until: datetime,
    operators: Collection[str] | None = None,
) -> list[PairReading]:
    """Return one pair week by week; weeks in which nobody came are left out."""
    first = _week(since)
    one, other, who = WEEKS.columns(("origin", "destination", "operator_id"))
    where = [one == origin, other == destination, *among(who, operators)]
    return _readings(session, first, first, until, where, lambda week: week)


def _readings(
    session: Session,
    back: int,
    first: int,
    until: datetime,
    where: Sequence[Any],
    group_of: Callable[[int], int],
) -> list[PairReading]:
    """Add up the weeks from `back` on by pair and group; those before `first` only say when somebody came last."""
    sums: dict[Key, Sum] = {}
    operators: dict[Key, set[str]] = {}
    last: dict[Key, int] = {}
    end = -(-(int(until.timestamp()) - FIRST_MONDAY * 60) // (WEEK_MINUTES * 60))
    for (origin, destination, operator, week), numbers, blobs in read_cells(session, WEEKS, back, end, *where):
        key = (origin, destination, group_of(week) if week >= first else first)
        minute = FIRST_MONDAY + week * WEEK_MINUTES + highest(blobs[NEWEST])
        last[key] = max(last.get(key, 0), minute)
        if week >= first:
            add_to(sums, key, numbers, blobs[:NEWEST], minute)
            operators.setdefault(key, set()).add(operator)
    pairs: dict[Key, int] = {}
    for key, minute in last.items():
        pairs[key[:2]] = max(pairs.get(key[:2], 0), minute)
    severed = {pair for pair, minute in pairs.items() if time_of_minute(minute) < until - SEVERED_AFTER}
    readings = []
    for key in sorted(last):
        start = time_of_minute(FIRST_MONDAY + key[2] * WEEK_MINUTES)
        weeks = 1.0 if group_of(key[2] + 1) != key[2] else max(1.0, (until - start) / timedelta(weeks=1))
        served = _Served(start, weeks, len(operators.get(key, ())), time_of_minute(last[key]), key[:2] in severed)
        readings.append(_reading(key[:2], sums.get(key), served))
    return readings


class _Served(NamedTuple):
    start: datetime
    weeks: float
    operators: int
    last_at: datetime
    severed: bool


def _reading(pair: Key, total: Sum | None, served: _Served) -> PairReading:
    origin, destination = pair
    start, weeks, operators, last_at, severed = served
    if total is None:
        return PairReading(origin, destination, start, 0, 0.0, 0, None, None, None, None, last_at, severed)
    trips, travel_s, halted_s, border_s = total.numbers
    return PairReading(
        origin=origin,
        destination=destination,
        start=start,
        trips=trips,
        coaches_per_week=trips / weeks,
        operators=operators,
        median_s=total.percentile_s(TRAVEL, 0.5),
        p95_s=total.percentile_s(TRAVEL, 0.95),
        border_share=border_s / max(1, travel_s),
        halted_share=halted_s / max(1, travel_s),
        last_at=last_at,
        severed=severed,
    )


def week_begin(time: datetime) -> datetime:
    """Return when the week of a time began (Monday, UTC)."""
    return time_of_minute(FIRST_MONDAY + _week(time) * WEEK_MINUTES)


def _week(time: datetime) -> int:
    return (int(time.timestamp() // 60) - FIRST_MONDAY) // WEEK_MINUTES
