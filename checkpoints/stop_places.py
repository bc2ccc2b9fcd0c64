"""Where a check took place: at its coach's halt, where the crew said, or where the coach was at that time. Pure.

Every place says how it is known (`basis`) and how far it may be off (`doubt_km`), so that nobody is judged by a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from checkpoints.checks import Check, Way
from tracker.corridors import Corridor
from tracker.countries import country_at
from tracker.facts import Halt
from tracker.geo import distance_m, is_within, plane_m
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.validity import holds

# Crews round the time of a check to some minutes; a check with a place may be written down half an hour later.
NEAR_TIME = timedelta(minutes=5)
LATER_TIME = timedelta(minutes=30)
SAME_HALT_M = 2000.0  # a phone in a coach at a barrier is this near to it, its own error and the queue included
FENCE_SLACK_M = 500.0
# How far a place off the road still belongs to a corridor: coarse lines cut corners by kilometres.
OFF_M = {"coarse": 8_000.0, "imported": 1_500.0, "routed": 1_500.0}
# Doubt about the kilometre, beside the line's own error which the register's intervals allow for.
DOUBT_KM = {"halt": 0.1, "reported": 0.3, "way": 1.0}

Basis = Literal["halt", "reported", "way"]
CountryAt = Callable[[float, float], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place on the road. `corridor_id`, `km` and the section are None where no corridor passes it.

    `post_id`: the border post in whose fence it lies. `halt_id`: the coach's halt it was taken from.
    """

    latitude: float
    longitude: float
    basis: Basis
    corridor_id: str | None = None
    km: float | None = None
    section_id: str | None = None
    section_km: float | None = None
    country: str | None = None
    post_id: str | None = None
    halt_id: str | None = None

    @property
    def doubt_km(self) -> float:
        """How many kilometres it may be off."""
        return DOUBT_KM[self.basis]


def place_of(
    check: Check, way: Way, geography: Geography, country_of: CountryAt = country_at
) -> tuple[Place, tuple[str, Halt] | None] | None:
    """Return where a check took place and the halt it belongs to; None where nobody knows."""
    halt = find_halt(check, way)
    if halt is not None:
        return place_of_halt(*halt, geography), halt
    basis: Basis = "reported"
    point = check.point
    if point is None:
        basis, point = "way", way.place_at(check.observed_at)
    if point is None:
        return None
    trip = way.trip_at(check.observed_at)
    corridor_id = trip.corridor_id if trip else None
    return located(*point, basis, check.observed_at.date(), geography, corridor_id, country_of), None


def find_halt(check: Check, way: Way) -> tuple[str, Halt] | None:
    """Return the coach's halt that a check speaks of: the same time, and the same place where one was reported."""
    best: tuple[tuple[float, float], tuple[str, Halt]] | None = None
    slack = NEAR_TIME if check.point is None else LATER_TIME
    for own_id, halt in way.halts:
        if halt.started_at > check.until + slack:
            break  # and so are all that come after it
        gap = _gap(check.observed_at, check.until, halt.started_at, halt.ended_at or check.until)
        if gap > slack:
            continue
        rank = (gap.total_seconds(), abs((halt.started_at - check.observed_at).total_seconds()))
        if best is not None and rank >= best[0]:
            continue
        if check.point is None or is_within(*check.point, halt.latitude, halt.longitude, SAME_HALT_M):
            best = rank, (own_id, halt)
    return best[1] if best else None


def place_of_halt(halt_id: str, halt: Halt, geography: Geography) -> Place:
    """Return the place of a halt, as the rules of the moving coach located it."""
    corridor = geography.find_corridor(halt.corridor_id) if halt.corridor_id else None
    section_id, section_km = _on_section(corridor, halt.km)
    return Place(
        latitude=halt.latitude, longitude=halt.longitude, basis="halt", corridor_id=halt.corridor_id, km=halt.km,
        section_id=halt.section_id or section_id, section_km=section_km if section_id == halt.section_id else None,
        country=halt.country, post_id=halt.post_id, halt_id=halt_id,
    )  # fmt: skip


def located(
    latitude: float,
    longitude: float,
    basis: Basis,
    on: date,
    geography: Geography,
    corridor_id: str | None = None,
    country_of: CountryAt = country_at,
) -> Place:
    """Return a point as a place: on the corridor of the coach's trip, else on the nearest one within reach."""
    driven = geography.find_corridor(corridor_id) if corridor_id else None
    best: tuple[float, Corridor, float] | None = None
    for corridor in [driven] if driven else geography.list_corridors():
        km, offset_m = corridor.line.locate_one(latitude, longitude)
        if offset_m <= OFF_M[corridor.line.quality] and (best is None or offset_m < best[0] - 1.0):
            best = offset_m, corridor, km
    country = country_of(latitude, longitude)
    post_id = post_at(latitude, longitude, on, geography.list_posts(), country)
    if best is None:
        return Place(latitude=latitude, longitude=longitude, basis=basis, country=country, post_id=post_id)
    _, corridor, km = best
    section_id, section_km = _on_section(corridor, km)
    return Place(
        latitude=latitude, longitude=longitude, basis=basis, corridor_id=corridor.id, km=km, section_id=section_id,
        section_km=section_km, country=corridor.country_at(km) or country, post_id=post_id,
    )  # fmt: skip


def post_at(
    latitude: float, longitude: float, on: date, posts: Iterable[BorderPost], country: str | None = None
) -> str | None:
    """Return the border post in whose fence a point lies: of its own country first, where that is given, then the nearest."""
    found = []
    for post in posts:
        for point in post.points:
            if plane_m(latitude, longitude, point.latitude, point.longitude) > 2 * (point.radius_m + FENCE_SLACK_M):
                continue  # on the ellipsoid it would take many times as long to say the same
            if not holds(point, on):
                continue
            off_m = distance_m(latitude, longitude, point.latitude, point.longitude)
            if off_m <= point.radius_m + FENCE_SLACK_M:
                found.append((country is not None and post.country != country, off_m, post.id))
    return min(found)[2] if found else None


def _on_section(corridor: Corridor | None, km: float | None) -> tuple[str | None, float | None]:
    if corridor is None or km is None or not corridor.passages:
        return None, None
    passage = corridor.passage_at(km)
    return passage.section.id, passage.on_section(km)


def _gap(start: datetime, end: datetime, other_start: datetime, other_end: datetime) -> timedelta:
    return max(other_start - end, start - other_end, timedelta(0))
