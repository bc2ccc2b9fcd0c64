"""Lines as short text: the encoded polylines that maps exchange, a third of the bytes of GeoJSON. Pure.

Each coordinate is a whole number of steps, told as the difference to the one before, five bits a character; latitude
first. `static/map/lines.js` reads it. The format is Google's published *Encoded Polyline Algorithm*.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tracker.lines import Line

ROAD_STEPS = 10_000  # steps a degree: 11 m
GROUND_STEPS = 1_000


def encode_line(points: Iterable[tuple[float, float]], steps: int = ROAD_STEPS) -> str:
    """Return the line through `points` (latitude, longitude); neighbours that fall on one step are told once."""
    out: list[str] = []
    before = None
    at = (0, 0)
    for latitude, longitude in points:
        here = (round(latitude * steps), round(longitude * steps))
        if here != before:
            out += [_number(here[0] - at[0]), _number(here[1] - at[1])]
            before = at = here
    return "".join(out)


def line_between(line: Line, from_km: float, to_km: float) -> str:
    """Return a stretch of a line, encoded; what lies beyond its ends is left out."""
    first, last = max(from_km, line.start_km), min(to_km, line.end_km)
    inner = line.kilometres[(line.kilometres > first) & (line.kilometres < last)]
    latitudes, longitudes = line.points_at(np.concatenate(([first], inner, [last])))
    return encode_line(zip(latitudes.tolist(), longitudes.tolist(), strict=True))


def encode_ground(basemap: dict[str, Any]) -> dict[str, Any]:
    """Return the basemap (GeoJSON with land and borders, see `assets.basemap`) with its rings and lines encoded."""
    land, borders = [], []
    for feature in basemap["features"]:
        shape = feature["geometry"]["coordinates"]
        if feature["properties"]["kind"] == "land":
            land.append([feature["properties"]["country"], [[_flipped(ring) for ring in part] for part in shape]])
        else:
            borders += [_flipped(line) for line in shape]
    return {"steps": GROUND_STEPS, "land": land, "borders": borders}


def _flipped(line: Iterable[tuple[float, float]]) -> str:
    return encode_line(((y, x) for x, y in line), GROUND_STEPS)


def _number(value: int) -> str:
    rest = ~(value << 1) if value < 0 else value << 1
    out = ""
    while rest >= 0x20:
        out += chr((0x20 | (rest & 0x1F)) + 63)
        rest >>= 5
    return out + chr(rest + 63)
