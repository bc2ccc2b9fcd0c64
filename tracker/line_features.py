"""Line features: one GeoJSON LineString read and checked, with every mistake noted against its part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from tracker.errors import Reason
from tracker.gazetteer import CorridorRecord
from tracker.geo import Floats, distance_m, path_kilometres
from tracker.lines import Line
from tracker.route_finding import Surroundings, ends_of
from tracker.sheets import IDENTIFIER, in_region

MAX_VERTICES = 200_000
# Kilometres along the road against the drawing: a drawing is never longer than its road (but for rounding), and a
# road more than this many times longer than a drawing of it is a mistake of unit.
MEASURE_RATIO = (0.97, 3.0)
# A line whose first vertex lies this much nearer to the destination than to the origin runs the wrong way.
WRONG_WAY_M = 20_000.0


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A feature that was read without a mistake."""

    corridor_id: str
    properties: dict[str, Any]
    latitudes: Floats
    longitudes: Floats
    kilometres: Floats
    valid_from: date | None


class FeatureReader:
    """Reads one feature and notes what is wrong with it."""

    def __init__(self, number: int, reasons: list[Reason]) -> None:
        """Read feature `number` (from 1) and add what is wrong to `reasons`."""
        self.number, self.reasons = number, reasons

    def refuse(self, code: str, part: str, **values: object) -> None:
        """Note a reason against a part of the feature."""
        self.reasons.append(Reason(code, f"[{self.number}].{part}", {"feature": self.number, **values}))

    def line(self, feature: Any) -> DrawnLine | None:
        """Return the line, or None with its mistakes noted."""
        before = len(self.reasons)
        if not isinstance(feature, dict):
            self.refuse("not_a_feature", "type")
            return None
        found = feature.get("properties")
        properties: dict[str, Any] = found if isinstance(found, dict) else {}
        identifier = properties.get("id") or properties.get("corridor") or properties.get("corridor_id")
        if not isinstance(identifier, str) or not IDENTIFIER.fullmatch(identifier):
            self.refuse("bad_identifier", "properties.id", value=str(identifier)[:60])
        if properties.get("kind") not in (None, "international", "domestic", "non_member"):
            self.refuse("not_one_of", "properties.kind", value=str(properties["kind"])[:60])
        geometry = feature.get("geometry")
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if not isinstance(geometry, dict) or kind != "LineString":
            self.refuse("wrong_geometry_type", "geometry.type", found=str(kind)[:40], expected="LineString")
            return None
        vertices = self.vertices(geometry.get("coordinates"))
        if vertices is None:
            return None
        longitudes, latitudes = vertices[:, 0].copy(), vertices[:, 1].copy()
        valid_from = self.day(properties.get("valid_from"))
        kilometres = self.kilometres(properties, vertices, path_kilometres(latitudes, longitudes))
        if len(self.reasons) > before or kilometres is None:
            return None
        return DrawnLine(str(identifier), properties, latitudes, longitudes, kilometres, valid_from)

    def vertices(self, coordinates: Any) -> Floats | None:
        """Return an array of [longitude, latitude] or [longitude, latitude, km], or None."""
        if not isinstance(coordinates, list) or not 2 <= len(coordinates) <= MAX_VERTICES:
            self.refuse("wrong_number_of_vertices", "geometry.coordinates", low=2, high=MAX_VERTICES)
            return None
        sizes = {len(vertex) if isinstance(vertex, list) else 0 for vertex in coordinates}
        for index, vertex in enumerate(coordinates):
            numbers = isinstance(vertex, list) and all(type(value) in (int, float) for value in vertex)
            if not numbers or len(sizes) != 1 or not sizes <= {2, 3}:
                self.refuse("bad_vertex", f"geometry.coordinates[{index}]")
                return None
        array = np.array(coordinates, dtype=np.float64)
        for index, (longitude, latitude) in enumerate(array[:, :2].tolist()):
            if not in_region(latitude, longitude):
                swapped = in_region(longitude, latitude)
                code = "latitude_longitude_swapped" if swapped else "outside_region"
                self.refuse(code, f"geometry.coordinates[{index}]", latitude=latitude, longitude=longitude)
                return None
        return array

    def kilometres(self, properties: dict[str, Any], vertices: Floats, drawn_km: Floats) -> Floats | None:
        """Return the kilometres of the vertices, or None."""
        if drawn_km[-1] < 0.1:
            self.refuse("line_without_length", "geometry.coordinates")
            return None
        part, given = "properties.km", properties.get("km")
        if given is None and vertices.shape[1] == 3:
            part, given = "geometry.coordinates", vertices[:, 2].tolist()
        if given is None:
            return self.stretched(properties.get("length_km"), drawn_km)
        if not isinstance(given, list) or len(given) != len(vertices):
            self.refuse("wrong_number_of_measures", part, expected=len(vertices))
            return None
        if not all(type(value) in (int, float) and 0 <= value < 10_000 for value in given):
            self.refuse("bad_measure", part)
            return None
        for index, (before, after) in enumerate(pairwise(given), start=1):
            if after < before:
                self.refuse("measures_go_backwards", f"{part}[{index}]", before=before, after=after)
                return None
        return self.plausible(np.array(given, dtype=np.float64), drawn_km, part)

    def stretched(self, length_km: Any, drawn_km: Floats) -> Floats | None:
        """Return the drawing's kilometres, stretched to the stated length of the road where there is one."""
        if length_km is None:
            return drawn_km
        if type(length_km) not in (int, float) or not 0 < length_km < 10_000:
            self.refuse("bad_measure", "properties.length_km")
            return None
        return self.plausible(drawn_km * (length_km / drawn_km[-1]), drawn_km, "properties.length_km")

    def plausible(self, kilometres: Floats, drawn_km: Floats, part: str) -> Floats | None:
        """Return the kilometres unless they cannot belong to this drawing."""
        length, drawn = float(kilometres[-1] - kilometres[0]), float(drawn_km[-1])
        if not MEASURE_RATIO[0] * drawn - 1 <= length <= MEASURE_RATIO[1] * drawn + 1:
            self.refuse("measures_do_not_fit", part, length_km=round(length, 1), drawn_km=round(drawn, 1))
            return None
        return kilometres

    def check_ends(self, line: DrawnLine, corridor: CorridorRecord | None, around: Surroundings) -> None:
        """Note a line that runs from destination to origin, or a new corridor whose ends are no known hubs."""
        road = Line(line.latitudes, line.longitudes, line.kilometres, "imported", "", "")
        if corridor is None:
            for hub, part in zip(ends_of(road, around), ("first", "last"), strict=True):
                if not hub:
                    self.refuse("no_hub_near_end", "geometry.coordinates", vertex=part)
            return
        hubs = [around.hubs.get(corridor.origin), around.hubs.get(corridor.destination)]
        if hubs[0] is None or hubs[1] is None or hubs[0] == hubs[1]:
            return
        first = float(line.latitudes[0]), float(line.longitudes[0])
        to_origin, to_destination = (distance_m(*first, hub.latitude, hub.longitude) for hub in hubs if hub)
        if to_destination + WRONG_WAY_M < to_origin:
            self.refuse("line_runs_backwards", "geometry.coordinates", origin=corridor.origin)

    def day(self, value: Any) -> date | None:
        """Return a day, or None where there is none or it is not one (noted)."""
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            self.refuse("not_a_date", "properties.valid_from", value=str(value)[:60])
            return None
