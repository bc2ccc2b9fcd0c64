"""Lines: where a road runs, with kilometres on every vertex.

The kilometres are measures along the real road; the drawn polyline may be far shorter (5 to 19 % for lines through
towns), so distances come from the measures, never from the drawing. Pure numpy: no database, no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracker.geo import Floats, PathIndex, bearing_deg

# coarse: a polyline through towns, tens of kilometres off the road at worst. imported: a line somebody imported,
# drawn along the road. routed: fetched from a routing service.
QUALITIES = ("coarse", "imported", "routed")

# A line that comes so near to itself, so far along the road, is doubled there: a road lies kilometres off a coarse line.
DOUBLED_M = {"coarse": 8000.0, "imported": 150.0, "routed": 150.0}
DOUBLED_KM = {"coarse": 24.0, "imported": 1.0, "routed": 1.0}
# How much farther off a place may lie than the nearest, to be taken for the sake of continuity, and how many metres farther off
# count like a kilometre along the road.
LEEWAY_M = {"coarse": 20_000.0, "imported": 300.0, "routed": 300.0}
METRES_A_KM = {"coarse": 1000.0, "imported": 200.0, "routed": 200.0}
TURNING_KM = {
    "coarse": 10.0,
    "imported": 1.0,
    "routed": 1.0,
}  # a place behind the coach counts as so much farther along
SAMPLE_KM = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One version of a road's line.

    `latitudes`, `longitudes` (degrees) and `kilometres` (never falling) have one entry a vertex, two or more.
    `start_km` may be above zero where the first stretch of the road is not known. `version` counts up for each
    corridor.
    """

    latitudes: Floats
    longitudes: Floats
    kilometres: Floats
    quality: str
    source: str
    licence: str
    version: int = 1
    valid_from: date | None = None
    _index: PathIndex | None = field(init=False, default=None, repr=False)
    _doubled: NDArray[np.bool_] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        """Freeze the arrays: snapshots are shared between threads."""
        for values in (self.latitudes, self.longitudes, self.kilometres):
            values.setflags(write=False)

    @property
    def start_km(self) -> float:
        """Kilometre of the first vertex."""
        return float(self.kilometres[0])

    @property
    def end_km(self) -> float:
        """Kilometre of the last vertex."""
        return float(self.kilometres[-1])

    @property
    def length_km(self) -> float:
        """Kilometres from the origin to the last vertex; the first `start_km` of them may not be drawn."""
        return self.end_km

    def locate(self, latitudes: ArrayLike, longitudes: ArrayLike) -> tuple[Floats, Floats]:
        """Return, for each point, the kilometre of the nearest place on the line and how many metres it lies off it."""
        _, segments, shares, offsets = self.index.nearest(latitudes, longitudes)
        return self.measure(segments, shares), offsets

    def locate_with_doubt(
        self, latitudes: ArrayLike, longitudes: ArrayLike
    ) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return what `locate` does, and whether the line is doubled there: `locate_near` may then know better."""
        _, segments, shares, offsets = self.index.nearest(latitudes, longitudes)
        return self.measure(segments, shares), offsets, self.doubled[segments]

    def locate_near(
        self, latitude: float, longitude: float, near_km: float, last_km: float, way: int
    ) -> tuple[float, float]:
        """Return the kilometre and the metres off the line of one point that was expected near a kilometre.

        Where the line comes back on itself or runs beside itself, several places are about equally near; this takes
        the one nearest to what was expected, at most `LEEWAY_M` farther off than the nearest of all. Every `METRES_A_KM`
        farther off count like a kilometre along the road. `last_km`, `way`: where the coach was, and whether kilometres rose
        (1) or fell (-1) as it drove there.
        """
        _, nearest_m = self.locate_one(latitude, longitude)
        _, segments, shares, offsets = self.index.within(latitude, longitude, nearest_m + LEEWAY_M[self.quality])
        kilometres = self.measure(segments, shares)
        best, chosen = math.inf, 0
        for i in range(segments.size):  # the end of a segment is no place of its own where the next one comes nearer
            if shares[i] == 0 and i and segments[i - 1] == segments[i] - 1 and offsets[i - 1] < offsets[i]:
                continue
            if (
                shares[i] == 1
                and i + 1 < segments.size
                and segments[i + 1] == segments[i] + 1
                and offsets[i + 1] < offsets[i]
            ):
                continue
            cost = abs(float(kilometres[i]) - near_km) + (float(offsets[i]) - nearest_m) / METRES_A_KM[self.quality]
            if (float(kilometres[i]) - last_km) * way < 0:
                cost += TURNING_KM[self.quality]
            if cost < best:
                best, chosen = cost, i
        return float(kilometres[chosen]), float(offsets[chosen])

    def measure(self, segments: NDArray[np.intp], shares: Floats) -> Floats:
        """Return the kilometres of places given by segment and share along it."""
        start = self.kilometres[segments]
        kilometres: Floats = start + shares * (self.kilometres[segments + 1] - start)
        return kilometres

    def leg_km(self, kilometres: Floats) -> Floats:
        """Return the kilometres between the two vertices on either side of each of these kilometres."""
        after = np.clip(np.searchsorted(self.kilometres, kilometres), 1, self.kilometres.size - 1)
        return self.kilometres[after] - self.kilometres[after - 1]

    @property
    def index(self) -> PathIndex:
        """The spatial index of its segments, built when first asked for."""
        if self._index is None:
            object.__setattr__(self, "_index", PathIndex([(self.latitudes, self.longitudes)]))
        assert self._index is not None
        return self._index

    @property
    def doubled(self) -> NDArray[np.bool_]:
        """Say of each segment whether the line comes near itself there, a good way along: found when first asked for."""
        if self._doubled is None:
            steps = np.maximum(1, np.ceil(np.diff(self.kilometres) / SAMPLE_KM)).astype(np.intp)
            owner = np.repeat(np.arange(steps.size), steps)
            share = (np.arange(owner.size) - np.repeat(np.cumsum(steps) - steps, steps) + 0.5) / steps[owner]
            latitudes = self.latitudes[owner] + share * np.diff(self.latitudes)[owner]
            longitudes = self.longitudes[owner] + share * np.diff(self.longitudes)[owner]
            sample, other, along, _ = self.index.pairs_within(latitudes, longitudes, DOUBLED_M[self.quality])
            away_km = np.abs(self.measure(other, along) - self.measure(owner, share)[sample])
            found = np.zeros(steps.size, dtype=np.bool_)
            found[owner[sample[away_km > DOUBLED_KM[self.quality]]]] = True
            object.__setattr__(self, "_doubled", found)
        assert self._doubled is not None
        return self._doubled

    def locate_one(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Return the kilometre and the metres off the line of one point."""
        kilometres, offsets = self.locate([latitude], [longitude])
        return float(kilometres[0]), float(offsets[0])

    def points_at(self, kilometres: ArrayLike) -> tuple[Floats, Floats]:
        """Return latitudes and longitudes at these kilometres; beyond an end it is that end."""
        wanted = np.asarray(kilometres, dtype=np.float64)
        return (
            np.interp(wanted, self.kilometres, self.latitudes),
            np.interp(wanted, self.kilometres, self.longitudes),
        )

    def point_at(self, km: float) -> tuple[float, float]:
        """Return latitude and longitude at a kilometre; beyond an end it is that end."""
        latitudes, longitudes = self.points_at([km])
        return float(latitudes[0]), float(longitudes[0])

    def bearing_at(self, km: float) -> float:
        """Return the bearing of growing kilometres there, degrees clockwise from north."""
        index = int(np.clip(np.searchsorted(self.kilometres, km, side="right") - 1, 0, self.kilometres.size - 2))
        return bearing_deg(
            float(self.latitudes[index]),
            float(self.longitudes[index]),
            float(self.latitudes[index + 1]),
            float(self.longitudes[index + 1]),
        )

    def between(self, from_km: float, to_km: float, *, is_reversed: bool = False) -> Line:
        """Return the part between two kilometres, measured from 0 at its own start; reversed, from the far end."""
        low, high = max(from_km, self.start_km), min(to_km, self.end_km)
        inner = self.kilometres[(self.kilometres > low) & (self.kilometres < high)]
        kilometres = np.concatenate(([low], inner, [max(low, high)]))
        latitudes, longitudes = self.points_at(kilometres)
        measures = kilometres - low
        if is_reversed:
            latitudes, longitudes = latitudes[::-1].copy(), longitudes[::-1].copy()
            measures = (measures[-1] - measures)[::-1].copy()
        return Line(
            latitudes, longitudes, measures, self.quality, self.source, self.licence, self.version, self.valid_from
        )
