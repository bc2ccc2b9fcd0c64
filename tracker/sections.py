"""Sections: the stretches of road between neighbouring hubs or border posts. Each exists once.

Two corridors that pass the same two neighbouring places use the same section, in either direction, so that what
happened on the road between them is counted once.
"""

from __future__ import annotations

from dataclasses import dataclass

from tracker.facts import Direction
from tracker.geo import Floats
from tracker.lines import Line

# Two roads between the same two places are the same section unless their lengths differ by more than this share (and
# more than some kilometres, for short ones): coarse and measured lines of one road differ by a few per cent.
SAME_ROAD_SHARE = 0.15
SAME_ROAD_KM = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A stretch of road between two neighbouring places.

    `id` names its two ends in alphabetical order (`abidjan--CI-noe`). `line` is the stretch's own geometry with
    kilometres from 0 at `start`; it comes from the corridor `defined_by`, the first one that passes here.
    """

    id: str
    start: str
    end: str
    country: str | None
    line: Line
    defined_by: str
    corridors: tuple[str, ...]

    @property
    def length_km(self) -> float:
        """Kilometres along the road."""
        return self.line.length_km

    @property
    def points(self) -> tuple[Floats, Floats]:
        """Latitudes and longitudes of the vertices, for drawing."""
        return self.line.latitudes, self.line.longitudes


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """One corridor's way over one section: from which to which of the corridor's kilometres, and in which direction.

    `is_reversed` says that the corridor runs from the section's `end` to its `start`.
    """

    section: Section
    from_km: float
    to_km: float
    is_reversed: bool
    country: str | None

    @property
    def length_km(self) -> float:
        """Kilometres of the corridor on this section, by the corridor's own measure."""
        return self.to_km - self.from_km

    def on_section(self, km: float) -> float:
        """Return the section's kilometre at one of the corridor's; beyond an end it is that end.

        Two corridors' lines may measure the same section a little differently: the way through it is shared out evenly.
        """
        share = min(1.0, max(0.0, (km - self.from_km) / self.length_km)) if self.length_km else 0.0
        return self.section.length_km * (1 - share if self.is_reversed else share)

    def on_corridor(self, section_km: float) -> float:
        """Return the corridor's kilometre at one of the section's; the other way round of `on_section`."""
        length = self.section.length_km
        share = min(1.0, max(0.0, section_km / length)) if length else 0.0
        return self.from_km + self.length_km * (1 - share if self.is_reversed else share)

    def turned(self, direction: str) -> Direction:
        """Return the section's direction as the corridor's, or the corridor's as the section's."""
        return "up" if (direction == "up") != self.is_reversed else "down"


def is_same_road(one_km: float, other_km: float) -> bool:
    """Say whether two lengths between the same two places can be one road, measured twice."""
    return abs(one_km - other_km) <= max(SAME_ROAD_KM, SAME_ROAD_SHARE * max(one_km, other_km))
