"""One coach's way along a road: what makes it stand where, drawn once from a generator of its own. No clock, no network.

Rests, breakdowns, controls and borders are laid along the way first, then driven through in their order; an outage of the
network is drawn over it. The figures are the scenario's; how they are spread is said at each function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from telemetry.simulator.border import Crossing, cross, is_on_way, side_before
from telemetry.simulator.chance import count, draws, log_normal, skewed
from telemetry.simulator.roads import Gate, Road
from telemetry.simulator.scenario import Checkpoint, Congestion, Scenario
from telemetry.simulator.span import Span
from telemetry.simulator.timeline import Speeds, Stand, Timeline, is_within, speeds_of
from tracker.geo import Floats

POPULAR_EVERY_KM = 180.0
END_OF_OUTAGE_S = 90.0
END_KM, BORDER_KM = 3.0, 2.0  # no rest at the very ends, nor in the borders' queues
REST_SIDE_M, CHECKPOINT_KM = (20, 80), 0.02


@dataclass(frozen=True, slots=True)
class Way:
    """A road with what the scenario puts on it, the same for every journey."""

    road: Road
    speeds: Speeds
    popular_km: tuple[float, ...]
    checkpoints: tuple[tuple[int, Checkpoint], ...]
    jams: tuple[Congestion, ...]


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch without network; `off`: without a working unit either."""

    start_s: float
    end_s: float
    off: bool


@dataclass(frozen=True, slots=True, eq=False)
class Journey:
    """A timeline: at `times_s[i]` (seconds since 1970) the coach is at `kms[i]`, `sides_m[i]` beside the road."""

    way: Way
    times_s: Floats
    kms: Floats
    sides_m: Floats
    stands: tuple[Stand, ...]
    crossings: tuple[Crossing, ...]
    outages: tuple[Outage, ...]

    @property
    def departed_s(self) -> float:
        """When it leaves."""
        return float(self.times_s[0])

    @property
    def arrived_s(self) -> float:
        """When it arrives."""
        return float(self.times_s[-1])

    def km_at(self, at_s: float) -> float:
        """Return where it is at a moment, to the metre; the ends outside of the timeline."""
        return round(float(np.interp(at_s, self.times_s, self.kms)), 3)

    def when_after(self, at_s: float, kilometres: float) -> float:
        """Return the moment when it is `kilometres` farther than at `at_s`, the arrival at the latest."""
        driven = np.abs(self.kms - self.kms[0])
        return float(np.interp(float(np.interp(at_s, self.times_s, driven)) + kilometres, driven, self.times_s))


def ways_of(scenario: Scenario, roads: Mapping[str, Road]) -> dict[str, Way]:
    """Lay the scenario's checkpoints, jams and popular places on its roads."""
    ways = {}
    for corridor_id in scenario.corridors:
        road = roads[corridor_id]
        rng = draws(scenario.seed, corridor_id, "popular")
        number = round((road.end_km - road.start_km) / POPULAR_EVERY_KM)
        width = (road.end_km - road.start_km) / max(number, 1)
        popular = [road.start_km + (n + rng.uniform(0.2, 0.8)) * width for n in range(number)]
        ways[corridor_id] = Way(
            road,
            speeds_of(road, scenario.seed),
            tuple(round(_clear_of_borders(km, road), 3) for km in popular),
            tuple((n, c) for n, c in enumerate(scenario.checkpoints) if c.corridor == corridor_id),
            tuple(j for j in scenario.halts.congestion if (j.corridor or scenario.corridors[0]) == corridor_id),
        )
    return ways


def plan(
    name: Sequence[Any], way: Way, scenario: Scenario, span: Span, departs_s: float, ends: tuple[float, float]
) -> Journey:
    """Draw the journey from `ends[0]` to `ends[1]` (either may be the greater), leaving at `departs_s`.

    `name` seeds it: the same name gives the same journey.
    """
    rng = draws(scenario.seed, *name)
    from_km, to_km = ends
    sign = 1 if to_km > from_km else -1
    line = Timeline(way.road, way.speeds, rng, departs_s, from_km, sign, way.jams, driver=rng.uniform(0.93, 1.07))
    crossings: list[Crossing] = []
    for km, what, detail in _laid_out(rng, way, scenario, from_km, to_km):
        if what == "gate":
            assert isinstance(detail, Gate)
            crossings.append(cross(line, detail, scenario.borders, span))
            continue
        line.drive_to(km)
        if what == "checkpoint":
            index, checkpoint = detail
            if _halts(rng, checkpoint, line, span):
                line.stand(60 * skewed(rng, *checkpoint.minutes), what, index=index)
        elif what == "rest":
            side = rng.choice((-1, 1)) * rng.uniform(*REST_SIDE_M)
            line.stand(60 * skewed(rng, *scenario.halts.rest_minutes), what, side, popular=detail)
        else:
            low, high = scenario.halts.breakdown_minutes
            line.stand(60 * min(high, max(low, log_normal(rng, (low * high) ** 0.5, high))), what, 3.0)
    line.drive_to(to_km)
    line.finish()
    times, kms = np.array(line.times_s), np.array(line.kms)
    outages = _outages(rng, scenario, times, kms)
    stands = tuple(sorted(line.stands, key=lambda stand: stand.start_s))
    return Journey(way, times, kms, np.array(line.sides_m), stands, tuple(crossings), outages)


def _laid_out(rng: Any, way: Way, scenario: Scenario, from_km: float, to_km: float) -> list[tuple[float, str, Any]]:
    """Return what lies on the way, in the order in which it is met. Rests and breakdowns come as often as a Poisson
    process has them; a coach rests at one popular place once."""
    low, high, halts = min(from_km, to_km), max(from_km, to_km), scenario.halts
    forward = to_km > from_km
    found: list[tuple[float, str, Any]] = []
    for index, checkpoint in way.checkpoints:
        if low < checkpoint.at_km < high and checkpoint.direction in ("both", "up" if forward else "down"):
            km = checkpoint.at_km + rng.uniform(-CHECKPOINT_KM, CHECKPOINT_KM)
            found.append((km, "checkpoint", (index, checkpoint)))
    found += [(side_before(gate, forward), "gate", gate) for gate in way.road.gates if is_on_way(gate, low, high)]
    popular = [km for km in way.popular_km if low + END_KM < km < high - END_KM]
    length = max(0.0, high - low - 2 * END_KM)
    for _ in range(count(rng, halts.rest_per_100km * length / 100)):
        at_popular = rng.random() < halts.popular_share
        if at_popular and popular:
            found.append((popular.pop(rng.randrange(len(popular))) + rng.uniform(-0.02, 0.02), "rest", True))
        elif not at_popular:
            found.append((_clear_of_borders(rng.uniform(low + END_KM, high - END_KM), way.road), "rest", False))
    for _ in range(count(rng, halts.breakdown_per_1000km * length / 1000)):
        found.append((_clear_of_borders(rng.uniform(low + END_KM, high - END_KM), way.road), "breakdown", None))
    return sorted(found, key=lambda one: one[0], reverse=not forward)


def _halts(rng: Any, checkpoint: Checkpoint, line: Timeline, span: Span) -> bool:
    drawn = rng.random()  # always: what is open when must not change the draws of what follows
    at = span.in_scenario(line.now_s)
    if checkpoint.from_ is not None and at < checkpoint.from_.timestamp():
        return False
    if checkpoint.to is not None and at >= checkpoint.to.timestamp():
        return False
    return drawn < checkpoint.stop_share and is_within(line.road.local_hour(line.now_s, line.km), checkpoint.hours)


def _clear_of_borders(km: float, road: Road) -> float:
    """Move a place out of the borders' queues, as far beyond them as it lay within: rests do not pile up at their ends."""
    for gate in road.gates:
        kms = [gate.at_km, *(side.km for side in gate.sides)]
        low, high = min(kms) - BORDER_KM, max(kms) + BORDER_KM
        if low < km < high:
            return 2 * low - km if km - low < high - km else 2 * high - km
    return km


def _outages(rng: Any, scenario: Scenario, times: Floats, kms: Floats) -> tuple[Outage, ...]:
    driven = np.abs(kms - kms[0])
    sampling = scenario.sampling
    found: list[Outage] = []
    for _ in range(count(rng, sampling.outage_per_100km * float(driven[-1]) / 100)):
        start = float(round(float(np.interp(rng.uniform(0, float(driven[-1])), driven, times))))
        length = float(round(60 * skewed(rng, *sampling.outage_minutes)))
        end = min(start + length, float(times[-1]) - END_OF_OUTAGE_S)  # at the station there is network
        is_off = rng.random() < sampling.offline_share
        if end > start:
            found.append(Outage(start, end, is_off))
    found.sort(key=lambda outage: outage.start_s)
    kept: list[Outage] = []
    for outage in found:  # one that begins within another is not another
        if not kept or outage.start_s > kept[-1].end_s:
            kept.append(outage)
    return tuple(kept)
