"""Sends a scenario: each coach's history in arrays, then the fleet goes on in real time.

A late fix makes the system go over a coach's way again, so a coach speaks live only after its own history is sent; those on
the road now come first, so that the map moves at once. `has_room` holds the history back while the system is busy: what is
live must not stand in a queue behind a month.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from telemetry.kinds import Kind
from telemetry.simulator.fleet import coaches_of
from telemetry.simulator.journey import ways_of
from telemetry.simulator.messages import Said
from telemetry.simulator.play import ARRAY, coach_messages, posts_of
from telemetry.simulator.post_reports import post_status
from telemetry.simulator.roads import Road
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.span import Span
from telemetry.simulator.timetable import turns
from telemetry.simulator.truth import Truth
from tracker.clock import Clock

ROUND_S = 0.25
FOREVER = float("inf")


class Outlet(Protocol):
    """Sends for a device: over MQTT, with that device's own credentials."""

    def send(self, device_id: str, topic: str, payload: bytes) -> None:
        """Queue a message; it is delivered at least once, in order per device."""
        ...


@dataclass(slots=True)
class _Stream:
    """One coach, or one post, with what it says."""

    name: str
    messages: Iterator[Said]
    next: Said | None = None


class Player:
    """Plays a span: `send_history`, then `go_live` until told to stop."""

    def __init__(
        self,
        scenario: Scenario,
        roads: Mapping[str, Road],
        span: Span,
        outlet: Outlet,
        clock: Clock,
        *,
        sent_until: MutableMapping[str, float] | None = None,
        truth: Truth | None = None,
        has_room: Callable[[int], bool] = lambda _sent: True,
    ) -> None:
        """Prepare to play.

        `sent_until`: up to when each coach's and post's words have been sent before; kept up to date.
        `has_room(sent)`: whether more history may be sent, after `sent` bodies.
        """
        self._scenario, self._roads, self._span, self._outlet, self._clock = scenario, roads, span, outlet, clock
        self._until = sent_until if sent_until is not None else {}
        self._truth, self._has_room = truth, has_room
        self._live: list[tuple[int, int, _Stream]] = []
        self._number = 0
        self.sent = 0

    @property
    def streams(self) -> int:
        """How many coaches and posts there are."""
        return len(coaches_of(self._scenario, self._roads)) + len(posts_of(self._scenario, self._roads))

    def send_history(self, stop: threading.Event, advance: Callable[[], None] = lambda: None) -> None:
        """Send what was due before now (of a span that ends: everything); `advance` is called for each stream done."""
        for stream in self._streams():
            if stop.is_set():
                return
            self._send_past(stream, stop)
            if not stop.is_set():
                advance()

    def go_live(self, stop: threading.Event) -> None:
        """Send what becomes due until `stop` is set, or until there is nothing more to say."""
        while self._live and not stop.is_set():
            self._send_due()
            stop.wait(ROUND_S)

    def _streams(self) -> Iterator[_Stream]:
        now_s = self._clock.now().timestamp()
        live_from = None if self._span.end_s is not None else now_s
        ways = ways_of(self._scenario, self._roads)
        coaches = coaches_of(self._scenario, self._roads)
        on_road = {}
        for coach in coaches:
            for turn in turns(coach, ways[coach.service.corridor], self._scenario, self._span):
                if turn.journey.arrived_s > now_s:
                    on_road[coach.vehicle_id] = turn.journey.departed_s <= now_s
                    break
        for coach in sorted(coaches, key=lambda c: (not on_road.get(c.vehicle_id, False), c.number)):
            way, since = ways[coach.service.corridor], self._until.get(coach.vehicle_id, 0.0)
            messages = coach_messages(coach, way, self._scenario, self._span, self._truth, live_from, since)
            yield _Stream(coach.vehicle_id, messages)
        for road, side in posts_of(self._scenario, self._roads):
            yield _Stream(side.post_id, post_status(self._scenario, road, side, self._span))

    def _send_past(self, stream: _Stream, stop: threading.Event) -> None:
        since, arrays = self._until.get(stream.name, 0.0), dict[tuple[str, str], list[dict[str, Any]]]()
        for said in stream.messages:
            now_s = self._clock.now().timestamp() if self._span.end_s is None else FOREVER
            if said.due_s > now_s:
                self._flush(arrays)
                self._until[stream.name] = now_s
                stream.next = said
                self._wait_for(stream)
                return
            if said.due_s < since:
                continue
            if said.kind is Kind.TRIP:  # what was said before a trip, and after, stays so
                self._flush(arrays)
            waiting = arrays.setdefault((said.device_id, said.topic), [])
            waiting += said.bodies
            if said.kind is Kind.TRIP or len(waiting) >= ARRAY:
                self._flush(arrays)
                self._send_due()
                while not self._has_room(self.sent):
                    if stop.wait(ROUND_S / 5):
                        return
                    self._send_due()
        self._flush(arrays)
        self._until[stream.name] = self._clock.now().timestamp() if self._span.end_s is None else self._span.end_s

    def _flush(self, arrays: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
        for (device_id, topic), bodies in arrays.items():
            for start in range(0, len(bodies), ARRAY):
                part = bodies[start : start + ARRAY]
                self._send(device_id, topic, orjson.dumps(part[0] if len(part) == 1 else part), len(part))
        arrays.clear()

    def _send_due(self) -> None:
        now_s = self._clock.now().timestamp()
        while self._live and self._live[0][0] <= now_s:
            stream = heapq.heappop(self._live)[2]
            assert stream.next is not None
            said = stream.next
            self._send(said.device_id, said.topic, said.payload(), len(said.bodies))
            self._until[stream.name] = said.due_s
            stream.next = next(stream.messages, None)
            self._wait_for(stream)

    def _wait_for(self, stream: _Stream) -> None:
        if stream.next is not None:
            self._number += 1
            heapq.heappush(self._live, (stream.next.due_s, self._number, stream))

    def _send(self, device_id: str, topic: str, payload: bytes, bodies: int) -> None:
        self._outlet.send(device_id, topic, payload)
        self.sent += bodies
