"""What `intake` hands to the writer: one delivery, decoded, with everything that is to be stored of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telemetry.dead_letter import NewLetter
from telemetry.delivery import Receipt
from telemetry.seal import Sealed
from telemetry.senders import Sender
from tracker.errors import Reason
from tracker.log import Entry


@dataclass(slots=True)
class Prepared:
    """A message that is to be logged.

    `personal` marks a position of a personal phone. `sender` and `raw` are for the dead letter that it becomes when its
    id is taken by another message; `path` is its place in its array.
    """

    entry: Entry
    sealed: Sealed | None
    personal: bool
    sender: Sender | None
    raw: Any
    path: str | None


@dataclass(slots=True)
class Rejected:
    """A message that is not logged; `letter` is None when nothing of it may be kept, or it is kept already."""

    id: str | None
    reasons: tuple[Reason, ...]
    letter: NewLetter | None


@dataclass(slots=True)
class Job:
    """The messages of one delivery, in order."""

    items: Sequence[Prepared | Rejected]
    sender: Sender | None
    device_id: str
    transport: str
    kind: str
    received_at: datetime
    sent_at: datetime | None = None
    receipts: list[Receipt] = field(default_factory=list)
