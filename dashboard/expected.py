"""Who is expected at a border post, read for a viewer and for the post's own programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlmodel import Session

from checkpoints.live_crossings import list_with_under_way
from checkpoints.reconciliation import SIDES
from dashboard.approaching import Approach, OpenTrip, Roads, list_approaching
from dashboard.arrivals import RECENT, came_at
from dashboard.border_rows import told_json
from dashboard.parts import Parts
from operators.trip_sheets import TripSheet, list_sheets_between
from telemetry.device import posts_with_devices
from tracker.places import BorderPost
from tracker.restrictions import Restrictions
from tracker.scope import Action, Role, Scope, Viewer, names, scope_of
from tracker.sightings import CoachNow, list_coaches_now

AHEAD = timedelta(days=2)  # nobody waits yet for who leaves later
LONGEST_TRIP = timedelta(days=5)  # from its departure: far more than any takes


@dataclass(frozen=True, slots=True)
class Moving:
    """Every coach of some operators, and their trips that are not over: the same for each post."""

    coaches: Sequence[CoachNow]
    trips: Sequence[OpenTrip]


def read_moving(session: Session, operators: Collection[str] | None, now: datetime) -> Moving:
    """Return what moves, of `operators` only (None: of all)."""
    sheets = list_sheets_between(session, now - LONGEST_TRIP, now + AHEAD, operators)
    return Moving(list_coaches_now(session, operators), open_trips(sheets))


def read_expected(
    session: Session, post: BorderPost, parts: Parts, scope: Scope, now: datetime, moving: Moving | None = None
) -> list[Approach]:
    """Return the coaches on their way to a post, nearest in time first, as far as the viewer's reach goes.

    `moving`: what was read of it already, for a viewer of all operators.
    """
    moving = moving or read_moving(session, names(scope.operators(Action.VIEW_CROSSINGS)), now)
    geography = parts.directory.geography
    crossings = list_with_under_way(session, now - RECENT, now, geography, posts=[post.id])
    arrived = {
        (crossing.vehicle_id, direction)
        for crossing in crossings
        for direction in SIDES
        if crossing.side(direction).post_id == post.id and came_at(crossing, direction) is not None
    }
    roads = Roads(geography=geography, usual=parts.usual.read(session, now), find_vehicle=parts.directory.find_vehicle)
    return list_approaching(post, moving.coaches, moving.trips, arrived, roads, scope, now)


def expected_lists(parts: Parts) -> dict[str, bytes]:
    """Return what is published for each post that has a device: what who serves there may know, and no more.

    Raises:
        DatabaseAway: nobody can say now.
    """
    now, geography = parts.clock.now(), parts.directory.geography
    lists = {}
    with parts.database.reading() as session:
        moving = read_moving(session, None, now)
        for post_id in posts_with_devices(session):
            post = geography.find_post(post_id)
            scope = scope_at(post_id, None, parts.directory.restrictions)
            found = read_expected(session, post, parts, scope, now, moving) if post else []
            lists[post_id] = orjson.dumps({"coaches": [told_json(one) for one in found]}, option=orjson.OPT_UTC_Z)
    return lists


def scope_at(post_id: str, agency: str | None, restrictions: Restrictions) -> Scope:
    """Return what a device sees that serves at a post: what an official there sees."""
    return scope_of(Viewer(0, post_id, Role.OFFICIAL, post_id=post_id, agency=agency), restrictions)


def open_trips(sheets: Iterable[TripSheet]) -> list[OpenTrip]:
    """Return the trips of sheets that are not over."""
    return [
        OpenTrip(
            sheet.trip_id, sheet.vehicle_id, sheet.operator_id, sheet.corridor_id, sheet.said.get("origin"),
            sheet.said.get("destination"), sheet.scheduled_departure, sheet.departed_at is not None,
            (sheet.said.get("manifest") or {}).get("passengers"),
        )
        for sheet in sheets
        if not (sheet.arrived_at or sheet.cancelled_at)
    ]  # fmt: skip
