"""A coach's turns: it stands at a station, drives to the other end of its service, and stands there, for ever.

A coach leaves again only after it has arrived and rested, never faster than the fleet's rate, and at an hour at which
coaches leave. Each turn's chance is its own (seed, coach, number), so a turn can be drawn again and be the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from telemetry.simulator.chance import draws
from telemetry.simulator.fleet import Coach
from telemetry.simulator.journey import Journey, Way, plan
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.span import Span
from telemetry.simulator.timeline import is_within

REST_S = (3 * 3600, 6 * 3600)
QUARTER_S = 900
NO_DEPARTURES = (22.5, 4.0)  # local hours; an assumption
LATE_S = (0, 1200)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """One stand at a station and the journey after it. `station_s`: since when it stands."""

    coach: Coach
    number: int
    trip_id: str
    origin: str
    destination: str
    station_s: float
    scheduled_s: float
    journey: Journey
    is_declared: bool
    seed: int

    @property
    def name(self) -> tuple[str, int]:
        """What its chance is named by."""
        return (self.coach.vehicle_id, self.number)


def turns(coach: Coach, way: Way, scenario: Scenario, span: Span) -> Iterator[Turn]:
    """Yield a coach's turns in order, for as long as the span lasts; the last may arrive after its end."""
    service, road = coach.service, way.road
    origin, destination = service.origin, service.destination
    if not coach.starts_at_origin:
        origin, destination = destination, origin
    station_s, earliest_s = span.start_s, span.start_s
    earliest_s += round(draws(scenario.seed, coach.vehicle_id, "first").uniform(0.02, 1) * coach.interval_s)
    number = 0
    while span.end_s is None or station_s < span.end_s:
        rng = draws(scenario.seed, coach.vehicle_id, number, "turn")
        scheduled = -(-earliest_s // QUARTER_S) * QUARTER_S
        moved = False
        while is_within(road.local_hour(scheduled, road.hubs[origin]), NO_DEPARTURES):
            scheduled, moved = scheduled + QUARTER_S, True
        scheduled += QUARTER_S * rng.randrange(0, 20) if moved else 0  # not everybody leaves at the first hour
        leaves = scheduled + rng.randrange(*LATE_S)
        ends = (road.hubs[origin], road.hubs[destination])
        journey = plan((coach.vehicle_id, number), way, scenario, span, float(leaves), ends)
        yield Turn(
            coach,
            number,
            f"{coach.vehicle_id}-{datetime.fromtimestamp(scheduled, UTC):%y%m%d%H%M}",
            origin,
            destination,
            station_s,
            float(scheduled),
            journey,
            rng.random() >= scenario.fleet.undeclared_share,
            scenario.seed,
        )
        station_s = journey.arrived_s
        earliest_s = max(station_s + rng.randrange(*REST_S), leaves + coach.interval_s)
        origin, destination = destination, origin
        number += 1
