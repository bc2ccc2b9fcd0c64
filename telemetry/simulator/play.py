"""Plays a scenario: everything that is said, in the order in which it is sent. No broker, no clock.

`play` is what `corridor evaluate` and the benchmarks read; `coach_messages` is one coach's part of it. Memory is bounded by
one turn of each coach, whatever the length of the span (a `Truth` grows with it).
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from itertools import count
from operator import attrgetter
from typing import Any

from telemetry.kinds import Kind
from telemetry.simulator.fleet import Coach, coaches_of
from telemetry.simulator.journey import Way, ways_of
from telemetry.simulator.messages import Said, manifest_of, trip_messages
from telemetry.simulator.post_reports import post_status
from telemetry.simulator.reports import breakdown_reports, control_reports, crossing_logs, harassment_reports
from telemetry.simulator.roads import Road, Side
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.span import Span, as_dated
from telemetry.simulator.timetable import Turn, turns
from telemetry.simulator.track import track_of
from telemetry.simulator.truth import Truth
from telemetry.topics import vehicle_topic

LONGEST_DELAY_S = 86400.0  # nothing of a turn is said later after its arrival
ARRAY = 500  # bodies that a unit sends at once after an outage


def play(
    scenario: Scenario,
    roads: Mapping[str, Road],
    span: Span | None = None,
    *,
    truth: Truth | None = None,
    live_from_s: float | None = None,
    coaches: Collection[Coach] | None = None,
) -> Iterator[Said]:
    """Yield what is said in a span (default: the scenario's own dates), by `due_s`.

    What happened before the span's end is said even after it: late arrays belong to it. `truth` takes in what happened;
    from `live_from_s` on units send at the live interval; `coaches` (default: the whole fleet) are those that drive.
    """
    span, ways = span or as_dated(scenario), ways_of(scenario, roads)
    fleet = coaches_of(scenario, roads) if coaches is None else coaches
    streams = [coach_messages(c, ways[c.service.corridor], scenario, span, truth, live_from_s) for c in fleet]
    streams += [post_status(scenario, road, side, span) for road, side in posts_of(scenario, roads)]
    return heapq.merge(*streams, key=attrgetter("due_s"))


def posts_of(scenario: Scenario, roads: Mapping[str, Road]) -> list[tuple[Road, Side]]:
    """Return the posts on the scenario's roads, each once."""
    found: dict[str, tuple[Road, Side]] = {}
    for corridor_id in scenario.corridors:
        for gate in roads[corridor_id].gates:
            for side in gate.sides:
                found.setdefault(side.post_id, (roads[corridor_id], side))
    return [found[post_id] for post_id in sorted(found)]


def coach_messages(
    coach: Coach,
    way: Way,
    scenario: Scenario,
    span: Span,
    truth: Truth | None = None,
    live_from_s: float | None = None,
    since_s: float = 0.0,
) -> Iterator[Said]:
    """Yield everything one coach's journeys make people and units say, by `due_s`; what was due before `since_s` is
    passed over.
    """
    waiting: list[tuple[int, int, Said]] = []
    number = count()
    for turn in turns(coach, way, scenario, span):
        begins = int(turn.station_s)
        while waiting and waiting[0][0] < begins:
            yield heapq.heappop(waiting)[2]
        if truth is not None:
            truth.add(turn)
        told = list(_told(turn, scenario, truth))
        if turn.journey.arrived_s + LONGEST_DELAY_S < since_s:
            continue
        for said in told:
            if said.due_s >= since_s and (span.end_s is None or said.about_s < span.end_s):
                heapq.heappush(waiting, (said.due_s, next(number), said))
        for said in position_messages(turn, scenario, live_from_s, span.end_s):
            while waiting and waiting[0][0] <= said.due_s:
                yield heapq.heappop(waiting)[2]
            if said.due_s >= since_s:
                yield said
    while waiting:
        yield heapq.heappop(waiting)[2]


def position_messages(
    turn: Turn, scenario: Scenario, live_from_s: float | None = None, end_s: float | None = None
) -> Iterator[Said]:
    """Yield a turn's fixes as they are sent: one by one, after an outage in arrays."""
    topic = vehicle_topic(Kind.POSITION, turn.coach.company.operator_id, turn.coach.vehicle_id)
    device = turn.coach.device_id
    stored: list[dict[str, Any]] = []
    for sent, late, body in track_of(turn, scenario.sampling, live_from_s, end_s).bodies():
        if stored and (not late or len(stored) == ARRAY or stored[0]["sent_at"] != sent):
            yield Said(stored[0]["sent_at"], device, topic, Kind.POSITION, tuple(stored))
            stored = []
        if late:
            stored.append(body)
        else:
            yield Said(sent, device, topic, Kind.POSITION, (body,))
    if stored:
        yield Said(stored[0]["sent_at"], device, topic, Kind.POSITION, tuple(stored))


def _told(turn: Turn, scenario: Scenario, truth: Truth | None) -> Iterator[Said]:
    manifest = manifest_of(turn)
    yield from trip_messages(turn, manifest)
    for reports in (
        control_reports(turn, scenario),
        harassment_reports(turn, scenario),
        breakdown_reports(turn),
        crossing_logs(turn, scenario, manifest),
    ):
        for report in reports:
            if truth is not None:
                truth.add_report(turn, report)
            yield report.said
