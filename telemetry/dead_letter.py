"""A dead letter: what was refused, and why, so that it can be looked at and tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from telemetry.senders import Sender
from tracker.database import BigId, UtcDateTime
from tracker.errors import Reason


class DeadLetter(SQLModel, table=True):
    """One refused message, or one payload that could not be read at all.

    What is delivered twice is one letter that came twice (`fingerprint`, keyed). `raw` is the sealed message; it is
    missing for positions of personal phones, whose whereabouts are nobody's business unless they are accepted.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        CheckConstraint("length(fingerprint) = 32 and times > 0 and size >= 0", name="ck_dead_letter"),
        CheckConstraint("(replayed_at is null) = (replay_outcome is null)", name="ck_dead_letter_replay"),
        Index("uq_dead_letter_fingerprint", "fingerprint", unique=True),
        Index("ix_dead_letter_operator", "operator_id", "id"),
        Index("ix_dead_letter_device", "device_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    fingerprint: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    times: int = 1
    received_at: datetime = Field(sa_type=UtcDateTime)
    last_received_at: datetime = Field(sa_type=UtcDateTime)
    transport: str = Field(max_length=20)
    device_id: str = Field(default="", max_length=40)
    sender: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    subject: str | None = Field(default=None, max_length=90)
    operator_id: str | None = Field(default=None, max_length=40)
    post_id: str | None = Field(default=None, max_length=40)
    kind: str = Field(max_length=20)
    reasons: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    raw: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    size: int
    replayed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replay_outcome: str | None = Field(default=None, max_length=20)


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A message that was just refused. `keep_raw` is False where it must not be kept."""

    kind: str
    transport: str
    received_at: datetime
    sender: Sender | None
    device_id: str
    subject: str | None
    reasons: tuple[Reason, ...]
    raw: Any
    keep_raw: bool


@dataclass(frozen=True, slots=True)
class LetterView:
    """A dead letter as it is listed: everything but the sealed message."""

    id: int
    received_at: datetime
    last_received_at: datetime
    times: int
    transport: str
    device_id: str
    subject: str | None
    operator_id: str | None
    post_id: str | None
    kind: str
    reasons: tuple[Reason, ...]
    size: int
    has_raw: bool
    replayed_at: datetime | None
    replay_outcome: str | None
