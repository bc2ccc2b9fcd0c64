"""Coaches that come to a border post: by their last position, and by declared trips that have not begun. Pure.

Whoever serves at the post sees plate, operator and a band of time; where exactly a coach is, is for those who may see
positions. Where a restricted section lies between the coach and the post, even the band is the operator's alone (`care.md`,
section 1): it would tell when the coach is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checkpoints.desks import Direction
from dashboard.arrivals import may_see
from tracker.approach import Eta, Heard, eta_of, planned_eta
from tracker.corridors import Corridor, Milestone
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.restrictions import Where, where_of
from tracker.scope import Scope
from tracker.sightings import CoachNow
from tracker.usual_times import UsualTimes

HORIZON = timedelta(hours=12)  # who comes later is not told of yet
OVERDUE = timedelta(hours=3)  # so long after its band a coach that nobody heard of any more is still told of
NOT_LEFT = timedelta(hours=3)  # a trip whose coach has not left so long after it should have is not expected any more


@dataclass(frozen=True, slots=True)
class Approach:
    """A coach on its way to the post. `km` is None where the viewer may not see where it is, or it has not left.

    `observed_at`: when it was heard of last; None for a trip that was declared and has not begun.
    """

    vehicle_id: str
    license_plate: str | None
    operator_id: str
    direction: Direction  # exit: it leaves the post's country here
    corridor_id: str
    km: float | None
    eta: Eta
    passengers: int | None
    observed_at: datetime | None
    standing_since: datetime | None


@dataclass(frozen=True, slots=True)
class OpenTrip:
    """A declared trip that is not over, as far as its operator said."""

    trip_id: str
    vehicle_id: str
    operator_id: str
    corridor_id: str
    origin: str | None = None
    destination: str | None = None
    scheduled_departure: datetime | None = None
    has_departed: bool = False
    passengers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """What approaching coaches are told by: places, usual times, who a coach is."""

    geography: Geography
    usual: UsualTimes
    find_vehicle: Callable[[str], VehicleRef | None]


def list_approaching(
    post: BorderPost,
    coaches: Iterable[CoachNow],
    trips: Iterable[OpenTrip],
    arrived: Collection[tuple[str | None, Direction]],
    roads: Roads,
    scope: Scope,
    now: datetime,
) -> list[Approach]:
    """Return the coaches that come to the post, nearest in time first: by position, else by declared trips not yet begun.

    `arrived`: who came to a side lately, by positions or by the log; they are expected no more.
    """
    by_coach: dict[str, list[OpenTrip]] = defaultdict(list)
    for trip in trips:
        by_coach[trip.vehicle_id].append(trip)
    found = []
    driving = set()
    for coach in coaches:
        own = next((trip for trip in by_coach[coach.vehicle_id] if trip.trip_id == coach.trip_id), None)
        driving.add((coach.vehicle_id, coach.trip_id))
        found.append(_by_position(post, coach, own, roads, scope, now))
    for trip in (one for own in by_coach.values() for one in own):
        if (trip.vehicle_id, trip.trip_id) not in driving and not trip.has_departed:
            found.append(_by_plan(post, trip, roads, scope, now))
    told: dict[tuple[str, Direction], Approach] = {}
    for one in sorted(filter(None, found), key=lambda one: (one.eta.is_planned, one.eta.low, one.vehicle_id)):
        if (one.vehicle_id, one.direction) not in arrived and one.eta.low <= now + HORIZON:
            told.setdefault((one.vehicle_id, one.direction), one)
    return sorted(told.values(), key=lambda one: (one.eta.low, one.vehicle_id))


def _by_position(
    post: BorderPost, coach: CoachNow, trip: OpenTrip | None, roads: Roads, scope: Scope, now: datetime
) -> Approach | None:
    corridor = roads.geography.corridors.get(coach.corridor_id or "")
    stone = corridor.find_milestone(post.id) if corridor else None
    if corridor is None or stone is None or coach.km is None or coach.direction is None:
        return None
    if not may_see(scope, post, coach.operator_id) or _ends_before(corridor, coach, stone, trip):
        return None
    here = replace(where_of(coach), posts=(post.id,))
    if scope.is_withheld(coach.operator_id, here, coach.observed_at) or _is_withheld(
        scope, coach.operator_id, corridor.id, coach.km, stone.km, post.id, coach.observed_at
    ):
        return None
    heard = Heard(coach.observed_at, coach.km, coach.direction == "up", coach.standing_since)
    eta = eta_of(corridor, post.id, heard, roads.usual.road, roads.usual.post, now)
    if eta is None or now > eta.high + OVERDUE:
        return None
    exact = scope.may_see_exact(coach.operator_id, country=coach.country)
    vehicle = roads.find_vehicle(coach.vehicle_id)
    return Approach(
        coach.vehicle_id, vehicle.license_plate if vehicle else None, coach.operator_id,
        _direction(post, stone, coach.direction == "up"), corridor.id,
        round(abs(stone.km - coach.km), 1) if exact else None, eta, trip.passengers if trip else None,
        coach.observed_at, coach.standing_since if exact else None,
    )  # fmt: skip


def _by_plan(post: BorderPost, trip: OpenTrip, roads: Roads, scope: Scope, now: datetime) -> Approach | None:
    corridor = roads.geography.corridors.get(trip.corridor_id)
    leaves_at = trip.scheduled_departure
    if corridor is None or leaves_at is None or now > leaves_at + NOT_LEFT:
        return None
    stone = corridor.find_milestone(post.id)
    start, goal = (corridor.find_milestone(place or "") for place in (trip.origin, trip.destination))
    if stone is None or start is None or goal is None or not may_see(scope, post, trip.operator_id):
        return None
    up = goal.km > start.km
    if not (start.km < stone.km < goal.km or goal.km < stone.km < start.km):
        return None
    if _is_withheld(scope, trip.operator_id, corridor.id, start.km, stone.km, post.id, leaves_at):
        return None
    eta = planned_eta(corridor, post.id, start.km, up, max(leaves_at, now), roads.usual.road, roads.usual.post)
    if eta is None:
        return None
    vehicle = roads.find_vehicle(trip.vehicle_id)
    return Approach(
        trip.vehicle_id, vehicle.license_plate if vehicle else None, trip.operator_id, _direction(post, stone, up),
        corridor.id, None, eta, trip.passengers, None, None,
    )  # fmt: skip


def _is_withheld(
    scope: Scope, operator_id: str, corridor_id: str, from_km: float, to_km: float, post_id: str, at: datetime
) -> bool:
    """Say whether a restricted section lies between a coach and the post: when it gets there tells where it is meanwhile."""
    where = Where(corridor_id=corridor_id, from_km=from_km, to_km=to_km, posts=(post_id,))
    return scope.is_withheld(operator_id, where, at, scope.restrictions.as_of)


def _direction(post: BorderPost, stone: Milestone, up: bool) -> Direction:
    return "exit" if (post.id == stone.exit_place) == up else "entry"


def _ends_before(corridor: Corridor, coach: CoachNow, stone: Milestone, trip: OpenTrip | None) -> bool:
    goal = corridor.find_milestone(trip.destination) if trip and trip.destination else None
    if goal is None or coach.km is None:
        return False
    low, high = sorted((coach.km, stone.km))
    return low <= goal.km < high if coach.direction == "up" else low < goal.km <= high
