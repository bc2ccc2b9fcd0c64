"""Whether a coach's device is connected, on the wire (last will and its opposite)."""

from __future__ import annotations

from typing import Literal

from telemetry.wire.envelope import Envelope
from telemetry.wire.times import Time


class VehicleStatus(Envelope):
    """Online or offline. A last will is written in advance, so it may have no time: then it is ours."""

    observed_at: Time | None = None
    status: Literal["online", "offline"]
