"""The clock: the only place that asks the machine what time it is.

Rules never read it. Time enters them with a message or with a `Tick` entry of the log, so that a replay gives the same
result as the day itself.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests, replays and scenarios."""

    def __init__(self, moment: datetime) -> None:
        """Start at `moment` (aware)."""
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self._moment

    def advance(self, by: timedelta) -> None:
        """Move the clock by `by`."""
        self._moment += by
