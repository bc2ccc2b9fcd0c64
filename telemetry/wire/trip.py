"""What an operator declares about a trip, on the wire. Passengers are counts, never names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, Field

from telemetry.wire.codes import Agency, Code, Identifier, PlaceName, PrintedNumber, TripId
from telemetry.wire.envelope import WIRE, Envelope, out_of_order
from telemetry.wire.times import Time
from tracker.errors import Reason

MOST_PASSENGERS = 120  # the largest double-deck coaches seat about 90; overload happens, 400 does not
Count = Annotated[int, Field(ge=0, le=MOST_PASSENGERS)]


class Nationalities(BaseModel):
    """Passengers by group, as coarse as the law on personal data allows."""

    model_config = WIRE

    own: Count | None = None
    ecowas_aes: Count | None = None
    other: Count | None = None


class Manifest(BaseModel):
    """How many passengers the manifest lists."""

    model_config = WIRE

    passengers: Count
    minors: Count | None = None
    by_nationality: Nationalities | None = None


class GroupedControl(BaseModel):
    """The one control of all services at the station of departure."""

    model_config = WIRE

    started_at: Time | None = None
    ended_at: Time | None = None
    agencies: Annotated[list[Agency], Field(max_length=25)] | None = None
    outcome: Code | None = None


class Trip(Envelope):
    """A trip is declared, leaves, arrives or is cancelled."""

    past_times: ClassVar[tuple[str, ...]] = ("observed_at", "grouped_control.started_at", "grouped_control.ended_at")

    event: Literal["declared", "departed", "arrived", "cancelled"]
    observed_at: Time
    trip_id: TripId
    corridor_id: Identifier
    origin: PlaceName | None = None
    destination: PlaceName | None = None
    scheduled_departure: Time | None = None
    manifest: Manifest | None = None
    seal_number: PrintedNumber | None = None
    grouped_control: GroupedControl | None = None
    in_order: bool | None = None

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[Reason]:
        """Refuse parts greater than the whole and an end before its start."""
        reasons = out_of_order(values.get("grouped_control") or {}, "started_at", "ended_at", prefix="grouped_control.")
        if (manifest := values.get("manifest")) is not None:
            reasons += unbalanced(manifest, "manifest.")
        return reasons


def unbalanced(counts: Mapping[str, Any], prefix: str = "") -> list[Reason]:
    """Return why counts of passengers do not add up."""
    total = counts.get("passengers")
    if total is None:
        return []
    reasons = []
    if (counts.get("minors") or 0) > total:
        reasons.append(Reason("more_than_passengers", f"{prefix}minors", {"limit": total}))
    groups = counts.get("by_nationality") or {}
    complete = len(groups) == len(Nationalities.model_fields)
    if (listed := sum(groups.values())) > total or (complete and listed != total):
        reasons.append(Reason("nationalities_do_not_add_up", f"{prefix}by_nationality", {"limit": total}))
    return reasons
