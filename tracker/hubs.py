"""Hubs: the cities a corridor joins, and the junctions where two corridors part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Hub:
    """An urban centre or junction, at which sections are cut.

    `kind` is `city` or `junction` (a place that matters only because two corridors part there). Degrees in WGS 84.
    """

    id: str
    name: str
    country: str
    latitude: float
    longitude: float
    kind: str
    source: str
    licence: str
    valid_from: date | None = None
    valid_to: date | None = None
