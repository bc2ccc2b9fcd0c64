"""What is known of a border post: waits, hours of the week, its log against positions; as far as a reach goes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from checkpoints.border_waits import USUAL_WEEKS
from checkpoints.live_crossings import list_with_under_way
from checkpoints.log_quality import LogQuality, qualities_of
from checkpoints.log_states import Dispute, SideTally, list_disputes, tally_sides
from checkpoints.logged_crossings import list_logged_at
from checkpoints.logged_dwell import LoggedDwellReading, read_logged_dwell
from checkpoints.post_stays import HourOfWeek, PostWait, by_hour_of_week, stays_at, waits_at
from checkpoints.reconciled_crossings import entry_of
from checkpoints.reconciliation import ReconciledCrossing
from dashboard.visible_figures import visible
from tracker.countries import zone_of
from tracker.dwell_hours import read_dwell, read_dwell_by_hour_of_day
from tracker.dwell_readings import DwellReading
from tracker.fact_tables import BorderCrossingRow
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.restrictions import Where
from tracker.scope import Action, Scope, names
from tracker.sightings import list_trip_runs

DISPUTES = 10
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
    return _crossings(session, now - USUAL_WEEKS, now, posts, geography, scope)


def _crossings(
    session: Session, since: datetime, until: datetime, posts: Collection[str], geography: Geography, scope: Scope
) -> list[ReconciledCrossing]:
    own = names(scope.operators(Action.VIEW_CROSSINGS))
    found = list_with_under_way(session, since, until, geography, posts=posts, operators=own)
    if not scope.restrictions:
        return found
    return [one for one in found if not any(p in posts and withholds_side(scope, one, p) for p in posts_of(one))]


def posts_of(crossing: ReconciledCrossing | BorderCrossingRow) -> list[str]:
    """Return the posts of a crossing's two sides, as far as they are known."""
    if isinstance(crossing, BorderCrossingRow):
        return [crossing.exit_post, crossing.entry_post]
    return [side.post_id for side in (crossing.exit, crossing.entry) if side.post_id is not None]


def withholds_side(scope: Scope, crossing: ReconciledCrossing | BorderCrossingRow, post_id: str) -> bool:
    """Say whether a side of a crossing lies at a post of a restricted section, and is not for the viewer."""
    end = crossing.ended_at or scope.restrictions.as_of
    return scope.is_withheld(crossing.operator_id, Where(posts=(post_id,)), crossing.started_at, end)


def read_visible_dwell(
    session: Session,
    post_id: str,
    scope: Scope,
    since: datetime,
    until: datetime,
    now: datetime,
    step: timedelta | None = None,
) -> tuple[list[DwellReading], list[LoggedDwellReading]]:
    """Return the dwell at a post by positions, and by agencies' logs where the viewer sees the coaches of all companies:
    a log does not say whose coaches it times. Who serves at a post reads its log whatever its road."""
    own, at_post = names(scope.operators(Action.VIEW_CROSSINGS)), {post_id: Where(posts=(post_id,))}
    seen = visible(
        scope, at_post, since, until, now, lambda names, end: read_dwell(session, names, since, end, step, own), own
    )
    if own is not None:
        return seen, []
    if names(scope.posts(Action.VIEW_CROSSINGS)) is not None:
        return seen, read_logged_dwell(session, [post_id], since, until, step)
    return seen, visible(
        scope, at_post, since, until, now, lambda names, end: read_logged_dwell(session, names, since, end, step)
    )


def read_visible_hours(
    session: Session, post_id: str, scope: Scope, since: datetime, until: datetime, now: datetime
) -> list[DwellReading]:
    """Return the dwell at a post by positions and by the hour of the day of arrival."""
    own = names(scope.operators(Action.VIEW_CROSSINGS))
    return visible(
        scope, {post_id: Where(posts=(post_id,))}, since, until, now,
        lambda posts, end: read_dwell_by_hour_of_day(session, posts, since, end, own), own,
    )  # fmt: skip


def wait_of(post: BorderPost, crossings: Collection[ReconciledCrossing], now: datetime) -> list[PostWait]:
    """Return the wait at a post by direction."""
    return waits_at(post, crossings, now, zone_of(post.country))


def hours_of_week(post: BorderPost, crossings: Collection[ReconciledCrossing], now: datetime) -> list[HourOfWeek]:
    """Return the stays at a post by hour of the week, in its own time."""
    return by_hour_of_week(stays_at(post, crossings, now), now, zone_of(post.country))


def read_log(
    session: Session, post: BorderPost, since: datetime, until: datetime, geography: Geography, scope: Scope
) -> LogView | None:
    """Return a post's log against positions; None for operators, because a log is that of everybody's coaches."""
    if names(scope.operators(Action.VIEW_CROSSINGS)) is not None:
        return None
    crossings = _crossings(session, since, until, [post.id], geography, scope)
    entries = [
        entry_of(row) for row in list_logged_at(session, post.id, since, until) if not scope.withholds_log(row, None)
    ]
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
