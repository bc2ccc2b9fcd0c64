"""Lines: where a road runs, with kilometres on every vertex.

The kilometres are measures along the real road; the drawn polyline may be far shorter (5 to 19 % for lines through
towns), so distances come from the measures, never from the drawing. Pure numpy: no database, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from tracker.geo import Floats, bearing_deg, nearest_on_path

# coarse: a polyline through towns, tens of kilometres off the road at worst. imported: a line somebody imported,
# drawn along the road. routed: fetched from a routing service.
QUALITIES = ("coarse", "imported", "routed")


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
        index, share, offset = nearest_on_path(self.latitudes, self.longitudes, latitudes, longitudes)
        start = self.kilometres[index]
        kilometres: Floats = start + share * (self.kilometres[index + 1] - start)
        return kilometres, offset

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
