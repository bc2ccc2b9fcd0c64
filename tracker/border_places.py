"""Which border post a halt belongs to: the post in whose fence, or in whose queue, the coach stood. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tracker.corridors import Corridor, Milestone
from tracker.geo import plane_m
from tracker.places import BorderPost
from tracker.steps import World

LEAVING = 1.25  # a fence is left with a wider radius than it is entered with
QUEUE_M = 3000.0  # so far from a fence a creeping halt is taken for its queue
CREEPING_M = 60.0
# So near the line neither kilometres nor the polygons of countries (good to some hundred metres) tell the sides apart.
DOUBT_KM = 0.15


def post_of_halt(
    world: World,
    corridor: Corridor | None,
    km: float | None,
    latitude: float,
    longitude: float,
    country: str | None,
    day: date,
    creep_m: float,
) -> str | None:
    """Return the post whose fence holds the place, None where none does.

    Where both sides share a fence the side is told by the kilometre against the border's (on a line that follows the road),
    else by the country of the place, else it is the nearer post.
    """
    reach_m = QUEUE_M if creep_m >= CREEPING_M else 0.0
    found: list[tuple[float, BorderPost]] = []
    for post in _posts(world, corridor, country):
        for point in post.list_points(day):
            reach = max(point.radius_m * LEAVING, reach_m)
            away = plane_m(latitude, longitude, point.latitude, point.longitude)
            if away <= reach:
                found.append((away, post))
    if not found:
        return None
    sides = {post.id: post for _, post in found}
    border = _border(corridor, sides) if corridor is not None else None
    if border is not None and len(sides) > 1:
        side = _side(border, corridor, km, country)
        if side in sides:
            return side
    same = [post for _, post in sorted(found, key=lambda pair: (pair[0], pair[1].id)) if post.country == country]
    return (same or [min(found, key=lambda pair: (pair[0], pair[1].id))[1]])[0].id


def _side(border: Milestone, corridor: Corridor | None, km: float | None, country: str | None) -> str | None:
    measured = corridor is not None and corridor.line.quality != "coarse" and km is not None
    if measured and km is not None and abs(km - border.km) > DOUBT_KM:
        return border.exit_place if km < border.km else border.entry_place
    if country == border.exit_country:
        return border.exit_place
    return border.entry_place if country == border.entry_country else None


def _posts(world: World, corridor: Corridor | None, country: str | None) -> Iterator[BorderPost]:
    if corridor is None:
        yield from (post for post in world.geography.posts.values() if post.country == country)
        return
    for border in corridor.borders:
        for place in dict.fromkeys((border.exit_place, border.entry_place)):
            if (post := world.geography.find_post(place)) is not None:
                yield post


def _border(corridor: Corridor, sides: dict[str, BorderPost]) -> Milestone | None:
    return next((b for b in corridor.borders if {b.exit_place, b.entry_place} & set(sides)), None)
