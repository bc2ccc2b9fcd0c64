"""Coaches that were at a border post in the last hours, by positions and by the post's own log. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoints.desks import Desk, Direction, logged_span
from checkpoints.reconciliation import SIDES, ReconciledCrossing
from tracker.directory import VehicleRef
from tracker.places import BorderPost
from tracker.scope import Action, Scope

RECENT = timedelta(hours=12)  # so long after it has gone a coach is told of


@dataclass(frozen=True, slots=True)
class Arrival:
    """One coach at the post, as positions and the agencies' `desks` tell of it; times null where neither said them.

    `seen_s` is the dwell on this side by positions; `is_unsplit` says that it is that of both sides together.
    """

    direction: Direction
    crossing: ReconciledCrossing
    license_plate: str | None
    arrived_at: datetime
    left_at: datetime | None
    is_here: bool
    seen_s: float | None
    is_unsplit: bool

    @property
    def desks(self) -> tuple[Desk, ...]:
        """What the agencies on this side wrote down."""
        return self.crossing.side(self.direction).desks

    @property
    def logged_s(self) -> float | None:
        """Seconds from the first agency's arrival to the last release; None while one is open or none was written."""
        return self.crossing.side(self.direction).logged_s


def list_arrivals(
    post: BorderPost,
    crossings: Iterable[ReconciledCrossing],
    find_vehicle: Callable[[str], VehicleRef | None],
    scope: Scope,
    since: datetime,
) -> list[Arrival]:
    """Return the coaches that were at the post since a moment, those still there first, then the last to arrive.

    `crossings`: those under way among them.
    """
    found = []
    for crossing in crossings:
        if not may_see(scope, post, crossing.operator_id):
            continue
        vehicle = find_vehicle(crossing.vehicle_id) if crossing.vehicle_id else None
        plate = (vehicle.license_plate if vehicle else None) or crossing.plate
        for direction in SIDES:
            arrived = came_at(crossing, direction)
            if crossing.side(direction).post_id != post.id or arrived is None:
                continue
            left, is_here = _left(crossing, direction)
            seen_s = crossing.side(direction).seen.seconds
            unsplit = seen_s is None and crossing.unsplit_s is not None
            dwell = crossing.unsplit_s if unsplit else seen_s
            found.append(Arrival(direction, crossing, plate, arrived, left, is_here, dwell, unsplit))
    recent = [one for one in found if (one.left_at or one.arrived_at) >= since or one.is_here]
    return sorted(recent, key=lambda one: (one.is_here, one.arrived_at), reverse=True)


def came_at(crossing: ReconciledCrossing, direction: Direction) -> datetime | None:
    """Return when the coach came to a side: by positions, else by the log; None where neither tells that it did."""
    side = crossing.side(direction)
    if crossing.seen_id is None:
        return side.desks[0].arrived_at if side.desks else None
    if direction == "exit" or crossing.unsplit_s is not None:
        return side.seen.arrived_at or crossing.started_at
    return side.seen.arrived_at or crossing.line_at


def _left(crossing: ReconciledCrossing, direction: Direction) -> tuple[datetime | None, bool]:
    """Return when the coach left a side, and whether it is there still, as far as is known."""
    side = crossing.side(direction)
    if crossing.seen_id is None:
        _, released = logged_span(side.desks)
        return released, released is None
    return side.seen.left_at, crossing.is_at(direction)


def may_see(scope: Scope, post: BorderPost, operator_id: str | None) -> bool:
    """Say whether the viewer may know of an operator's coaches at a post."""
    return scope.may(Action.VIEW_CROSSINGS, post_id=post.id, country=post.country, operator_id=operator_id)
