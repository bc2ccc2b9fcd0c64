"""What crews report and officials log of a journey: some of it, some late, a little false, a little twice.

Crews say it 15 km later, never in front of the barrier. Each report comes with its truth: `true`, `false` (nothing of the
kind happened), `double` (said before, with another id).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from telemetry.kinds import Kind
from telemetry.simulator.border import Formalities
from telemetry.simulator.chance import draws
from telemetry.simulator.log_faults import Hold, holds_of, is_heaped, is_understated, rounded_down, stranger_at
from telemetry.simulator.messages import Manifest, Said, identity, of_coach, of_post
from telemetry.simulator.scenario import Checkpoint, Scenario
from telemetry.simulator.timeline import Stand
from telemetry.simulator.timetable import Turn

QUESTIONS_AFTER_KM = 15.0
POST_AGENCIES = ("immigration", "customs")  # who logs at a side, in the order the coach meets them
LATE_SHARE, LATE_S, PROMPT_S = 1 / 3, (3600, 8 * 3600), (30, 240)
SEALED_SHARE, BREAKDOWN_SAID = 0.98, 0.6
KINDS_OF_HARASSMENT = (
    "flat_vehicle_payment", "per_passenger_payment", "payment_despite_valid_id", "no_vaccination_card_payment",
    "threat_of_unloading", "collective_collection", "document_withheld", "unreceipted_ticket", "verbal_abuse",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """One message with its truth. `checkpoint`: the index of the scenario's checkpoint it speaks of.

    `changed`: what in a log is not what the sheet or the queue would say, and by how much.
    """

    said: Said
    truth: str
    kind: str
    checkpoint: int | None = None
    post_id: str | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)


def control_reports(turn: Turn, scenario: Scenario) -> Iterator[Report]:
    """Yield the crew's reports on controls, and those they make up."""
    rng = draws(turn.seed, *turn.name, "controls")
    wanted = scenario.reports
    for number, stand in enumerate(turn.journey.stands):
        if stand.index is None:
            continue
        checkpoint = scenario.checkpoints[stand.index]
        if rng.random() >= checkpoint.reported_share:
            continue
        body = _control(rng, turn, stand, checkpoint)
        yield _told(turn, body, f"control:{number}", stand.end_s, "true", "control", stand.index)
        if rng.random() < wanted.double_share:
            again = body | {
                "observed_at": body["observed_at"] + rng.randrange(30, 240),
                "ended_at": int(stand.end_s) + 240,
            }
            yield _told(turn, again, f"control:{number}:again", stand.end_s + 300, "double", "control", stand.index)
        if rng.random() < wanted.false_share:
            km = _elsewhere(rng, turn)
            at_s = _passed(turn, km)
            made_up = body | _place(turn, km) | {"agency": _sayable(turn, checkpoint.agency, km)}
            made_up |= {"observed_at": int(at_s), "ended_at": int(at_s) + rng.randrange(120, 900)}
            yield _told(turn, made_up, f"control:{number}:false", at_s, "false", "control")


def harassment_reports(turn: Turn, scenario: Scenario) -> Iterator[Report]:
    """Yield reports of harassment: where coaches were halted, and a few of what never was."""
    rng = draws(turn.seed, *turn.name, "harassment")
    wanted = scenario.reports
    halted = [stand for stand in turn.journey.stands if stand.cause in ("checkpoint", "border")]
    if rng.random() >= wanted.harassment_per_100_trips / 100 or not halted:
        return
    stand = rng.choice(halted)
    agency = "customs" if stand.index is None else scenario.checkpoints[stand.index].agency
    km, truth, at_s, index = stand.km, "true", stand.start_s + 60, stand.index
    if rng.random() < wanted.harassment_false_share:
        km, truth, index = _elsewhere(rng, turn), "false", None
        at_s = _passed(turn, km)
    body = {"incident_type": "harassment", "observed_at": int(at_s), "agency": _sayable(turn, agency, km)}
    body |= {"harassment": rng.sample(KINDS_OF_HARASSMENT, rng.randrange(1, 3)), **_place(turn, km)}
    yield _told(turn, body, "harassment", at_s, truth, "harassment", index)
    if rng.random() < wanted.harassment_double_share:
        again = body | {"observed_at": int(at_s) + rng.randrange(60, 400)}
        yield _told(turn, again, "harassment:again", at_s + 900, "double", "harassment", index)


def breakdown_reports(turn: Turn) -> Iterator[Report]:
    """Yield what crews say of breakdowns, some ten minutes after they began."""
    rng = draws(turn.seed, *turn.name, "breakdowns")
    for number, stand in enumerate(turn.journey.stands):
        if stand.cause == "breakdown" and rng.random() < BREAKDOWN_SAID:
            body: dict[str, Any] = {"id": identity(turn, f"breakdown:{number}"), "incident_type": "breakdown"}
            body |= {"trip_id": turn.trip_id} if turn.is_declared else {}
            body |= {"observed_at": int(stand.start_s), **_place(turn, stand.km)}
            yield Report(of_coach(turn, Kind.INCIDENT, stand.start_s + 600, body), "true", "breakdown")


def crossing_logs(turn: Turn, scenario: Scenario, manifest: Manifest) -> Iterator[Report]:
    """Yield the posts' logs of the coach: a share of the sides logs nothing, a third of the rest logs hours later.

    What is not so in them is drawn in `log_faults`.
    """
    rng, holds = draws(turn.seed, *turn.name, "crossings"), holds_of(turn, scenario, manifest)
    for number, crossing in enumerate(turn.journey.crossings):
        for direction, side in (("exit", crossing.exit), ("entry", crossing.entry)):
            drawn = rng.random()
            if side is None or drawn < scenario.borders.unlogged_share:
                continue
            late = rng.uniform(*LATE_S) if rng.random() < LATE_SHARE else rng.uniform(*PROMPT_S)
            name = f"crossing:{number}:{direction}"
            yield from _logged(turn, scenario, holds[number], side, direction, late, name, rng)
        if (stranger := stranger_at(turn, scenario, number, crossing)) is not None:
            yield from _logged_stranger(turn, *stranger, f"stranger:{number}")


def _logged(
    turn: Turn,
    scenario: Scenario,
    hold: Hold,
    side: Formalities,
    direction: str,
    late: float,
    name: str,
    rng: random.Random,
) -> Iterator[Report]:
    step = (side.left_s - side.served_s) / len(POST_AGENCIES)
    understated = is_understated(turn, scenario, name) and side.served_s - side.arrived_s >= 1
    for place, agency in enumerate(POST_AGENCIES):
        begun, changed = side.served_s + place * step, dict(hold.changed)
        came = side.arrived_s if place == 0 and not understated else begun
        if place == 0 and understated:
            changed["understated_s"] = round(side.served_s - side.arrived_s)
        times = [int(came), int(begun), int(begun + step)]
        if is_heaped(scenario, side.post_id, agency):
            times, changed["heaped"] = [rounded_down(at_s) for at_s in times], True
        body: dict[str, Any] = {"id": identity(turn, f"{name}:{agency}"), "direction": direction}
        body |= {"trip_id": turn.trip_id} if turn.is_declared else {}
        body |= {"vehicle_id": turn.coach.vehicle_id, "license_plate": turn.coach.license_plate}
        body |= dict(zip(("arrived_at", "processing_started_at", "released_at"), times, strict=True))
        body |= {"outcome": "released", "passengers": hold.passengers, "minors": hold.minors}
        body |= {"seal_number": hold.seal, "seal_intact": rng.random() < SEALED_SHARE}
        said = of_post(side.post_id, agency, Kind.CROSSING, side.left_s + late, body)
        yield Report(said, "true", "crossing", post_id=side.post_id, changed=changed)


def _logged_stranger(turn: Turn, plate: str, side: Formalities, name: str) -> Iterator[Report]:
    body = {"id": identity(turn, name), "direction": "exit", "license_plate": plate, "arrived_at": int(side.arrived_s)}
    body |= {"processing_started_at": int(side.served_s), "released_at": int(side.left_s), "outcome": "released"}
    said = of_post(side.post_id, POST_AGENCIES[0], Kind.CROSSING, side.left_s + PROMPT_S[1], body)
    yield Report(said, "true", "crossing", post_id=side.post_id, changed={"turned_back": plate})


def _control(rng: random.Random, turn: Turn, stand: Stand, checkpoint: Checkpoint) -> dict[str, Any]:
    payments = []
    if (asked := checkpoint.asked) is not None and rng.random() < asked.share:
        amount = rng.uniform(*asked.amounts)
        step = 500 if asked.amounts[1] >= 1000 else 5
        amount = min(asked.amounts[1], max(asked.amounts[0], round(amount / step) * step))
        payments = [{"amount": amount, "currency": asked.currency, "basis": "no_receipt", "payer": "crew"}]
    body: dict[str, Any] = {"observed_at": int(stand.start_s), "ended_at": int(stand.end_s)}
    body |= {"agency": _sayable(turn, checkpoint.agency, stand.km), "payments": payments, **_place(turn, stand.km)}
    return body | {"in_order": rng.random() < 0.9}


def _told(
    turn: Turn, body: dict[str, Any], name: str, after_s: float, truth: str, kind: str, index: int | None = None
) -> Report:
    due_s = turn.journey.when_after(after_s, QUESTIONS_AFTER_KM) + 120
    due_s = max(due_s, body.get("ended_at", 0) + 60, body["observed_at"] + 60)
    body = {"id": identity(turn, name)} | ({"trip_id": turn.trip_id} if turn.is_declared else {}) | body
    wire = Kind.CONTROL if kind == "control" else Kind.INCIDENT
    return Report(of_coach(turn, wire, due_s, body), truth, kind, index)


def _sayable(turn: Turn, agency: str, km: float) -> str:
    """Return the agency as a crew can report it: one that this country does not have is `unknown`."""
    road = turn.journey.way.road
    return "unknown" if (agency, road.country_at(km)) in road.absent else agency


def _place(turn: Turn, km: float) -> dict[str, float]:
    lat, lon = turn.journey.way.road.places(np.array([km]), np.zeros(1))
    return {"latitude": round(float(lat[0]), 4), "longitude": round(float(lon[0]), 4)}


def _elsewhere(rng: random.Random, turn: Turn) -> float:
    """Return a kilometre of the journey where nothing halted it."""
    low, high = sorted((float(turn.journey.kms[0]), float(turn.journey.kms[-1])))
    km = rng.uniform(low, high)
    for _ in range(20):
        if all(abs(stand.km - km) > 2 for stand in turn.journey.stands):
            break
        km = rng.uniform(low, high)
    return km


def _passed(turn: Turn, km: float) -> float:
    journey = turn.journey
    driven = abs(km - float(journey.kms[0]))
    return journey.when_after(journey.departed_s, driven)
