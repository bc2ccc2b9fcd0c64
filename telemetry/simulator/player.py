"""Plays the simulated fleet: what happened before now is sent at once, then the fleet goes on in real time."""

from __future__ import annotations

import heapq
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from telemetry.simulator.journey import Journey, Road, plan
from telemetry.simulator.messages import Said, position_message, sheet_messages
from telemetry.simulator.timetable import Departure, departures
from tracker.clock import Clock

LONGEST = timedelta(hours=60)  # no journey of the timetable takes longer
ARRAY_LIMIT = 400


class Outlet(Protocol):
    """Sends for a device: over MQTT, with that device's own credentials."""

    def send(self, device_id: str, topic: str, payload: bytes) -> None:
        """Queue a message; it is delivered at least once, in order per device."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """A road of the simulation: its plan, the place of each kilometre, the kilometre of each hub."""

    road: Road
    point_at: Callable[[float], tuple[float, float]]
    hub_km: Mapping[str, float]


class Player:
    """Sends what the fleet says from `history` before now on, until told to stop."""

    def __init__(
        self,
        stretches: Mapping[str, Stretch],
        outlet: Outlet,
        clock: Clock,
        seed: int = 7,
        interval_s: float = 10.0,
        history: timedelta = timedelta(hours=24),
    ) -> None:
        """Prepare to play; `interval_s` lies between two fixes of a coach."""
        self._stretches, self._outlet, self._clock = stretches, outlet, clock
        self._seed, self._interval = seed, timedelta(seconds=interval_s)
        self._since = clock.now() - history
        self._due: list[tuple[datetime, int, Said]] = []
        self._active: dict[str, tuple[Departure, Journey]] = {}
        self._planned_until = (self._since - LONGEST).date()
        self._number = 0

    def play(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        self._catch_up(self._clock.now())
        next_fix = self._clock.now()
        while not stop.is_set():
            now = self._clock.now()
            self._plan_until(now + timedelta(hours=2))
            while self._due and self._due[0][0] <= now:
                self._send(heapq.heappop(self._due)[2])
            if now >= next_fix:
                self._send_fixes(now)
                next_fix += self._interval
            stop.wait(0.5)

    def _plan_until(self, moment: datetime) -> None:
        while self._planned_until <= moment.date():
            for departure in departures(self._seed, self._planned_until):
                stretch = self._stretches[departure.service.corridor_id]
                ends = (departure.service.origin, departure.service.destination)
                from_hub, to_hub = ends if departure.outbound else ends[::-1]
                journey = plan(departure.seed, stretch.road, stretch.hub_km[from_hub], stretch.hub_km[to_hub])
                self._active[departure.trip_id] = (departure, journey)
                for said in sheet_messages(departure, journey, stretch.point_at):
                    if said.due_at >= self._since:
                        self._number += 1
                        heapq.heappush(self._due, (said.due_at, self._number, said))
            self._planned_until += timedelta(days=1)

    def _catch_up(self, now: datetime) -> None:
        self._plan_until(now + timedelta(hours=2))
        past: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        while self._due and self._due[0][0] <= now:
            said = heapq.heappop(self._due)[2]
            past[said.device_id, said.topic].append(said.body)
        for (device_id, topic), bodies in past.items():
            for start in range(0, len(bodies), ARRAY_LIMIT):
                self._outlet.send(device_id, topic, orjson.dumps(bodies[start : start + ARRAY_LIMIT]))

    def _send_fixes(self, now: datetime) -> None:
        for trip_id, (departure, journey) in list(self._active.items()):
            since = (now - departure.leaves_at).total_seconds()
            if since > journey.duration_s:
                del self._active[trip_id]
            elif since >= 0:
                point_at = self._stretches[departure.service.corridor_id].point_at
                self._send(position_message(departure, journey, now, point_at))

    def _send(self, said: Said) -> None:
        self._outlet.send(said.device_id, said.topic, orjson.dumps(said.body | {"sent_at": said.due_at.isoformat()}))
