"""What every body may carry beside its own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, Strict

from telemetry.wire.codes import Identifier, TripId
from telemetry.wire.times import DeviceClock
from tracker.errors import Reason

WIRE = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)


class Envelope(BaseModel):
    """Fields of every body. Unknown fields are ignored and not kept.

    A model checks its fields one by one; what two fields contradict each other in is said by `contradictions`, which is
    also asked about the sound fields of a body whose other fields are wrong, so that a sender learns all at once.
    """

    model_config = WIRE

    moment: ClassVar[str] = "observed_at"  # the field that says when it happened
    past_times: ClassVar[tuple[str, ...]] = ("observed_at",)  # fields that cannot lie ahead of us
    free_texts: ClassVar[tuple[str, ...]] = ()  # fields that are sealed

    id: Annotated[UUID, Strict(False)] | None = Field(None, description="made by the sender: the key against doubles")
    sent_at: DeviceClock | None = Field(None, description="the device's clock when it sent this")
    trip_id: TripId | None = None
    vehicle_id: Identifier | None = Field(None, description="the coach; implied by topics and most tokens")
    post_id: Identifier | None = Field(None, description="the border post; implied by topics and most tokens")

    @classmethod
    def contradictions(cls, values: Mapping[str, Any]) -> list[Reason]:
        """Return what the sound fields of a body contradict each other in."""
        return []


def out_of_order(values: Mapping[str, Any], *names: str, prefix: str = "") -> list[Reason]:
    """Return a reason for every time among `names` that lies before one named earlier."""
    reasons = []
    latest: tuple[str, Any] | None = None
    for name in names:
        if (moment := values.get(name)) is None:
            continue
        if latest is not None and moment < latest[1]:
            reasons.append(Reason("time_before", prefix + name, {"other": prefix + latest[0]}))
        else:
            latest = (name, moment)
    return reasons
