"""Registering companies and their coaches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from operators.companies import Operator, Vehicle
from tracker.errors import BadInput, Conflict, Reason
from tracker.slugs import plate_key

MOST_SEATS = 120  # a double-decker coach has 90; more is a typing error


def register_operator(session: Session, operator_id: str, name: str, country: str, now: datetime) -> Operator:
    """Add a company, or give a known one this name.

    Raises:
        Conflict: the id belongs to a company of another country.
    """
    known = session.get(Operator, operator_id)
    if known is None:
        known = Operator(operator_id=operator_id, name=name, country=country, registered_at=now)
    elif known.country != country:
        raise Conflict("operator_of_another_country", operator_id=operator_id, country=known.country)
    known.name = name
    session.add(known)
    session.flush()
    return known


def register_vehicles(
    session: Session, coaches: Iterable[tuple[str, str, str | None, int | None]], now: datetime
) -> list[Vehicle]:
    """Add coaches `(vehicle_id, operator_id, license_plate, seats)`, or bring known ones up to date.

    Raises:
        BadInput: an operator is unknown, a coach belongs to another one, or seats are impossible; every reason, and
            nothing should be committed.
    """
    vehicles, reasons = [], []
    for number, (vehicle_id, operator_id, license_plate, seats) in enumerate(coaches):
        where = f"[{number}]"
        known = session.get(Vehicle, vehicle_id)
        if session.get(Operator, operator_id) is None:
            reasons.append(Reason("unknown_operator", f"{where}.operator_id", {"operator_id": operator_id}))
        if known is not None and known.operator_id != operator_id:
            reasons.append(Reason("vehicle_of_another_operator", f"{where}.vehicle_id", {"vehicle_id": vehicle_id}))
        if seats is not None and not 5 <= seats <= MOST_SEATS:
            reasons.append(Reason("seats_impossible", f"{where}.seats", {"most": MOST_SEATS}))
        vehicle = known or Vehicle(vehicle_id=vehicle_id, operator_id=operator_id, registered_at=now)
        vehicle.license_plate, vehicle.seats, vehicle.retired_at = license_plate, seats, None
        vehicle.plate_key = plate_key(license_plate) if license_plate else None
        vehicles.append(vehicle)
    if reasons:
        raise BadInput(reasons=reasons)
    session.add_all(vehicles)
    session.flush()
    return vehicles


def retire_vehicle(vehicle: Vehicle, now: datetime) -> None:
    """Take a coach out of service; registering it again brings it back."""
    vehicle.retired_at = vehicle.retired_at or now
