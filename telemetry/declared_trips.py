"""When a personal phone may be followed: inside a declared trip of its coach, and never else. Pure.

The window of a trip opens with its declaration, half an hour early because people board before a dispatcher types.
A trip that is declared days ahead opens it a few hours before its departure only: the nights before belong to the
driver. It closes with arrival or cancellation; a trip nobody closed closes itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

OPENS_BEFORE = timedelta(minutes=30)
BOARDING = timedelta(hours=6)  # the longest that a coach stands at its station, loading, before it leaves
CLOSES_AFTER = timedelta(minutes=10)
OPEN_AT_MOST = timedelta(hours=48)  # nobody said that it arrived
LONGEST = timedelta(hours=96)  # somebody said so, very late


@dataclass(frozen=True, slots=True)
class Declaration:
    """What an operator said of a trip."""

    trip_id: str
    event: str  # declared, departed, arrived, cancelled
    observed_at: datetime
    scheduled_departure: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in which the coach's phones are followed; both ends belong to it."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment <= self.end


def windows(declarations: Iterable[Declaration]) -> list[Window]:
    """Return the windows of a coach's trips, whatever the order in which they were declared."""
    trips: dict[str, list[Declaration]] = defaultdict(list)
    for declaration in declarations:
        trips[declaration.trip_id].append(declaration)
    return [window for trip in trips.values() if (window := _window(trip)) is not None]


def is_declared(moment: datetime, of_windows: Sequence[Window]) -> bool:
    """Say whether `moment` lies inside one of the windows."""
    return any(moment in window for window in of_windows)


def _window(trip: Sequence[Declaration]) -> Window | None:
    openings = [_opening(one) for one in trip if one.event in {"declared", "departed"}]
    if not openings:
        return None
    start = min(openings)
    planned = [one.scheduled_departure for one in trip if one.scheduled_departure and one.event != "cancelled"]
    departures = [one.observed_at for one in trip if one.event == "departed"]
    endings = [one.observed_at for one in trip if one.event in {"arrived", "cancelled"}]
    if endings:
        end = min(min(endings) + CLOSES_AFTER, start + LONGEST)
    else:
        end = max(departures or planned or [start + OPENS_BEFORE]) + OPEN_AT_MOST
    return Window(start, end) if start <= end else None


def _opening(one: Declaration) -> datetime:
    opening = one.observed_at
    if one.scheduled_departure is not None:
        if one.scheduled_departure < opening:
            opening = one.scheduled_departure
        elif one.event == "declared":
            opening = max(opening, one.scheduled_departure - BOARDING)
    return opening - OPENS_BEFORE
