"""Reconciled crossings as rows: the table, a crossing to a row and back, and reading them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Column, Index, and_, or_, select
from sqlmodel import Field, Session, SQLModel, col

from checkpoints.crossing_sides import CrossingSide, Presence, Told
from checkpoints.desks import Desk
from checkpoints.reconciliation import ReconciledCrossing
from tracker.database import BigId, UtcDateTime

STATES = "('matched', 'logged_only', 'seen_only', 'told_only', 'disputed', 'off_post', 'nothing')"


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


COLUMNS = tuple(ReconciledCrossingRow.model_fields)


def row_of(one: ReconciledCrossing) -> tuple[Any, ...]:
    """Return a crossing as a row, in the order of `COLUMNS`."""
    values = {name: getattr(one, name) for name in COLUMNS if hasattr(one, name)}
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
    return tuple(values[name] for name in COLUMNS)


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


def list_reconciled(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    coach: str | None = None,
    posts: Collection[str] | None = None,
    operators: Collection[str] | None = None,
    state: str | None = None,
    limit: int | None = None,
    before: tuple[datetime, str] | None = None,
) -> list[ReconciledCrossing]:
    """Return the crossings that began in [`since`, `until`), the newest start first.

    Of one coach, at some posts, of some operators, with a side in `state`; `before`: start and id of the last one seen.
    """
    table = ReconciledCrossingRow
    started, own_id = col(table.started_at), col(table.crossing_id)
    query = select(table).where(started >= since, started < until)
    if coach is not None:
        query = query.where(col(table.coach) == coach)
    if posts is not None:
        query = query.where(or_(col(table.exit_post).in_(posts), col(table.entry_post).in_(posts)))
    if operators is not None:
        query = query.where(col(table.operator_id).in_(operators))
    if state is not None:
        query = query.where(or_(col(table.exit_state) == state, col(table.entry_state) == state))
    if before is not None:
        query = query.where(or_(started < before[0], and_(started == before[0], own_id < before[1])))
    ordered = query.order_by(started.desc(), own_id.desc()).limit(limit)
    return [crossing_of(row) for row in session.execute(ordered).scalars()]


def crossing_of(row: ReconciledCrossingRow) -> ReconciledCrossing:
    """Return a stored crossing."""
    shared = {name: getattr(row, name) for name in _SHARED}
    return ReconciledCrossing(**shared, exit=_side_of(row, "exit"), entry=_side_of(row, "entry"))


_SHARED = tuple(name for name in COLUMNS if name in ReconciledCrossing.__dataclass_fields__)


def _side_of(row: ReconciledCrossingRow, direction: str) -> CrossingSide:
    said = row.details[direction]
    of = {name: getattr(row, f"{direction}_{name}") for name in ("arrived_at", "left_at", "s", "state", "post")}
    return CrossingSide(
        post_id=of["post"], state=of["state"],
        seen=Presence(arrived_at=of["arrived_at"], left_at=of["left_at"], seconds=of["s"]),
        desks=tuple(Desk(**_rich(desk)) for desk in said["desks"]),
        told=tuple(Told(**_rich(told)) for told in said["told"]),
        waited_s=getattr(row, f"{direction}_waited_s"), logged_s=getattr(row, f"{direction}_logged_s"),
        difference_s=getattr(row, f"{direction}_difference_s"), reasons=tuple(said["reasons"]),
    )  # fmt: skip


def _rich(values: dict[str, Any]) -> dict[str, Any]:
    times = {k: datetime.fromisoformat(v) for k, v in values.items() if k.endswith("_at") and v is not None}
    return values | times | ({"seqs": tuple(values["seqs"])} if "seqs" in values else {})
