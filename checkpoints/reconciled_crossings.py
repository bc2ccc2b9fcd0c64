"""Reconciled crossings, kept: a coach's are made anew around whatever was said or seen of it (`reconciliation`).

It hears of the posts' logs and the crews' reports itself, and of what became of the crossings that positions show through
`touched_coaches`. The rows are made of tables only, so that it does not matter who speaks first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlmodel import Session, SQLModel, col

from checkpoints.agencies import ARMED_GROUP
from checkpoints.crossing_rows import COLUMNS, ReconciledCrossingRow, row_of
from checkpoints.crossing_sides import Told
from checkpoints.desks import LogEntry
from checkpoints.logged_crossings import LoggedCrossing, coach_of
from checkpoints.reconciliation import ReconciledCrossing, reconcile
from checkpoints.reported_controls import ReportedControl
from checkpoints.stop_places import post_at
from checkpoints.touched_coaches import Moments, spans_of, with_touched
from tracker.atlas import Atlas
from tracker.events import ControlReported, CrossingLogged, Event
from tracker.fact_rows import read_facts
from tracker.fact_tables import BorderCrossingRow
from tracker.facts import BorderCrossing
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.projection import insert_rows, with_keys

# What is said of one moment can change crossings that began so long before or after it; as much again is read around them.
REACH = timedelta(days=2)


class ReconciledCrossings:
    """Keeps `ReconciledCrossingRow`; it must stand after the logs, the reports and the journeys, which it reads."""

    name = "reconciled_crossings"
    tables: Sequence[type[SQLModel]] = (ReconciledCrossingRow,)
    reads: Sequence[str] = ("logged_crossings", "crew_reports", "journeys")

    def __init__(self) -> None:
        """Look places up in the geography of the day."""
        self._atlas = Atlas()

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Take in what posts and crews said."""
        self.finish(session, self.gather(events, None))

    def gather(self, events: Sequence[Event], so_far: Moments | None) -> Moments:
        """Gather of which coaches something was said, and of when."""
        moments = so_far if so_far is not None else {}
        for event in events:
            if isinstance(event, CrossingLogged):
                moments.setdefault(coach_of(event.body), []).append(event.observed_at)
            elif isinstance(event, ControlReported):
                moments.setdefault(event.vehicle_id, []).append(event.observed_at)
        return moments

    def finish(self, session: Session, gathered: Moments) -> None:
        """Make the crossings around those moments anew."""
        refresh(session, with_touched(session, gathered, (BorderCrossing,)), self._atlas)


def refresh(session: Session, moments: Mapping[str, Iterable[datetime]], atlas: Atlas) -> None:
    """Make anew the crossings of coaches that began within `REACH` of moments at which something was said of them."""
    if not moments:
        return
    atlas.open(session)
    for coach in sorted(moments):
        for since, until in spans_of(moments[coach], REACH):
            _refresh_span(session, coach, since, until, atlas.on(session, since.date()))


def _refresh_span(session: Session, coach: str, since: datetime, until: datetime, geography: Geography) -> None:
    made = reconciled_of(session, coach, since, until, geography)
    table = ReconciledCrossingRow
    session.connection().execute(
        delete(table).where(col(table.coach) == coach, col(table.started_at) >= since, col(table.started_at) < until)
    )
    rows = [row_of(one) for one in made if since <= one.started_at < until]
    for condition in with_keys((col(table.crossing_id),), [(row[0],) for row in rows]):  # late data moved its start
        session.connection().execute(delete(table).where(condition))
    insert_rows(session, table, COLUMNS, rows)


def reconciled_of(
    session: Session, coach: str, since: datetime, until: datetime, geography: Geography, *, only_settled: bool = True
) -> list[ReconciledCrossing]:
    """Return the crossings of a coach around a stretch of time, made of what the tables hold within `REACH` of it."""
    begin, end = since - REACH, until + REACH
    seen, operator_id = _seen(session, coach, begin, end, only_settled=only_settled)
    entries = _entries(session, coach, begin, end)
    near = {post_id for _, fact in seen for post_id in (fact.exit_post, fact.entry_post)} | {e.post_id for e in entries}
    posts = [post for post in map(geography.find_post, sorted(near)) if post is not None]
    told = _told(session, coach, begin, end, posts)
    return reconcile(coach, operator_id, seen, entries, told, geography.find_post)


def _seen(
    session: Session, coach: str, since: datetime, until: datetime, *, only_settled: bool
) -> tuple[list[tuple[str, BorderCrossing]], str | None]:
    row = BorderCrossingRow
    found: list[tuple[str, BorderCrossing]] = []
    operator_id = None
    where = [col(row.vehicle_id) == coach, col(row.started_at) < until]
    if only_settled:
        where += [col(row.settled_hour).is_not(None), col(row.ended_at) >= since]
    else:
        where.append(or_(col(row.ended_at) >= since, col(row.ended_at).is_(None) & (col(row.started_at) >= since)))
    for rows in read_facts(session, BorderCrossing, *where):
        for own_id, _, sighting in rows:
            assert isinstance(sighting.fact, BorderCrossing)
            found.append((own_id, sighting.fact))
            operator_id = sighting.operator_id
    return found, operator_id


def _entries(session: Session, coach: str, since: datetime, until: datetime) -> list[LogEntry]:
    row = LoggedCrossing
    query = select(row).where(col(row.coach) == coach, col(row.arrived_at) >= since, col(row.arrived_at) < until)
    return [entry_of(one) for one in session.execute(query).scalars()]


def entry_of(row: LoggedCrossing) -> LogEntry:
    """Return a stored entry of a post's log as the rules see it."""
    return LogEntry(
        seq=row.seq, post_id=row.post_id, agency=row.agency, direction="exit" if row.direction == "exit" else "entry",
        arrived_at=row.arrived_at, written_at=row.written_at, vehicle_id=row.vehicle_id, operator_id=row.operator_id,
        trip_id=row.details.get("trip_id"),
        processing_started_at=row.processing_started_at, released_at=row.released_at, outcome=row.outcome,
        passengers=row.passengers, minors=row.minors, seal_number=row.details.get("seal_number"),
        seal_intact=row.details.get("seal_intact"),
    )  # fmt: skip


def _told(
    session: Session, coach: str, since: datetime, until: datetime, posts: Sequence[BorderPost]
) -> list[tuple[str | None, Told]]:
    """Return the controls that the crew reported at one of the posts, or without saying where."""
    row = ReportedControl
    query = (
        select(row)
        .where(col(row.vehicle_id) == coach, col(row.agency) != ARMED_GROUP)
        .where(col(row.observed_at) >= since, col(row.observed_at) < until)
        .order_by(col(row.observed_at), col(row.seq))
    )
    found: list[tuple[str | None, Told]] = []
    for one in session.execute(query).scalars():
        post_id = None
        if one.latitude is not None and one.longitude is not None:
            post_id = post_at(one.latitude, one.longitude, one.observed_at.date(), posts)
            if post_id is None:
                continue
        check = Told(seq=one.seq, agency=one.agency, started_at=one.observed_at, ended_at=one.ended_at)
        found.append((post_id, check))
    return found
