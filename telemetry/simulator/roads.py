"""Roads as the simulator drives them: plain numbers, so that any source of geography can be driven. Pure.

A `Road` is a line with kilometres, hubs, and borders with a side for each post. `bend` lets a road pass by a post's
agency point that lies off its line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tracker.geo import METRES_PER_DEGREE, Floats, distance_m

SIDE_KM = 0.3  # an assumption: how far from the line the formalities of a side are where nobody surveyed them
FARTHEST_M = 6000.0  # a post's point that lies farther from the road is not on it


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a border: the kilometre where its formalities are, and its hours in local minutes (None: all day)."""

    post_id: str
    country: str
    km: float
    hours: tuple[int, int] | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """A border: the sides in the order of rising kilometres (None: no post is known there). Joint: both in one place."""

    at_km: float
    low: Side | None
    high: Side | None
    is_joint: bool = False

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that are known."""
        return tuple(side for side in (self.low, self.high) if side is not None)

    @property
    def is_closed(self) -> bool:
        """Say whether no coach may pass."""
        return any(side.is_closed for side in self.sides)


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """A corridor to be driven, from `kms[0]` to `kms[-1]`.

    `hubs`: kilometre by id. `countries`: `(from km on, country)`, rising. `utc_offsets_s`: seconds ahead of UTC by
    country. `absent`: `(agency, country)` that do not exist, and that no crew can therefore report.
    """

    corridor_id: str
    kms: Floats
    latitudes: Floats
    longitudes: Floats
    hubs: Mapping[str, float]
    gates: tuple[Gate, ...] = ()
    countries: tuple[tuple[float, str], ...] = ()
    utc_offsets_s: Mapping[str, int] = field(default_factory=dict)
    absent: frozenset[tuple[str, str]] = frozenset()

    @property
    def start_km(self) -> float:
        """Its first kilometre."""
        return float(self.kms[0])

    @property
    def end_km(self) -> float:
        """Its last kilometre."""
        return float(self.kms[-1])

    def country_at(self, km: float) -> str:
        """Return the country at a kilometre, "" where it is not known."""
        at = bisect_right(self.countries, km, key=lambda one: one[0]) - 1
        return self.countries[max(at, 0)][1] if self.countries else ""

    def local_hour(self, at_s: float, km: float) -> float:
        """Return the local hour of day (0 to 24) at seconds since 1970."""
        offset = self.utc_offsets_s.get(self.country_at(km), 0)
        return ((at_s + offset) % 86400) / 3600

    def places(self, kms: Floats, side_m: Floats) -> tuple[Floats, Floats]:
        """Return latitudes and longitudes, `side_m` metres to the right of rising kilometres."""
        lat, lon = np.interp(kms, self.kms, self.latitudes), np.interp(kms, self.kms, self.longitudes)
        if side_m.any():
            at = np.clip(np.searchsorted(self.kms, kms, side="right") - 1, 0, self.kms.size - 2)
            narrow = self.narrowing()
            north = np.diff(self.latitudes)[at]
            east = np.diff(self.longitudes)[at] * narrow
            length = np.sqrt(north * north + east * east)
            length[length == 0] = 1.0
            lat = lat - east / length * side_m / METRES_PER_DEGREE
            lon = lon + north / length * side_m / METRES_PER_DEGREE / narrow
        return lat, lon

    def narrowing(self) -> float:
        """Return how long a degree of longitude is against one of latitude, in the middle of the road."""
        middle = float(np.mean(self.latitudes))
        return round(float(np.cos(np.radians(middle))), 4)


def bend(
    kms: Floats, latitudes: Floats, longitudes: Floats, points: Sequence[tuple[float, float, float]]
) -> tuple[Floats, Floats, Floats]:
    """Return a line that passes by `points` `(km, latitude, longitude)`, each within `FARTHEST_M` of it."""
    for km, latitude, longitude in points:
        here = float(np.interp(km, kms, latitudes)), float(np.interp(km, kms, longitudes))
        width = max(0.5, distance_m(*here, latitude, longitude) / 1000)
        low, high = max(km - width, float(kms[0])), min(km + width, float(kms[-1]))
        before, after = kms < low, kms > high
        new = np.array([low, km, high])
        lat = np.array([np.interp(low, kms, latitudes), latitude, np.interp(high, kms, latitudes)])
        lon = np.array([np.interp(low, kms, longitudes), longitude, np.interp(high, kms, longitudes)])
        latitudes = np.concatenate((latitudes[before], lat, latitudes[after]))
        longitudes = np.concatenate((longitudes[before], lon, longitudes[after]))
        kms = np.concatenate((kms[before], new, kms[after]))
    return kms, latitudes, longitudes
