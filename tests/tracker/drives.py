"""Drives for tests: fixes made from a picture of what the coach did, and the check that cutting them changes nothing.

A picture is a list of what happened, one after the other:

    [("drive", 80, 30), ("stand", 12), ("creep", 900, 40), ("silence", 90), ("spike", 700), ("turn",), ("drive", 60, 5)]

- `("drive", km_h, minutes)`: along the road, onwards (after a `("turn",)`: back).
- `("stand", minutes)`: stands still.
- `("creep", metres, minutes)`: a queue: stands, moves up some 30 m at walking pace, stands again.
- `("silence", minutes)`, `("silence", minutes, km_h)`: no fix; it stood, or drove at that speed, meanwhile.
- `("spike", metres)`: the next fix lies that far to the side of where the coach is.
- `("carried", north_m, east_m)`: from here on everything lies so far away (the device was put elsewhere).

The straight road runs east on 7.0° N from 1.0° E: Togo, at km 71.2 Benin, at km 190.9 Nigeria, by the real outlines.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tracker.corridors import Corridor, Milestone, cut, measured
from tracker.fixes import Fixes, join
from tracker.geo import METRES_PER_DEGREE
from tracker.geography import Geography
from tracker.hubs import Hub
from tracker.lines import Line
from tracker.places import BorderPost, shared_point
from tracker.steps import DeclaredTrip, Drive, Memory, Step, World, drive

START = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
DAY = START.date()
ROAD_LATITUDE, ROAD_LONGITUDE, ROAD_KM = 7.0, 1.0, 300.0
KM_PER_DEGREE = METRES_PER_DEGREE * math.cos(math.radians(ROAD_LATITUDE)) / 1000
BORDERS_KM = ((1.645 - ROAD_LONGITUDE) * KM_PER_DEGREE, (2.73 - ROAD_LONGITUDE) * KM_PER_DEGREE)  # 71.2, 190.9
QUEUE_STEP_M, QUEUE_SPEED_MPS = 30.0, 1.5

Picture = Sequence[tuple[Any, ...]]


def make_fixes(  # noqa: PLR0912 - one branch for each word of the picture
    picture: Picture,
    *,
    every_s: float = 30.0,
    along: Line | None = None,
    start_km: float = 0.0,
    start: datetime = START,
    offset_m: float = 0.0,
    jitter_m: float = 0.0,
    seed: int = 1,
    speeds: bool = True,
    device: str = "unit-1",
    first_seq: int = 1,
    sent_after_s: float = 1.0,
) -> Fixes:
    """Return the fixes of a picture, one every `every_s` seconds, on the straight road or along a line.

    `offset_m`: so far north of the road; `jitter_m`: standard deviation of each coordinate.
    """
    times, metres = [0.0], [0.0]  # knots of the way driven
    silences: list[tuple[float, float]] = []
    spikes: list[tuple[float, float]] = []
    carried: list[tuple[float, float, float]] = []
    sign = 1.0

    def go(distance_m: float, seconds: float) -> None:
        times.append(times[-1] + seconds)
        metres.append(metres[-1] + distance_m)

    for what, *values in picture:
        if what == "drive":
            go(sign * values[0] / 3.6 * values[1] * 60, values[1] * 60)
        elif what == "stand":
            go(0.0, values[0] * 60)
        elif what == "creep":
            moves = max(1, round(values[0] / QUEUE_STEP_M))
            step_m = values[0] / moves
            step_s = step_m / QUEUE_SPEED_MPS
            for _ in range(moves):
                go(0.0, max(0.0, values[1] * 60 / moves - step_s))
                go(sign * step_m, step_s)
        elif what == "silence":
            silences.append((times[-1], times[-1] + values[0] * 60))
            go(sign * (values[1] / 3.6 * values[0] * 60 if len(values) > 1 else 0.0), values[0] * 60)
        elif what == "spike":
            spikes.append((times[-1], values[0]))
        elif what == "turn":
            sign = -sign
        elif what == "carried":
            carried.append((times[-1], values[0], values[1]))
        else:
            raise ValueError(what)
    at = np.arange(0.0, times[-1] + 1e-6, every_s)
    for silence_from, silence_to in silences:
        at = at[(at <= silence_from) | (at >= silence_to)]
    # two knots at one time are a step in the picture only; the later one holds
    km = start_km + np.interp(at, times, metres) / 1000
    latitudes, longitudes = road_points(km) if along is None else along.points_at(km)
    chance = np.random.default_rng(seed)
    north = chance.normal(0.0, jitter_m, at.size) if jitter_m else np.zeros(at.size)
    east = chance.normal(0.0, jitter_m, at.size) if jitter_m else np.zeros(at.size)
    north = north + offset_m
    for since, by_north, by_east in carried:
        north[at >= since] += by_north
        east[at >= since] += by_east
    for since, aside in spikes:
        north[np.searchsorted(at, since)] += aside
    latitudes = latitudes + north / METRES_PER_DEGREE
    longitudes = longitudes + east / (METRES_PER_DEGREE * np.cos(np.radians(latitudes)))
    speed = np.full(at.size, np.nan)
    if speeds:
        before, after = np.maximum(at - 0.5, 0.0), np.minimum(at + 0.5, times[-1])
        speed = np.abs(np.interp(after, times, metres) - np.interp(before, times, metres)) / (after - before)
    return fixes_at(
        start.timestamp() + at, latitudes, longitudes, speeds_mps=speed, device=device, first_seq=first_seq,
        sent_after_s=sent_after_s,
    )  # fmt: skip


def fixes_at(
    at_s: ArrayLike,
    latitudes: ArrayLike,
    longitudes: ArrayLike,
    *,
    speeds_mps: ArrayLike = math.nan,
    accuracies_m: ArrayLike = math.nan,
    sent_after_s: ArrayLike = 1.0,
    received_after_s: ArrayLike = 1.5,
    device: str = "unit-1",
    first_seq: int = 1,
) -> Fixes:
    """Return fixes from plain numbers (one for each, or one for all), in the order of `in_order`."""
    at = np.array(at_s, dtype=np.float64)

    def full(values: ArrayLike) -> Any:
        return np.broadcast_to(np.asarray(values, dtype=np.float64), at.shape).copy()

    return in_order(
        Fixes(
            at, full(latitudes), full(longitudes), full(speeds_mps), full(accuracies_m), at + full(sent_after_s),
            at + full(received_after_s), first_seq + np.arange(at.size, dtype=np.int64), np.full(at.size, device),
        )
    )  # fmt: skip


def in_order(fixes: Fixes) -> Fixes:
    """Return the fixes sorted by time, then by everything they say; by their number in the log only at the very end."""
    keys = (fixes.seqs, fixes.sent_s, fixes.devices, fixes.accuracies_m, fixes.speeds_mps, fixes.longitudes)
    return fixes.take(np.lexsort((*keys, fixes.latitudes, fixes.at_s)))


def merged(*parts: Fixes) -> Fixes:
    """Return the fixes of several devices (or of one, out of order) as one coach's."""
    together = parts[0]
    for part in parts[1:]:
        together = join(together, part)
    return in_order(together)


def road_points(kilometres: ArrayLike) -> tuple[Any, Any]:
    """Return latitudes and longitudes of the straight road at these kilometres."""
    km = np.asarray(kilometres, dtype=np.float64)
    return np.full(km.shape, ROAD_LATITUDE), ROAD_LONGITUDE + km / KM_PER_DEGREE


def straight_line(quality: str = "imported", length_km: float = ROAD_KM) -> Line:
    """Return the line of the straight road, a vertex every kilometre."""
    kilometres = np.linspace(0.0, length_km, max(2, round(length_km) + 1))
    latitudes, longitudes = road_points(kilometres)
    return Line(latitudes, longitudes, kilometres, quality, "drawn for a test", "none")


def straight_geography(quality: str = "imported", *, on: date = DAY) -> Geography:
    """Return a geography of one corridor, `LOM-LAG`, on the straight road.

    Hubs `west` (km 0), `middle` (km 120), `east` (km 300). Borders at `BORDERS_KM`: at the first the posts `TG-one` and
    `BJ-one` share the point of the crossing; at the second `BJ-two` stands 6 km before the line and `NG-two` 2 km
    behind it.
    """
    line = straight_line(quality)
    countries = {"west": "TG", "middle": "BJ", "east": "NG"}
    hubs = {}
    for hub_id, km in (("west", 0.0), ("middle", 120.0), ("east", ROAD_KM)):
        latitude, longitude = line.point_at(km)
        country = countries[hub_id]
        hubs[hub_id] = Hub(hub_id, hub_id.title(), country, latitude, longitude, "junction", "drawn for a test", "none")
    first, second = BORDERS_KM
    posts = {
        post.id: post
        for post in (
            _post("TG-one", "BJ-one", line, first, first),
            _post("BJ-one", "TG-one", line, first, first),
            _post("BJ-two", "NG-two", line, second - 6.0, second),
            _post("NG-two", "BJ-two", line, second + 2.0, second),
        )
    }
    milestones = []
    for kind, exit_place, entry_place, km in (
        ("hub", "west", "west", 0.0), ("border", "TG-one", "BJ-one", first), ("hub", "middle", "middle", 120.0),
        ("border", "BJ-two", "NG-two", second), ("hub", "east", "east", ROAD_KM),
    ):  # fmt: skip
        latitude, longitude = line.point_at(km)
        sides = (exit_place[:2], entry_place[:2]) if kind == "border" else (None, None)
        milestones.append(Milestone(kind, exit_place, entry_place, latitude, longitude, *sides))  # type: ignore[arg-type]
    road = Corridor("LOM-LAG", "Straight road", "international", "west", "east", line, measured(milestones, line))
    corridors, sections = cut([road], countries)
    return Geography(on, {c.id: c for c in corridors}, dict(sorted(sections.items())), hubs, posts)


def _post(post_id: str, counterpart: str, line: Line, km: float, crossing_km: float) -> BorderPost:
    latitude, longitude = line.point_at(km)
    facts = {
        "id": post_id, "name": post_id, "country": post_id[:2], "counterpart_id": counterpart,
        "counterpart_country": counterpart[:2], "latitude": latitude, "longitude": longitude,
        "crossing": line.point_at(crossing_km), "position_confidence": "high", "is_joint": None,
        "source": "drawn for a test", "licence": "none",
    }  # fmt: skip
    bare = BorderPost(**facts)
    point = shared_point(bare)
    if abs(km - crossing_km) > 0.001:  # this one stands at its own place, wherever the crossing is
        moved = {name: getattr(point, name) for name in point.__dataclass_fields__}
        point = type(point)(**moved | {"latitude": latitude, "longitude": longitude, "place": "post"})
    return BorderPost(**facts, points=(point,))


def straight_world(*declared: DeclaredTrip, quality: str = "imported", vehicle_id: str = "COACH-1") -> World:
    """Return the world of the straight road and its corridor."""
    return World(vehicle_id, straight_geography(quality), declared)


def bare_world(*declared: DeclaredTrip, vehicle_id: str = "COACH-1") -> World:
    """Return a world without corridors, hubs and posts."""
    return World(vehicle_id, Geography(DAY, {}, {}, {}, {}), declared)


def same_however_cut(
    steps: Sequence[Step], fixes: Fixes, world: World, *, seeds: int = 3, memory: Mapping[str, Memory] | None = None
) -> Drive:
    """Return the drive of the fixes in one go, after checking that any cutting gives the same.

    Compared with runs cut at random places (`seeds` of them), and one fix at a time where there are 400 at most.
    """
    whole = drive(steps, memory or {}, fixes, world)
    size = len(fixes)
    cuttings = [list(range(1, size))] if size <= 400 else []
    for seed in range(seeds):
        chance = random.Random(seed)
        cuttings.append(
            sorted(chance.sample(range(1, size), min(size - 1, chance.choice((1, 3, 20))))) if size > 1 else []
        )
    for cuts in cuttings:
        at, memories, settled, last = 0, memory or {}, [], whole
        for end in [*cuts, size]:
            last = drive(steps, memories, fixes.take(slice(at, end)), world)
            at, memories = end, json.loads(json.dumps(last.memory, allow_nan=False, sort_keys=True))  # as it is stored
            settled += last.settled
        order = {"key": lambda fact: (fact.settled_at, type(fact).__name__, fact.first_seq, repr(fact))}
        assert sorted(settled, **order) == sorted(whole.settled, **order), f"other facts when cut at {cuts}"
        assert memories == whole.memory, f"other memory when cut at {cuts}"
        assert last.under_way == whole.under_way, f"other facts under way when cut at {cuts}"
    return whole
