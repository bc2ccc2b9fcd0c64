"""The tables of accounts: one row for each finished trip, and whole numbers in cells that a quarter is the sum of.

A cell is of one month (months since year 0), corridor, direction, state, agency and coach: indicators are sums of cells, and
their intervals are drawn over coaches. State and agency are codes, `*` for all together and empty where nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Column, Index, PrimaryKeyConstraint
from sqlmodel import Field, SQLModel

from tracker.database import BigId, UtcDateTime
from tracker.tallies import Cells

ALL, UNKNOWN = "*", ""


class TripAccountRow(SQLModel, table=True):
    """A `TripAccount`. `details` holds its lists: time, money, controls, heard, metres, countries."""

    __tablename__: ClassVar[str] = "trip_account"
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="ck_trip_account_ends"),
        Index("ix_trip_account_vehicle", "vehicle_id", "started_at"),
        Index("ix_trip_account_corridor", "corridor_id", "started_at"),
        Index("ix_trip_account_trip", "trip_id"),
    )

    trip_key: str = Field(primary_key=True, max_length=16)
    trip_id: str = Field(max_length=64)
    vehicle_id: str = Field(max_length=40)
    operator_id: str = Field(max_length=40)
    corridor_id: str = Field(max_length=40)
    direction: str = Field(max_length=4)
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    in_order: bool | None = None
    is_closed: bool
    silent_share: float
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    first_seq: int = Field(sa_type=BigId)
    last_seq: int = Field(sa_type=BigId)


class _Cell(SQLModel):
    """Whose a cell is. `population`: `in_order`, `other` (not in order, or not said), `out` (does not count)."""

    month: int
    corridor_id: str = Field(max_length=40)
    direction: str = Field(max_length=4)
    country: str = Field(max_length=2)
    agency: str = Field(max_length=40)
    population: str = Field(max_length=8)
    vehicle_id: str = Field(max_length=40)
    operator_id: str = Field(max_length=40)


_KEYS = ("corridor_id", "direction", "country", "agency", "population", "vehicle_id", "operator_id")
_POPULATION = "population in ('in_order', 'other', 'out')"


class IndicatorCell(_Cell, table=True):
    """Counts, seconds and metres. `road_*`, `border_*`: places of control by who told of them (g positions, c crew, l log);
    those and what concerns the trip itself stand in the cells of all agencies only."""

    __tablename__: ClassVar[str] = "indicator_cell"
    __table_args__ = (
        CheckConstraint(_POPULATION, name="ck_indicator_cell_population"),
        PrimaryKeyConstraint("month", *_KEYS),
    )

    trips: int
    metres: int
    crossings: int
    stops: int
    exit_stops: int
    controls: int
    reported: int
    control_s: int
    border_s: int
    opening_s: int
    slow_s: int
    breakdown_s: int
    halt_s: int
    silent_s: int
    driving_s: int
    road_g: int
    road_c: int
    road_gc: int
    border_g: int
    border_c: int
    border_l: int
    border_gc: int
    border_gl: int
    border_cl: int
    border_gcl: int


class IndicatorMoney(_Cell, table=True):
    """Payments in one currency, in its hundredths. `place`: road, border. `payer`: crew, passenger, company, unknown.

    `observatory_only`: what crews do not want their operator to see stands in cells of its own.
    """

    __tablename__: ClassVar[str] = "indicator_money"
    __table_args__ = (
        CheckConstraint(_POPULATION, name="ck_indicator_money_population"),
        CheckConstraint("place in ('road', 'border')", name="ck_indicator_money_place"),
        PrimaryKeyConstraint("month", *_KEYS, "place", "basis", "payer", "currency", "observatory_only"),
    )

    place: str = Field(max_length=6)
    basis: str = Field(max_length=20)
    payer: str = Field(max_length=10)
    currency: str = Field(max_length=3)
    observatory_only: bool
    cents: int = Field(sa_type=BigId)
    payments: int


COUNTS = tuple(name for name in IndicatorCell.model_fields if name not in {*_KEYS, "month"})
CELLS = Cells(IndicatorCell, (*_KEYS, "month"), COUNTS, ())
_MONEY_KEYS = (*_KEYS, "place", "basis", "payer", "currency", "observatory_only", "month")
MONEY = Cells(IndicatorMoney, _MONEY_KEYS, ("cents", "payments"), ())


def month_of(at: datetime) -> int:
    """Return the month of a time (UTC), in months since year 0."""
    return at.year * 12 + at.month - 1


def start_of(month: int) -> datetime:
    """Return when a month (months since year 0) begins (UTC)."""
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a quarter or a month: `first` to `last` month (months since year 0), both included."""

    name: str
    first: int
    last: int
