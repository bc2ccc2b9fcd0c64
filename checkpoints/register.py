"""Register: the tables of control points and of the acts behind them, their first filling and their reading."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from typing import ClassVar

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from checkpoints.control_points import Act, ControlPoint, Register, parse_stretches
from tracker.database import BigId
from tracker.gazetteer import IN_ORDER, DatedRecord
from tracker.geography import SHIPPED_ON
from tracker.validity import holding

EVERYWHERE = "*"


class ControlPointRecord(DatedRecord, table=True):
    """An authorised place of control during an interval of days; `stretches` as `parse_stretches` reads them."""

    __tablename__: ClassVar[str] = "control_point"
    __table_args__ = (
        CheckConstraint("(latitude is null) = (longitude is null)", "control_point_point"),
        CheckConstraint("latitude is null or latitude between -90 and 90", "control_point_latitude"),
        CheckConstraint("longitude is null or longitude between -180 and 180", "control_point_longitude"),
        CheckConstraint("status in ('authorised', 'uncertain')", "control_point_status"),
        CheckConstraint("basis in ('town_entries_exits', 'point')", "control_point_basis"),
        CheckConstraint(IN_ORDER, "control_point_dates"),
    )

    row_id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    id: str = Field(max_length=40, index=True)
    name: str
    country: str = Field(max_length=2)
    act_id: str = Field(max_length=40)
    status: str = Field(max_length=16)
    basis: str = Field(max_length=24)
    latitude: float | None = None
    longitude: float | None = None
    stretches: str = ""
    source: str
    licence: str


class ControlActRecord(SQLModel, table=True):
    """An act that authorises places of control; `coverage` is `*` for the whole state, or stretches."""

    __tablename__: ClassVar[str] = "control_act"
    __table_args__ = (CheckConstraint(IN_ORDER, "control_act_dates"),)

    id: str = Field(primary_key=True, max_length=40)
    title: str
    country: str = Field(max_length=2)
    coverage: str = ""
    agency: str = ""
    precision: str = Field(max_length=16)
    source: str
    valid_from: date | None = None
    valid_to: date | None = None


def load_register(session: Session) -> Register:
    """Read the whole register; ask it for a day."""
    acts = [
        Act(
            **row.model_dump(exclude={"coverage"}),
            covers_country=row.coverage == EVERYWHERE,
            stretches=() if row.coverage == EVERYWHERE else parse_stretches(row.coverage),
        )
        for row in session.exec(select(ControlActRecord).order_by(col(ControlActRecord.id)))
    ]
    points = [
        ControlPoint(**row.model_dump(exclude={"row_id", "stretches"}), stretches=parse_stretches(row.stretches))
        for row in session.exec(select(ControlPointRecord).order_by(col(ControlPointRecord.id)))
    ]
    return Register(points, acts)


def control_points_on(session: Session, on: date) -> list[ControlPointRecord]:
    """Return the control points in force on a day, by country and name, as they stand in the table."""
    rows = session.exec(select(ControlPointRecord).order_by(col(ControlPointRecord.id)))
    return sorted(holding(rows, on), key=lambda point: (point.country, point.name))


def seed(session: Session) -> bool:
    """Fill an empty register with the shipped tables; return False (and change nothing) when it is not empty.

    Corridors come first: the shipped intervals name them.
    """
    from checkpoints.imports import import_control_acts, import_control_points  # they need the tables above

    if session.exec(select(ControlActRecord.id).limit(1)).first() is not None:
        return False
    data = files("checkpoints").joinpath("data")
    import_control_acts(session, data.joinpath("control_acts.csv").read_bytes(), SHIPPED_ON)
    import_control_points(session, data.joinpath("control_points.csv").read_bytes(), SHIPPED_ON)
    return True
