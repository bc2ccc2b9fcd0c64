"""The audit trail: who did what to whom, in order, and nobody can edit it.

The tables' own triggers refuse UPDATE, DELETE and TRUNCATE, whoever asks. Somebody who owns the database can drop a
trigger; so each entry also carries the SHA-256 of the one before it and of itself, and `verify` finds what was changed
or taken out. What was cut off at the end it cannot find: note the last number and hash that `corridor verify` prints
somewhere else from time to time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import DDL, CheckConstraint, Column, Index, LargeBinary, event, text
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import BigId, UtcDateTime
from tracker.scope import Viewer

AUDIT_LOCK = 0x0C0881D7  # PostgreSQL hands out numbers before the commit: entries are appended one at a time
GENESIS = bytes(32)
LONGEST_DETAILS = 4000


class AuditEntry(SQLModel, table=True):
    """One thing that was done. Never updated, never deleted."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("length(chain) = 32", name="ck_audit_entry_chain"),
        Index("ix_audit_entry_actor", "actor", "seq"),
        Index("ix_audit_entry_action", "action", "seq"),
    )

    seq: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=60)
    action: str = Field(max_length=40)
    object: str = Field(max_length=120)
    details: str = Field(max_length=LONGEST_DETAILS)
    chain: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))


_REFUSAL = "the audit trail is append-only"
SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER audit_entry_no_{verb} BEFORE {verb.upper()} ON audit_entry "
    f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
    for verb in ("update", "delete")
)
POSTGRESQL_TRIGGERS = (
    "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
    "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
    "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()",
    "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
)
POSTGRESQL_AFTER_DROP = "DROP FUNCTION IF EXISTS audit_entry_refuse()"


def _attach(moment: str, dialect: str, statements: Sequence[str]) -> None:
    for statement in statements:
        ddl = DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        event.listen(SQLModel.metadata.tables["audit_entry"], moment, ddl)


_attach("after_create", "sqlite", SQLITE_TRIGGERS)
_attach("after_create", "postgresql", POSTGRESQL_TRIGGERS)
_attach("after_drop", "postgresql", [POSTGRESQL_AFTER_DROP])


def record(
    session: Session,
    actor: Viewer | str,
    action: str,
    object: str,
    details: Mapping[str, Any] | None = None,
    *,
    at: datetime,
) -> AuditEntry:
    """Append an entry inside the caller's transaction: what was done and its trace are stored together or not at all.

    `actor` is the viewer, or a program as `@code` (`@command_line`, translated as `actor.command_line`); `action` is a
    code (`user.disabled`, translated as `audit.user.disabled`), `object` what it was done to (`user:aminata`). Details
    are never secrets or reporters' words.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("select pg_advisory_xact_lock(:key)"), {"key": AUDIT_LOCK})
    session.flush()
    query = select(AuditEntry.chain).order_by(col(AuditEntry.seq).desc()).limit(1)
    entry = AuditEntry(
        at=at,
        actor=actor_name(actor),
        action=action,
        object=object[:120],
        details=_written(dict(details or {})),
        chain=GENESIS,
    )
    entry.chain = _chained(session.exec(query).first() or GENESIS, entry)
    session.add(entry)
    session.flush()
    return entry


def actor_name(actor: Viewer | str) -> str:
    """Return how an actor is written: `name (#id)`, or the program's name."""
    return actor[:60] if isinstance(actor, str) else f"{actor.name[:44]} (#{actor.user_id})"


def list_entries(
    session: Session,
    *,
    actor: str = "",
    action: str = "",
    object: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """Return the newest entries first: those of this action whose actor and object contain these words, before a number."""
    query = select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditEntry.seq) < before)
    if action:
        query = query.where(col(AuditEntry.action) == action)
    for column, words in ((AuditEntry.actor, actor), (AuditEntry.object, object)):
        if words.strip():
            query = query.where(col(column).icontains(words.strip(), autoescape=True))
    return list(session.exec(query))


def list_actions(session: Session) -> list[str]:
    """Return the codes of all actions that the trail knows."""
    return list(session.exec(select(AuditEntry.action).distinct().order_by(col(AuditEntry.action))))


def read_details(entry: AuditEntry) -> dict[str, Any]:
    """Return the details of an entry."""
    details: dict[str, Any] = json.loads(entry.details)
    return details


def verify(session: Session, batch: int = 1000) -> Iterator[tuple[int, bool]]:
    """Walk the trail and yield `(seq, intact)` for the last entry of each batch and for every broken one."""
    previous, seq = GENESIS, 0
    while rows := list(
        session.exec(select(AuditEntry).where(col(AuditEntry.seq) > seq).order_by(col(AuditEntry.seq)).limit(batch))
    ):
        for row in rows:
            seq = row.seq or 0
            if _chained(previous, row) != row.chain:
                yield seq, False
            previous = row.chain
        session.expunge_all()
        yield seq, True


def head(session: Session) -> tuple[int, str]:
    """Return number and hash (hex) of the last entry; to be noted elsewhere."""
    row = session.exec(select(AuditEntry).order_by(col(AuditEntry.seq).desc()).limit(1)).first()
    return (row.seq or 0, row.chain.hex()) if row else (0, GENESIS.hex())


def _written(details: dict[str, Any]) -> str:
    """Return details as JSON that fits the column; what is too long is cut, because it must not stop what was done."""
    written = json.dumps(details, sort_keys=True, ensure_ascii=False, default=str)
    if len(written) <= LONGEST_DETAILS:
        return written
    return json.dumps({"cut": written[: LONGEST_DETAILS // 2]}, ensure_ascii=False)


def _chained(previous: bytes, entry: AuditEntry) -> bytes:
    parts = (f"{entry.at.timestamp():.6f}", entry.actor, entry.action, entry.object, entry.details)
    # As JSON, so that a separator inside a part cannot make two different entries look the same.
    return hashlib.sha256(previous + json.dumps(parts, ensure_ascii=True).encode()).digest()
