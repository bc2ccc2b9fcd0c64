"""The stretch of a corridor around a border in which a coach is at that border: from fence to fence and some way beyond.

Pure, and worked out once for each corridor and day.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from tracker.corridors import Corridor, Milestone
from tracker.countries import country_at
from tracker.fixes import Ints
from tracker.geo import Floats
from tracker.geography import Geography
from tracker.places import AgencyPoint

# How far beyond the fences the zone goes: a queue and a turning place. On a coarse line a kilometre is wrong by 7 km at p95.
BEYOND_KM = {"coarse": 15.0, "imported": 5.0, "routed": 5.0}


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A border's stretch, `low_km` to `high_km` of its corridor, with the fences of the posts on either side."""

    border: Milestone
    corridor: Corridor
    low_km: float
    high_km: float
    points: tuple[AgencyPoint, ...]
    is_joint: bool

    @property
    def posts(self) -> tuple[str, str]:
        """The post on the side of the origin, and the one across (the same where only one is known)."""
        return self.border.exit_place, self.border.entry_place

    def sides(self, kms: Floats, latitudes: Floats, longitudes: Floats) -> Ints:
        """Return of each fix on which side of the line it lies: 0 towards the origin, 1 towards the destination.

        By the kilometre on a line that follows the road; on a coarse one by the country the fix lies in.
        """
        by_km = (kms >= self.border.km).astype(np.int64)
        if self.corridor.line.quality != "coarse":
            return by_km
        countries = {self.border.exit_country: 0, self.border.entry_country: 1}
        found = [
            countries.get(country_at(a, b), -1) for a, b in zip(latitudes.tolist(), longitudes.tolist(), strict=True)
        ]
        return np.where(np.array(found) >= 0, found, by_km).astype(np.int64)


@lru_cache(maxsize=256)
def zones(geography: Geography, corridor: Corridor) -> tuple[Zone, ...]:
    """Return the zones of a corridor's borders, in order; neighbours that would overlap meet half-way."""
    bounds: list[list[float]] = []
    found: list[tuple[Milestone, tuple[AgencyPoint, ...], bool]] = []
    beyond = BEYOND_KM[corridor.line.quality]
    for border in corridor.borders:
        posts = [geography.find_post(place) for place in dict.fromkeys((border.exit_place, border.entry_place))]
        points = tuple(point for post in posts if post for point in post.list_points(geography.on))
        kms = [border.km, *(corridor.line.locate_one(p.latitude, p.longitude)[0] for p in points)]
        bounds.append([min(kms) - beyond, max(kms) + beyond])
        found.append((border, points, any(bool(post.is_joint) for post in posts if post)))
    for before, after in pairwise(bounds):
        if before[1] > after[0]:
            before[1] = after[0] = (before[1] + after[0]) / 2
    return tuple(
        Zone(border, corridor, low, high, points, joint)
        for (border, points, joint), (low, high) in zip(found, bounds, strict=True)
    )
