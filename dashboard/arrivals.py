"""Coaches at a border post: those of the last hours, by positions and by the post's own log, and those on their way. Pure.

Whoever serves at the post sees plate, operator and a band of time; where exactly a coach is, is for those who may see
positions. In a restricted section even the band is the operator's alone (`care.md`, section 1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkpoints.logged_crossings import LoggedCrossing
from tracker.corridors import Corridor, Milestone
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.scope import Action, Scope
from tracker.sightings import BorderCrossingRow, CoachNow

SAME_VISIT = timedelta(hours=3)  # a log's minute of arrival and the positions' may lie this far apart: an assumption
FARTHEST_KM = 250.0
# A coach on these roads, its halts on the way included, but no border: an assumption.
ASSUMED_KMH = 45.0
STALE = timedelta(hours=2)
BANDS = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4), timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Arrival:
    """One coach at the post. `seen` by positions, `logged` by the agencies; times null where neither said them.

    `seen_s` is the dwell on this side by positions; `is_unsplit` says that it is that of both sides together.
    """

    direction: str  # exit, entry
    vehicle_id: str | None
    license_plate: str | None
    operator_id: str | None
    arrived_at: datetime
    left_at: datetime | None
    seen: BorderCrossingRow | None
    seen_s: float | None
    is_unsplit: bool
    logged: tuple[LoggedCrossing, ...]

    @property
    def is_here(self) -> bool:
        """Say whether it has not left yet, as far as is known."""
        return self.left_at is None and (self.seen is None or self.seen.ended_at is None)

    @property
    def logged_s(self) -> float | None:
        """Seconds from the first agency's arrival to the last release; None while one is open or none was written."""
        released = [row.released_at for row in self.logged]
        ends = [at for at in released if at is not None]
        if not ends or len(ends) < len(released):
            return None
        seconds = (max(ends) - min(row.arrived_at for row in self.logged)).total_seconds()
        return seconds if seconds >= 0 else None


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
    seen: Iterable[BorderCrossingRow],
    logged: Iterable[LoggedCrossing],
    find_vehicle: Callable[[str], VehicleRef | None],
    scope: Scope,
    since: datetime,
) -> list[Arrival]:
    """Return the coaches that were at the post since a moment, those still there first, then the last to arrive."""
    rest = [row for row in logged if row.post_id == post.id]
    found = []
    for crossing in seen:
        direction = "exit" if crossing.exit_post == post.id else "entry"
        arrived, left, dwell = _own_side(crossing, direction)
        if arrived is None or not _may_see(scope, post, crossing.operator_id):
            continue
        same = tuple(r for r in rest if _is_same(r, crossing.vehicle_id, direction, arrived, left))
        rest = [row for row in rest if row not in same]
        vehicle = find_vehicle(crossing.vehicle_id)
        unsplit = dwell is None and crossing.unsplit_s is not None
        found.append(
            Arrival(
                direction, crossing.vehicle_id, vehicle.license_plate if vehicle else None, crossing.operator_id,
                arrived, left, crossing, crossing.unsplit_s if unsplit else dwell, unsplit, same,
            )
        )  # fmt: skip
    for visit in _visits(rest):
        first = min(visit, key=lambda row: row.arrived_at)
        known = find_vehicle(first.vehicle_id) if first.vehicle_id else None
        operator = known.operator_id if known else None
        if not _may_see(scope, post, operator):
            continue
        released = [row.released_at for row in visit]
        left = max((at for at in released if at is not None), default=None) if None not in released else None
        plate = first.license_plate or (known.license_plate if known else None)
        found.append(
            Arrival(
                first.direction, first.vehicle_id, plate, operator, first.arrived_at, left, None, None, False, visit
            )
        )
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
    restricted: Collection[str] = (),
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
        is_restricted = coach.section_id in restricted
        if _ends_before(corridor, coach, stone, destinations.get(coach.vehicle_id)):
            continue
        if not _may_see(scope, post, coach.operator_id):
            continue
        if is_restricted and not scope.may_see_exact(coach.operator_id, section_restricted=True):
            continue
        exact = scope.may_see_exact(
            coach.operator_id, section_restricted=is_restricted, age=now - coach.observed_at, country=coach.country
        )
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


def _own_side(crossing: BorderCrossingRow, direction: str) -> tuple[datetime | None, datetime | None, float | None]:
    """Return arrival, departure and dwell on the post's own side; what only both sides together have, for both."""
    if direction == "exit":
        return crossing.exit_arrived_at or crossing.started_at, crossing.exit_left_at, crossing.exit_s
    arrived = crossing.entry_arrived_at or crossing.line_at
    if arrived is None and crossing.unsplit_s is not None:
        arrived = crossing.started_at
    return arrived, crossing.entry_left_at, crossing.entry_s


def _may_see(scope: Scope, post: BorderPost, operator_id: str | None) -> bool:
    return scope.may(Action.VIEW_CROSSINGS, post_id=post.id, country=post.country, operator_id=operator_id)


def _is_same(row: LoggedCrossing, vehicle_id: str, direction: str, arrived: datetime, left: datetime | None) -> bool:
    near = arrived - SAME_VISIT <= row.arrived_at <= (left or arrived) + SAME_VISIT
    return row.vehicle_id == vehicle_id and row.direction == direction and near


def _visits(rows: Sequence[LoggedCrossing]) -> list[tuple[LoggedCrossing, ...]]:
    """Gather the entries of a log that speak of one visit: same coach, same direction, within a few hours."""
    visits: list[list[LoggedCrossing]] = []
    for row in sorted(rows, key=lambda r: r.arrived_at):
        who = row.vehicle_id or row.license_plate
        for visit in reversed(visits):
            first = visit[0]
            same = who is not None and who == (first.vehicle_id or first.license_plate)
            if same and first.direction == row.direction and row.arrived_at - visit[-1].arrived_at <= SAME_VISIT:
                visit.append(row)
                break
        else:
            visits.append([row])
    return [tuple(visit) for visit in visits]


def _ends_before(corridor: Corridor, coach: CoachNow, stone: Milestone, destination: str | None) -> bool:
    goal = corridor.find_milestone(destination) if destination else None
    if goal is None or coach.km is None:
        return False
    low, high = sorted((coach.km, stone.km))
    return low <= goal.km < high if coach.direction == "up" else low < goal.km <= high
