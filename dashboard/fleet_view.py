"""A company's coaches as its dispatcher sees them: devices, last word, the trip under way and the next one declared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from operators.companies import Vehicle, list_vehicles
from operators.trip_sheets import TripSheet, list_sheets_between
from telemetry.device import Device
from tracker.latest import SILENT_AFTER, VehicleContact
from tracker.sightings import TripRunRow, list_trip_runs

SPAN, AHEAD = timedelta(days=7), timedelta(days=31)
MOST = 2000


@dataclass(frozen=True, slots=True)
class FleetLine:
    """One coach. `run` goes on; `next` is declared and has not left."""

    coach: Vehicle
    devices: list[Device]
    heard_at: datetime | None
    run: TripRunRow | None
    next: TripSheet | None
    is_silent: bool

    def row(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "vehicle_id": self.coach.vehicle_id, "license_plate": self.coach.license_plate, "seats": self.coach.seats,
            "devices": len(self.devices), "last_heard_at": self.heard_at, "is_silent": self.is_silent,
            "trip_id": self.run.trip_id if self.run else None,
            "next_trip_id": self.next.trip_id if self.next else None,
            "next_departure": self.next.scheduled_departure if self.next else None,
        }  # fmt: skip


def read_fleet(session: Session, operator_id: str, devices: Iterable[Device], now: datetime) -> list[FleetLine]:
    """Return the coaches in service of a company, by id."""
    coaches = list_vehicles(session, operator_id)
    contacts = session.exec(select(VehicleContact).where(col(VehicleContact.operator_id) == operator_id))
    heard = {contact.vehicle_id: contact.heard_at for contact in contacts}
    running = {
        run.vehicle_id: run
        for run in reversed(list_trip_runs(session, operators=[operator_id], since=now - SPAN, limit=MOST))
        if run.ended_at is None
    }
    own = defaultdict(list)
    for device in devices:
        if device.vehicle_id is not None and device.disabled_at is None:
            own[device.vehicle_id].append(device)
    waiting: dict[str, list[TripSheet]] = defaultdict(list)
    for sheet in list_sheets_between(session, now - timedelta(hours=12), now + AHEAD, [operator_id]):
        left = sheet.departed_at or sheet.arrived_at or sheet.cancelled_at
        if sheet.scheduled_departure is not None and left is None:
            waiting[sheet.vehicle_id].append(sheet)
    session.expunge_all()
    return [
        FleetLine(
            coach, own[coach.vehicle_id], heard.get(coach.vehicle_id), running.get(coach.vehicle_id),
            next(iter(waiting[coach.vehicle_id]), None),
            coach.vehicle_id in running and (heard.get(coach.vehicle_id) or now - SPAN) < now - SILENT_AFTER,
        )
        for coach in coaches
    ]  # fmt: skip
