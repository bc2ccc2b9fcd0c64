"""A scene: a scenario played and run through the steps, as the rules see it, with its truth. No broker, no database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson

from checkpoints.control_points import Act, ControlPoint, Register, Stretch
from checkpoints.explanations import Told
from dashboard.pipeline import STEPS
from dashboard.simulation import roads_of
from telemetry.kinds import Kind
from telemetry.simulator.messages import Said
from telemetry.simulator.play import play
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.span import as_dated
from telemetry.simulator.truth import Truth
from tracker.declared_trips import fold_trips
from tracker.events import TripReported
from tracker.fact_rows import Sighting
from tracker.fixes import Fixes
from tracker.geography import Geography
from tracker.steps import World, drive

LISTED_KM = 0.5  # a listed checkpoint's interval: coaches halt in front of it, not only at it
ACT = "scenario"


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the rules are given: settled facts, what crews told, the register; the fixes of each coach; and the truth."""

    scenario: Scenario
    geography: Geography
    sightings: list[Sighting]
    told: list[Told]
    register: Register
    fixes: Mapping[str, Fixes]
    operators: Mapping[str, str]
    truth: Mapping[str, Any]


def make_scene(scenario: Scenario, geography: Geography) -> Scene:
    """Play a scenario and run every coach through the steps.

    Raises:
        BadFile: the scenario does not fit the geography; every reason.
    """
    truth = Truth(scenario, as_dated(scenario))
    rows: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    declared: list[TripReported] = []
    told: list[Told] = []
    operators: dict[str, str] = {}
    number = 0
    for said in play(scenario, roads_of(scenario, geography), truth=truth):
        if not said.topic.startswith("corridor/v1/vehicles/"):
            continue  # what posts log says nothing of checkpoints
        operator_id, vehicle_id = said.topic.split("/")[3:5]
        operators[vehicle_id] = operator_id
        for body in said.bodies:
            number += 1
            if said.kind is Kind.POSITION:
                rows[vehicle_id].append(_row(body, number))
            elif said.kind is Kind.TRIP:
                declared.append(_reported(said, body, number, operator_id, vehicle_id))
            else:
                told.append(_told(said, body, number, operator_id, vehicle_id))
    fixes = {vehicle_id: _fixes(found) for vehicle_id, found in sorted(rows.items())}
    trips = fold_trips(declared)
    sightings = [
        Sighting(vehicle_id, operators[vehicle_id], fact)
        for vehicle_id, own in fixes.items()
        for fact in drive(STEPS, {}, own, World(vehicle_id, geography, tuple(trips.get(vehicle_id, ())))).settled
    ]
    known = orjson.loads(truth.as_json())
    return Scene(scenario, geography, sightings, told, register_of(scenario, geography), fixes, operators, known)


def register_of(scenario: Scenario, geography: Geography) -> Register:
    """Return the register that a scenario is: its listed checkpoints on its corridors."""
    stretches = tuple(Stretch(corridor_id) for corridor_id in scenario.corridors)
    countries = {passage.country for c in scenario.corridors for passage in geography.get_corridor(c).passages}
    acts = [
        Act(f"{ACT}-{code}", ACT, code, False, stretches, "", "day", ACT) for code in sorted(filter(None, countries))
    ]
    points = []
    for number, one in enumerate(scenario.checkpoints):
        if one.listed:
            stretch = Stretch(one.corridor, one.at_km - LISTED_KM, one.at_km + LISTED_KM)
            country = geography.get_corridor(one.corridor).country_at(one.at_km) or ""
            points.append(
                ControlPoint(
                    f"{ACT}-{number}", ACT, country, f"{ACT}-{country}", "authorised", "point", None, None,
                    (stretch,), ACT, ACT,
                )
            )  # fmt: skip
    return Register(points, acts)


def _row(body: Mapping[str, Any], number: int) -> tuple[float, ...]:
    sent = body["sent_at"]
    return (
        body["observed_at"], body["latitude"], body["longitude"], body["speed_mps"], body["accuracy_m"], sent, sent, number,
    )  # fmt: skip


def _fixes(rows: list[tuple[float, ...]]) -> Fixes:
    columns = np.array(sorted(rows)).T
    devices = np.full(columns.shape[1], "unit", dtype=object)
    at, lat, lon, speed, accuracy, sent, received, number = columns
    return Fixes(at, lat, lon, speed, accuracy, sent, received, number.astype(np.int64), devices)


def _told(said: Said, body: Mapping[str, Any], number: int, operator_id: str, vehicle_id: str) -> Told:
    kind = "control" if said.kind is Kind.CONTROL else str(body.get("incident_type", said.kind.value))
    return Told(
        number, vehicle_id, operator_id, kind, float(body["observed_at"]), body.get("agency"),
        body.get("latitude"), body.get("longitude"),
    )  # fmt: skip


def _reported(said: Said, body: Mapping[str, Any], number: int, operator_id: str, vehicle_id: str) -> TripReported:
    """Return a trip message as the log would tell it."""
    observed, sent = (datetime.fromtimestamp(at, UTC) for at in (body["observed_at"], said.due_s))
    told = dict(body)
    if "scheduled_departure" in told:
        told["scheduled_departure"] = datetime.fromtimestamp(told["scheduled_departure"], UTC).isoformat()
    return TripReported(number, body["id"], observed, sent, sent, operator_id, vehicle_id, told, said.device_id)
