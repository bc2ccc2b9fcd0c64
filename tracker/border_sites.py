"""Borders as places: the point where roads pass a line, the fences of the posts around it, and on which side a fix lies. Pure.

A site is a pair of posts, however many corridors pass it: what a coach did at a border does not depend on which of the
corridors that share the road it is taken to drive.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tracker.corridors import Corridor, Milestone
from tracker.countries import country_at
from tracker.errors import Unavailable
from tracker.geo import METRES_PER_DEGREE, plane_m
from tracker.geography import Geography
from tracker.places import BorderPost

# All of these are assumptions, checked with coaches of another generator on real lines (`tests/roads`).
QUEUE_M = 3000.0  # a queue reaches so far from a fence
LINE_KM = 1.0  # standing so near the line is formalities, whatever the fences say: most points were never surveyed
LEAVING = 1.25  # a fence is left with a wider radius than it is entered with
MARGIN_M = 5000.0  # farther than this beyond the farthest fence a coach has left for good
NEAR_ROAD_M = 500.0  # nearer than this to a line that follows the road, the kilometre tells the side
ON_COARSE_M = 100.0  # .. also on a coarse line: by chance on the road, or a simulated coach that drives the drawing
TRUE_MARK_M = 300.0  # where a border lies farther than this from the drawn road, countries are asked first
DRAWN_M = 5000.0  # .. and farther than this, the drawn road says nothing of the border
EDGE_M = 300.0  # the points of borders are so near the edge of the outlines they were computed from
# So near the line the side is not certain: by kilometre, by the outlines of states, by the kilometre of a coarse line.
DOUBT_KM, OUTLINE_DOUBT_KM, COARSE_DOUBT_KM = 0.1, 0.15, 8.0


@dataclass(frozen=True, slots=True)
class Fence:
    """The circle around an agency point of the post on side `side`. `is_far`: it stands away from the line."""

    latitude: float
    longitude: float
    radius_m: float
    side: int
    is_far: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a corridor passes a site: its kilometre there; `sign` is -1 where it runs from side 1 to side -1."""

    km: float
    sign: int
    offset_m: float
    is_drawn: bool  # its line follows the road


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """One crossing place. Side -1 is that of `posts[0]` and `countries[0]`, side 1 the other; 0 is *not certain*.

    `posts` holds the same post twice where only one is known: that of side `known_side` (0: both are known). A coach
    farther than `reach_m` from the line's point has left for good. `marks` are by corridor. Some outlines leave ground between
    two states to none: it is on side `unclaimed_side`, across from the state at whose edge the point of the line lies.
    """

    key: str
    posts: tuple[str, str]
    countries: tuple[str | None, str | None]
    known_side: int
    latitude: float
    longitude: float
    fences: tuple[Fence, ...]
    is_joint: bool
    reach_m: float
    unclaimed_side: int
    marks: Mapping[str, Mark]

    def away_m(self, latitude: float, longitude: float) -> float:
        """Return the metres from the point of the line."""
        return plane_m(self.latitude, self.longitude, latitude, longitude)

    def side_km(
        self, latitude: float, longitude: float, corridor: str | None, km: float, offset_m: float
    ) -> tuple[float | None, bool]:
        """Return the kilometres a fix lies beyond the line (negative: before it), and whether its side is certain.

        By the kilometre of a line that follows the road, else by the state the fix lies in; None where neither says.
        """
        mark = self.marks.get(corridor) if corridor is not None else None
        along = (km - mark.km) * mark.sign if mark is not None else 0.0
        is_near = mark is not None and mark.is_drawn and offset_m <= NEAR_ROAD_M
        if mark is not None and is_near and mark.offset_m <= TRUE_MARK_M:
            return along, abs(along) > DOUBT_KM
        if mark is not None and not mark.is_drawn and offset_m <= ON_COARSE_M:
            return along, abs(along) > OUTLINE_DOUBT_KM
        side = self._side_of_country(latitude, longitude)
        if side:
            away_km = abs(along) if is_near else self.away_m(latitude, longitude) / 1000
            return away_km * side, away_km > OUTLINE_DOUBT_KM
        if mark is not None:
            return along, abs(along) > (DOUBT_KM if is_near else COARSE_DOUBT_KM)
        return None, False

    def _side_of_country(self, latitude: float, longitude: float) -> int:
        country = _country(round(latitude, 4), round(longitude, 4))  # some 11 m: a standing coach asks a few times only
        if country is None:
            return self.unclaimed_side
        return -1 if country == self.countries[0] else int(country == self.countries[1])

    def place(self, latitude: float, longitude: float, side_km: float | None) -> tuple[int, bool]:
        """Return 2 in a fence or at the line, 1 where its queue may stand, 0 elsewhere; and whether a far fence says so."""
        away_km = math.inf if side_km is None else abs(side_km)
        best = 2 if away_km <= LINE_KM else int(away_km <= LINE_KM + QUEUE_M / 1000)
        for fence in self.fences:
            away_m = plane_m(fence.latitude, fence.longitude, latitude, longitude)
            if best < 2 and away_m <= fence.radius_m * LEAVING:
                return 2, fence.is_far
            if away_m <= fence.radius_m + QUEUE_M:
                best = max(best, 1)
        return best, False


@lru_cache(maxsize=65536)
def _country(latitude: float, longitude: float) -> str | None:
    try:
        return country_at(latitude, longitude)
    except Unavailable:  # outlines were not built: kilometres must do
        return None


@lru_cache(maxsize=8)
def sites(geography: Geography) -> tuple[Site, ...]:
    """Return the border sites of all corridors, in the order of the corridors."""
    found: dict[frozenset[str], list[tuple[Corridor, Milestone]]] = {}
    for corridor in geography.corridors.values():
        for border in corridor.borders:
            found.setdefault(frozenset((border.exit_place, border.entry_place)), []).append((corridor, border))
    return tuple(_site(geography, passed) for passed in found.values())


def _site(geography: Geography, passed: list[tuple[Corridor, Milestone]]) -> Site:
    border = passed[0][1]
    posts = [geography.find_post(place) for place in (border.exit_place, border.entry_place)]
    fences: dict[tuple[float, float, float], Fence] = {}
    for side, post in zip((-1, 1), posts, strict=True):
        for fence in _fences(post, side, border, geography):
            fences.setdefault((fence.latitude, fence.longitude, fence.radius_m), fence)
    marks = {}
    for corridor, mark in passed:
        is_along = (mark.exit_place, mark.entry_country) == (border.exit_place, border.entry_country)
        is_drawn = corridor.line.quality != "coarse" and mark.offset_m < DRAWN_M
        marks[corridor.id] = Mark(mark.km, 1 if is_along else -1, mark.offset_m, is_drawn)
    reaches = [plane_m(f.latitude, f.longitude, border.latitude, border.longitude) for f in fences.values()]
    reaches += [mark.offset_m for mark in marks.values() if mark.is_drawn]
    known_side = 0
    if border.exit_place == border.entry_place:
        known_side = 1 if posts[0] is not None and posts[0].country == border.entry_country else -1
        if not all(mark.is_drawn for mark in marks.values()):  # the line was never surveyed: the post stands for it
            reaches.append(COARSE_DOUBT_KM * 1000)
    return Site(
        key=f"{border.exit_place}--{border.entry_place}",
        posts=(border.exit_place, border.entry_place),
        countries=(border.exit_country, border.entry_country),
        known_side=known_side,
        latitude=border.latitude,
        longitude=border.longitude,
        fences=tuple(fences.values()),
        is_joint=any(bool(post.is_joint) for post in posts if post is not None),
        reach_m=max(reaches, default=0.0) + MARGIN_M,
        unclaimed_side=_unclaimed_side(border),
        marks=marks,
    )


def _fences(post: BorderPost | None, side: int, border: Milestone, geography: Geography) -> list[Fence]:
    result = []
    for point in post.list_points(geography.on) if post is not None else []:
        away_m = plane_m(border.latitude, border.longitude, point.latitude, point.longitude)
        is_far = away_m > max(1000 * LINE_KM, point.radius_m)
        result.append(Fence(point.latitude, point.longitude, point.radius_m, side, is_far))
    return result


def _unclaimed_side(border: Milestone) -> int:
    """Return the side of ground that the outlines leave to no state, where the border's point lies at its edge; else 0."""
    step = EDGE_M / METRES_PER_DEGREE
    around = {
        _country(border.latitude + north * step, border.longitude + east * step)
        for north in (-1, 0, 1)
        for east in (-1, 0, 1)
    }
    if None not in around or border.exit_country == border.entry_country:
        return 0
    return 1 if around == {None, border.exit_country} else -1 if around == {None, border.entry_country} else 0
