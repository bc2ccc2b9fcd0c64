"""A border as a coach goes through it: the night wait, a queue that creeps, exit formalities, the line, entry formalities.

The whole dwell is log-normal with the scenario's median and 95th percentile, times the hour's rhythm. The queue has the
most of it. Opening hours are added on top: who comes at night waits in front of the first closed side. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from telemetry.simulator.chance import log_normal
from telemetry.simulator.roads import Gate, Side
from telemetry.simulator.scenario import Borders, PostRule
from telemetry.simulator.span import Span
from telemetry.simulator.timeline import Stand, Timeline, is_within

QUEUE_KM = (0.06, 0.24)
QUEUE_SHARE, EXIT_SHARE = 0.4, 0.25
WALK_KMH = 12.0
# Assumption: busy mornings and evenings, quiet nights.
RHYTHM = (((6, 10), 1.25), ((16, 20), 1.15), ((22, 5), 0.75))


@dataclass(frozen=True, slots=True)
class Formalities:
    """What one side does with a coach: from joining its queue or arriving, to leaving."""

    post_id: str
    arrived_s: float
    served_s: float
    left_s: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """One border, crossed. A side that no post is known for is None."""

    at_km: float
    exit: Formalities | None
    entry: Formalities | None
    line_s: float
    is_joint: bool
    waited_s: float


def is_on_way(gate: Gate, low: float, high: float) -> bool:
    """Say whether a border lies between two kilometres."""
    return low < gate.at_km < high


def side_before(gate: Gate, forward: bool) -> float:
    """Return the kilometre at which a coach begins with this border."""
    first = _order(gate, forward)[0]
    return first.km if first is not None else gate.at_km


def _order(gate: Gate, forward: bool) -> tuple[Side | None, Side | None]:
    return (gate.low, gate.high) if forward else (gate.high, gate.low)


def cross(line: Timeline, gate: Gate, borders: Borders, span: Span) -> Crossing:
    """Draw a border; the coach is on the road before it."""
    rng, sign = line.rng, line.sign
    rule = next((r for r in borders.at if r.post in {side.post_id for side in gate.sides}), None)
    dwell = (rule and rule.dwell_minutes) or borders.dwell_minutes
    leaving, entering = _order(gate, sign > 0)
    first_km = leaving.km if leaving is not None else gate.at_km
    line.drive_to(first_km - sign * rng.uniform(*QUEUE_KM))
    hour = line.road.local_hour(line.now_s, line.km)
    rhythm = next((factor for hours, factor in RHYTHM if is_within(hour, hours)), 1.0)
    total_s = 60 * log_normal(rng, dwell.median, dwell.p95) * rhythm * _slowness(rule, span.in_scenario(line.now_s))
    began_s, began_km = line.now_s, line.km
    waited_s = 0.0
    for side in (leaving, entering):
        waited_s += _until_open(line, side, rule.hours if rule else None)
    line.queue(first_km, total_s * QUEUE_SHARE)
    creep_m = round(abs(line.km - began_km) * 1000, 1)
    joint = gate.is_joint and leaving is not None and entering is not None
    share = EXIT_SHARE if entering is not None else 1 - QUEUE_SHARE
    served_s = line.now_s
    exit_, entry = None, None
    if leaving is not None:
        line.wait(total_s * share)
        exit_ = Formalities(leaving.post_id, began_s, served_s, line.now_s)
    if joint and exit_ is not None and entering is not None:
        arrived_s = line.now_s
        line.wait(total_s * (1 - QUEUE_SHARE - share))
        entry = Formalities(entering.post_id, arrived_s, arrived_s, line.now_s)
        _note(line, began_s, began_km, creep_m, exit_.post_id)
        if (gate.at_km - line.km) * sign > 1e-6:
            line.go(gate.at_km, WALK_KMH)
        return Crossing(gate.at_km, exit_, entry, line.passed(gate.at_km), True, waited_s)
    if exit_ is not None:
        _note(line, began_s, began_km, creep_m, exit_.post_id)
    if (gate.at_km - line.km) * sign > 1e-6:
        line.go(gate.at_km, WALK_KMH) if abs(gate.at_km - line.km) < 1 else line.drive_to(gate.at_km)
    if entering is not None:
        if abs(entering.km - line.km) < 1:
            line.go(entering.km, WALK_KMH)
        else:
            line.drive_to(entering.km)
        arrived_s, arrived_km = line.now_s, line.km
        line.wait(total_s * (1 - QUEUE_SHARE - (share if leaving is not None else 0)))
        entry = Formalities(entering.post_id, arrived_s, arrived_s, line.now_s)
        _note(line, arrived_s, arrived_km, 0.0, entering.post_id)
    return Crossing(gate.at_km, exit_, entry, line.passed(gate.at_km), False, waited_s)


def _slowness(rule: PostRule | None, at_s: float) -> float:
    """Return how many times as long as usual a border takes at a moment of the scenario."""
    slow = rule.slow if rule is not None else None
    if slow is None or not slow.from_.timestamp() <= at_s < slow.to.timestamp():
        return 1.0
    return slow.factor


def _note(line: Timeline, start_s: float, km: float, creep_m: float, post_id: str) -> None:
    line.stands.append(
        Stand(start_s, line.now_s, round(km, 3), "border", creep_m=creep_m, post_id=post_id, end_km=round(line.km, 3))
    )


def _until_open(line: Timeline, side: Side | None, hours: list[float] | None) -> float:
    """Wait for a side to open, by the scenario's hours or the post's own, and return the seconds that took."""
    if side is None or (hours is None and side.hours is None):
        return 0.0
    opens, closes = hours if hours is not None else (bound / 60 for bound in side.hours or (0, 1440))
    hour = line.road.local_hour(line.now_s, side.km)
    if is_within(hour, (opens, closes)):
        return 0.0
    wait_s = float(round(((opens - hour) % 24) * 3600))
    line.wait(wait_s)
    return wait_s
