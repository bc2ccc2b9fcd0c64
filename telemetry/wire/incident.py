"""What went wrong on the road, on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from telemetry.wire.codes import Agency, FreeText, Harassment, IncidentType
from telemetry.wire.envelope import Envelope, out_of_order
from telemetry.wire.places import Latitude, Longitude, half_placed
from telemetry.wire.times import Time
from tracker.errors import Reason

LONGEST_DELAY_S = 30 * 24 * 3600


class Incident(Envelope):
    """A delay, a breakdown, harassment, a closed road."""

    past_times: ClassVar[tuple[str, ...]] = ("observed_at", "ended_at")
    free_texts: ClassVar[tuple[str, ...]] = ("note",)

    observed_at: Time
    incident_type: IncidentType
    ended_at: Time | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    delay_s: Annotated[float, Field(ge=0, le=LONGEST_DELAY_S)] | None = None
    agency: Agency | None = None
    harassment: Annotated[list[Harassment], Field(max_length=20)] | None = None
    note: FreeText | None = None

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[Reason]:
        """Refuse half a place and an end before its start."""
        return half_placed(values) + out_of_order(values, "observed_at", "ended_at")
