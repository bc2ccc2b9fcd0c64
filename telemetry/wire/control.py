"""A control met on the road, on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from telemetry.wire.codes import Agency, ControlReason, FreeText, Harassment
from telemetry.wire.envelope import Envelope, out_of_order
from telemetry.wire.money import Payments
from telemetry.wire.places import Latitude, Longitude, half_placed
from telemetry.wire.times import Time
from tracker.errors import Reason


class Control(Envelope):
    """One check of a coach by one agency."""

    past_times: ClassVar[tuple[str, ...]] = ("observed_at", "ended_at")
    free_texts: ClassVar[tuple[str, ...]] = ("note",)

    observed_at: Time
    agency: Agency
    ended_at: Time | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    payments: Payments | None = None
    reasons: Annotated[list[ControlReason], Field(max_length=20)] | None = None
    harassment: Annotated[list[Harassment], Field(max_length=20)] | None = None
    in_order: bool | None = None
    note: FreeText | None = None

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[Reason]:
        """Refuse half a place and an end before its start."""
        return half_placed(values) + out_of_order(values, "observed_at", "ended_at")
