"""The simulated fleet, set up on this installation: its operators, coaches and devices, and the roads it drives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import orjson

from operators.registration import register_operator, register_vehicles
from telemetry.device import NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.senders import SenderKind
from telemetry.simulator.journey import POST_AGENCIES, Gate, Road, lay_controls
from telemetry.simulator.messages import post_device, vehicle_device
from telemetry.simulator.player import Stretch
from telemetry.simulator.timetable import COMPANIES, SERVICES, coaches
from tracker.database import Database
from tracker.errors import Conflict
from tracker.geography import Geography

SEATS = 60


def stretches(geography: Geography, seed: int) -> dict[str, Stretch]:
    """Return the roads of the timetable's services, with the demo's places of control laid on them."""
    result = {}
    for corridor_id in {service.corridor_id for service in SERVICES}:
        corridor = geography.get_corridor(corridor_id)
        gates = tuple(
            Gate(b.exit_place, b.entry_place, b.exit_country or "", b.entry_country or "", b.km)
            for b in corridor.borders
            if b.exit_place != b.entry_place
        )
        road = Road(corridor_id, corridor.length_km, gates, lay_controls(seed, gates, corridor.length_km))
        hubs = {m.exit_place: m.km for m in corridor.milestones if m.kind == "hub"}
        result[corridor_id] = Stretch(road, corridor.point_at, hubs)
    return result


def _wanted(roads: dict[str, Stretch]) -> Iterator[NewDevice]:
    for company, vehicle_id, _plate in coaches():
        yield NewDevice(vehicle_device(vehicle_id), SenderKind.FITTED, company.operator_id, vehicle_id)
    posts = {
        post for stretch in roads.values() for gate in stretch.road.gates for post in (gate.low_post, gate.high_post)
    }
    for post_id in sorted(posts):
        for agency in POST_AGENCIES:
            yield NewDevice(post_device(post_id, agency), SenderKind.POST, post_id=post_id, agency=agency)


def set_up_fleet(
    database: Database, registry: DeviceRegistry, roads: dict[str, Stretch], file: Path, now: datetime
) -> dict[str, str]:
    """Make operators, coaches and devices that are missing; return the tokens by device.

    Tokens are shown once, so they are kept in `file`, readable by its owner only; a device whose token is not there gets
    a new one.
    """
    with database.writing() as session:
        for company in COMPANIES:
            register_operator(session, company.operator_id, company.name, company.country, now)
        register_vehicles(session, [(v, c.operator_id, plate, SEATS) for c, v, plate in coaches()], now)
    tokens: dict[str, str] = orjson.loads(file.read_bytes()) if file.exists() else {}
    missing = [device for device in _wanted(roads) if device.device_id not in tokens]
    if missing:
        try:
            made = registry.add_many(missing)
        except Conflict:
            made = [_token(registry, device) for device in missing]
        tokens |= {device.device_id: token for device, token in zip(missing, made, strict=True)}
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(orjson.dumps(tokens))
    return tokens


def _token(registry: DeviceRegistry, device: NewDevice) -> str:
    if registry.find(device.device_id) is not None:
        return registry.rotate(device.device_id)
    return registry.add(device)
