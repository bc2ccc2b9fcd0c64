"""A vehicle's position on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from telemetry.wire.envelope import Envelope
from telemetry.wire.places import Latitude, Longitude, misplaced
from telemetry.wire.times import Time
from tracker.errors import Reason

FASTEST_MPS = 70  # 252 km/h: no coach, and more than a glitch of a sound receiver
WORST_ACCURACY_M = 100_000  # a fix from far-away masts; judged later


class Position(Envelope):
    """One fix of a coach."""

    observed_at: Time
    latitude: Latitude
    longitude: Longitude
    speed_mps: Annotated[float, Field(ge=0, le=FASTEST_MPS)] | None = None
    bearing_deg: Annotated[float, Field(ge=0, le=360)] | None = None
    accuracy_m: Annotated[float, Field(ge=0, le=WORST_ACCURACY_M)] | None = None
    battery_percent: Annotated[float, Field(ge=0, le=100)] | None = None

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[Reason]:
        """Refuse the place where receivers without a fix say they are."""
        return misplaced(values)
