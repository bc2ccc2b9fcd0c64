"""Imports: companies and their coaches from CSV, all or nothing, every mistake named by line."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlmodel import Session

from operators.companies import Operator, Vehicle
from operators.registration import MOST_SEATS, register_operator, register_vehicles
from tracker.imports import UNSAID, Imported
from tracker.sheets import Sheet
from tracker.slugs import plate_key

ALIASES = {"id": "vehicle_id", "plate": "license_plate", "registration": "license_plate"}
FEWEST_SEATS = 5


def import_operators(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import companies from CSV. Columns: operator_id, name, country. Known ones get the name of the file.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("operator_id", "name", "country"))
    rows: list[tuple[str, str, str]] = []
    for row in sheet:
        operator_id, name, country = row.identifier("operator_id"), row.needed("name"), row.country("country")
        if any(operator_id == other for other, *_ in rows):
            row.refuse("duplicate_id", "operator_id", id=operator_id)
        known = session.get(Operator, operator_id)
        if known is not None and known.country != country:
            row.refuse("operator_of_another_country", "country", operator_id=operator_id, country=known.country)
        rows.append((operator_id, name, country))
    sheet.refuse_if_bad()
    new = sum(session.get(Operator, operator_id) is None for operator_id, _, _ in rows)
    for operator_id, name, country in rows:
        register_operator(session, operator_id, name, country, _start_of(on))
    return Imported("operators", new, 0, len(rows) - new)


def import_vehicles(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import coaches from CSV. Columns: vehicle_id, operator_id, license_plate, seats; the last two may be empty.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("vehicle_id", "operator_id"), ALIASES)
    rows: list[tuple[str, str, str | None, int | None]] = []
    plates: dict[str, str] = {}
    for row in sheet:
        vehicle_id, operator_id = row.identifier("vehicle_id"), row.identifier("operator_id")
        plate, seats = row.text("license_plate") or None, row.number("seats", FEWEST_SEATS, MOST_SEATS)
        known = session.get(Vehicle, vehicle_id)
        if any(vehicle_id == other for other, *_ in rows):
            row.refuse("duplicate_id", "vehicle_id", id=vehicle_id)
        if plate and plates.setdefault(plate_key(plate), vehicle_id) != vehicle_id:
            row.refuse("duplicate_plate", "license_plate", license_plate=plate)
        if operator_id and session.get(Operator, operator_id) is None:
            row.refuse("unknown_operator", "operator_id", operator_id=operator_id)
        if known is not None and known.operator_id != operator_id:
            row.refuse("vehicle_of_another_operator", "vehicle_id", vehicle_id=vehicle_id)
        rows.append((vehicle_id, operator_id, plate, int(seats) if seats is not None else None))
    sheet.refuse_if_bad()
    new = sum(session.get(Vehicle, vehicle_id) is None for vehicle_id, *_ in rows)
    register_vehicles(session, rows, _start_of(on))
    return Imported("vehicles", new, 0, len(rows) - new)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
