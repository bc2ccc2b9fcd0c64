"""Crossings as border posts logged them: one row per entry of an agency's log, corrections included."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, func, insert
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import BigId, UtcDateTime
from tracker.events import CrossingLogged, Event
from tracker.slugs import plate_key


class LoggedCrossing(SQLModel, table=True):
    """One coach's formalities at one agency's point, as that agency wrote them down. Null means *not written*.

    `coach` names it whoever it is: its id, or `plate:` and the compared plate of one that nobody registered. `written_at`
    is when the sender's clock says the entry was sent, else when it came.
    """

    __tablename__ = "logged_crossing"
    __table_args__ = (CheckConstraint("direction in ('exit', 'entry')", name="ck_logged_crossing_direction"),)

    seq: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    post_id: str = Field(max_length=40, index=True)
    agency: str = Field(max_length=40)
    direction: str = Field(max_length=5)
    coach: str = Field(max_length=47, index=True)
    vehicle_id: str | None = Field(default=None, max_length=40, index=True)
    operator_id: str | None = Field(default=None, max_length=40)
    license_plate: str | None = Field(default=None, max_length=40)
    arrived_at: datetime = Field(sa_type=UtcDateTime, index=True)
    processing_started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)
    outcome: str | None = Field(default=None, max_length=20)
    passengers: int | None = None
    minors: int | None = None
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class LoggedCrossings:
    """Keeps `LoggedCrossing`."""

    name = "logged_crossings"
    tables: Sequence[type[SQLModel]] = (LoggedCrossing,)

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Add one row per logged crossing."""
        rows = [_row(event) for event in events if isinstance(event, CrossingLogged)]
        if rows:
            session.connection().execute(insert(LoggedCrossing), rows)


def _row(event: CrossingLogged) -> dict[str, Any]:
    body = event.body
    return {
        "seq": event.seq,
        "post_id": event.post_id,
        "agency": event.agency,
        "direction": body["direction"],
        "coach": coach_of(body),
        "vehicle_id": body.get("vehicle_id"),
        "operator_id": body.get("operator_id"),
        "license_plate": body.get("license_plate"),
        "arrived_at": event.observed_at,
        "processing_started_at": time_of(body.get("processing_started_at")),
        "released_at": time_of(body.get("released_at")),
        "received_at": event.received_at,
        "written_at": event.sent_at or event.received_at,
        "outcome": body.get("outcome"),
        "passengers": body.get("passengers"),
        "minors": body.get("minors"),
        "details": {k: body[k] for k in ("seal_number", "seal_intact", "charges", "reason", "trip_id") if k in body},
    }


def coach_of(body: Mapping[str, Any]) -> str:
    """Return who crossed: the coach's id, else `plate:` and the plate as compared."""
    return str(body.get("vehicle_id") or f"plate:{plate_key(body.get('license_plate') or '')}")


def time_of(value: str | None) -> datetime | None:
    """Return a time of a body; None where it was not written."""
    return datetime.fromisoformat(value) if value else None


def list_crossings(
    session: Session,
    posts: Collection[str] | None = None,
    vehicles: Collection[str] | None = None,
    before_seq: int | None = None,
    limit: int = 100,
) -> list[LoggedCrossing]:
    """Return crossings, newest entry first, of `posts` or of `vehicles` only (None: of all)."""
    query = select(LoggedCrossing)
    if posts is not None:
        query = query.where(col(LoggedCrossing.post_id).in_(posts))
    if vehicles is not None:
        query = query.where(col(LoggedCrossing.vehicle_id).in_(vehicles))
    if before_seq is not None:
        query = query.where(col(LoggedCrossing.seq) < before_seq)
    return list(session.exec(query.order_by(col(LoggedCrossing.seq).desc()).limit(limit)))


def list_last_by_post(session: Session, posts: Collection[str] | None = None) -> list[LoggedCrossing]:
    """Return, for each post and direction, the crossing that arrived last."""
    rank = (
        func.row_number()
        .over(
            partition_by=(col(LoggedCrossing.post_id), col(LoggedCrossing.direction)),
            order_by=(col(LoggedCrossing.arrived_at).desc(), col(LoggedCrossing.seq).desc()),
        )
        .label("rank")
    )
    inner: Any = select(col(LoggedCrossing.seq).label("seq"), rank)
    if posts is not None:
        inner = inner.where(col(LoggedCrossing.post_id).in_(posts))
    ranked = inner.subquery()
    query = (
        select(LoggedCrossing)
        .join(ranked, ranked.c.seq == col(LoggedCrossing.seq))
        .where(ranked.c.rank == 1)
        .order_by(col(LoggedCrossing.post_id), col(LoggedCrossing.direction))
    )
    return list(session.exec(query))


def list_logged_at(session: Session, post_id: str, since: datetime, until: datetime) -> list[LoggedCrossing]:
    """Return the entries of a post's log for coaches that arrived in [`since`, `until`), by arrival."""
    arrived, seq = col(LoggedCrossing.arrived_at), col(LoggedCrossing.seq)
    query = select(LoggedCrossing).where(col(LoggedCrossing.post_id) == post_id, arrived >= since, arrived < until)
    return list(session.exec(query.order_by(arrived, seq)))
