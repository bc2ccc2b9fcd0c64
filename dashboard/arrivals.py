"""Coaches at a border post: those of the last hours, by positions and by the post's own log, and those on their way. Pure.

Whoever serves at the post sees plate, operator and a band of time; where exactly a coach is, is for those who may see
positions. In a restricted section even the band is the operator's alone (`care.md`, section 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoints.desks import Desk, Direction, logged_span
from checkpoints.reconciliation import SIDES, ReconciledCrossing
from tracker.corridors import Corridor, Milestone
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.scope import Action, Scope
from tracker.sightings import CoachNow

FARTHEST_KM = 250.0
# A coach on these roads, its halts on the way included, but no border: an assumption.
ASSUMED_KMH = 45.0
STALE = timedelta(hours=2)
RECENT = timedelta(hours=12)  # so long after it has gone a coach is told of
BANDS = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4), timedelta(hours=8))


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


@dataclass(frozen=True, slots=True)
class Approach:
    """A coach on its way to the post. `km` is None where the viewer may not see where it is."""

    vehicle_id: str
    license_plate: str | None
    operator_id: str
    direction: str  # exit: it leaves the post's country here
    corridor_id: str
    km: float | None
    band: tuple[timedelta, timedelta | None]
    observed_at: datetime
    standing_since: datetime | None


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
        if not _may_see(scope, post, crossing.operator_id):
            continue
        vehicle = find_vehicle(crossing.vehicle_id) if crossing.vehicle_id else None
        plate = (vehicle.license_plate if vehicle else None) or crossing.plate
        for direction in SIDES:
            arrived = _arrived(crossing, direction)
            if crossing.side(direction).post_id != post.id or arrived is None:
                continue
            left, is_here = _left(crossing, direction)
            seen_s = crossing.side(direction).seen.seconds
            unsplit = seen_s is None and crossing.unsplit_s is not None
            dwell = crossing.unsplit_s if unsplit else seen_s
            found.append(Arrival(direction, crossing, plate, arrived, left, is_here, dwell, unsplit))
    recent = [one for one in found if (one.left_at or one.arrived_at) >= since or one.is_here]
    return sorted(recent, key=lambda one: (one.is_here, one.arrived_at), reverse=True)


def list_approaching(
    post: BorderPost,
    coaches: Iterable[CoachNow],
    destinations: dict[str, str],
    find_vehicle: Callable[[str], VehicleRef | None],
    geography: Geography,
    scope: Scope,
    now: datetime,
) -> list[Approach]:
    """Return the coaches that drive towards the post on a corridor, nearest in time first.

    `destinations`: the hub each coach's trip goes to; one that ends before the post is not on its way there.
    """
    found = []
    for coach in coaches:
        corridor = geography.corridors.get(coach.corridor_id or "")
        stone = corridor.find_milestone(post.id) if corridor else None
        if corridor is None or stone is None or coach.km is None or stone.kind != "border":
            continue
        ahead = stone.km - coach.km if coach.direction == "up" else coach.km - stone.km
        if not 0 < ahead <= FARTHEST_KM or now - coach.observed_at > STALE or coach.direction is None:
            continue
        if _ends_before(corridor, coach, stone, destinations.get(coach.vehicle_id)):
            continue
        if not _may_see(scope, post, coach.operator_id):
            continue
        if scope.withholds(coach):
            continue
        exact = scope.may_see_exact(coach.operator_id, country=coach.country)
        vehicle = find_vehicle(coach.vehicle_id)
        wait = max(timedelta(0), timedelta(hours=ahead / ASSUMED_KMH) - (now - coach.observed_at))
        is_exit = (post.id == stone.exit_place) == (coach.direction == "up")
        found.append(
            Approach(
                coach.vehicle_id, vehicle.license_plate if vehicle else None, coach.operator_id,
                "exit" if is_exit else "entry", corridor.id, round(ahead, 1) if exact else None, band_of(wait),
                coach.observed_at, coach.standing_since if exact else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.band[0], one.vehicle_id))


def band_of(wait: timedelta) -> tuple[timedelta, timedelta | None]:
    """Return the band of time a wait lies in: never a minute, because nobody can know it to the minute."""
    low = timedelta(0)
    for bound in BANDS:
        if wait < bound:
            return low, bound
        low = bound
    return low, None


def _arrived(crossing: ReconciledCrossing, direction: Direction) -> datetime | None:
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


def _may_see(scope: Scope, post: BorderPost, operator_id: str | None) -> bool:
    return scope.may(Action.VIEW_CROSSINGS, post_id=post.id, country=post.country, operator_id=operator_id)


def _ends_before(corridor: Corridor, coach: CoachNow, stone: Milestone, destination: str | None) -> bool:
    goal = corridor.find_milestone(destination) if destination else None
    if goal is None or coach.km is None:
        return False
    low, high = sorted((coach.km, stone.km))
    return low <= goal.km < high if coach.direction == "up" else low < goal.km <= high
