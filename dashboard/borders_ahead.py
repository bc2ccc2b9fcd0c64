"""The next borders of one's own coaches under way, for lists of trips."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from dashboard.next_border import NextBorder, next_border
from dashboard.parts import Parts
from dashboard.trip_lists import TripLine
from tracker.scope import Action, Scope, names
from tracker.sightings import list_coaches_now


def read_borders_ahead(
    session: Session, parts: Parts, scope: Scope, lines: Iterable[TripLine]
) -> dict[tuple[str, str], NextBorder]:
    """Return the next border of each trip under way of the fleet that the viewer manages, by coach and trip."""
    geography, now = parts.directory.geography, parts.clock.now()
    own = names(scope.operators(Action.MANAGE_FLEET))
    coaches = {(coach.vehicle_id, coach.trip_id): coach for coach in list_coaches_now(session, own)} if own else {}
    usual = parts.usual.read(session, now) if coaches else None
    found = {}
    for line in lines:
        coach = coaches.get((line.vehicle_id, line.trip_id))
        if usual is not None and coach is not None and line.state == "running":
            border = next_border(coach, line.destination, geography, usual, now)
            if border is not None:
                found[line.vehicle_id, line.trip_id] = border
    return found
