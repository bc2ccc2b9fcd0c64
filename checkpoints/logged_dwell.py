"""How long coaches dwell at border posts, as each agency logged it: from arrival to release, by hour of arrival.

One entry of a log counts once; a correction is an entry of its own. Entries without a release, or with one before the
arrival, say nothing about dwell. An entry is *late* when it was sent more than `LATE_AFTER` after the release.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint
from sqlmodel import Field, Session, SQLModel

from checkpoints.logged_crossings import time_of
from tracker.dwell_readings import HISTOGRAMS, NUMBERS, DwellReading, figures, sum_stays
from tracker.events import CrossingLogged, Event
from tracker.tallies import MOST, Cells, Changing, bin_of, hours_of, time_of_hour

# An official who enters a coach an hour after its release writes from memory: an assumption.
LATE_AFTER = timedelta(minutes=60)


class LoggedDwellHour(SQLModel, table=True):
    """Entries of one agency's log for coaches that arrived in one hour (hours since 1970).

    Histograms: dwell, and the minute of release from the start of the hour.
    """

    __tablename__: ClassVar[str] = "logged_dwell_hour"
    __table_args__ = (
        CheckConstraint("n > 0 and late_n between 0 and n", name="ck_logged_dwell_hour_n"),
        CheckConstraint("direction in ('exit', 'entry')", name="ck_logged_dwell_hour_direction"),
        PrimaryKeyConstraint("hour", "post_id", "direction", "agency"),
        Index("ix_logged_dwell_hour_post", "post_id", "hour"),
    )

    post_id: str = Field(max_length=40)
    direction: str = Field(max_length=5)
    agency: str = Field(max_length=40)
    n: int
    late_n: int
    dwell: bytes
    newest: bytes
    hour: int


HOURS = Cells(LoggedDwellHour, ("post_id", "direction", "agency", "hour"), NUMBERS, HISTOGRAMS)


class LoggedDwell:
    """Keeps `LoggedDwellHour`."""

    name = "logged_dwell"
    tables: Sequence[type[SQLModel]] = (LoggedDwellHour,)

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Count the logged crossings."""
        hours = Changing(HOURS)
        for event in events:
            if not isinstance(event, CrossingLogged):
                continue
            arrived_at, released_at = event.observed_at, time_of(event.body.get("released_at"))
            if released_at is None or released_at < arrived_at:
                continue
            hour = int(arrived_at.timestamp() // 3600)
            newest = min(MOST, int(released_at.timestamp() // 60) - hour * 60)
            bins = (bin_of((released_at - arrived_at).total_seconds()), newest)
            late = (event.sent_at or event.received_at) - released_at > LATE_AFTER
            hours.add((event.post_id, event.body["direction"], event.agency, hour), (1, int(late)), bins, 1)
        hours.write(session)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedDwellReading(DwellReading):
    """Dwell by the log of one agency."""

    agency: str


def read_logged_dwell(
    session: Session,
    posts: Collection[str] | None,
    since: datetime,
    until: datetime,
    step: timedelta | None = None,
) -> list[LoggedDwellReading]:
    """Return a reading for each of `posts` (None: all), direction and agency with entries in the window.

    The window is rounded out to whole hours; with `step` (whole hours) there is a reading for each part of it. Ordered
    by post, direction, agency, start.
    """
    first, last = hours_of(since, until)
    width = max(1, last - first if step is None else int(step // timedelta(hours=1)))
    sums = sum_stays(
        session,
        [(HOURS, first, last, None)],
        posts,
        lambda hour: first + (hour - first) // width * width,
        lambda agency: (agency,),
    )
    return [
        LoggedDwellReading(
            post_id=post_id,
            direction=direction,
            agency=agency,
            start=time_of_hour(start),
            end=time_of_hour(min(start + width, last)),
            **figures(total),
        )
        for (post_id, direction, agency, start), total in sums.items()
    ]
