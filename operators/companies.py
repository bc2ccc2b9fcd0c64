"""Coach companies and their coaches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.database import UtcDateTime
from tracker.directory import VehicleRef


class Operator(SQLModel, table=True):
    """A coach company (GTFS *agency*); never a person. `country` is ISO 3166 alpha-2."""

    __tablename__ = "operator"
    __table_args__ = (CheckConstraint("length(country) = 2", name="ck_operator_country"),)

    operator_id: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=120)
    country: str = Field(max_length=2)
    registered_at: datetime = Field(sa_type=UtcDateTime)


class Vehicle(SQLModel, table=True):
    """A coach. `plate_key` is its plate without spaces, dashes and case, so that three ways of writing it are one."""

    __tablename__ = "vehicle"

    vehicle_id: str = Field(primary_key=True, max_length=40)
    operator_id: str = Field(foreign_key="operator.operator_id", max_length=40, index=True)
    license_plate: str | None = Field(default=None, max_length=20)
    plate_key: str | None = Field(default=None, max_length=20, index=True)
    seats: int | None = None
    registered_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def list_operators(session: Session) -> list[Operator]:
    """Return every company, by name."""
    return list(session.exec(select(Operator).order_by(col(Operator.name))))


def list_vehicles(session: Session, operator_id: str | None = None) -> list[Vehicle]:
    """Return every coach in service, of one company if one is named, ordered by id."""
    query = select(Vehicle).where(col(Vehicle.retired_at).is_(None))
    if operator_id is not None:
        query = query.where(col(Vehicle.operator_id) == operator_id)
    return list(session.exec(query.order_by(col(Vehicle.vehicle_id))))


def reference(vehicle: Vehicle) -> VehicleRef:
    """Return what other rooms may know of a coach."""
    return VehicleRef(vehicle.vehicle_id, vehicle.operator_id, vehicle.license_plate)
