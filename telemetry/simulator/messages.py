"""What is said along a journey: bodies of the contract, section 3, each with an id made from the journey.

Ids do not depend on when the simulator runs, so that a restart repeats messages instead of inventing new ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from telemetry.simulator.journey import Happening, Journey
from telemetry.simulator.timetable import Departure

MANIFEST_SHARES = {"own": 0.45, "ecowas_aes": 0.52}  # assumption of the demo


@dataclass(frozen=True, slots=True)
class Said:
    """One message: when it is sent, by which device, on which topic."""

    due_at: datetime
    device_id: str
    topic: str
    body: dict[str, Any]


def vehicle_device(vehicle_id: str) -> str:
    """Return the id of the simulated unit fitted to a coach."""
    return f"sim-{vehicle_id}"[:40]


def post_device(post_id: str, agency: str) -> str:
    """Return the id of the simulated device of one agency at one post."""
    return f"sim-{post_id}-{agency}"[:40]


def _identity(departure: Departure, name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"simulated:{departure.seed}:{name}"))


def _vehicle_topic(departure: Departure, kind: str) -> str:
    return f"corridor/v1/vehicles/{departure.operator_id}/{departure.vehicle_id}/{kind}"


def sheet_messages(
    departure: Departure, journey: Journey, at: Callable[[float], tuple[float, float]]
) -> Iterator[Said]:
    """Yield everything but positions: the trip's messages, controls, incidents and the posts' logs."""
    rng = random.Random(f"{departure.seed}:manifest")
    passengers = rng.randrange(28, 62)
    own = round(passengers * MANIFEST_SHARES["own"])
    ecowas = min(passengers - own, round(passengers * MANIFEST_SHARES["ecowas_aes"]))
    counts = {
        "passengers": passengers,
        "minors": rng.randrange(0, 8),
        "by_nationality": {"own": own, "ecowas_aes": ecowas, "other": passengers - own - ecowas},
    }
    seal = f"S{rng.randrange(10**6):06d}"
    ends = (departure.service.origin, departure.service.destination)
    shared = {"trip_id": departure.trip_id, "corridor_id": departure.service.corridor_id}
    shared |= dict(zip(("origin", "destination"), ends if departure.outbound else ends[::-1], strict=True))
    declared_at = departure.leaves_at - timedelta(minutes=40)
    for event, moment, more in (
        ("declared", declared_at, {"scheduled_departure": departure.leaves_at.isoformat(), "manifest": counts}),
        ("departed", departure.leaves_at, {"seal_number": seal, "in_order": rng.random() < 0.9}),
        ("arrived", departure.leaves_at + timedelta(seconds=journey.duration_s), {}),
    ):
        body = {"id": _identity(departure, event), "event": event, "observed_at": moment.isoformat()} | shared | more
        yield Said(moment, vehicle_device(departure.vehicle_id), _vehicle_topic(departure, "trips"), body)
    for number, happening in enumerate(journey.happenings):
        yield _happened(departure, number, happening, at(happening.km), counts, seal)


def _happened(
    departure: Departure, number: int, it: Happening, place: tuple[float, float], counts: dict[str, Any], seal: str
) -> Said:
    due_at = departure.leaves_at + timedelta(seconds=it.due_s)
    begun = departure.leaves_at + timedelta(seconds=it.at_s)
    values = dict(it.values)
    stood_s = values.pop("stood_s", None)
    body: dict[str, Any] = {"id": _identity(departure, str(number)), "trip_id": departure.trip_id}
    if it.kind == "crossing":
        body |= values | {"vehicle_id": departure.vehicle_id, "arrived_at": begun.isoformat()}
        body |= {"released_at": (begun + timedelta(seconds=stood_s)).isoformat(), "outcome": "released"}
        body |= {"passengers": counts["passengers"], "minors": counts["minors"], "seal_number": seal}
        body["seal_intact"] = True
        device = post_device(values["post_id"], values["agency"])
        return Said(due_at, device, f"corridor/v1/posts/{values['post_id']}/{values['agency']}/crossings", body)
    body |= values | {"observed_at": begun.isoformat(), "latitude": place[0], "longitude": place[1]}
    if stood_s is not None:
        body["ended_at"] = (begun + timedelta(seconds=stood_s)).isoformat()
    topic = _vehicle_topic(departure, "controls" if it.kind == "control" else "incidents")
    return Said(due_at, vehicle_device(departure.vehicle_id), topic, body)


def position_message(
    departure: Departure, journey: Journey, now: datetime, at: Callable[[float], tuple[float, float]]
) -> Said:
    """Return the fix of the coach at `now`, with its speed and the bearing to where it will be a minute later."""
    since = (now - departure.leaves_at).total_seconds()
    km, speed = journey.place_at(since)
    latitude, longitude = at(km)
    jitter = random.Random(f"{departure.seed}:{int(since)}")
    body = {
        "id": _identity(departure, f"fix:{int(since)}"),
        "trip_id": departure.trip_id,
        "observed_at": now.isoformat(),
        "latitude": round(latitude + jitter.gauss(0, 8e-5), 6),
        "longitude": round(longitude + jitter.gauss(0, 8e-5), 6),
        "speed_mps": round(speed, 1),
        "accuracy_m": 8,
    }
    return Said(now, vehicle_device(departure.vehicle_id), _vehicle_topic(departure, "positions"), body)
