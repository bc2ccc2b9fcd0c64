"""What a border post says of itself, on the wire."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from telemetry.wire.codes import Agency, FreeText, PostState
from telemetry.wire.envelope import Envelope
from telemetry.wire.times import Time

LONGEST_QUEUE = 5_000  # vehicles


class PostStatus(Envelope):
    """Whether an agency's point works, and how many vehicles wait."""

    free_texts: ClassVar[tuple[str, ...]] = ("note",)

    agency: Agency | None = None
    observed_at: Time
    status: PostState
    queue_length: Annotated[int, Field(ge=0, le=LONGEST_QUEUE)] | None = None
    note: FreeText | None = None
