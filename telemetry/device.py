"""A device: the unit or phone that speaks for a coach or a post, or a program that speaks for several."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary
from sqlmodel import Field, Session, SQLModel, col, select

from telemetry.senders import Sender, SenderKind
from telemetry.topics import is_identifier
from tracker.database import UtcDateTime
from tracker.errors import Reason

TOPIC_LENGTH = 200


class Device(SQLModel, table=True):
    """One row of the registry. Tokens are kept as hashes only."""

    __tablename__ = "device"
    __table_args__ = (
        CheckConstraint("kind in ('fitted', 'personal', 'post', 'system')", name="ck_device_kind"),
        CheckConstraint(
            "kind not in ('fitted', 'personal') or (operator_id is not null and vehicle_id is not null)",
            name="ck_device_vehicle",
        ),
        CheckConstraint(
            "kind <> 'post' or (post_id is not null and agency is not null)", name="ck_device_post"
        ),
        CheckConstraint("operator_id is not null or post_id is not null", name="ck_device_scope"),
        CheckConstraint("length(token_hash) = 32", name="ck_device_token_hash"),
        Index("ix_device_token_hash", "token_hash", unique=True),
        Index("ix_device_revision", "revision"),
    )  # fmt: skip

    device_id: str = Field(primary_key=True, max_length=40)
    kind: str = Field(max_length=10)
    operator_id: str | None = Field(default=None, max_length=40)
    vehicle_id: str | None = Field(default=None, max_length=40)
    post_id: str | None = Field(default=None, max_length=40)
    agency: str | None = Field(default=None, max_length=40)
    language: str = Field(default="en", max_length=5)
    token_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    mqtt_hash: str = Field(max_length=100)
    revision: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    rotated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_heard_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    clock_skew_s: float | None = None  # of its last message: its clock minus ours, so minus the delay of the way
    usual_clock_skew_s: float | None = None  # follows the median; a phone that sends a backlog does not move it far
    refused_count: int = 0
    last_refusal_codes: str | None = Field(default=None, max_length=400)
    last_refusal_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def is_active(self) -> bool:
        """Say whether it may sign in."""
        return self.disabled_at is None

    @property
    def subject(self) -> str | None:
        """The name in the log of the one coach or point it speaks for; None for a program that speaks for several."""
        if self.vehicle_id is not None:
            return f"vehicles/{self.operator_id}/{self.vehicle_id}"
        if self.post_id is not None and self.agency is not None and self.operator_id is None:
            return f"posts/{self.post_id}/{self.agency}"
        return None

    def is_opened_by(self, token: str) -> bool:
        """Say whether this is its token now."""
        return self.token_hash == token_digest(token)

    def as_sender(self) -> Sender:
        """Return it as what a door knows it by."""
        return Sender(
            device_id=self.device_id,
            kind=SenderKind(self.kind),
            operator_id=self.operator_id,
            vehicle_id=self.vehicle_id,
            post_id=self.post_id,
            agency=self.agency,
            language=self.language,
        )


def token_digest(token: str) -> bytes:
    """Return what is kept of a token: 256 random bits need no slower hash."""
    return hashlib.sha256(token.encode()).digest()


def posts_with_devices(session: Session) -> list[str]:
    """Return the border posts for which an active device speaks."""
    post = col(Device.post_id)
    query = select(post).where(post.is_not(None), col(Device.disabled_at).is_(None)).distinct().order_by(post)
    return [post_id for post_id in session.exec(query) if post_id is not None]


class DeviceRefusal(SQLModel, table=True):
    """What the broker itself refused: it cannot be answered on MQTT 3.1.1, so it is counted and listed here."""

    __tablename__ = "device_refusal"
    __table_args__ = (CheckConstraint("times > 0", name="ck_device_refusal_times"),)

    device_id: str = Field(primary_key=True, max_length=40)
    code: str = Field(primary_key=True, max_length=60)
    topic: str = Field(primary_key=True, max_length=TOPIC_LENGTH)
    times: int = 1
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device that is to be added."""

    device_id: str
    kind: SenderKind
    operator_id: str | None = None
    vehicle_id: str | None = None
    post_id: str | None = None
    agency: str | None = None
    language: str = "en"

    def reasons_against(self) -> list[Reason]:
        """Return why it cannot be added as it stands."""
        reasons = [
            Reason("not_an_identifier", name)
            for name in ("device_id", "operator_id", "vehicle_id", "post_id", "agency")
            if (value := getattr(self, name)) is not None and not is_identifier(value)
        ]
        needed: tuple[str, ...] = ()
        if self.kind is SenderKind.PERSON:
            reasons.append(Reason("not_in_list", "kind", {"expected": "fitted, personal, post, system"}))
        elif self.kind in {SenderKind.FITTED, SenderKind.PERSONAL}:
            needed = ("operator_id", "vehicle_id")
        elif self.kind is SenderKind.POST or self.post_id or self.agency:
            needed = ("post_id", "agency")
        elif not self.operator_id:
            needed = ("operator_id",)
        return reasons + [Reason("field_missing", name) for name in needed if not getattr(self, name)]
