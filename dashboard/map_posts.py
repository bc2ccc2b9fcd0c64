"""Border posts as the map shows them: state, queue, last logged crossing each way, and how fresh all that is. Pure.

*No report*, *stale* and *not shown to you* are different things, and none of them is *open* or *zero*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from checkpoints.logged_crossings import LoggedCrossing
from checkpoints.post_statuses import LatestPostStatus
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.places import POST_STATUSES, BorderPost
from tracker.scope import Action, Scope

STALE_AFTER = timedelta(hours=6)

Freshness = Literal["fresh", "stale", "no_report", "not_shown"]


@dataclass(frozen=True, slots=True)
class AgencyWord:
    """What one agency last said of its point. `queue_length` counts coaches; None is *not said*."""

    agency: str
    status: str
    queue_length: int | None
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class LastCrossing:
    """The last crossing a post logged in one direction. `dwell_s` is None while the coach is held, or not written."""

    direction: str
    agency: str
    arrived_at: datetime
    released_at: datetime | None
    dwell_s: int | None
    outcome: str | None
    vehicle_id: str | None


@dataclass(frozen=True, slots=True)
class MapPost:
    """One post. `state` is None where nobody said it; `state_by` says whether an agency or the register did.

    `crossings_shown` is False where the viewer may not know of crossings: then their absence says nothing.
    """

    post_id: str
    country: str
    state: str | None
    state_by: Literal["agency", "register"] | None
    state_since: str | None
    freshness: Freshness
    crossings_shown: bool
    newest_at: datetime | None
    agencies: tuple[AgencyWord, ...] = ()
    crossings: Mapping[str, LastCrossing] = field(default_factory=dict)


def show_posts(
    statuses: Iterable[LatestPostStatus],
    crossings: Iterable[LoggedCrossing],
    find_vehicle: Callable[[str], VehicleRef | None],
    geography: Geography,
    scope: Scope,
    now: datetime,
) -> list[MapPost]:
    """Return every post, ordered by id; its crossings only as far as the viewer may see them.

    Whether a post is open is told to everybody who sees the map. `crossings` may hold several of one post and
    direction: the one that arrived last counts.
    """
    words: dict[str, list[AgencyWord]] = {}
    for said in statuses:
        word = AgencyWord(said.agency, said.status, said.queue_length, said.observed_at)
        words.setdefault(said.post_id, []).append(word)
    last: dict[str, dict[str, LastCrossing]] = {}
    for row in crossings:
        post = geography.posts.get(row.post_id)
        vehicle = find_vehicle(row.vehicle_id) if row.vehicle_id else None
        operator_id = vehicle.operator_id if vehicle else None
        if post is None or not _may_see(scope, post, vehicle) or scope.withholds_log(row, operator_id):
            continue
        directions = last.setdefault(row.post_id, {})
        known = directions.get(row.direction)
        if known is None or row.arrived_at > known.arrived_at:
            directions[row.direction] = _crossing(row)
    return [
        _post(post, tuple(words.get(post.id, ())), last.get(post.id, {}), scope, now)
        for post in geography.posts.values()
    ]


def _may_see(scope: Scope, post: BorderPost, vehicle: VehicleRef | None) -> bool:
    return scope.may(
        Action.VIEW_CROSSINGS,
        post_id=post.id,
        country=post.country,
        operator_id=vehicle.operator_id if vehicle else None,
    )


def _crossing(row: LoggedCrossing) -> LastCrossing:
    dwell = row.released_at - row.arrived_at if row.released_at else None
    return LastCrossing(
        direction=row.direction,
        agency=row.agency,
        arrived_at=row.arrived_at,
        released_at=row.released_at,
        dwell_s=round(dwell.total_seconds()) if dwell is not None and dwell >= timedelta(0) else None,
        outcome=row.outcome,
        vehicle_id=row.vehicle_id,
    )


def _post(
    post: BorderPost,
    words: tuple[AgencyWord, ...],
    crossings: Mapping[str, LastCrossing],
    scope: Scope,
    now: datetime,
) -> MapPost:
    heard = [word.observed_at for word in words] + [c.released_at or c.arrived_at for c in crossings.values()]
    newest = max(heard, default=None)
    state, by, since = _state(post, words, now)
    visible = scope.may(Action.VIEW_CROSSINGS, post_id=post.id, country=post.country)
    freshness: Freshness
    if newest is None:
        freshness = "no_report" if visible else "not_shown"
    else:
        freshness = "stale" if now - newest > STALE_AFTER else "fresh"
    return MapPost(post.id, post.country, state, by, since, freshness, visible, newest, words, crossings)


def _state(
    post: BorderPost, words: tuple[AgencyWord, ...], now: datetime
) -> tuple[str | None, Literal["agency", "register"] | None, str | None]:
    """Return the post's state: the strictest word of its agencies that is not stale, else the register's.

    The register is dated and stands until further notice; an agency's old word does not overrule it.
    """
    fresh = [word for word in words if now - word.observed_at <= STALE_AFTER]
    known = post.find_state(now.date())
    if not fresh and known is not None:
        return known.status, "register", known.valid_from.isoformat() if known.valid_from else None
    if not words:
        return None, None, None
    strictest = max(fresh or words, key=lambda word: (POST_STATUSES.index(word.status), word.observed_at))
    return strictest.status, "agency", strictest.observed_at.isoformat()
