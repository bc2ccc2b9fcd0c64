"""Coaches driven along a road line, with a truth that is known: another generator than the simulator's, sharing no code.

A coach drives with a speed of its own for each five kilometres, rests here and there, and at each border creeps up in a
queue, stands at the place of exit some hundred metres before the line, passes it, and stands at the place of entry behind
it. Its unit reports at a fixed interval with jitter and rare spikes, and is now and then silent or late. What else happens
on its way may be told (`Happening`). Everything is drawn from one seed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.tracker.drives import fixes_at
from tracker.corridors import Corridor
from tracker.fixes import Fixes
from tracker.geo import METRES_PER_DEGREE, Floats, haversine_m
from tracker.places import BorderPost

START_S = 1_780_300_800.0  # 1 June 2026, 08:00 UTC
BLOCK_KM = 5.0
QUEUE_STEP_KM, QUEUE_MPS = 0.03, 1.4
AT_BORDER_MPS = 8.0


@dataclass(frozen=True, slots=True)
class Border:
    """Where the road passes the line, and the posts on the side of lower and of higher kilometres."""

    km: float
    low_post: str
    high_post: str


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """A line with kilometres on its vertices, and the borders it passes."""

    corridor_id: str
    latitudes: Floats
    longitudes: Floats
    kilometres: Floats
    borders: tuple[Border, ...]


@dataclass(frozen=True, slots=True)
class Stand:
    """A true stretch of standing still (`rest`, `exit`, `entry`), or of creeping in a `queue`."""

    start_s: float
    end_s: float
    km: float
    kind: str


@dataclass(frozen=True, slots=True)
class TrueCrossing:
    """A true crossing: queue and exit formalities, the line, entry formalities; seconds since 1970."""

    exit_post: str
    entry_post: str
    line_s: float
    exit_from_s: float
    exit_to_s: float
    entry_from_s: float
    entry_to_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Coach:
    """What one coach sent, and what it did. `kms`: the true kilometre of each fix."""

    fixes: Fixes
    kms: Floats
    every_s: float
    stands: tuple[Stand, ...]
    crossings: tuple[TrueCrossing, ...]


def read_roads(path: Path, corridors: Mapping[str, Corridor], *, every: bool = False) -> dict[str, Road]:
    """Return the roads of a GeoJSON file whose every border the system knows, by corridor; or `every` one of them."""
    roads = {}
    for feature in json.loads(path.read_text())["features"]:
        facts, line = feature["properties"], np.array(feature["geometry"]["coordinates"])
        steps = haversine_m(line[:-1, 1], line[:-1, 0], line[1:, 1], line[1:, 0])
        kms = np.concatenate(([0.0], np.cumsum(steps)))
        kms *= facts["length_km"] / kms[-1]
        road = Road(facts["id"], line[:, 1], line[:, 0], kms, ())
        borders = [_border(road, corridors[facts["id"]], crossing) for crossing in facts["border_crossings_osm"]]
        known = tuple(border for border in borders if border is not None)
        if every or (known and len(known) == len(borders)):
            roads[facts["id"]] = replace(road, borders=known)
    return roads


def shipped_road(corridor: Corridor) -> Road:
    """Return the road of a corridor as it is shipped, for machines without real lines."""
    borders = tuple(Border(b.km, b.exit_place, b.entry_place) for b in corridor.borders)
    line = corridor.line
    return Road(corridor.id, line.latitudes, line.longitudes, line.kilometres, borders)


def _border(road: Road, corridor: Corridor, crossing: Mapping[str, Any]) -> Border | None:
    for border in corridor.borders:
        away_m = float(haversine_m(border.latitude, border.longitude, crossing["lat"], crossing["lon"]))
        if (border.exit_country, border.entry_country) == (crossing["from"], crossing["to"]) and away_m < 6000:
            km, _ = nearest(road, crossing["lat"], crossing["lon"])
            return Border(km, border.exit_place, border.entry_place)
    return None


def nearest(road: Road, latitude: float, longitude: float) -> tuple[float, float]:
    """Return the kilometre of the place of a road nearest to a point, to ten metres, and how many metres it lies off."""
    kms = np.arange(road.kilometres[0], road.kilometres[-1], 0.01)
    latitudes = np.interp(kms, road.kilometres, road.latitudes)
    away = haversine_m(latitudes, np.interp(kms, road.kilometres, road.longitudes), latitude, longitude)
    return float(kms[np.argmin(away)]), float(away.min())


@dataclass(slots=True)
class Way:
    """Time and kilometre of every change of speed; kilometres in the coach's own direction, from 0."""

    chance: np.random.Generator
    times: list[float]
    kms: list[float] = field(default_factory=lambda: [0.0])
    stands: list[Stand] = field(default_factory=list)

    def go(self, km: float, mps: float) -> None:
        if km > self.kms[-1]:
            self.times.append(self.times[-1] + (km - self.kms[-1]) * 1000 / mps)
            self.kms.append(km)

    def drive_to(self, km: float) -> None:
        while self.kms[-1] < km:
            self.go(min(km, self.kms[-1] + BLOCK_KM), float(self.chance.uniform(12, 26)))

    def stand(self, seconds: float, kind: str) -> None:
        self.stands.append(Stand(self.times[-1], self.times[-1] + seconds, self.kms[-1], kind))
        self.times.append(self.times[-1] + seconds)
        self.kms.append(self.kms[-1])

    def creep_to(self, km: float) -> None:
        begun = self.times[-1]
        while self.kms[-1] < km - QUEUE_STEP_KM:
            self.times.append(self.times[-1] + float(self.chance.uniform(60, 150)))
            self.kms.append(self.kms[-1])
            self.go(self.kms[-1] + QUEUE_STEP_KM, QUEUE_MPS)
        if self.times[-1] > begun:
            self.stands.append(Stand(begun, self.times[-1], self.kms[-1], "queue"))
        self.go(km, QUEUE_MPS)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something on the way, from a kilometre of the road on: `drive` brings the coach to it, and past it."""

    km: float
    drive: Callable[[Way, float], None]


def drive_coach(
    road: Road,
    *,
    seed: int,
    is_reversed: bool = False,
    every_s: float = 30.0,
    jitter_m: float = 10.0,
    posts: Mapping[str, BorderPost] | None = None,
    silences: bool = True,
    start_s: float = START_S,
    happenings: Sequence[Happening] | None = None,
    spike_share: float = 0.005,
    late_share: float = 0.0,
) -> Coach:
    """Return one coach from one end of the road to the other, silent now and then if `silences`.

    With `posts`, the formalities of a post that stands inland are there, not at the line. `happenings`: None for rests here
    and there. `late_share`: of what was seen in silences so much is not lost, but sent afterwards.
    """
    chance = np.random.default_rng([seed, int(is_reversed)])
    start, end = float(road.kilometres[0]), float(road.kilometres[-1])

    def own(km: float) -> float:
        return end - km if is_reversed else km - start

    way = Way(chance, [start_s])
    crossings = _travel(way, road, is_reversed, own, end - start, posts, happenings)
    at = np.arange(way.times[0] + float(chance.uniform(0, every_s)), way.times[-1], every_s)
    unsent: list[tuple[float, float]] = []
    for _ in range(
        chance.poisson((end - start) / 500) if silences else 0
    ):  # silent for 3 to 25 minutes, once in 500 km
        silent = float(chance.uniform(way.times[0], way.times[-1]))
        until = silent + float(chance.uniform(180, 1500))
        if late_share and chance.random() < late_share:
            unsent.append((silent, until))
        else:
            at = at[(at < silent) | (at > until)]
    kms = np.interp(at, way.times, way.kms)
    kms = end - kms if is_reversed else start + kms
    fixes = _fixes(road, at, kms, jitter_m, chance, spike_share, unsent)
    stands = [replace(stand, km=end - stand.km if is_reversed else start + stand.km) for stand in way.stands]
    return Coach(fixes, kms, every_s, tuple(stands), tuple(crossings))


def _rest(way: Way, km: float) -> None:
    way.drive_to(km)
    seconds = way.chance.uniform(150, 420) if way.chance.random() < 0.5 else way.chance.uniform(420, 2400)
    way.stand(float(seconds), "rest")


def _travel(
    way: Way,
    road: Road,
    is_reversed: bool,
    own: Callable[[float], float],
    length: float,
    posts: Any,
    happenings: Sequence[Happening] | None,
) -> list[TrueCrossing]:
    """Drive the whole way; return its crossings."""
    chance = way.chance
    borders = sorted(road.borders, key=lambda border: own(border.km))
    places = [_places(road, border, is_reversed, own, chance, posts) for border in borders]
    if happenings is None:
        rests = [float(km) for km in np.sort(chance.uniform(5, length - 5, round(length / 100)))]
        rests = [km for km in rests if all(km < out - 6 or km > into + 6 for out, _, into in places)]
        marks = [(km, -1, _rest) for km in rests]
    else:
        marks = [(own(one.km), -1, one.drive) for one in happenings]
    marks += [(place[0], number, _rest) for number, place in enumerate(places)]
    crossings = []
    way.stand(float(chance.uniform(200, 500)), "rest")
    for km, number, drive in sorted(marks, key=lambda mark: mark[:2]):
        if number < 0:
            drive(way, km)
            continue
        out, line, into = places[number]
        way.drive_to(out - (float(chance.uniform(0.2, 0.9)) if chance.random() < 0.5 else 0.0))
        came_s = way.times[-1]
        way.creep_to(out)
        way.stand(_dwell_s(chance), "exit")
        left_s = way.times[-1]
        way.go(line, AT_BORDER_MPS)
        line_s = way.times[-1]
        way.go(into, AT_BORDER_MPS)
        came_there_s = way.times[-1]
        way.stand(_dwell_s(chance), "entry")
        ends = (borders[number].low_post, borders[number].high_post)
        exit_post, entry_post = ends[::-1] if is_reversed else ends
        crossings.append(TrueCrossing(exit_post, entry_post, line_s, came_s, left_s, came_there_s, way.times[-1]))
    way.drive_to(length)
    way.stand(900.0, "rest")
    return crossings


def _dwell_s(chance: np.random.Generator) -> float:
    return float(chance.lognormal(np.log(30 * 60), 0.6))


def _places(
    road: Road,
    border: Border,
    is_reversed: bool,
    own: Callable[[float], float],
    chance: np.random.Generator,
    posts: Any,
) -> tuple[float, float, float]:
    """Return the coach's own kilometres of the place of exit, the line, and the place of entry."""
    line = own(border.km)
    ends = (border.low_post, border.high_post)[:: -1 if is_reversed else 1]
    found = []
    for sign, post_id in zip((-1, 1), ends, strict=True):
        km = line + sign * float(chance.uniform(0.2, 0.45))
        if posts is not None and (post := posts.get(post_id)) is not None and ends[0] != ends[1]:
            nearest_km, away_m = nearest(road, post.points[0].latitude, post.points[0].longitude)
            if away_m < post.points[0].radius_m * 0.8 and sign * (own(nearest_km) - line) > 0.5:
                km = own(nearest_km)
        found.append(km)
    return found[0], line, found[1]


def _fixes(
    road: Road,
    at: Floats,
    kms: Floats,
    jitter_m: float,
    chance: np.random.Generator,
    spike_share: float,
    unsent: Sequence[tuple[float, float]],
) -> Fixes:
    """Return the fixes: with jitter and spikes, one in 500 sent a quarter of an hour late, those of `unsent` at its end."""
    north, east = chance.normal(0, jitter_m, (2, at.size))
    angle = chance.uniform(0, 2 * np.pi, at.size)
    far_m = chance.uniform(800, 8000, at.size) * (chance.random(at.size) < spike_share)
    latitudes = np.interp(kms, road.kilometres, road.latitudes) + (north + far_m * np.sin(angle)) / METRES_PER_DEGREE
    degree_m = METRES_PER_DEGREE * np.cos(np.radians(latitudes))
    longitudes = np.interp(kms, road.kilometres, road.longitudes) + (east + far_m * np.cos(angle)) / degree_m
    late_s = np.where(chance.random(at.size) < 0.002, 900.0, 2.0)
    for start_s, end_s in unsent:
        late_s = np.where((at >= start_s) & (at <= end_s), np.maximum(late_s, end_s - at), late_s)
    return fixes_at(at, latitudes, longitudes, sent_after_s=late_s, received_after_s=late_s + 1)
