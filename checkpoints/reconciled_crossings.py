"""Reconciled crossings, kept: a coach's are made anew around whatever was said or seen of it (`reconciliation`).

Two doors lead here: `ReconciledCrossings` hears of the posts' logs and the crews' reports, `SeenCrossings` of what became of
the crossings that positions show. Both make the same rows anew from the same tables, so that it does not matter who speaks
first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Column, Index, delete, select
from sqlmodel import Field, Session, SQLModel, col

from checkpoints.agencies import ARMED_GROUP
from checkpoints.crossing_sides import CrossingSide, Told
from checkpoints.desks import LogEntry
from checkpoints.logged_crossings import LoggedCrossing, coach_of
from checkpoints.reconciliation import ReconciledCrossing, reconcile
from checkpoints.reported_controls import ReportedControl
from checkpoints.stop_places import post_at
from tracker.atlas import Atlas
from tracker.countries import country_at
from tracker.database import BigId, UtcDateTime
from tracker.events import ControlReported, CrossingLogged, Event
from tracker.fact_rows import Changes, read_facts
from tracker.fact_tables import BorderCrossingRow
from tracker.facts import BorderCrossing, Fact
from tracker.geography import Geography
from tracker.projection import insert_rows, with_keys
from tracker.slugs import plate_key

# What is said of one moment can change crossings that began so long before or after it; as much again is read around them.
REACH = timedelta(days=2)
STATES = "('matched', 'logged_only', 'seen_only', 'told_only', 'disputed', 'off_post', 'nothing')"

Moments = dict[str, list[datetime]]


class ReconciledCrossingRow(SQLModel, table=True):
    """A `ReconciledCrossing`. `details` holds each side's desks, reported controls and reasons."""

    __tablename__: ClassVar[str] = "reconciled_crossing"
    __table_args__ = (
        CheckConstraint(f"exit_state in {STATES}", name="ck_reconciled_crossing_exit_state"),
        CheckConstraint(f"entry_state in {STATES}", name="ck_reconciled_crossing_entry_state"),
        CheckConstraint("state in ('crossed', 'turned_back')", name="ck_reconciled_crossing_state"),
        CheckConstraint("ended_at >= started_at", name="ck_reconciled_crossing_ends"),
        Index("ix_reconciled_crossing_coach", "coach", "started_at"),
        Index("ix_reconciled_crossing_exit", "exit_post", "started_at"),
        Index("ix_reconciled_crossing_entry", "entry_post", "started_at"),
        Index("ix_reconciled_crossing_started", "started_at"),
    )

    crossing_id: str = Field(primary_key=True, max_length=16)
    coach: str = Field(max_length=47)
    vehicle_id: str | None = Field(default=None, max_length=40)
    operator_id: str | None = Field(default=None, max_length=40)
    corridor_id: str | None = Field(default=None, max_length=40)
    trip_id: str | None = Field(default=None, max_length=64)
    exit_post: str | None = Field(default=None, max_length=40)
    entry_post: str | None = Field(default=None, max_length=40)
    state: str | None = Field(default=None, max_length=11)
    basis: str | None = Field(default=None, max_length=6)
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    line_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exit_state: str = Field(max_length=11)
    exit_arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exit_left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exit_s: float | None = None
    exit_waited_s: float = 0.0
    exit_logged_s: float | None = None
    exit_difference_s: float | None = None
    entry_state: str = Field(max_length=11)
    entry_arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    entry_left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    entry_s: float | None = None
    entry_waited_s: float = 0.0
    entry_logged_s: float | None = None
    entry_difference_s: float | None = None
    unsplit_s: float | None = None
    unsplit_difference_s: float | None = None
    order_contradicts: bool = False
    seen_id: str | None = Field(default=None, max_length=16)
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    first_seq: int = Field(sa_type=BigId)
    last_seq: int = Field(sa_type=BigId)


_COLUMNS = tuple(ReconciledCrossingRow.model_fields)


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
        refresh(session, gathered, self._atlas)


class SeenCrossings:
    """Hears what became of crossings that positions show; its rows are those of `ReconciledCrossings`."""

    name = "seen_crossings"
    tables: Sequence[type[SQLModel]] = ()
    facts: Sequence[type[Fact]] = (BorderCrossing,)

    def __init__(self) -> None:
        """Look places up in the geography of the day."""
        self._atlas = Atlas()

    def take(self, session: Session, changes: Changes) -> None:
        """Make the crossings around the changed ones anew."""
        moments: Moments = {}
        for _, sighting in changes.of(BorderCrossing):
            moments.setdefault(sighting.vehicle_id, []).append(sighting.fact.started_at)
        refresh(session, moments, self._atlas)


def refresh(session: Session, moments: Mapping[str, Iterable[datetime]], atlas: Atlas) -> None:
    """Make anew the crossings of coaches that began within `REACH` of moments at which something was said of them."""
    if not moments:
        return
    atlas.open(session)
    for coach in sorted(moments):
        for since, until in _spans(moments[coach]):
            _refresh_span(session, coach, since, until, atlas.on(session, since.date()))


def _spans(moments: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    spans: list[tuple[datetime, datetime]] = []
    for at in sorted(moments):
        if spans and at - REACH <= spans[-1][1]:
            spans[-1] = (spans[-1][0], at + REACH)
        else:
            spans.append((at - REACH, at + REACH))
    return spans


def _refresh_span(session: Session, coach: str, since: datetime, until: datetime, geography: Geography) -> None:
    begin, end = since - REACH, until + REACH
    seen, operator_id = _seen(session, coach, begin, end)
    made = reconcile(
        coach, operator_id, seen, _entries(session, coach, begin, end), _told(session, coach, begin, end, geography),
        geography.find_post,
    )  # fmt: skip
    table = ReconciledCrossingRow
    session.connection().execute(
        delete(table).where(col(table.coach) == coach, col(table.started_at) >= since, col(table.started_at) < until)
    )
    rows = [_row(one) for one in made if since <= one.started_at < until]
    for condition in with_keys((col(table.crossing_id),), [(row[0],) for row in rows]):  # late data moved its start
        session.connection().execute(delete(table).where(condition))
    insert_rows(session, table, _COLUMNS, rows)


def _seen(
    session: Session, coach: str, since: datetime, until: datetime
) -> tuple[list[tuple[str, BorderCrossing]], str | None]:
    row = BorderCrossingRow
    found: list[tuple[str, BorderCrossing]] = []
    operator_id = None
    for rows in read_facts(
        session, BorderCrossing, col(row.vehicle_id) == coach, col(row.settled_hour).is_not(None),
        col(row.started_at) < until, col(row.ended_at) >= since,
    ):  # fmt: skip
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
        plate_key=plate_key(row.license_plate) if row.license_plate else None, trip_id=row.details.get("trip_id"),
        processing_started_at=row.processing_started_at, released_at=row.released_at, outcome=row.outcome,
        passengers=row.passengers, minors=row.minors, seal_number=row.details.get("seal_number"),
        seal_intact=row.details.get("seal_intact"),
    )  # fmt: skip


def _told(
    session: Session, coach: str, since: datetime, until: datetime, geography: Geography
) -> list[tuple[str | None, Told]]:
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
            country = country_at(one.latitude, one.longitude)
            post_id = post_at(one.latitude, one.longitude, one.observed_at.date(), geography, country)
            if post_id is None:
                continue
        check = Told(seq=one.seq, agency=one.agency, started_at=one.observed_at, ended_at=one.ended_at)
        found.append((post_id, check))
    return found


def _row(one: ReconciledCrossing) -> tuple[Any, ...]:
    values = {name: getattr(one, name) for name in _COLUMNS if hasattr(one, name)}
    for direction, side in (("exit", one.exit), ("entry", one.entry)):
        values |= {
            f"{direction}_post": side.post_id,
            f"{direction}_state": side.state,
            f"{direction}_arrived_at": side.seen.arrived_at,
            f"{direction}_left_at": side.seen.left_at,
            f"{direction}_s": side.seen.seconds,
            f"{direction}_waited_s": side.waited_s,
            f"{direction}_logged_s": side.logged_s,
            f"{direction}_difference_s": side.difference_s,
        }
    values["details"] = {"exit": _details(one.exit), "entry": _details(one.entry)}
    return tuple(values[name] for name in _COLUMNS)


def _details(side: CrossingSide) -> dict[str, Any]:
    return {
        "desks": [_plain(asdict(desk)) for desk in side.desks],
        "told": [_plain(asdict(told)) for told in side.told],
        "reasons": list(side.reasons),
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        k: v.isoformat() if isinstance(v, datetime) else list(v) if isinstance(v, tuple) else v
        for k, v in values.items()
    }
