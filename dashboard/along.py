"""Along a corridor: what is near a kilometre, and which kilometre of another corridor is the same place. Pure.

Corridors share sections (Abidjan-Lagos contains four others), so a coach whose trip is on one corridor is seen on all
that pass the same road.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dashboard.map_places import name_of_place
from tracker.corridors import Corridor
from tracker.facts import Direction
from tracker.geography import Geography
from tracker.scope import ALL, Action, Reach, Scope


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a corridor, said by the nearest hub or post: `km` along the corridor, `near_km` from `near`."""

    corridor_id: str
    km: float
    near: str
    near_km: float
    country: str | None


def spot_at(geography: Geography, corridor_id: str | None, km: float | None) -> Spot | None:
    """Return what is near a kilometre; None where the corridor or the kilometre is not known."""
    corridor = geography.corridors.get(corridor_id or "")
    if corridor is None or km is None or not corridor.milestones or not corridor.passages:
        return None
    stone = min(corridor.milestones, key=lambda milestone: abs(milestone.km - km))
    country = corridor.country_at(km)
    place = stone.exit_place if country == stone.exit_country else stone.entry_place
    return Spot(corridor.id, km, place, abs(stone.km - km), country)


def related(geography: Geography, corridor: Corridor) -> list[Corridor]:
    """Return the corridors that share a section with `corridor`, itself first."""
    own = {passage.section.id for passage in corridor.passages}
    others = [
        c for c in geography.corridors.values() if c is not corridor and any(p.section.id in own for p in c.passages)
    ]
    return [corridor, *others]


def carry(source: Corridor, km: float, target: Corridor) -> float | None:
    """Return the kilometre of `target` at the place of a kilometre of `source`; None where `target` does not pass it."""
    if source.id == target.id:
        return km
    if not source.passages:
        return None
    here = source.passage_at(km)
    return target.find_km(here.section.id, here.on_section(km))


def direction_on(corridor: Corridor, section_id: str, direction: str) -> Direction | None:
    """Return a section's direction as the corridor's own (`up`: away from its origin); None off the corridor."""
    passage = corridor.find_passage(section_id)
    return None if passage is None else passage.turned(direction)


def countries_between(corridor: Corridor, one_km: float, other_km: float) -> set[str | None]:
    """Return the countries of the stretch between two kilometres."""
    low, high = min(one_km, other_km), max(one_km, other_km)
    within = {p.country for p in corridor.passages if p.from_km < high and p.to_km > low}
    return within or ({corridor.country_at(low)} if corridor.passages else set())


def in_reach(countries: Iterable[str | None], reach: Reach | Collection[str]) -> bool:
    """Say whether any of the countries is within a reach."""
    return reach is ALL or any(country in reach for country in countries)


def sees_country(scope: Scope, country: str | None, action: Action = Action.VIEW_POSITIONS) -> bool:
    """Say whether the viewer may see what happens in a country."""
    return country in scope.countries(action)


def section_name(geography: Geography, section_id: str, direction: str | None = None) -> str:
    """Return the names of a section's ends, in the order of a direction of the section where one is given."""
    section = geography.sections.get(section_id)
    if section is None:
        return section_id
    ends = [name_of_place(section.start, geography), name_of_place(section.end, geography)]
    if direction == "down":
        ends.reverse()
    return " → ".join(ends) if direction else " – ".join(ends)
