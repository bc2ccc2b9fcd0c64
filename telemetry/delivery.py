"""What a door hands over, and what it gets back for each message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from telemetry.kinds import Kind
from telemetry.senders import Sender
from tracker.errors import Reason

Status = Literal["accepted", "duplicate", "rejected"]

MQTT = "mqtt"
REST = "rest"
OWNTRACKS = "owntracks"  # over MQTT or HTTP: the payload is in the app's own form
OSMAND = "osmand"  # the payload is translated already
TRACCAR = "traccar"  # likewise


@dataclass(frozen=True, slots=True)
class Delivery:
    """One payload as it came through a door.

    Over HTTP `sender` is known. Over MQTT it is None and `subject` comes from the topic: the broker has checked that
    whoever wrote there may. `replay_of` is the dead letter that is tried again.
    """

    sender: Sender | None
    subject: str | None
    kind: Kind
    payload: bytes
    transport: str
    received_at: datetime
    replay_of: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message. `id` is the sender's or the derived one, None where there is none to give."""

    id: str | None
    status: Status
    reasons: tuple[Reason, ...] = ()
