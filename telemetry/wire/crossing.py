"""A coach's formalities at one agency's point of a border post, on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from telemetry.wire.codes import Agency, FreeText, LicensePlate, PrintedNumber
from telemetry.wire.envelope import Envelope, out_of_order
from telemetry.wire.money import Payments
from telemetry.wire.times import Time
from telemetry.wire.trip import Count, unbalanced
from tracker.errors import Reason


class Crossing(Envelope):
    """Arrival, processing and release; a later message of the same coach may complete an earlier one.

    `vehicle_id` is the coach that crosses, `post_id` and `agency` are the sender's own, implied by topic or token.
    """

    moment: ClassVar[str] = "arrived_at"
    past_times: ClassVar[tuple[str, ...]] = ("arrived_at", "processing_started_at", "released_at")
    free_texts: ClassVar[tuple[str, ...]] = ("note", "reason")

    agency: Agency | None = None
    direction: Literal["exit", "entry"]
    arrived_at: Time
    license_plate: LicensePlate | None = None
    processing_started_at: Time | None = None
    released_at: Time | None = None
    outcome: Literal["released", "held", "refused"] | None = None
    passengers: Count | None = None
    minors: Count | None = None
    seal_number: PrintedNumber | None = None
    seal_intact: bool | None = None
    charges: Payments | None = None
    reason: FreeText | None = None
    note: FreeText | None = None

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[Reason]:
        """Refuse a release before the arrival and more minors than passengers."""
        return out_of_order(values, "arrived_at", "processing_started_at", "released_at") + unbalanced(values)
