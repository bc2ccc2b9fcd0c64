"""Which services run on which day, and which coach drives them.

A *slot* is one daily departure in each direction. Each slot owns `cycle` coaches that alternate: the coach that goes out
on day d comes back `cycle / 2` days later, which leaves it time to arrive and rest.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Company:
    """An invented coach company. Real firms beside bribery figures would be defamatory."""

    operator_id: str
    name: str
    country: str


@dataclass(frozen=True, slots=True)
class Service:
    """Daily departures between two hubs of one corridor. Hubs are named by their ids."""

    corridor_id: str
    origin: str
    destination: str
    departures: int
    cycle: int


@dataclass(frozen=True, slots=True)
class Departure:
    """One coach that leaves once."""

    trip_id: str
    service: Service
    operator_id: str
    vehicle_id: str
    leaves_at: datetime
    outbound: bool
    seed: str


COMPANIES = (
    Company("LAGUNE", "Lagune Express", "CI"),
    Company("HARMATTAN", "Harmattan Voyages", "CI"),
    Company("GOLDCOAST", "Golden Shore Coaches", "GH"),
    Company("MONO", "Mono Transit", "TG"),
    Company("PENDJARI", "Pendjari Lignes", "BJ"),
    Company("BADAGRYLINE", "Creek Road Lines", "NG"),
)

# Departures per day and direction: the project's assumption of a credible week on this corridor.
SERVICES = (
    Service("ABJ-LOS", "abidjan", "lagos", 2, 6),
    Service("ABJ-LOS", "abidjan", "accra", 5, 4),
    Service("ABJ-LOS", "accra", "lagos", 5, 4),
    Service("ABJ-LOS", "accra", "cotonou", 4, 2),
    Service("ABJ-LOS", "cotonou", "lagos", 3, 2),
)

PLATES = {
    "CI": "{n:04d} LX 01",
    "GH": "GR {n:04d}-25",
    "TG": "TG {n:04d} BC",
    "BJ": "BL {n:04d} RB",
    "NG": "LAG {n:03d} XB",
}


def departures(seed: int, day: date) -> Iterator[Departure]:
    """Yield every departure of `day` (UTC), in no particular order; same seed and day, same departures."""
    number = day.toordinal()
    for index, service in enumerate(SERVICES):
        for slot in range(service.departures):
            company = COMPANIES[(index + slot) % len(COMPANIES)]
            for outbound in (True, False):
                key = f"{seed}:{day.isoformat()}:{index}:{slot}:{outbound}"
                turn = number if outbound else number - service.cycle // 2
                # The same hour every day, or a coach could be wanted again before it is back.
                first, last = (5, 10) if service.cycle == 2 else (4, 22)
                hour = random.Random(f"{seed}:{index}:{slot}:{outbound}").randrange(first * 60, last * 60)
                minute = hour + random.Random(key).randrange(0, 25)
                yield Departure(
                    trip_id=f"T-{day:%Y%m%d}-{index}{slot}{'O' if outbound else 'R'}",
                    service=service,
                    operator_id=company.operator_id,
                    vehicle_id=coach_id(company, index, slot, turn % service.cycle),
                    leaves_at=datetime.combine(day, time(), UTC) + timedelta(minutes=minute),
                    outbound=outbound,
                    seed=key,
                )


def coach_id(company: Company, service: int, slot: int, turn: int) -> str:
    """Return the id of the coach that takes this turn."""
    return f"{company.operator_id[:4]}-{service}{slot}{turn}"


def coaches() -> Iterator[tuple[Company, str, str]]:
    """Yield `(company, vehicle_id, license_plate)` of the whole fleet."""
    for index, service in enumerate(SERVICES):
        for slot in range(service.departures):
            company = COMPANIES[(index + slot) % len(COMPANIES)]
            for turn in range(service.cycle):
                plate = PLATES[company.country].format(n=100 + index * 100 + slot * 10 + turn)
                yield company, coach_id(company, index, slot, turn), plate
