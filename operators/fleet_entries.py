"""What a dispatcher entered away from the network, so that an entry that is sent twice is done once."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import CheckConstraint, Column, LargeBinary
from sqlmodel import Field, Session, SQLModel

from tracker.database import UtcDateTime


class FleetEntry(SQLModel, table=True):
    """One entry that was done. `body_hash` is the SHA-256 of what it said; what it said is not kept."""

    __tablename__ = "fleet_entry"
    __table_args__ = (CheckConstraint("length(body_hash) = 32", name="ck_fleet_entry_hash"),)

    operator_id: str = Field(primary_key=True, foreign_key="operator.operator_id", max_length=40)
    entry_id: str = Field(primary_key=True, max_length=36)
    body_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    done_at: datetime = Field(sa_type=UtcDateTime)


def was_done(session: Session, operator_id: str, entry_id: str, body: bytes) -> bool | None:
    """Say whether this entry was done already; None for another one of that id."""
    known = session.get(FleetEntry, (operator_id, entry_id))
    if known is None:
        return False
    return True if known.body_hash == hashlib.sha256(body).digest() else None


def note_done(session: Session, operator_id: str, entry_id: str, body: bytes, now: datetime) -> None:
    """Remember that an entry was done."""
    body_hash = hashlib.sha256(body).digest()
    session.add(FleetEntry(operator_id=operator_id, entry_id=entry_id, body_hash=body_hash, done_at=now))
    session.flush()
