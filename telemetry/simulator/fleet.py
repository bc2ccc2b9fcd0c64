"""Who drives: invented companies, their coaches, and the services these are given to.

Real firms beside figures on bribery would be defamatory, so every name here is made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from telemetry.simulator.roads import Road
from telemetry.simulator.scenario import Scenario, Service

MEAN_KMH = 40.0  # with halts and borders: an assumption, to share coaches out among services
REST_H = 5.0


@dataclass(frozen=True, slots=True)
class Company:
    """An invented coach company."""

    operator_id: str
    name: str
    country: str


COMPANIES = (
    Company("LAGUNE", "Lagune Express", "CI"),
    Company("HARMATTAN", "Harmattan Voyages", "CI"),
    Company("GOLDCOAST", "Golden Shore Coaches", "GH"),
    Company("MONO", "Mono Transit", "TG"),
    Company("PENDJARI", "Pendjari Lignes", "BJ"),
    Company("BADAGRYLINE", "Creek Road Lines", "NG"),
    Company("SAHELROUTE", "Route du Sahel", "BF"),
    Company("DJOLIBA", "Djoliba Voyages", "ML"),
    Company("BAOBAB", "Baobab Interurbain", "SN"),
    Company("VOLTALINE", "Volta Line", "GH"),
    Company("FOUTA", "Fouta Transport", "GN"),
    Company("ROKEL", "Rokel Coaches", "SL"),
)
PLATES = {
    "CI": "{n:04d} LX 01", "GH": "GR {n:04d}-25", "TG": "TG {n:04d} BC", "BJ": "BL {n:04d} RB", "NG": "LAG {n:03d} XB",
    "BF": "11 KH {n:04d}", "ML": "BA {n:04d} MD", "SN": "DK {n:04d} BF", "GN": "RC {n:04d} X", "SL": "AQ {n:04d}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coach:
    """One coach on one service. `interval_s`: the least time between two departures; `number` tells coaches apart."""

    vehicle_id: str
    company: Company
    license_plate: str
    number: int
    service: Service
    interval_s: float
    starts_at_origin: bool

    @property
    def device_id(self) -> str:
        """The unit fitted to it."""
        return f"sim-{self.vehicle_id}"[:40]


def companies_of(scenario: Scenario) -> tuple[Company, ...]:
    """Return the scenario's companies: named ones first, then numbered ones."""
    more = tuple(
        Company(f"LINE{n:03d}", f"Line {n}", "CI") for n in range(len(COMPANIES) + 1, scenario.fleet.operators + 1)
    )
    return (COMPANIES + more)[: scenario.fleet.operators]


def tag_of(scenario: Scenario) -> str:
    """Return eight characters that stand for a scenario and its seed: two of them share no coach."""
    return sha256(f"{scenario.name}:{scenario.seed}".encode()).hexdigest()[:8].upper()


def services_of(scenario: Scenario, roads: Mapping[str, Road]) -> list[Service]:
    """Return the scenario's services; without any, each corridor from end to end, or as far as its borders are open."""
    if scenario.services:
        return list(scenario.services)
    services = []
    for corridor_id in scenario.corridors:
        road = roads[corridor_id]
        hubs = sorted(road.hubs.items(), key=lambda hub: hub[1])
        stretches: list[list[str]] = [[]]
        walls = [gate.at_km for gate in road.gates if gate.is_closed]
        for number, (hub, km) in enumerate(hubs):
            if number and any(hubs[number - 1][1] < wall <= km for wall in walls):
                stretches.append([])
            stretches[-1].append(hub)
        longest = max(stretches, key=lambda part: road.hubs[part[-1]] - road.hubs[part[0]])
        services.append(
            Service(corridor=corridor_id, origin=longest[0], destination=longest[-1], departures_per_day=1.0)
        )
    return services


def coaches_of(scenario: Scenario, roads: Mapping[str, Road]) -> list[Coach]:
    """Return the whole fleet: coaches are shared out by how many each service needs."""
    services, companies = services_of(scenario, roads), companies_of(scenario)
    needs = [service.departures_per_day * _cycle_days(service, roads[service.corridor]) for service in services]
    tag = tag_of(scenario)[:3]
    given, loads = [0] * len(services), {company.operator_id: 0 for company in companies}
    coaches = []
    for number in range(scenario.fleet.vehicles):
        at = max(range(len(services)), key=lambda s: (needs[s] / (given[s] + 1), -s))
        service, road = services[at], roads[services[at].corridor]
        along = {country for _, country in road.countries}
        near = [company for company in companies if company.country in along]
        # A company that has nothing yet comes first, at home here or not.
        company = min(near or companies, key=lambda c: loads[c.operator_id])
        idle = [c for c in companies if not loads[c.operator_id]]
        if scenario.fleet.vehicles - number <= len(idle):
            company = idle[0]
        loads[company.operator_id] += 1
        coaches.append(
            Coach(
                vehicle_id=f"{company.operator_id[:4]}-{tag}{number:03d}",
                company=company,
                license_plate=PLATES.get(company.country, "{n:04d} X").format(n=100 + number),
                number=number,
                service=service,
                interval_s=86400 / scenario.fleet.trips_per_vehicle_per_day,
                starts_at_origin=given[at] % 2 == 0,
            )
        )
        given[at] += 1
    return [_paced(coach, given[services.index(coach.service)], scenario) for coach in coaches]


def _cycle_days(service: Service, road: Road) -> float:
    """Return the days one coach needs for one trip and its rest."""
    return (abs(road.hubs[service.destination] - road.hubs[service.origin]) / MEAN_KMH + REST_H) / 24


def _paced(coach: Coach, fleet: int, scenario: Scenario) -> Coach:
    """Slow a coach down where its service has more coaches than its departures need."""
    if not scenario.services:
        return coach
    wanted_s = 86400 * fleet / (2 * coach.service.departures_per_day)
    return replace(coach, interval_s=max(coach.interval_s, wanted_s))
