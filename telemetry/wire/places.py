"""Coordinates on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from tracker.errors import Reason

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
NULL_ISLAND_DEG = 0.01  # where 0, 0 of a unit without a fix lies: 600 km out in the Gulf of Guinea


def misplaced(values: Mapping[str, Any]) -> list[Reason]:
    """Return why the pair of coordinates is none: one of two is missing, or both say zero."""
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is None or longitude is None:
        return []
    if abs(latitude) < NULL_ISLAND_DEG and abs(longitude) < NULL_ISLAND_DEG:
        return [Reason("null_island", "latitude")]
    return []


def half_placed(values: Mapping[str, Any]) -> list[Reason]:
    """Return why an optional pair of coordinates is none."""
    for name, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if values.get(name) is None and values.get(other) is not None:
            return [Reason("field_missing", name)]
    return misplaced(values)
