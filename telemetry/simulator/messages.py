"""What is said: one message of a device, with its place in the order of sending, and what an operator says of a trip.

Ids are made from the journey, never drawn, so that a restart repeats messages instead of inventing new ones. Times in
bodies are Unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from telemetry.kinds import Kind
from telemetry.simulator.chance import draws
from telemetry.simulator.timetable import Turn
from telemetry.topics import post_topic, vehicle_topic

OWN_SHARE, REGION_SHARE = 0.45, 0.52  # passengers of the coach's own country, of the region: assumptions
DECLARED_BEFORE_S = 40 * 60
GROUPED_AGENCIES = ["police", "customs", "health"]


@dataclass(frozen=True, slots=True)
class Said:
    """What one device sends at once: one body, or several of one kind that were stored meanwhile.

    `due_s`: when it is sent, seconds since 1970; every body says so too (`sent_at`).
    """

    due_s: int
    device_id: str
    topic: str
    kind: Kind
    bodies: tuple[dict[str, Any], ...]

    @property
    def about_s(self) -> float:
        """When what it says had happened; of formalities their end."""
        body = self.bodies[0]
        return float(body.get("observed_at", body.get("released_at", self.due_s)))

    def payload(self) -> bytes:
        """Return what goes over the wire: an object, or an array."""
        return orjson.dumps(self.bodies[0] if len(self.bodies) == 1 else list(self.bodies))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the operator counted before a trip left. Counts only, never names."""

    passengers: int
    minors: int
    own: int
    ecowas_aes: int
    seal: str

    def as_body(self) -> dict[str, Any]:
        """Return it in the contract's form."""
        other = self.passengers - self.own - self.ecowas_aes
        groups = {"own": self.own, "ecowas_aes": self.ecowas_aes, "other": other}
        return {"passengers": self.passengers, "minors": self.minors, "by_nationality": groups}


def identity(turn: Turn, what: str) -> str:
    """Return the id of something said on a turn."""
    return str(uuid5(NAMESPACE_URL, f"simulated:{turn.seed}:{turn.coach.vehicle_id}:{turn.trip_id}:{what}"))


def post_device(post_id: str, agency: str) -> str:
    """Return the id of the simulated device of one agency at one post."""
    return f"sim-{post_id}-{agency}"[:40]


def of_coach(turn: Turn, kind: Kind, due_s: float, body: dict[str, Any]) -> Said:
    """Return a message of the coach's unit. While it is without network, and until it has said what it kept, it waits."""
    due = int(due_s)
    for outage in turn.journey.outages:
        if outage.start_s <= due < outage.end_s + 60:
            due = int(outage.end_s) + 60
    topic = vehicle_topic(kind, turn.coach.company.operator_id, turn.coach.vehicle_id)
    return Said(due, turn.coach.device_id, topic, kind, (body | {"sent_at": due},))


def of_post(post_id: str, agency: str, kind: Kind, due_s: float, body: dict[str, Any]) -> Said:
    """Return a message of one agency at a post."""
    due = int(due_s)
    return Said(due, post_device(post_id, agency), post_topic(kind, post_id, agency), kind, (body | {"sent_at": due},))


def manifest_of(turn: Turn) -> Manifest:
    """Return what was counted before the turn's trip."""
    rng = draws(turn.seed, *turn.name, "manifest")
    passengers = rng.randrange(28, 62)
    own = round(passengers * OWN_SHARE)
    region = min(passengers - own, round(passengers * REGION_SHARE))
    return Manifest(passengers, rng.randrange(0, 8), own, region, f"S{rng.randrange(10**6):06d}")


def trip_messages(turn: Turn, manifest: Manifest) -> Iterator[Said]:
    """Yield what the operator says of the trip; nothing of one that is not declared."""
    if not turn.is_declared:
        return
    rng = draws(turn.seed, *turn.name, "sheet")
    journey = turn.journey
    departed, arrived = journey.departed_s, journey.arrived_s
    declared = min(turn.scheduled_s - DECLARED_BEFORE_S, departed - 60)
    control_s = departed - rng.randrange(900, 1800)
    said: list[tuple[str, float, dict[str, Any]]] = [
        ("declared", declared, {"scheduled_departure": int(turn.scheduled_s), "manifest": manifest.as_body()}),
        (
            "departed",
            departed,
            {
                "seal_number": manifest.seal,
                "in_order": rng.random() < 0.9,
                "manifest": manifest.as_body(),
                "grouped_control": {
                    "started_at": int(control_s),
                    "ended_at": int(control_s + rng.randrange(300, 840)),
                    "agencies": GROUPED_AGENCIES,
                    "outcome": "passed",
                },
            },
        ),
        ("arrived", arrived, {}),
    ]
    for event, at_s, more in said:
        body = {"id": identity(turn, event), "event": event, "observed_at": int(at_s), "trip_id": turn.trip_id}
        body |= {"corridor_id": turn.coach.service.corridor, "origin": turn.origin, "destination": turn.destination}
        yield of_coach(turn, Kind.TRIP, at_s + rng.randrange(0, 90), body | more)
