"""The map's content as tables: the same snapshot, filtered by corridor and country. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta, timezone

from dashboard.map_coaches import MapCoach
from dashboard.map_data import LiveMap
from dashboard.map_places import name_of_place
from dashboard.map_posts import MapPost
from dashboard.map_reports import Gathering, MapReport
from tracker.countries import find_country
from tracker.geography import Geography


@dataclass(frozen=True, slots=True)
class Tables:
    """What `tables.html` prints. Lists are filtered and in the order to be read."""

    geography: Geography
    coaches: list[MapCoach]
    posts: list[MapPost]
    reports: list[MapReport]
    gathered: list[Gathering]

    @property
    def silent(self) -> int:
        """How many of the coaches are silent."""
        return sum(coach.silent for coach in self.coaches)

    def place(self, place_id: str | None) -> str:
        """Return the name of a hub or post."""
        return name_of_place(place_id, self.geography) if place_id else ""

    def corridor(self, corridor_id: str) -> str:
        """Return the name of a corridor."""
        found = self.geography.corridors.get(corridor_id)
        return found.name if found else corridor_id

    def zone(self, country: str | None) -> timezone:
        """Return the zone that clocks show in a country; UTC where it is not known."""
        found = find_country(country) if country else None
        return timezone(timedelta(hours=found.utc_offset_h if found else 0))


def make_tables(live: LiveMap, geography: Geography, corridor_id: str = "", country: str = "") -> Tables:
    """Return the snapshot's content on one corridor and in one country (empty: on all, in all)."""
    corridor = geography.corridors.get(corridor_id)
    sections = {passage.section.id for passage in corridor.passages} if corridor else None
    lands = set(corridor.kilometres_by_country()) if corridor else None
    posts_on = {place for m in corridor.borders for place in (m.exit_place, m.entry_place)} if corridor else None

    def in_land(code: str | None) -> bool:
        return country in ("", code) and (lands is None or code in lands)

    def at_place(place: str | None) -> bool:
        found = geography.hubs.get(place or "") or geography.posts.get(place or "")
        return in_land(found.country) if found else not country and corridor is None

    coaches = [c for c in live.coaches if country in ("", c.country) and (sections is None or c.section in sections)]
    posts = [p for p in live.posts if country in ("", p.country) and (posts_on is None or p.post_id in posts_on)]
    return Tables(
        geography=geography,
        coaches=sorted(coaches, key=lambda c: _natural(c.license_plate or c.vehicle_id)),
        posts=sorted(posts, key=lambda p: (p.newest_at is None, name_of_place(p.post_id, geography))),
        reports=[r for r in live.reports if in_land(r.country)],
        gathered=[g for g in live.gathered if at_place(g.place)],
    )


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key by which coach 9 comes before coach 10."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
