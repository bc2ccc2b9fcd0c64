"""The reading API of border posts: who is there and who comes, the wait, by hour of the week too, log against positions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from checkpoints.reconciliation import ReconciledCrossing
from dashboard.arrivals import RECENT, list_arrivals
from dashboard.border_rows import arrival_json, expected_json, hour_of_week_json, quality_json, tally_json, wait_json
from dashboard.border_view import LogView, hours_of_week, read_crossings, read_log, wait_of
from dashboard.expected import read_expected
from dashboard.exports import Form, answered
from dashboard.pages.api_windows import WEEK, From, To, window_of
from dashboard.pages.readings import InPath, post_in_reach
from dashboard.parts import Parts
from dashboard.viewers import require
from telemetry.answers import documented
from tracker.errors import NotAllowed
from tracker.places import BorderPost
from tracker.scope import Action, Scope

AtPosts = Annotated[Scope, Depends(require(Action.VIEW_CROSSINGS))]


def make_router(parts: Parts) -> APIRouter:
    """Return the routes, which read projections only."""
    router = APIRouter(prefix="/api/v1/border-posts", tags=["reading"], responses=documented(401, 403, 404, 422, 503))

    @router.get("/{post_id}/wait", summary="The wait at a border post: now, usual, expected, with its measured error")
    def wait(post_id: InPath, scope: AtPosts, form: Form = "json") -> Any:
        return _told(post_id, scope, form, "wait", lambda *known: map(wait_json, wait_of(*known)))

    @router.get("/{post_id}/wait-by-hour", summary="Median wait by weekday and local hour of arrival, last eight weeks")
    def wait_by_hour(post_id: InPath, scope: AtPosts, form: Form = "json") -> Any:
        return _told(post_id, scope, form, "wait_by_hour", lambda *known: map(hour_of_week_json, hours_of_week(*known)))

    @router.get("/{post_id}/arrivals", summary="Coaches at a border post now and in the last 12 hours")
    def arrivals(post_id: InPath, scope: AtPosts, form: Form = "json") -> Any:
        def items_of(post: BorderPost, known: list[ReconciledCrossing], now: datetime) -> Iterable[dict[str, Any]]:
            return map(arrival_json, list_arrivals(post, known, parts.directory.find_vehicle, scope, now - RECENT))

        return _told(post_id, scope, form, "arrivals", items_of)

    @router.get(
        "/{post_id}/expected",
        summary="Coaches on their way to a border post: plate, operator, band of time, passengers; nothing else",
    )
    def expected(post_id: InPath, scope: AtPosts, form: Form = "json") -> Any:
        post, now = post_in_reach(parts, post_id, scope), parts.clock.now()
        with parts.database.reading() as session:
            found = read_expected(session, post, parts, scope, now)
        body = {"post_id": post.id, "as_of": now, "items": [expected_json(one, now) for one in found]}
        return answered(body, form, f"expected_{post.id}")

    def _told(
        post_id: str,
        scope: Scope,
        form: Form,
        name: str,
        items_of: Callable[[BorderPost, list[ReconciledCrossing], datetime], Iterable[dict[str, Any]]],
    ) -> Any:
        post, now = post_in_reach(parts, post_id, scope), parts.clock.now()
        with parts.database.reading() as session:
            crossings = read_crossings(session, [post.id], parts.directory.geography, scope, now)
        body = {"post_id": post.id, "as_of": now, "items": list(items_of(post, crossings, now))}
        return answered(body, form, f"{name}_{post.id}")

    @router.get("/{post_id}/log-states", summary="A post's log against positions: crossings by side and state")
    def log_states(post_id: InPath, scope: AtPosts, begin: From = None, end: To = None, form: Form = "json") -> Any:
        post = post_in_reach(parts, post_id, scope)
        body, log = _log(post, scope, begin, end)
        return answered(body | {"items": [tally_json(one) for one in log.tallies]}, form, f"log_states_{post.id}")

    @router.get("/{post_id}/log-quality", summary="How plausible a post's log is, by agency")
    def log_quality(post_id: InPath, scope: AtPosts, begin: From = None, end: To = None, form: Form = "json") -> Any:
        post = post_in_reach(parts, post_id, scope)
        body, log = _log(post, scope, begin, end)
        return answered(body | {"items": [quality_json(one) for one in log.qualities]}, form, f"log_quality_{post.id}")

    def _log(post: BorderPost, scope: Scope, begin: From, end: To) -> tuple[dict[str, Any], LogView]:
        since, until = window_of(begin, end, parts.clock.now(), WEEK)
        with parts.database.reading() as session:
            found = read_log(session, post, since, until, parts.directory.geography, scope)
        if found is None:
            raise NotAllowed
        return {"post_id": post.id, "from": since, "to": until}, found

    return router
