"""What an official's page shows of the own post: who is expected, who is here or was in the last hours, plates to find."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from checkpoints.live_crossings import list_with_under_way
from checkpoints.post_statuses import list_statuses
from dashboard.approaching import Approach
from dashboard.arrivals import RECENT, Arrival, list_arrivals
from dashboard.border_rows import expected_json
from dashboard.border_view import posts_of, withholds_side
from dashboard.expected import Moving, read_expected, read_moving
from dashboard.parts import Parts
from operators.companies import list_operators
from tracker.places import BorderPost
from tracker.restrictions import Where
from tracker.scope import Scope


def desk_json(session: Session, post: BorderPost, agency: str | None, parts: Parts, scope: Scope) -> dict[str, Any]:
    """Return what the page needs, now and without a network afterwards.

    `at_post` has what each agency did with a coach on this side, the own one too: somebody else may have written it.
    """
    now, find_vehicle = parts.clock.now(), parts.directory.find_vehicle
    names = {one.operator_id: one.name for one in list_operators(session)}
    crossings = [
        one
        for one in list_with_under_way(session, now - RECENT, now, parts.directory.geography, posts=[post.id])
        if not any(name == post.id and withholds_side(scope, one, name) for name in posts_of(one))
    ]
    arrivals = list_arrivals(post, crossings, find_vehicle, scope, now - RECENT)
    statuses = {row.agency: row for row in list_statuses(session, [post.id])}
    moving = read_moving(session, None, now)
    status = statuses.get(agency or "")
    return {
        "post_id": post.id,
        "as_of": now,
        "status": None if status is None else {"status": status.status, "queue_length": status.queue_length},
        "expected": [_expected(one, names, now) for one in read_expected(session, post, parts, scope, now, moving)],
        "at_post": [_at_post(one, names) for one in arrivals],
        "plates": sorted(set(_plates(moving, post, parts, scope))),
    }


def _expected(one: Approach, names: Mapping[str, str], now: datetime) -> dict[str, Any]:
    return expected_json(one, now) | {
        "operator": names.get(one.operator_id, one.operator_id), "direction": one.direction,
        "vehicle_id": None if one.license_plate else one.vehicle_id,
    }  # fmt: skip


def _at_post(one: Arrival, names: Mapping[str, str]) -> dict[str, Any]:
    crossing = one.crossing
    seen = crossing.side(one.direction).seen
    return {
        "license_plate": one.license_plate,
        "vehicle_id": None if one.license_plate else crossing.vehicle_id,
        "operator": names.get(crossing.operator_id or "", crossing.operator_id),
        "direction": one.direction,
        "is_here": one.is_here,
        "seen_at": one.arrived_at if crossing.seen_id is not None else None,
        "left_at": seen.left_at,
        "desks": [
            {
                "agency": desk.agency, "arrived_at": desk.arrived_at, "processing_started_at": desk.processing_started_at,
                "released_at": desk.released_at, "outcome": desk.outcome, "passengers": desk.passengers,
                "minors": desk.minors, "seal_number": desk.seal_number, "seal_intact": desk.seal_intact,
                "entries": len(desk.seqs),
            }
            for desk in one.desks
        ],
    }  # fmt: skip


def _plates(moving: Moving, post: BorderPost, parts: Parts, scope: Scope) -> Iterable[str]:
    """Yield the plates of declared trips on the corridors of a post, as far as the roads are not under restriction."""
    geography, as_of = parts.directory.geography, scope.restrictions.as_of
    for trip in moving.trips:
        corridor = geography.corridors.get(trip.corridor_id)
        if corridor is None or corridor.find_milestone(post.id) is None:
            continue
        if scope.is_withheld(trip.operator_id, Where(corridor_id=corridor.id), trip.scheduled_departure, as_of):
            continue
        vehicle = parts.directory.find_vehicle(trip.vehicle_id)
        if vehicle is not None and vehicle.license_plate:
            yield vehicle.license_plate
