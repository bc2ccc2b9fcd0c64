"""One coach's way along a corridor as a pure timeline: legs driven and stood, and what happened on the way.

`plan` draws it once from a seeded generator; `place_at` reads it for any moment. No clock, no network.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

# Assumptions of the demo, per country: places of control, share of coaches halted, minutes (median, p95), chance of a
# payment, amounts by agency in local currency.
CONTROLS: dict[str, tuple[int, float, tuple[float, float], float, str, dict[str, int]]] = {
    "CI": (6, 0.8, (4, 12), 0.4, "XOF", {"police": 1000, "gendarmerie": 1000, "customs": 3000}),
    "GH": (14, 0.35, (2, 8), 0.1, "GHS", {"police": 10, "customs": 20}),
    "TG": (2, 0.6, (3, 8), 0.2, "XOF", {"police": 1000, "gendarmerie": 1000}),
    "BJ": (4, 0.6, (3, 9), 0.2, "XOF", {"police": 1000, "customs": 1000}),
    "NG": (28, 0.3, (1, 5), 0.7, "NGN", {"police": 1000, "immigration": 2000, "customs": 3000, "military": 500}),
}
DWELL_MINUTES = {"CI-noe": (75, 210), "GH-aflao": (50, 150), "TG-sanvee-condji": (35, 110), "BJ-krake": (90, 270)}
POST_AGENCIES = ("immigration", "customs")  # who logs at a side, in the order the coach meets them
REPORTED_SHARE = 0.35
LOGGED_SHARE = 0.8
LATE_SHARE = 1 / 3
HARASSMENT_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Gate:
    """A border on the corridor: its two posts in the order of rising kilometres, and where it lies."""

    low_post: str
    high_post: str
    low_country: str
    high_country: str
    at_km: float


@dataclass(frozen=True, slots=True)
class Road:
    """What a journey needs to know of a corridor: its length, its borders, and its places of control by kilometre."""

    corridor_id: str
    length_km: float
    gates: tuple[Gate, ...]
    controls: tuple[tuple[float, str], ...]  # (km, country)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something somebody will report: `due_s` after departure, `kind` of the contract, `at_s` when it happened."""

    due_s: float
    at_s: float
    kind: str
    km: float
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Journey:
    """A timeline: `times_s[i]` seconds after departure the coach is at `kms[i]`; straight in between."""

    times_s: tuple[float, ...]
    kms: tuple[float, ...]
    happenings: tuple[Happening, ...]

    @property
    def duration_s(self) -> float:
        """Seconds from departure to arrival."""
        return self.times_s[-1]

    def place_at(self, at_s: float) -> tuple[float, float]:
        """Return `(km, speed in m/s)`, `at_s` seconds after departure; the ends outside the timeline."""
        if at_s <= 0:
            return self.kms[0], 0.0
        if at_s >= self.duration_s:
            return self.kms[-1], 0.0
        i = bisect_right(self.times_s, at_s) - 1
        span = self.times_s[i + 1] - self.times_s[i]
        way = self.kms[i + 1] - self.kms[i]
        return self.kms[i] + way * (at_s - self.times_s[i]) / span, abs(way) * 1000 / span


def lay_controls(seed: int, gates: Sequence[Gate], length_km: float) -> tuple[tuple[float, str], ...]:
    """Spread the demo's places of control over the corridor, by country, away from borders and ends."""
    rng = random.Random(f"controls:{seed}")
    bounds = [0.0, *(gate.at_km for gate in gates), length_km]
    countries = [gates[0].low_country, *(gate.high_country for gate in gates)] if gates else []
    places = []
    for low, high, country in zip(bounds, bounds[1:], countries, strict=False):
        count = CONTROLS.get(country, (0,))[0]
        places += [(rng.uniform(low + 4, max(low + 5, high - 4)), country) for _ in range(count)]
    return tuple(sorted(places))


def plan(seed: str, road: Road, from_km: float, to_km: float) -> Journey:
    """Draw the journey from `from_km` to `to_km` (either may be the greater)."""
    rng = random.Random(seed)
    forward = to_km > from_km
    halts: list[tuple[float, float, str, dict[str, Any]]] = []
    for km, country in road.controls:
        share, minutes = CONTROLS[country][1], CONTROLS[country][2]
        if min(from_km, to_km) < km < max(from_km, to_km) and rng.random() < share:
            halts.append((km, 60 * _lognormal(rng, *minutes), "control", {"country": country}))
    for gate in road.gates:
        if min(from_km, to_km) < gate.at_km < max(from_km, to_km):
            median, p95 = DWELL_MINUTES.get(gate.low_post, (45, 140))
            dwell = 60 * _lognormal(rng, median, p95) / 2
            sides = [("exit", gate.low_post), ("entry", gate.high_post)]
            if not forward:
                sides = [("exit", gate.high_post), ("entry", gate.low_post)]
            for (direction, post), step in zip(sides, (-0.4, 0.4), strict=True):
                km = gate.at_km + (step if forward else -step)
                halts.append((km, dwell, "crossing", {"direction": direction, "post_id": post}))
    for _ in range(round(abs(to_km - from_km) / 180)):
        halts.append((rng.uniform(*sorted((from_km, to_km))), 60 * rng.uniform(6, 30), "rest", {}))
    halts.sort(key=lambda halt: halt[0], reverse=not forward)
    return _timeline(rng, from_km, to_km, halts)


def _timeline(
    rng: random.Random, from_km: float, to_km: float, halts: Sequence[tuple[float, float, str, dict[str, Any]]]
) -> Journey:
    now, km = 0.0, from_km
    times, kms = [0.0], [from_km]
    happenings: list[Happening] = []

    def drive_to(target: float) -> None:
        nonlocal now, km
        while abs(target - km) > 1e-9:
            step = math.copysign(min(8.0, abs(target - km)), target - km)
            now += abs(step) / rng.uniform(42, 76) * 3600  # km/h: a loaded coach, towns included
            km += step
            times.append(now)
            kms.append(km)

    for at, stands_s, kind, values in halts:
        drive_to(at)
        begun = now
        now += stands_s
        times.append(now)
        kms.append(km)
        happenings += _said(rng, kind, at, begun, now, values)
    drive_to(to_km)
    happenings.sort(key=lambda h: h.due_s)
    return Journey(tuple(times), tuple(kms), tuple(happenings))


def _said(
    rng: random.Random, kind: str, km: float, begun: float, ended: float, values: dict[str, Any]
) -> list[Happening]:
    if kind == "crossing" and rng.random() < LOGGED_SHARE:
        late = rng.uniform(3600, 3 * 3600) if rng.random() < LATE_SHARE else rng.uniform(30, 240)
        step = (ended - begun) / len(POST_AGENCIES)
        return [
            Happening(ended + late, begun + i * step, "crossing", km, values | {"agency": agency, "stood_s": step})
            for i, agency in enumerate(POST_AGENCIES)
        ]
    if kind == "control" and rng.random() < REPORTED_SHARE:
        _, _, _, pays, currency, amounts = CONTROLS[values["country"]]
        agency = rng.choice(sorted(amounts))
        payments = []
        if rng.random() < pays:
            payments = [{"amount": amounts[agency], "currency": currency, "basis": "no_receipt", "payer": "crew"}]
        harassment = ["threat_of_unloading"] if rng.random() < HARASSMENT_SHARE else []
        # Questions come 15 km later, never in front of the barrier.
        said = {"agency": agency, "payments": payments, "harassment": harassment, "stood_s": ended - begun}
        return [Happening(ended + 15 / 60 * 3600, begun, "control", km, said)]
    if kind == "rest" and rng.random() < HARASSMENT_SHARE:
        return [Happening(ended + 600, begun, "incident", km, {"incident_type": "harassment"})]
    return []


def _lognormal(rng: random.Random, median: float, p95: float) -> float:
    return median * math.exp(rng.gauss(0, math.log(p95 / median) / 1.645))
