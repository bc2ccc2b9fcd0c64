"""Partitions and who works on them: workers lease lanes in the database and share them fairly.

A lane is one persistent session at the broker. Its client id is a secret: whoever knew it could evict the worker and,
with a clean session, wipe what waits. The broker opens every lane's session before any device may connect, because a
partition that nobody has subscribed to loses what was acknowledged.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlmodel import Field, Session, SQLModel, col, select

from telemetry.kinds import Kind
from telemetry.topics import OWNTRACKS_SEGMENT, POST_SEGMENTS, ROOT, VEHICLE_SEGMENTS
from tracker.clock import Clock
from tracker.database import Database, UtcDateTime

LEASES_LOCK = 0x0C0881DC
LEASE = timedelta(seconds=12)
FORGOTTEN = 20  # leases' lengths after which a silent worker's row is deleted

STATUS_LANE = "status"
PLAIN_LANE = "plain"  # a broker that knows no partitions has this one


class PartitionLease(SQLModel, table=True):
    """A lane, its secret client id, and the worker that has it."""

    __tablename__ = "partition_lease"

    lane: str = Field(primary_key=True, max_length=20)
    client_id: str = Field(max_length=60)
    owner: str | None = Field(default=None, max_length=60)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class IngestWorker(SQLModel, table=True):
    """A worker that was alive a moment ago."""

    __tablename__ = "ingest_worker"

    worker_id: str = Field(primary_key=True, max_length=60)
    seen_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Lane:
    """One session at the broker: what it is called here, its secret client id, what it is subscribed to."""

    name: str
    client_id: str
    filters: tuple[str, ...]


def lane_filters(partitions: int) -> dict[str, tuple[str, ...]]:
    """Return the lanes of our broker: one per partition, and one for vehicles' status, which is not partitioned."""
    # Not `in/3/#`: the broker makes two subscriptions of a `#`, with twice the messages in flight.
    lanes: dict[str, tuple[str, ...]] = {f"in-{number}": (f"in/{number}/+/+/+",) for number in range(partitions)}
    lanes[STATUS_LANE] = (f"{ROOT}/vehicles/+/+/{VEHICLE_SEGMENTS[Kind.VEHICLE_STATUS]}",)
    return lanes


def plain_filters() -> dict[str, tuple[str, ...]]:
    """Return the one lane of a broker without partitions, subscribed to the topics as devices write them."""
    vehicles = [f"{ROOT}/vehicles/+/+/{segment}" for segment in VEHICLE_SEGMENTS.values()]
    posts = [f"{ROOT}/posts/+/+/{segment}" for segment in POST_SEGMENTS.values()]
    return {PLAIN_LANE: (*vehicles, *posts, f"{OWNTRACKS_SEGMENT}/+/+")}


def prepare_lanes(database: Database, filters: dict[str, tuple[str, ...]]) -> list[Lane]:
    """Give every lane its secret client id, once, and return the lanes.

    Raises:
        DatabaseAway: the database does not answer.
    """
    with database.writing() as session:
        database.lock(session, LEASES_LOCK)
        rows = {row.lane: row for row in session.exec(select(PartitionLease))}
        for name in filters.keys() - rows.keys():
            rows[name] = PartitionLease(lane=name, client_id=f"lane-{secrets.token_urlsafe(32)}")
            session.add(rows[name])
        return [Lane(name, rows[name].client_id, filters[name]) for name in filters]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a worker holds now, and what it should give up for others once its connections are closed."""

    lanes: frozenset[str]
    surplus: frozenset[str]


class Leases:
    """One worker's share of the lanes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        lanes: Sequence[str],
        worker_id: str | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        """Share `lanes` with the other workers of this database."""
        self._database, self._clock, self._lanes, self._lease = database, clock, sorted(lanes), lease
        self.worker_id = worker_id or secrets.token_hex(12)

    @property
    def renewal(self) -> timedelta:
        """How often to call `renew`."""
        return self._lease / 4

    def renew(self) -> Holding:
        """Say that this worker lives, prolong its leases, take free ones up to its share.

        Raises:
            DatabaseAway: nothing changed; another worker may take over when the leases have run out.
        """
        with self._database.writing() as session:
            self._database.lock(session, LEASES_LOCK)
            now = self._now(session)
            share = self._share(session, now)
            rows = session.exec(select(PartitionLease).where(col(PartitionLease.lane).in_(self._lanes))).all()
            mine = [row for row in rows if row.owner == self.worker_id]
            free = [row for row in rows if row.owner is None or (row not in mine and _run_out(row, now))]
            for row in sorted(free, key=lambda one: one.lane)[: max(0, share - len(mine))]:
                row.owner = self.worker_id
                mine.append(row)
            for row in mine:
                row.expires_at = now + self._lease
            names = sorted(row.lane for row in mine)
            return Holding(frozenset(names), frozenset(names[share:]))

    def release(self, lanes: Collection[str]) -> None:
        """Give up lanes whose connections are closed.

        Raises:
            DatabaseAway: they run out by themselves.
        """
        with self._database.writing() as session:
            self._database.lock(session, LEASES_LOCK)
            for row in session.exec(select(PartitionLease).where(PartitionLease.owner == self.worker_id)):
                if row.lane in lanes:
                    row.owner, row.expires_at = None, None

    def leave(self) -> None:
        """Give up everything: the others need not wait.

        Raises:
            DatabaseAway: the leases run out by themselves.
        """
        self.release(self._lanes)
        with self._database.writing() as session:
            if (row := session.get(IngestWorker, self.worker_id)) is not None:
                session.delete(row)

    def _share(self, session: Session, now: datetime) -> int:
        myself = session.get(IngestWorker, self.worker_id) or IngestWorker(worker_id=self.worker_id, seen_at=now)
        myself.seen_at = now
        session.add(myself)
        session.flush()
        forgotten = delete(IngestWorker).where(col(IngestWorker.seen_at) < now - FORGOTTEN * self._lease)
        session.connection().execute(forgotten)
        living = select(IngestWorker.worker_id).where(col(IngestWorker.seen_at) > now - self._lease)
        workers = sorted(session.exec(living))
        share, rest = divmod(len(self._lanes), len(workers))
        return share + (workers.index(self.worker_id) < rest)

    def _now(self, session: Session) -> datetime:
        # Workers on several machines must agree: where there may be several, the database's clock counts.
        if self._database.is_sqlite:
            return self._clock.now()
        now: datetime = session.connection().execute(text("select clock_timestamp()")).scalar_one()
        return now


def _run_out(row: PartitionLease, now: datetime) -> bool:
    return row.expires_at is None or row.expires_at <= now
