"""The message log: append-only, hash-chained, idempotent. Everything else can be rebuilt from it.

A message is known by its `subject` (`vehicles/OP/COACH`, `posts/POST/AGENCY`, `ticks`) and its `message_id`. The same
pair with the same content is a duplicate and changes nothing; with other content it is a conflict, which the caller
keeps as a dead letter. Each row carries the SHA-256 of the row before it and of itself, so that a row that was changed
or taken out later shows (`verify`).

Appends are serialised by a lock held until the commit, because PostgreSQL hands out identities before the commit:
without it a reader could pass over a row whose transaction is still open.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, UniqueConstraint, func, text
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import BigId, Database, UtcDateTime

LOG_LOCK = 0x0C0881D0  # the advisory lock under which rows are appended
GENESIS = bytes(32)
TICKS = "ticks"
FLAGS = "flags/"  # the subject of decisions, with the flag's id
SLOT = "slot"  # the kind of the tick that ends ten minutes
CLOCKS = struct.Struct(">ddd")  # seconds since 1970; a double holds microseconds until the year 2255


class LogRow(SQLModel, table=True):
    """One message as it was accepted. Never updated, never deleted."""

    __tablename__ = "message_log"
    __table_args__ = (
        # The id comes first: what is known is looked up by ids, of many subjects at once.
        UniqueConstraint("message_id", "subject", name="uq_message_log_message_subject"),
        CheckConstraint("length(content_hash) = 32 and length(chain) = 32", name="ck_message_log_hashes"),
        # Personal phones' positions are admitted only inside a declared trip: this finds a coach's declarations.
        Index("ix_message_log_trips", "subject", "observed_at", postgresql_where=text("kind = 'trip'"),
              sqlite_where=text("kind = 'trip'")),
    )  # fmt: skip

    seq: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    message_id: UUID
    subject: str = Field(max_length=90)
    kind: str = Field(max_length=20)
    device_id: str = Field(max_length=40)
    transport: str = Field(max_length=20)
    observed_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    chain: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that is to be appended.

    `body` is canonical JSON in UTF-8 with sealed free text. `content_hash` (32 bytes) is keyed and made before sealing:
    it tells a repetition from a conflict without keeping the words.
    """

    message_id: UUID
    subject: str
    kind: str
    device_id: str
    transport: str
    observed_at: datetime
    sent_at: datetime | None
    received_at: datetime
    body: bytes
    content_hash: bytes


def own_entry(message_id: UUID, subject: str, kind: str, transport: str, at: datetime, body: bytes = b"{}") -> Entry:
    """Return an entry that no device sent: a tick of the clock, a decision of a person."""
    return Entry(message_id, subject, kind, "", transport, at, None, at, body, hashlib.sha256(body).digest())


class Outcome(StrEnum):
    """What became of one entry."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


def chained(previous: bytes, entry: Entry) -> bytes:
    """Return the SHA-256 that ties `entry` to the row before it."""
    digest = hashlib.sha256(previous)
    digest.update(entry.message_id.bytes)
    digest.update(
        CLOCKS.pack(
            entry.observed_at.timestamp(),
            entry.sent_at.timestamp() if entry.sent_at else 0.0,
            entry.received_at.timestamp(),
        )
    )
    digest.update(f"{entry.subject}|{entry.kind}|{entry.device_id}|{entry.transport}|".encode())
    digest.update(entry.content_hash)
    digest.update(entry.body)
    return digest.digest()


def append(database: Database, session: Session, entries: Sequence[Entry]) -> list[Outcome]:
    """Append what is new, in order, and say of each entry what became of it.

    Runs inside the caller's transaction and holds the append lock until its end.
    """
    if not entries:
        return []
    database.lock(session, LOG_LOCK)
    known = _known(session, entries)
    chain = session.exec(select(LogRow.chain).order_by(col(LogRow.seq).desc()).limit(1)).first() or GENESIS
    outcomes: list[Outcome] = []
    rows: list[tuple[Entry, bytes]] = []
    for entry in entries:
        key = (entry.subject, entry.message_id)
        if (seen := known.get(key)) is not None:
            outcomes.append(Outcome.DUPLICATE if seen == entry.content_hash else Outcome.CONFLICT)
            continue
        known[key] = entry.content_hash
        chain = chained(chain, entry)
        rows.append((entry, chain))
        outcomes.append(Outcome.ACCEPTED)
    if rows:
        _insert(session, rows)
    return outcomes


def _known(session: Session, entries: Sequence[Entry]) -> dict[tuple[str, UUID], bytes]:
    ids = list({entry.message_id for entry in entries})
    known: dict[tuple[str, UUID], bytes] = {}
    for start in range(0, len(ids), 400):  # SQLite takes a limited number of parameters
        chunk = ids[start : start + 400]
        query = select(LogRow.subject, LogRow.message_id, LogRow.content_hash).where(col(LogRow.message_id).in_(chunk))
        for subject, message_id, content_hash in session.exec(query):
            known[subject, message_id] = content_hash
    return known


COLUMNS = ", ".join((*Entry.__slots__, "chain"))
WIDTH = len(Entry.__slots__) + 1
ROWS_TOGETHER = 200


def _insert(session: Session, rows: Sequence[tuple[Entry, bytes]]) -> None:
    """Insert with few calls to the driver: SQLAlchemy's `executemany` took most of an ingest worker's time.

    SQLite: many rows a statement, because `sqlite3` gives the interpreter away at each one, and a busy worker gets it
    back milliseconds later. PostgreSQL: COPY. The values are written as SQLAlchemy's own types write them.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        for start in range(0, len(rows), ROWS_TOGETHER):
            chunk = rows[start : start + ROWS_TOGETHER]
            places = ", ".join([f"({', '.join('?' * WIDTH)})"] * len(chunk))
            values = tuple(value for entry, chain in chunk for value in _as_sqlite(entry, chain))
            connection.exec_driver_sql(f"insert into message_log ({COLUMNS}) values {places}", values)
        return
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"copy message_log ({COLUMNS}) from stdin") as copy:
        for entry, chain in rows:
            copy.write_row((*(getattr(entry, name) for name in Entry.__slots__), chain))


def _as_sqlite(entry: Entry, chain: bytes) -> tuple[Any, ...]:
    return (
        entry.message_id.hex,
        entry.subject,
        entry.kind,
        entry.device_id,
        entry.transport,
        _moment(entry.observed_at),
        _moment(entry.sent_at) if entry.sent_at else None,
        _moment(entry.received_at),
        entry.body,
        entry.content_hash,
        chain,
    )


def _moment(value: datetime) -> str:
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]


def read_after(session: Session, seq: int, limit: int, kinds: Sequence[str] = ()) -> list[LogRow]:
    """Return up to `limit` rows with a number above `seq`, in order; only of `kinds`, if any are named."""
    query = select(LogRow).where(col(LogRow.seq) > seq).order_by(col(LogRow.seq)).limit(limit)
    if kinds:
        query = query.where(col(LogRow.kind).in_(kinds))
    rows = list(session.exec(query))
    session.expunge_all()
    return rows


class StoredMessage(NamedTuple):
    """What events are made of: a row of the log without what proves it."""

    seq: int
    message_id: str
    subject: str
    kind: str
    device_id: str
    observed_at: datetime
    sent_at: datetime | None
    received_at: datetime
    body: bytes


_STORED = ", ".join(StoredMessage._fields)


def read_stored(session: Session, seq: int, limit: int) -> list[StoredMessage]:
    """Return up to `limit` messages with a number above `seq`, in order.

    Straight from the driver: a backlog of positions is read several times faster than as mapped rows.
    """
    connection = session.connection()
    query = f"select {_STORED} from message_log where seq > {int(seq)} order by seq limit {int(limit)}"
    cursor: Any = connection.connection.cursor()
    try:
        rows = cursor.execute(query).fetchall()
    finally:
        cursor.close()
    if connection.dialect.name == "sqlite":
        return [
            StoredMessage(n, _dashed(i), subject, kind, device, _utc(o), _utc(s) if s else None, _utc(r), body)
            for n, i, subject, kind, device, o, s, r, body in rows
        ]
    return [
        StoredMessage(
            n,
            str(i),
            subject,
            kind,
            device,
            o.astimezone(UTC),
            s.astimezone(UTC) if s else None,
            r.astimezone(UTC),
            body,
        )
        for n, i, subject, kind, device, o, s, r, body in rows
    ]


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _utc(text_of_time: str) -> datetime:
    return datetime.fromisoformat(text_of_time + "+00:00")


def last_seq(session: Session) -> int:
    """Return the number of the newest row, 0 when the log is empty."""
    return session.exec(select(func.max(LogRow.seq))).one() or 0


def verify(session: Session, batch: int = 5000) -> Iterator[tuple[int, bool]]:
    """Walk the whole log and yield `(seq, intact)` for the last row of each batch and for every broken one."""
    previous, seq = GENESIS, 0
    while rows := read_after(session, seq, batch):
        for row in rows:
            assert row.seq is not None
            entry = Entry(**{name: getattr(row, name) for name in Entry.__slots__})
            intact = chained(previous, entry) == row.chain
            previous, seq = row.chain, row.seq
            if not intact:
                yield seq, False
        yield seq, True
