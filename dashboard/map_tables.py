"""The map's content as tables: the same snapshots, filtered by corridor, country and operator. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkpoints.flags import Flag
from dashboard.map_coaches import MapCoach
from dashboard.map_data import LiveMap
from dashboard.map_flow import FlowMap, delay_class, delay_share
from dashboard.map_places import name_of_place
from dashboard.map_posts import MapPost
from dashboard.map_reports import Gathering, MapReport
from tracker.countries import zone_of
from tracker.dwell_readings import DwellReading
from tracker.geography import Geography
from tracker.section_hours import FlowReading
from tracker.sections import Section
from tracker.silences import SilenceReading


@dataclass(frozen=True, slots=True)
class FlowLine:
    """One direction of a section. `reading` is None where no coach drove the whole of it: *no data*, not zero."""

    section: Section
    direction: str
    origin: str
    goal: str
    reading: FlowReading | None
    delay_class: int | None


@dataclass(frozen=True, slots=True)
class Tables:
    """What `tables.html` prints. Lists are filtered and in the order to be read."""

    geography: Geography
    coaches: list[MapCoach]
    posts: list[MapPost]
    reports: list[MapReport]
    gathered: list[Gathering]
    flow: list[FlowLine]
    dwell: list[DwellReading]
    usual: Mapping[tuple[str, str], float]
    silences: list[SilenceReading]
    flags: list[Flag]

    @property
    def without_data(self) -> list[FlowLine]:
        """The directions of sections of which nothing is known in the window."""
        return [line for line in self.flow if line.reading is None]

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

    zone = staticmethod(zone_of)


def make_tables(
    live: LiveMap,
    flow: FlowMap,
    silences: list[SilenceReading],
    flags: Sequence[Flag],
    geography: Geography,
    corridor_id: str = "",
    country: str = "",
    operator_id: str = "",
) -> Tables:
    """Return the content on one corridor, in one country, of one operator (empty: all of them)."""
    corridor = geography.corridors.get(corridor_id)
    sections = {passage.section.id for passage in corridor.passages} if corridor else None
    lands = set(corridor.kilometres_by_country()) if corridor else None
    posts_on = {place for m in corridor.borders for place in (m.exit_place, m.entry_place)} if corridor else None

    def in_land(code: str | None) -> bool:
        return country in ("", code) and (lands is None or code in lands)

    def at_place(place: str | None) -> bool:
        found = geography.hubs.get(place or "") or geography.posts.get(place or "")
        return in_land(found.country) if found else not country and corridor is None

    def of_company(company: str) -> bool:
        return operator_id in ("", company)

    coaches = [
        c
        for c in live.coaches
        if country in ("", c.country) and (sections is None or c.section in sections) and of_company(c.operator_id)
    ]
    posts = [p for p in live.posts if country in ("", p.country) and (posts_on is None or p.post_id in posts_on)]
    return Tables(
        geography=geography,
        coaches=sorted(
            (c for c in coaches if of_company(c.operator_id)), key=lambda c: _natural(c.license_plate or c.vehicle_id)
        ),
        posts=sorted(posts, key=lambda p: (p.newest_at is None, name_of_place(p.post_id, geography))),
        reports=[r for r in live.reports if in_land(r.country) and of_company(r.operator_id)],
        gathered=[g for g in live.gathered if at_place(g.place)],
        flow=_flow_lines(flow, geography, sections, country),
        dwell=[d for d in flow.dwell if any(d.post_id == p.post_id for p in posts)],
        usual=flow.usual,
        silences=[s for s in silences if corridor_id in ("", s.corridor_id) and _is_in(s, geography, country)],
        flags=[
            f
            for f in flags
            if country in ("", f.country)
            and (sections is None or f.corridor_id == corridor_id or f.section_id in sections)
        ],
    )


def _flow_lines(flow: FlowMap, geography: Geography, sections: set[str] | None, country: str) -> list[FlowLine]:
    """Return both directions of each section, in the order of its corridors; those without data too."""
    if not flow.sees_flow:
        return []
    found = {(reading.section_id, reading.direction): reading for reading in flow.flow}
    ordered = dict.fromkeys(p.section.id for c in geography.corridors.values() for p in c.passages)
    lines = []
    for section in (geography.sections[section_id] for section_id in ordered):
        if (sections is not None and section.id not in sections) or country not in ("", section.country):
            continue
        for direction, origin, goal in (("up", section.start, section.end), ("down", section.end, section.start)):
            reading = found.get((section.id, direction))
            level = delay_class(delay_share(reading, section.length_km)) if reading else None
            lines.append(FlowLine(section, direction, origin, goal, reading, level))
    return lines


def _is_in(reading: SilenceReading, geography: Geography, country: str) -> bool:
    if not country:
        return True
    return geography.corridors[reading.corridor_id].country_at((reading.from_km + reading.to_km) / 2) == country


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key by which coach 9 comes before coach 10."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
