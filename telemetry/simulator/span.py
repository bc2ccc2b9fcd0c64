"""When a scenario is played: on its own dates, or ending now and then for ever."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry.simulator.scenario import Scenario

DAY_S = 86400.0


@dataclass(frozen=True, slots=True)
class Span:
    """A scenario of `length_s` seconds that begins at `dated_s` by its own dates and is played from `start_s` on.

    Both are seconds since 1970 and lie whole days apart, so that hours stay hours. Without `end_s` it goes on for ever,
    and what the scenario dates comes again each time it is over.
    """

    start_s: float
    dated_s: float
    length_s: float
    end_s: float | None

    def in_scenario(self, at_s: float) -> float:
        """Return the moment of the scenario's own dates that is played at `at_s`."""
        since = at_s - self.start_s
        return self.dated_s + (since if self.end_s is not None else since % self.length_s)


def as_dated(scenario: Scenario) -> Span:
    """Return the span of the scenario's own dates."""
    start, length = scenario.start.timestamp(), scenario.days * DAY_S
    return Span(start, start, length, start + length)


def until_now(scenario: Scenario, now: datetime, backfill: timedelta | None = None) -> Span:
    """Return the span that began at least `backfill` (default: the scenario's days) before `now`, and does not end.

    It begins at the scenario's own time of day, so up to a day earlier.
    """
    dated, length = scenario.start.timestamp(), scenario.days * DAY_S
    back_s = backfill.total_seconds() if backfill is not None else length
    days = math.floor((now.timestamp() - back_s - dated) / DAY_S)
    return Span(dated + days * DAY_S, dated, length, None)
