"""What the unit in a coach sends of its turn: fixes as arrays, with jitter, spikes, and outages sent late.

A fix belongs to a moment: the same moment gives the same fix, whatever was asked for around it, so that a restart or
another history repeats it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telemetry.simulator.chance import bell, bits, key_of, shares
from telemetry.simulator.scenario import Sampling
from telemetry.simulator.timetable import Turn
from tracker.geo import METRES_PER_DEGREE, Floats

STATION_SIDE_M = 60.0
SPIKE_M = (300.0, 6000.0)
WAY_OF_SENDING_S = 2  # a fix is sent after this at most
RECONNECT_S = 20


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Fixes in order of `sent_s`, then of `at_s` (whole seconds since 1970). `late` ones were stored meanwhile."""

    at_s: NDArray[np.int64]
    sent_s: NDArray[np.int64]
    latitudes: Floats
    longitudes: Floats
    speeds_mps: Floats
    bearings_deg: NDArray[np.int64]
    accuracies_m: NDArray[np.int64]
    late: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return how many fixes there are."""
        return int(self.at_s.size)

    def bodies(self) -> Iterator[tuple[int, bool, dict[str, float]]]:
        """Yield `(sent_s, late, body of the contract)` of each fix. Times are Unix seconds."""
        columns = (
            self.at_s, self.sent_s, self.latitudes, self.longitudes, self.speeds_mps, self.bearings_deg,
            self.accuracies_m, self.late,
        )  # fmt: skip
        for at, sent, lat, lon, speed, bearing, accuracy, late in zip(*(c.tolist() for c in columns), strict=True):
            yield sent, late, {
                "observed_at": at, "latitude": lat, "longitude": lon, "speed_mps": speed, "bearing_deg": bearing,
                "accuracy_m": accuracy, "sent_at": sent,
            }  # fmt: skip


def _grid(start_s: float, end_s: float, step_s: int, phase: int) -> NDArray[np.int64]:
    """Return the moments of `[start, end)` that lie `phase` after a multiple of `step_s`."""
    if start_s >= end_s:
        return np.empty(0, dtype=np.int64)
    first = -(-(int(np.ceil(start_s)) - phase) // step_s) * step_s + phase
    return np.arange(first, int(np.ceil(end_s)), step_s, dtype=np.int64)


def _moments(turn: Turn, sampling: Sampling, live_from_s: float | None, phase: int) -> NDArray[np.int64]:
    parts = []
    departed, arrived = turn.journey.departed_s, turn.journey.arrived_s
    live = sampling.live_interval_s or sampling.interval_s
    switch = float("inf") if live_from_s is None else live_from_s
    for low, high, step in ((float("-inf"), switch, sampling.interval_s), (switch, float("inf"), live)):
        standing = max(1, -(-sampling.standing_interval_s // step)) * step
        parts.append(_grid(max(turn.station_s, low), min(departed, high), standing, phase % standing))
        parts.append(_grid(max(departed, low), min(arrived, high), step, phase % step))
    return np.unique(np.concatenate(parts))


def track_of(turn: Turn, sampling: Sampling, live_from_s: float | None = None, end_s: float | None = None) -> Track:
    """Return the fixes of a turn, station and journey, those before `end_s`; from `live_from_s` on at the live interval."""
    coach, journey = turn.coach, turn.journey
    key = key_of(turn.seed, coach.vehicle_id)
    at = _moments(turn, sampling, live_from_s, key % 7200)
    if end_s is not None:
        at = at[at < end_s]
    sent = at + (bits(key, at, 1) % np.uint64(WAY_OF_SENDING_S)).astype(np.int64)
    late, kept = np.zeros(at.size, dtype=bool), np.ones(at.size, dtype=bool)
    for outage in journey.outages:
        inside = (at >= outage.start_s) & (at < outage.end_s)
        if outage.off:
            kept &= ~inside
        else:
            late |= inside
            sent[inside] = int(outage.end_s) + RECONNECT_S
    at, sent, late = at[kept], sent[kept], late[kept]
    order = np.lexsort((at, sent))
    at, sent, late = at[order], sent[order], late[order]
    return _drawn(turn, at, sent, late, key, sampling)


def _drawn(
    turn: Turn, at: NDArray[np.int64], sent: NDArray[np.int64], late: NDArray[np.bool_], key: int, sampling: Sampling
) -> Track:
    journey, road = turn.journey, turn.journey.way.road
    times = at.astype(np.float64)
    kms = np.interp(times, journey.times_s, journey.kms)
    sides = np.interp(times, journey.times_s, journey.sides_m)
    sides[times < journey.departed_s] = STATION_SIDE_M
    lat, lon = road.places(kms, sides)
    knot = np.clip(np.searchsorted(journey.times_s, times, side="right") - 1, 0, journey.times_s.size - 2)
    spans, steps = np.diff(journey.times_s), np.diff(journey.kms)
    slopes = np.divide(np.abs(steps) * 1000, spans, out=np.zeros_like(spans), where=spans > 0)
    speeds = np.where(times < journey.departed_s, 0.0, slopes[knot])
    moving = speeds > 0.5
    narrow = road.narrowing()
    metres_lat, metres_lon = METRES_PER_DEGREE, METRES_PER_DEGREE * narrow
    north, east = bell(bits(key, at, 2)) * sampling.jitter_m, bell(bits(key, at, 3)) * sampling.jitter_m
    spiked = shares(bits(key, at, 4)) < sampling.spike_share
    far = SPIKE_M[0] + (SPIKE_M[1] - SPIKE_M[0]) * shares(bits(key, at, 5)) ** 3
    turn_of = shares(bits(key, at, 6)) * 2 - 1
    north = np.where(spiked, north + far * turn_of, north)
    east = np.where(spiked, east + far * (1 - np.abs(turn_of)), east)
    ahead = kms + (0.2 if journey.kms[-1] > journey.kms[0] else -0.2)
    ahead_lat, ahead_lon = road.places(ahead, np.zeros_like(ahead))
    here_lat, here_lon = road.places(kms, np.zeros_like(kms))
    bearings = np.degrees(np.arctan2((ahead_lon - here_lon) * narrow, ahead_lat - here_lat)) % 360
    said = np.where(moving, speeds + bell(bits(key, at, 7)) * 0.4, 0.25 * shares(bits(key, at, 8)))
    accuracy = 5 + np.abs(bell(bits(key, at, 9))) * 5 + np.where(spiked, 25, 0)
    return Track(
        at, sent, np.round(lat + north / metres_lat, 6), np.round(lon + east / metres_lon, 6),
        np.round(np.clip(said, 0, 60), 1), np.round(bearings).astype(np.int64) % 360,
        np.round(accuracy).astype(np.int64), late,
    )  # fmt: skip
