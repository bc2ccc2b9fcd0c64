"""The tables of facts about coaches' ways: one row per fact of `tracker/facts.py`, settled or under way.

`fact_id` is made of what the fact says, so that making it again gives the same row. `settled_hour` is the hour (hours
since 1970) in whose run of the steps it was settled, None while it is under way. Nothing here refers to another row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from tracker.database import BigId, UtcDateTime

DIRECTION = "direction in ('up', 'down')"


class FactRow(SQLModel):
    """What every row of a fact carries beside the fact's own fields (see `tracker.facts.Fact`)."""

    fact_id: str = Field(primary_key=True, max_length=16)
    vehicle_id: str = Field(max_length=40)
    operator_id: str = Field(max_length=40)
    settled_hour: int | None = None
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_seq: int = Field(sa_type=BigId)
    last_seq: int = Field(sa_type=BigId)
    late: bool = False


def _args(table: str, *more: Any, by: tuple[str, ...] = ()) -> tuple[Any, ...]:
    """Return the constraints and indexes of a fact's table: by coach and hour (to take back), by coach and start, by
    start, and by each of `by` and start."""
    return (
        *more,
        CheckConstraint("(settled_at is null) = (settled_hour is null)", name=f"ck_{table}_settled"),
        CheckConstraint("ended_at is null or ended_at >= started_at", name=f"ck_{table}_ends"),
        Index(f"ix_{table}_taken_back", "vehicle_id", "settled_hour"),
        Index(f"ix_{table}_vehicle", "vehicle_id", "started_at"),
        Index(f"ix_{table}_started", "started_at"),
        *(Index(f"ix_{table}_{column}", column, "started_at") for column in by),
    )


class TripRunRow(FactRow, table=True):
    """A `TripRun`."""

    __tablename__: ClassVar[str] = "trip_run"
    __table_args__ = _args(
        "trip_run",
        CheckConstraint(DIRECTION, name="ck_trip_run_direction"),
        CheckConstraint(
            "ending in ('arrived', 'declared', 'turned', 'left', 'lost', 'next', 'cancelled')",
            name="ck_trip_run_ending",
        ),
        by=("trip_id", "corridor_id"),
    )

    trip_id: str = Field(max_length=64)
    declared: bool
    corridor_id: str = Field(max_length=40)
    direction: str = Field(max_length=4)
    start_km: float
    end_km: float
    origin: str | None = Field(default=None, max_length=80)
    destination: str | None = Field(default=None, max_length=80)
    halted_s: float = 0.0
    border_s: float = 0.0
    silent_s: float = 0.0
    ending: str | None = Field(default=None, max_length=9)
    remarks: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)


class HaltRow(FactRow, table=True):
    """A `Halt`."""

    __tablename__: ClassVar[str] = "halt"
    __table_args__ = _args(
        "halt",
        CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="ck_halt_place"),
        by=("corridor_id", "section_id"),
    )

    latitude: float
    longitude: float
    spread_m: float
    fixes: int
    creep_m: float = 0.0
    unheard_s: float = 0.0
    corridor_id: str | None = Field(default=None, max_length=40)
    km: float | None = None
    offset_m: float | None = None
    section_id: str | None = Field(default=None, max_length=120)
    country: str | None = Field(default=None, max_length=2)
    post_id: str | None = Field(default=None, max_length=40)


class BorderCrossingRow(FactRow, table=True):
    """A `BorderCrossing`."""

    __tablename__: ClassVar[str] = "border_crossing"
    __table_args__ = _args(
        "border_crossing",
        CheckConstraint("state in ('under_way', 'crossed', 'turned_back')", name="ck_border_crossing_state"),
        CheckConstraint("basis in ('fences', 'line', 'gap')", name="ck_border_crossing_basis"),
        by=("exit_post", "entry_post"),
    )

    corridor_id: str = Field(max_length=40)
    exit_post: str = Field(max_length=40)
    entry_post: str = Field(max_length=40)
    km: float
    state: str = Field(max_length=11)
    basis: str = Field(max_length=6)
    line_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exit_arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exit_left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    entry_arrived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    entry_left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    exit_s: float | None = None
    entry_s: float | None = None
    unsplit_s: float | None = None


class SectionPassRow(FactRow, table=True):
    """A `SectionPass`."""

    __tablename__: ClassVar[str] = "section_pass"
    __table_args__ = _args(
        "section_pass", CheckConstraint(DIRECTION, name="ck_section_pass_direction"), by=("section_id",)
    )

    section_id: str = Field(max_length=120)
    direction: str = Field(max_length=4)
    corridor_id: str = Field(max_length=40)
    length_km: float
    halted_s: float = 0.0
    border_s: float = 0.0


class SectionPaceRow(FactRow, table=True):
    """A `SectionPace`."""

    __tablename__: ClassVar[str] = "section_pace"
    __table_args__ = _args(
        "section_pace", CheckConstraint(DIRECTION, name="ck_section_pace_direction"), by=("section_id",)
    )

    section_id: str = Field(max_length=120)
    direction: str = Field(max_length=4)
    every_s: float
    cuts_s: list[int] = Field(default_factory=list, sa_type=JSON, nullable=False)


class ConnectionRow(FactRow, table=True):
    """A `Connection`."""

    __tablename__: ClassVar[str] = "connection"
    __table_args__ = _args("connection")

    origin: str = Field(max_length=80)
    destination: str = Field(max_length=80)
    corridor_id: str = Field(max_length=40)
    halted_s: float = 0.0
    border_s: float = 0.0


class GapRow(FactRow, table=True):
    """A `Gap`."""

    __tablename__: ClassVar[str] = "gap"
    __table_args__ = _args("gap", CheckConstraint("kind in ('lost', 'late')", name="ck_gap_kind"), by=("corridor_id",))

    kind: str = Field(max_length=4)
    corridor_id: str | None = Field(default=None, max_length=40)
    from_km: float | None = None
    to_km: float | None = None


class RefusedFixRow(SQLModel, table=True):
    """How many fixes of a coach were not used, by the hour (hours since 1970) of the fix that showed it, and why."""

    __tablename__: ClassVar[str] = "refused_fix"
    __table_args__ = (
        CheckConstraint("count > 0", name="ck_refused_fix_count"),
        Index("ix_refused_fix_hour", "hour"),
    )

    vehicle_id: str = Field(primary_key=True, max_length=40)
    hour: int = Field(primary_key=True)
    reason: str = Field(primary_key=True, max_length=40)
    operator_id: str = Field(max_length=40)
    count: int


class CoachNow(SQLModel, table=True):
    """Where a coach is, by its newest accepted fix, and what is under way with it."""

    __tablename__: ClassVar[str] = "coach_now"
    __table_args__ = (
        CheckConstraint("latitude between -90 and 90 and longitude between -180 and 180", name="ck_coach_now_place"),
        CheckConstraint(DIRECTION, name="ck_coach_now_direction"),
        Index("ix_coach_now_operator", "operator_id"),
    )

    vehicle_id: str = Field(primary_key=True, max_length=40)
    operator_id: str = Field(max_length=40)
    observed_at: datetime = Field(sa_type=UtcDateTime)
    latitude: float
    longitude: float
    corridor_id: str | None = Field(default=None, max_length=40)
    km: float | None = None
    direction: str | None = Field(default=None, max_length=4)
    section_id: str | None = Field(default=None, max_length=120)
    country: str | None = Field(default=None, max_length=2)
    trip_id: str | None = Field(default=None, max_length=64)
    standing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
