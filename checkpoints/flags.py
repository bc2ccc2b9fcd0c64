"""The tables of flags: findings with a name that lasts, the evidence they rest on, and what people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Column, Index, or_
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import BigId, UtcDateTime
from tracker.errors import NotFound

STATUSES = (
    "open", "reviewing", "corroborated", "confirmed_unauthorised", "referred", "dismissed", "resolved", "closed_quiet",
    "withdrawn",
)  # fmt: skip
GOING = STATUSES[:5]  # nobody has closed it, and it is not quiet


class Flag(SQLModel, table=True):
    """A finding someone should look at; see `checkpoints.findings.Finding` for the fields of both.

    `rule` found it. `first_seen_at`, `last_seen_at`: first and last evidence; `detected_at`: when it was first found, by the
    clock of the log. `is_protected`: for the protection officer only. `due_on`: by when somebody wants it dealt with.
    `merged_into`: the flag that lives on for this one.
    """

    __tablename__: ClassVar[str] = "flag"
    __table_args__ = (
        CheckConstraint("confidence between 0 and 1", name="ck_flag_confidence"),
        CheckConstraint(f"status in {STATUSES}", name="ck_flag_status"),
        CheckConstraint("last_seen_at >= first_seen_at", name="ck_flag_seen"),
        Index("ix_flag_listed", "kind", "status", "last_seen_at"),
    )

    flag_id: str = Field(primary_key=True, max_length=36)
    rule: str = Field(max_length=40, index=True)
    kind: str = Field(max_length=40)
    status: str = Field(default="open", max_length=24)
    is_protected: bool = False
    severity: str = Field(max_length=8)
    confidence: float
    first_seen_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    detected_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
    corridor_id: str | None = Field(default=None, max_length=40, index=True)
    km: float | None = None
    from_km: float | None = None
    to_km: float | None = None
    section_id: str | None = Field(default=None, max_length=120)
    section_km: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    country: str | None = Field(default=None, max_length=2)
    direction: str | None = Field(default=None, max_length=4)
    hours: list[float] | None = Field(default=None, sa_type=JSON)
    agency: str | None = Field(default=None, max_length=40)
    post_id: str | None = Field(default=None, max_length=40)
    vehicle_id: str | None = Field(default=None, max_length=40)
    operator_id: str | None = Field(default=None, max_length=40)
    estimate: list[int] | None = Field(default=None, sa_type=JSON)
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    due_on: date | None = None
    merged_into: str | None = Field(default=None, max_length=36, index=True)
    grounds: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON, nullable=False)


class FlagEvidence(SQLModel, table=True):
    """One piece of a flag's evidence: messages `first_seq` to `last_seq` of a coach."""

    __tablename__: ClassVar[str] = "flag_evidence"

    flag_id: str = Field(primary_key=True, max_length=36)
    number: int = Field(primary_key=True)
    kind: str = Field(max_length=20)
    ref: str = Field(max_length=40)
    vehicle_id: str = Field(max_length=40)
    operator_id: str = Field(max_length=40, index=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_seq: int = Field(sa_type=BigId)
    last_seq: int = Field(sa_type=BigId)


class FlagDecision(SQLModel, table=True):
    """What a person decided about a flag. `said`: what the decision needs (an act, a reason)."""

    __tablename__: ClassVar[str] = "flag_decision"

    seq: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    flag_id: str = Field(max_length=36, index=True)
    decision: str = Field(max_length=20)
    status: str = Field(max_length=24)
    decided_at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=80)
    role: str = Field(max_length=20)
    said: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)


class RuleRun(SQLModel, table=True):
    """When a rule was last run, by the clock of the log, and over how many settled halts and reports.

    `left_out`: what it did not use of what it was given, by reason, or by `reason@section` where it knows the section; empty
    where a rule does not say.
    """

    __tablename__: ClassVar[str] = "rule_run"

    rule: str = Field(primary_key=True, max_length=40)
    ran_at: datetime = Field(sa_type=UtcDateTime)
    seen: int
    left_out: dict[str, int] = Field(default_factory=dict, sa_type=JSON, nullable=False)


def read_left_out(session: Session, is_told: Callable[[str | None], bool] = lambda _section_id: True) -> dict[str, int]:
    """Return what the rules did not use at their last run, by reason.

    Only of sections of which `is_told` says that the reader may know; it is asked about None for what a rule does not say
    the section of.
    """
    total: Counter[str] = Counter()
    for run in session.exec(select(RuleRun)):
        for name, number in run.left_out.items():
            reason, _, section_id = name.partition("@")
            if is_told(section_id or None):
                total[reason] += number
    return dict(sorted(total.items()))


def list_flags(
    session: Session,
    *,
    kinds: Collection[str] = (),
    except_kinds: Collection[str] = (),
    statuses: Collection[str] = (),
    corridor_id: str | None = None,
    sections: Collection[str] = (),
    countries: Collection[str] | None = None,
    evidence_of: Collection[str] | None = None,
    with_protected: bool = False,
    merged_into: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 200,
) -> list[Flag]:
    """Return flags whose evidence lies in `[since, until)`, the surest of the gravest first.

    `sections`: those of the corridor, because corridors share roads, and so their flags.
    `merged_into`: None for flags that go on by themselves, else those that were merged into this one.
    `countries`, `evidence_of` (operators who gave evidence): None for all; an empty collection for none.
    """
    query = select(Flag).where(col(Flag.merged_into) == merged_into)
    if not with_protected:
        query = query.where(col(Flag.is_protected).is_(False))
    if kinds:
        query = query.where(col(Flag.kind).in_(kinds))
    if except_kinds:
        query = query.where(col(Flag.kind).not_in(except_kinds))
    if statuses:
        query = query.where(col(Flag.status).in_(statuses))
    if corridor_id is not None:
        here = or_(col(Flag.corridor_id) == corridor_id, col(Flag.section_id).in_(sections))
        query = query.where(here)
    if countries is not None:
        query = query.where(col(Flag.country).in_(countries))
    if evidence_of is not None:
        own = select(FlagEvidence.flag_id).where(col(FlagEvidence.operator_id).in_(evidence_of))
        query = query.where(col(Flag.flag_id).in_(own))
    if since is not None:
        query = query.where(col(Flag.last_seen_at) >= since)
    if until is not None:
        query = query.where(col(Flag.first_seen_at) < until)
    rank = {"high": 0, "medium": 1, "low": 2}
    found = session.exec(query).all()
    return sorted(found, key=lambda flag: (rank[flag.severity], -flag.confidence, flag.flag_id))[:limit]


def get_flag(session: Session, flag_id: str) -> Flag:
    """Return a flag.

    Raises:
        NotFound: there is none of this id.
    """
    if (flag := session.get(Flag, flag_id)) is None:
        raise NotFound("unknown_flag", flag_id=flag_id)
    return flag


def list_evidence(session: Session, flag_id: str, operators: Collection[str] | None = None) -> list[FlagEvidence]:
    """Return a flag's evidence in its order, of some operators' coaches only (None: of all)."""
    query = select(FlagEvidence).where(col(FlagEvidence.flag_id) == flag_id).order_by(col(FlagEvidence.number))
    if operators is not None:
        query = query.where(col(FlagEvidence.operator_id).in_(operators))
    return list(session.exec(query))


def list_decisions(session: Session, flag_id: str) -> list[FlagDecision]:
    """Return what was decided about a flag, oldest first."""
    query = select(FlagDecision).where(col(FlagDecision.flag_id) == flag_id).order_by(col(FlagDecision.seq))
    return list(session.exec(query))
