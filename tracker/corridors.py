"""Corridors: named road axes, each an ordered sequence of sections with kilometres from its origin. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tracker.geo import Floats
from tracker.lines import Line
from tracker.sections import Passage, Section, is_same_road

# international: between members. domestic: inside one state, not a corridor in the mechanism's sense. non_member:
# leads to a state outside the community; shown apart.
CorridorKind = Literal["international", "domestic", "non_member"]
MilestoneKind = Literal["hub", "border"]

# Two corridors share a road as long as their lines lie within so many metres; a bypass, or a corner at which the lines part
# later than the roads, may be so many kilometres long. Where either is coarse, its towns are not those of the other.
SHARED_M = {"coarse": 8000.0, "imported": 1000.0, "routed": 1000.0}
ASIDE_KM = {"coarse": 50.0, "imported": 15.0, "routed": 15.0}
NO_LENGTH_KM = 0.05  # two places located at the same kilometre have no section between them


@dataclass(frozen=True, slots=True)
class Milestone:
    """A place on a corridor at which a section ends: a hub, or the line of a border between two posts.

    At a hub `exit_place` and `entry_place` are its id. At a border they are the posts on the side of the corridor's
    origin and of its destination (the same post twice where only one is known), with their countries. `offset_m` says
    how far the place lies from the corridor's line.
    """

    kind: MilestoneKind
    exit_place: str
    entry_place: str
    latitude: float
    longitude: float
    exit_country: str | None = None
    entry_country: str | None = None
    km: float = 0.0
    offset_m: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Corridor:
    """A road axis with its current line, the milestones on it in order, and its way over the sections."""

    id: str
    name: str
    kind: CorridorKind
    origin: str
    destination: str
    line: Line
    milestones: tuple[Milestone, ...]
    passages: tuple[Passage, ...] = ()

    @property
    def is_international(self) -> bool:
        """Say whether it is an international axis; domestic roads are not corridors of the mechanism."""
        return self.kind != "domestic"

    @property
    def length_km(self) -> float:
        """Kilometres along the road from its origin to its destination."""
        return self.line.length_km

    @property
    def borders(self) -> tuple[Milestone, ...]:
        """Its border crossings, in order from the origin."""
        return tuple(milestone for milestone in self.milestones if milestone.kind == "border")

    def locate(self, latitudes: ArrayLike, longitudes: ArrayLike) -> tuple[Floats, Floats]:
        """Return `(chainage_km, offset_m)` for each point of a batch; see `Line.locate`."""
        return self.line.locate(latitudes, longitudes)

    def point_at(self, chainage_km: float) -> tuple[float, float]:
        """Return latitude and longitude at a chainage; beyond an end it is that end."""
        return self.line.point_at(chainage_km)

    def passage_at(self, chainage_km: float) -> Passage:
        """Return the passage a chainage lies on; on a milestone the one before it, beyond an end the nearest."""
        for passage in self.passages:
            if chainage_km <= passage.to_km:
                return passage
        return self.passages[-1]

    def find_passage(self, section_id: str) -> Passage | None:
        """Return the corridor's passage over a section, or None where it does not pass it."""
        return next((passage for passage in self.passages if passage.section.id == section_id), None)

    def find_km(self, section_id: str, section_km: float) -> float | None:
        """Return the corridor's kilometre at a kilometre of a section, or None where it does not pass it."""
        passage = self.find_passage(section_id)
        return None if passage is None else passage.on_corridor(section_km)

    def country_at(self, chainage_km: float) -> str | None:
        """Return the country the corridor is in at a chainage, by its border milestones."""
        return self.passage_at(chainage_km).country

    def find_milestone(self, place_id: str) -> Milestone | None:
        """Return the milestone of a hub or post, or None."""
        return next((m for m in self.milestones if place_id in (m.exit_place, m.entry_place)), None)

    def shared_until(
        self, from_km: float, to_km: float, other: Corridor, other_km: float
    ) -> tuple[float, float] | None:
        """Return where the road that is shared with another corridor begins, on the way from one kilometre to another.

        `other_km`: where the end of that way is on the other corridor. The kilometre here and the one there; None where
        they share no road at the end of the way.
        """
        quality = "coarse" if "coarse" in (self.line.quality, other.line.quality) else self.line.quality
        way = np.linspace(to_km, from_km, max(2, round(abs(to_km - from_km)) + 1))
        there, offsets = other.locate(*self.line.points_at(way))
        shared = np.flatnonzero(offsets <= SHARED_M[quality])
        aside = np.abs(np.diff(way[shared], prepend=to_km)) > ASIDE_KM[quality]
        if aside.any():
            shared = shared[: int(np.argmax(aside))]
        if not shared.size:
            return None
        first_km, there_km = float(way[shared[-1]]), float(there[shared[-1]])
        # Measured to where the coach is, and to where the lines part: either may lie on a stretch that a line passes twice.
        ends = ((to_km, other_km), (float(way[shared[0]]), float(there[shared[0]])))
        is_one = any(is_same_road(abs(end - first_km), abs(end_there - there_km)) for end, end_there in ends)
        return (first_km, there_km) if is_one else None

    def kilometres_by_country(self) -> dict[str, float]:
        """Return how many kilometres of the corridor lie in each country it passes."""
        result: dict[str, float] = {}
        for passage in self.passages:
            if passage.country is not None:
                result[passage.country] = result.get(passage.country, 0.0) + passage.length_km
        return result


def measured(milestones: Sequence[Milestone], line: Line) -> tuple[Milestone, ...]:
    """Return the milestones with their kilometres on a line.

    They keep their order: one that would fall behind its forerunner (a line that touches a border several times, or
    does not reach the hub) is moved up to it.
    """
    kilometres, offsets = line.locate([m.latitude for m in milestones], [m.longitude for m in milestones])
    result, reached = [], line.start_km
    for milestone, km, offset in zip(milestones, kilometres.tolist(), offsets.tolist(), strict=True):
        reached = max(reached, km)
        result.append(replace(milestone, km=reached, offset_m=offset))
    return tuple(result)


def cut(corridors: Iterable[Corridor], country_of_hub: Mapping[str, str]) -> tuple[list[Corridor], dict[str, Section]]:
    """Cut corridors into sections that exist once; return them with their passages, and the sections by id.

    A section belongs to the pair of places at its ends: the first corridor that passes it (better lines first, then in
    the given order) gives it its geometry. A road of clearly other length between the same places is another section.
    """
    given = list(corridors)
    sections: dict[str, Section] = {}
    ways: dict[str, list[_Way]] = {}
    for corridor in sorted(given, key=lambda c: c.line.quality == "coarse"):
        ways[corridor.id] = []
        for before, after in pairwise(corridor.milestones):
            if after.km - before.km >= NO_LENGTH_KM:
                country = before.entry_country or after.exit_country or country_of_hub.get(before.entry_place)
                ways[corridor.id].append(_way(corridor, before, after, country, sections))
    done = [
        replace(
            c, passages=tuple(Passage(sections[w[0]], *w[1:]) for w in ways[c.id])
        )  # sections are complete only now
        for c in given
    ]
    return done, sections


_Way = tuple[str, float, float, bool, str | None]  # a passage whose section may still gain corridors: by its id


def _way(
    corridor: Corridor, before: Milestone, after: Milestone, country: str | None, sections: dict[str, Section]
) -> _Way:
    """Find or make the section between two neighbouring milestones, and return the corridor's way over it."""
    ends = (before.entry_place, after.exit_place)
    is_reversed = ends[1] < ends[0]
    start, end = sorted(ends)
    stem, number = f"{start}--{end}", 1
    section_id = stem
    while section_id in sections and not is_same_road(sections[section_id].length_km, after.km - before.km):
        number += 1
        section_id = f"{stem}-{number}"
    known = sections.get(section_id)
    if known is None:
        line = corridor.line.between(before.km, after.km, is_reversed=is_reversed)
        sections[section_id] = Section(section_id, start, end, country, line, corridor.id, (corridor.id,))
    elif corridor.id not in known.corridors:
        sections[section_id] = replace(known, corridors=(*known.corridors, corridor.id))
    return section_id, before.km, after.km, is_reversed, country
