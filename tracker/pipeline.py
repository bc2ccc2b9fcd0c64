"""The pipeline: reads the log after each projection's cursor and keeps projections up to date.

A batch is one transaction: projections and cursors move together or not at all, so a killed process repeats nothing and
skips nothing. Any process may run it; a lock lets one do so at a time. `PROJECTIONS` itself stands in
`dashboard/pipeline.py`, because it names every room.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import structlog
from sqlalchemy import Column
from sqlmodel import Field, Session, SQLModel, select

from tracker.clock import Clock
from tracker.database import BigId, Database
from tracker.errors import DatabaseAway, NotFound
from tracker.events import event_of
from tracker.log import SLOT, TICKS, Entry, Outcome, append, last_seq, own_entry, read_stored
from tracker.projection import Composite, Gathering, Projection, Reading, clear

PIPELINE_LOCK = 0x0C0881DA
SLOT_S = 600  # findings are looked for at the ends of such slots, at fixed places of the log
TOGETHER = 4_000  # messages in memory at once: some 8 MB
log = structlog.get_logger(__name__)


class ProjectionCursor(SQLModel, table=True):
    """How far a projection has read the log."""

    __tablename__ = "projection_cursor"

    name: str = Field(primary_key=True, max_length=60)
    seq: int = Field(default=0, sa_column=Column(BigId, primary_key=False, nullable=False))


class Pipeline:
    """Runs projections over the log."""

    def __init__(
        self, database: Database, projections: Sequence[Projection], batch: int = 2000, backlog: int = 0
    ) -> None:
        """Prepare to run `projections`, `batch` rows a transaction.

        With more than a batch to read a transaction takes up to `backlog` rows, when that is more: fewer turns for each
        coach. No more than `TOGETHER` messages are in memory at once.
        """
        self._database, self._projections = database, projections
        self._batch, self._most = batch, max(batch, backlog)
        self.on_batch: Callable[[int], None] = lambda _rows: None

    def run_once(self) -> int:
        """Take in one batch and return how many rows it read; 0 when there is nothing new.

        Raises:
            DatabaseAway: nothing was changed.
        """
        with self._database.reading() as session:  # most calls find nothing new: look without the write lock
            if self._behind(session, self._cursors(session)) is None:
                return 0
        with self._database.writing() as session:
            self._database.lock(session, PIPELINE_LOCK)
            cursors = self._cursors(session)
            start = self._behind(session, cursors)
            if start is None:
                return 0
            lag = last_seq(session) - start
            count, end = self._take_in(
                session, cursors, start, min(self._most, lag) if lag > self._batch else self._batch
            )
            for projection in self._projections:
                if cursors[projection.name] < end:
                    self._move(session, projection, end)
        self.on_batch(count)
        return count

    def _take_in(self, session: Session, cursors: dict[str, int], start: int, most: int) -> tuple[int, int]:
        """Take in up to `most` rows after `start`; return how many there were and the number of the last."""
        gathered: dict[str, Any] = {}
        count, end = 0, start
        while count < most and (rows := read_stored(session, end, min(TOGETHER, most - count))):
            slots = [number for number, row in enumerate(rows) if row.subject == TICKS and row.kind == SLOT]
            rows = rows[: slots[0] + 1] if slots else rows
            events = [event_of(row) for row in rows]
            count, end = count + len(rows), rows[-1].seq
            for projection in self._projections:
                at = cursors[projection.name]
                own = events if at < events[0].seq else [event for event in events if event.seq > at]
                if isinstance(projection, Gathering):
                    gathered[projection.name] = projection.gather(own, gathered.get(projection.name))
                elif own:
                    projection.apply(session, own)
            if slots:  # what is found out at a slot is found out of all that stands before it, and of nothing else
                break
        for projection in self._projections:
            if isinstance(projection, Gathering):
                projection.finish(session, gathered[projection.name])
        return count, end

    def run_all(self) -> int:
        """Take in everything there is and return the number of rows read."""
        total = 0
        while rows := self.run_once():
            total += rows
        return total

    def lag(self) -> int:
        """Return how many rows the slowest projection is behind."""
        with self._database.reading() as session:
            return last_seq(session) - min(self._cursors(session).values(), default=0)

    def rebuild(self, name: str | None = None) -> None:
        """Drop the projection `name` (all when None) and make it again from the log; a part of one from its owner's tables.

        Raises:
            NotFound: no projection has that name.
        """
        for owner in self._projections:
            if name is not None and isinstance(owner, Composite) and name in owner.part_names:
                self.run_all()
                with self._database.writing() as session:
                    self._database.lock(session, PIPELINE_LOCK)
                    owner.rebuild_part(session, name)
                return
        chosen = [p for p in self._projections if name in (None, p.name)]
        if not chosen:
            raise NotFound("unknown_projection", name=name)
        # One that reads others' tables is made anew with them: it must see them as they were at each place of the log.
        read = {other for projection in chosen if isinstance(projection, Reading) for other in projection.reads}
        chosen += [p for p in self._projections if p.name in read and p not in chosen]
        with self._database.writing() as session:
            self._database.lock(session, PIPELINE_LOCK)
            for projection in chosen:
                clear(session, projection.tables)
                self._move(session, projection, 0)
        self.run_all()

    def run_forever(self, stop: threading.Event, clock: Clock, tick_s: int, pause_s: float = 0.5) -> None:
        """Keep projections up to date and time ticking until `stop` is set. An outage is waited out."""
        last_tick = -1
        while not stop.is_set():
            try:
                if (number := int(clock.now().timestamp()) // tick_s) != last_tick:
                    tick(self._database, clock.now(), tick_s)
                    last_tick = number
                while self.run_once() and not stop.is_set():
                    pass
            except DatabaseAway:
                log.warning("pipeline_waits_for_database")
                stop.wait(2)
            except Exception as error:  # the edge of the thread: one bad batch is loud, and the loop lives
                log.error("pipeline_failed", error=repr(error), exc_info=error)
                stop.wait(5)
            stop.wait(pause_s)

    def _cursors(self, session: Session) -> dict[str, int]:
        known = {row.name: row.seq for row in session.exec(select(ProjectionCursor))}
        return {p.name: known.get(p.name, 0) for p in self._projections}

    def _move(self, session: Session, projection: Projection, seq: int) -> None:
        session.merge(ProjectionCursor(name=projection.name, seq=seq))
        session.flush()

    def _behind(self, session: Session, cursors: dict[str, int]) -> int | None:
        start = min(cursors.values(), default=0)
        return start if last_seq(session) > start else None


def tick(database: Database, now: datetime, tick_s: int) -> bool:
    """Append the `Tick` of the present interval, and the `Slot` of the present ten minutes, once whichever process asks.

    Returns:
        True when the tick was appended now.
    """
    entries = [_of_clock("tick", now, tick_s), _of_clock(SLOT, now, SLOT_S)]
    with database.writing() as session:
        return append(database, session, entries)[0] is Outcome.ACCEPTED


def _of_clock(kind: str, now: datetime, every_s: int) -> Entry:
    moment = datetime.fromtimestamp(int(now.timestamp()) // every_s * every_s, UTC)
    return own_entry(uuid5(NAMESPACE_OID, f"{kind}:{moment.isoformat()}"), TICKS, kind, "clock", moment)
