"""What is known of a border post: who comes, waits, hours of the week, its log against positions; as far as a reach goes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from checkpoints.border_waits import USUAL_WEEKS
from checkpoints.live_crossings import list_with_under_way
from checkpoints.log_quality import LogQuality, qualities_of
from checkpoints.log_states import Dispute, SideTally, list_disputes, tally_sides
from checkpoints.logged_crossings import list_logged_at
from checkpoints.post_stays import HourOfWeek, PostWait, by_hour_of_week, stays_at, waits_at
from checkpoints.reconciled_crossings import entry_of
from checkpoints.reconciliation import ReconciledCrossing
from dashboard.arrivals import Approach, list_approaching
from operators.trip_sheets import list_sheets
from tracker.countries import zone_of
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.scope import Action, Scope, names
from tracker.sightings import list_coaches_now, list_trip_runs

DISPUTES = 10
MOST_SHEETS = 2000
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Disputed:
    """A disputed side, and the trip it was part of where the viewer may see it."""

    dispute: Dispute
    trip: tuple[str, str] | None  # its id and operator


@dataclass(frozen=True, slots=True)
class LogView:
    """A post's log against positions over a window."""

    tallies: list[SideTally]
    disputes: list[Disputed]
    qualities: list[LogQuality]


def read_crossings(
    session: Session, posts: Collection[str], geography: Geography, scope: Scope, now: datetime
) -> list[ReconciledCrossing]:
    """Return the crossings of the viewer's reach in the weeks from which a wait is told, those under way among them."""
    own = names(scope.operators(Action.VIEW_CROSSINGS))
    return list_with_under_way(session, now - USUAL_WEEKS, now, geography, posts=posts, operators=own)


def wait_of(post: BorderPost, crossings: Collection[ReconciledCrossing], now: datetime) -> list[PostWait]:
    """Return the wait at a post by direction."""
    return waits_at(post, crossings, now, zone_of(post.country))


def hours_of_week(post: BorderPost, crossings: Collection[ReconciledCrossing], now: datetime) -> list[HourOfWeek]:
    """Return the stays at a post by hour of the week, in its own time."""
    return by_hour_of_week(stays_at(post, crossings, now), now, zone_of(post.country))


def read_expected(
    session: Session,
    post: BorderPost,
    find_vehicle: Callable[[str], VehicleRef | None],
    geography: Geography,
    scope: Scope,
    now: datetime,
) -> list[tuple[Approach, int | None]]:
    """Return the coaches on their way to a post, nearest in time first, each with its passengers as declared, if they were."""
    own = names(scope.operators(Action.VIEW_CROSSINGS))
    said = {
        sheet.vehicle_id: sheet.said
        for sheet in reversed(list_sheets(session, own, limit=MOST_SHEETS))
        if not (sheet.arrived_at or sheet.cancelled_at)
    }
    goals = {coach: str(words["destination"]) for coach, words in said.items() if words.get("destination")}
    coaches = list_coaches_now(session, own)
    found = list_approaching(post, coaches, goals, find_vehicle, geography, scope, now)
    return [(one, ((said.get(one.vehicle_id) or {}).get("manifest") or {}).get("passengers")) for one in found]


def read_log(
    session: Session, post: BorderPost, since: datetime, until: datetime, geography: Geography, scope: Scope
) -> LogView | None:
    """Return a post's log against positions; None for operators, because a log is that of everybody's coaches."""
    if names(scope.operators(Action.VIEW_CROSSINGS)) is not None:
        return None
    crossings = list_with_under_way(session, since, until, geography, posts=[post.id])
    entries = [entry_of(row) for row in list_logged_at(session, post.id, since, until)]
    return LogView(
        tally_sides(post.id, crossings),
        [
            Disputed(one, _trip_of(session, one.crossing, scope))
            for one in list_disputes(post.id, crossings, DISPUTES)
        ],
        qualities_of(post.id, entries, crossings),
    )  # fmt: skip


def _trip_of(session: Session, crossing: ReconciledCrossing, scope: Scope) -> tuple[str, str] | None:
    if crossing.vehicle_id is None or not scope.may(Action.VIEW_POSITIONS, operator_id=crossing.operator_id):
        return None
    runs = list_trip_runs(
        session, operators=names(scope.operators(Action.VIEW_POSITIONS)), vehicle_id=crossing.vehicle_id,
        since=crossing.started_at, until=crossing.ended_at + HOUR, limit=1, longest=timedelta(days=4),
    )  # fmt: skip
    return (runs[0].trip_id, runs[0].operator_id) if runs else None
