"""What a message may be at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tracker.settings import Settings


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """Limits of one message at any door."""

    body_bytes: int = 4 * 1024 * 1024
    array_length: int = 500
    future_tolerance: timedelta = timedelta(seconds=300)
    depth: int = 16  # our bodies are four levels deep; what is deeper is an attack or a mistake

    @classmethod
    def of(cls, settings: Settings) -> MessageLimits:
        """Read the limits from the settings."""
        return cls(
            body_bytes=settings.body_limit_bytes,
            array_length=settings.array_limit,
            future_tolerance=timedelta(seconds=settings.future_tolerance_s),
        )
