"""The simulated fleet on this installation: its roads out of the geography, its operators, coaches and devices.

What the simulator needs is plain numbers (`telemetry/simulator/roads.py`); here they are read out of a `Geography`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

import orjson

from checkpoints.agencies import ABSENT
from operators.registration import register_operator, register_vehicles
from telemetry.device import NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.senders import SenderKind
from telemetry.simulator.fleet import coaches_of, companies_of
from telemetry.simulator.messages import post_device
from telemetry.simulator.play import posts_of
from telemetry.simulator.reports import POST_AGENCIES
from telemetry.simulator.roads import FARTHEST_M, SIDE_KM, Gate, Road, Side, bend
from telemetry.simulator.scenario import Scenario
from tracker.corridors import Corridor, Milestone
from tracker.countries import list_countries
from tracker.database import Database
from tracker.errors import BadFile, Conflict, Reason
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.validity import holding

SEATS = 60
NEAR_BORDER_KM = 30.0  # a post's point farther from the line is another place's


def roads_of(scenario: Scenario, geography: Geography) -> dict[str, Road]:
    """Return the scenario's corridors as roads to be driven.

    Raises:
        BadFile: the scenario speaks of corridors, hubs, posts or kilometres that do not exist; every reason.
    """
    roads, reasons = {}, []
    for number, corridor_id in enumerate(scenario.corridors):
        corridor = geography.find_corridor(corridor_id)
        if corridor is None:
            reasons.append(Reason("unknown_corridor", f"corridors[{number}]", {"corridor": corridor_id}))
        else:
            roads[corridor_id] = road_of(corridor, geography, scenario.start.date())
    reasons += _misplaced(scenario, roads)
    if reasons:
        raise BadFile(reasons=reasons)
    return roads


def road_of(corridor: Corridor, geography: Geography, on: date) -> Road:
    """Return a corridor as a road that passes by the agency points at its borders."""
    gates, points = [], []
    for border in corridor.borders:
        low, high = geography.find_post(border.exit_place), geography.find_post(border.entry_place)
        if border.exit_place == border.entry_place:  # a post is known on one side only
            low, high = (low, None) if low is not None and low.country == border.exit_country else (None, high)
        joint = bool(low and high and low.is_joint and high.is_joint)
        places = [_place(post, sign, border, corridor, on) for post, sign in ((low, -1), (high, 1))]
        if joint and places[0] is not None:  # one building serves both sides
            places[1] = places[0]
        sides = [
            None if post is None or place is None else _side(post, place[0], on)
            for post, place in zip((low, high), places, strict=True)
        ]
        points += [place for place in dict.fromkeys(places) if place is not None and place[1] is not None]
        gates.append(Gate(border.km, sides[0], sides[1], joint))
    line = corridor.line
    kms, latitudes, longitudes = bend(
        line.kilometres, line.latitudes, line.longitudes, [(km, at[0], at[1]) for km, at in points if at is not None]
    )
    return Road(
        corridor.id,
        kms,
        latitudes,
        longitudes,
        {m.exit_place: m.km for m in corridor.milestones if m.kind == "hub"},
        tuple(gates),
        tuple((p.from_km, p.country) for p in corridor.passages if p.country is not None),
        {country.code: country.utc_offset_h * 3600 for country in list_countries()},
        frozenset((one.agency, one.country) for one in holding(ABSENT, on)),
    )


def _place(
    post: BorderPost | None, sign: int, border: Milestone, corridor: Corridor, on: date
) -> tuple[float, tuple[float, float] | None] | None:
    """Return the kilometre of a post's formalities, and its point where the road must bend to pass by it."""
    if post is None:
        return None
    assumed = (round(border.km + sign * SIDE_KM, 3), None)
    point = post.find_point("immigration", on)
    if point is None or point.place == "crossing":
        return assumed
    km, offset_m = corridor.line.locate_one(point.latitude, point.longitude)
    inside = SIDE_KM <= (km - border.km) * sign <= NEAR_BORDER_KM
    if offset_m > FARTHEST_M or not inside or not corridor.line.start_km + 1 < km < corridor.line.end_km - 1:
        return assumed
    return round(km, 3), (point.latitude, point.longitude)


def _side(post: BorderPost, km: float, on: date) -> Side:
    point, state = post.find_point("immigration", on), post.find_state(on)
    hours = None
    if point is not None and point.hours.opens is not None and point.hours.closes is not None:
        hours = None if point.hours.is_all_day else (point.hours.opens, point.hours.closes)
    return Side(post.id, post.country, km, hours, state is not None and state.status in ("closed", "suspended"))


def _misplaced(scenario: Scenario, roads: Mapping[str, Road]) -> Iterator[Reason]:
    """Yield a reason for every place of the scenario that is not on its road."""
    spots = [(f"checkpoints[{n}]", c.corridor, c.at_km) for n, c in enumerate(scenario.checkpoints)]
    spots += [
        (f"halts.congestion[{n}]", jam.corridor or scenario.corridors[0], jam.at_km)
        for n, jam in enumerate(scenario.halts.congestion)
    ]
    for path, corridor_id, km in spots:
        if (road := roads.get(corridor_id)) is not None:
            if km < road.start_km:
                yield Reason("below_limit", f"{path}.at_km", {"limit": road.start_km})
            elif km > road.end_km:
                yield Reason("above_limit", f"{path}.at_km", {"limit": road.end_km})
    for number, service in enumerate(scenario.services):
        if (road := roads.get(service.corridor)) is None:
            continue
        for name in ("origin", "destination"):
            if (hub := getattr(service, name)) not in road.hubs:
                values = {"hub": hub, "known": ", ".join(road.hubs)}
                yield Reason("unknown_hub", f"services[{number}].{name}", values)
        if service.origin == service.destination:
            yield Reason("same_hub_twice", f"services[{number}].destination")
    posts = {side.post_id for road in roads.values() for gate in road.gates for side in gate.sides}
    for number, rule in enumerate(scenario.borders.at):
        if len(roads) == len(scenario.corridors) and rule.post not in posts:
            yield Reason("unknown_post", f"borders.at[{number}].post", {"post": rule.post})


def _wanted(scenario: Scenario, roads: Mapping[str, Road]) -> Iterator[NewDevice]:
    for coach in coaches_of(scenario, roads):
        yield NewDevice(coach.device_id, SenderKind.FITTED, coach.company.operator_id, coach.vehicle_id)
    for _road, side in posts_of(scenario, roads):
        for agency in POST_AGENCIES:
            yield NewDevice(post_device(side.post_id, agency), SenderKind.POST, post_id=side.post_id, agency=agency)


def set_up_fleet(
    database: Database,
    registry: DeviceRegistry,
    scenario: Scenario,
    roads: Mapping[str, Road],
    file: Path,
    now: datetime,
) -> dict[str, str]:
    """Make operators, coaches and devices that are missing; return the tokens by device.

    Tokens are shown once, so they are kept in `file`, readable by its owner only; a device whose token is not there gets
    a new one.
    """
    with database.writing() as session:
        for company in companies_of(scenario):
            register_operator(session, company.operator_id, company.name, company.country, now)
        fleet = [(c.vehicle_id, c.company.operator_id, c.license_plate, SEATS) for c in coaches_of(scenario, roads)]
        register_vehicles(session, fleet, now)
    tokens: dict[str, str] = orjson.loads(file.read_bytes()) if file.exists() else {}
    known = {device.device_id for device in registry.list(active_only=True)}
    missing = [d for d in _wanted(scenario, roads) if d.device_id not in tokens or d.device_id not in known]
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
