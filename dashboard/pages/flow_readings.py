"""The reading API of what moves: flow, dwell, halts and crossings, logged and seen by positions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from checkpoints.crossing_rows import list_reconciled
from checkpoints.crossing_sides import SideState
from checkpoints.logged_crossings import list_crossings
from dashboard.along import direction_on, sees_country
from dashboard.api_rows import (
    dwell_json,
    flow_json,
    halt_json,
    logged_json,
    reconciled_json,
    seen_json,
)
from dashboard.border_view import posts_of, read_visible_dwell, read_visible_hours, withholds_side
from dashboard.exports import Form, answered
from dashboard.flow_tables import sees_section
from dashboard.pages.api_windows import WEEK, From, RowCursor, Step, To, rows_and_cursor, seq_of, step_of, window_of
from dashboard.pages.readings import InPath, InQuery, Limit, own_vehicles, post_in_reach, posts_in_reach
from dashboard.parts import Parts
from dashboard.viewers import require
from dashboard.visible_figures import read_visible_flow
from telemetry.answers import documented
from tracker.countries import zone_of
from tracker.errors import NotFound
from tracker.scope import Action, Scope, names
from tracker.sightings import list_border_crossings, list_halts

OnMap = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
AtPosts = Annotated[Scope, Depends(require(Action.VIEW_CROSSINGS))]
OfCoaches = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]
SectionId = Annotated[str | None, Query(max_length=120)]


def make_router(parts: Parts) -> APIRouter:  # noqa: PLR0915 - a list of routes, each a few lines
    """Return the routes, which read projections only."""
    router = APIRouter(prefix="/api/v1", tags=["reading"], responses=documented(401, 403, 404, 422, 503))
    database = parts.database

    @router.get("/corridors/{corridor_id}/flow", summary="Flow on a corridor's sections, by direction")
    def flow(
        corridor_id: InPath,
        scope: OfCoaches,
        begin: From = None,
        end: To = None,
        step: Step = None,
        form: Form = "json",
    ) -> Any:
        geography = parts.directory.geography
        if (corridor := geography.find_corridor(corridor_id)) is None:
            raise NotFound("unknown_corridor", corridor_id=corridor_id)
        now = parts.clock.now()
        since, until = window_of(begin, end, now, WEEK)
        width = step_of(step, until - since)
        mine = [p.section.id for p in corridor.passages if sees_section(scope, p.section.id, geography)]
        with database.reading() as session:
            rows = read_visible_flow(
                session, geography, scope, mine, since, until, now, step=width,
                operators=names(scope.operators(Action.VIEW_POSITIONS)),
            )  # fmt: skip
        items = [flow_json(row, direction_on(corridor, row.section_id, row.direction)) for row in rows]
        body = {"corridor_id": corridor_id, "from": since, "to": until, "items": items}
        return answered(body, form, f"flow_{corridor_id}")

    @router.get("/border-posts/{post_id}/dwell", summary="Dwell at a border post, by direction and agency")
    def dwell(
        post_id: InPath,
        scope: AtPosts,
        begin: From = None,
        end: To = None,
        step: Step = None,
        by: Annotated[
            Literal["agency", "hour"],
            Query(
                description="agency: positions beside each log; hour: positions by the local hour of arrival, no steps"
            ),
        ] = "agency",
        form: Form = "json",
    ) -> Any:
        post, now = post_in_reach(parts, post_id, scope), parts.clock.now()
        since, until = window_of(begin, end, now, WEEK)
        with database.reading() as session:
            if by == "hour":
                zone = zone_of(post.country)
                hourly = read_visible_hours(session, post_id, scope, since, until, now)
                items = [{"hour": r.start.astimezone(zone).hour} | dwell_json(r, None) for r in hourly]
            else:
                width = step_of(step, until - since)
                seen, logged = read_visible_dwell(session, post_id, scope, since, until, now, width)
                items = [dwell_json(one, None) for one in seen] + [dwell_json(one, one.agency) for one in logged]
        return answered({"post_id": post_id, "from": since, "to": until, "items": items}, form, f"dwell_{post_id}")

    @router.get("/halts", summary="Halts seen by positions, newest first")
    def halts(
        scope: OfCoaches,
        vehicle_id: InQuery = None,
        corridor_id: InQuery = None,
        section_id: SectionId = None,
        begin: From = None,
        end: To = None,
        limit: Limit = 100,
        cursor: RowCursor = None,
        form: Form = "json",
    ) -> Any:
        since, until = window_of(begin, end, parts.clock.now(), WEEK)
        with database.reading() as session:
            rows, following = rows_and_cursor(
                lambda before: list_halts(
                    session, operators=names(scope.operators(Action.VIEW_POSITIONS)), vehicle_id=vehicle_id,
                    corridor_id=corridor_id, section_id=section_id, since=since, until=until, limit=limit, before=before,
                ),
                cursor, limit, scope.withholds, lambda row: row.fact_id,
            )  # fmt: skip
        items = [halt_json(row) for row in rows if sees_country(scope, row.country) and not scope.withholds(row)]
        return answered({"items": items, "next_cursor": following}, form, "halts")

    @router.get("/crossings", summary="Crossings as posts logged them, as positions show them, or both reconciled")
    def crossings(
        scope: AtPosts,
        source: Annotated[
            Literal["logged", "seen", "reconciled"],
            Query(
                description="logged: newest entry first; seen: by positions, newest start first; reconciled: what "
                "positions, crews and logs say of each side, newest start first"
            ),
        ] = "logged",
        post_id: InQuery = None,
        vehicle_id: InQuery = None,
        begin: From = None,
        end: To = None,
        state: Annotated[SideState | None, Query(description="reconciled only: the state of either side")] = None,
        limit: Limit = 100,
        cursor: RowCursor = None,
        form: Form = "json",
    ) -> Any:
        posts = posts_in_reach(scope, parts.directory.geography)
        chosen: Collection[str] | None = posts
        if post_id is not None:
            chosen = frozenset({post_id}) if posts is None or post_id in posts else frozenset()
        with database.reading() as session:
            if source == "seen":
                since, until = window_of(begin, end, parts.clock.now(), WEEK)
                rows, going_on = rows_and_cursor(
                    lambda before: list_border_crossings(
                        session, operators=names(scope.operators(Action.VIEW_CROSSINGS)), vehicle_id=vehicle_id,
                        posts=chosen, since=since, until=until, limit=limit, before=before,
                    ),
                    cursor, limit, lambda row: _is_cut(scope, row), lambda row: row.fact_id,
                )  # fmt: skip
                items = [
                    seen_json(row, _open_posts(scope, row, posts)) for row in rows if not _is_shut(scope, row, posts)
                ]
                return answered({"items": items, "next_cursor": going_on}, form, "crossings")
            if source == "reconciled":
                since, until = window_of(begin, end, parts.clock.now(), WEEK)
                found, following = rows_and_cursor(
                    lambda before: list_reconciled(
                        session, since, until, coach=vehicle_id, posts=chosen,
                        operators=names(scope.operators(Action.VIEW_CROSSINGS)), state=state, limit=limit, before=before,
                    ),
                    cursor, limit, lambda one: _is_cut(scope, one), lambda one: one.crossing_id,
                )  # fmt: skip
                sees_reports = scope.may(Action.VIEW_REPORTS_EXACT)
                items = [
                    reconciled_json(one, _open_posts(scope, one, posts), sees_reports)
                    for one in found
                    if not _is_shut(scope, one, posts)
                ]
                return answered({"items": items, "next_cursor": following}, form, "crossings")
            vehicles = own_vehicles(session, scope)
            if vehicle_id is not None:
                vehicles = frozenset({vehicle_id}) if vehicles is None or vehicle_id in vehicles else frozenset()
            logged = list_crossings(session, chosen, vehicles, seq_of(cursor), limit)
        find = parts.directory.find_vehicle
        items = [
            logged_json(entry)
            for entry in logged
            if not scope.withholds_log(entry, ref.operator_id if (ref := find(entry.vehicle_id or "")) else None)
        ]
        body = {"items": items, "next_cursor": logged[-1].seq if len(logged) == limit else None}
        return answered(body, form, "crossings")

    return router


def _open_posts(scope: Scope, crossing: Any, posts: Collection[str] | None) -> Collection[str] | None:
    """Return the posts of a crossing whose side the viewer may see; `posts`: those in reach, None for all."""
    if not scope.restrictions:
        return posts
    return [p for p in posts_of(crossing) if (posts is None or p in posts) and not withholds_side(scope, crossing, p)]


def _is_shut(scope: Scope, crossing: Any, posts: Collection[str] | None) -> bool:
    """Say whether a restricted section leaves nothing of a crossing to be seen."""
    return bool(scope.restrictions) and not _open_posts(scope, crossing, posts)


def _is_cut(scope: Scope, crossing: Any) -> bool:
    """Say whether a side of a crossing is kept from the viewer: when it began is then not told, in a cursor either."""
    return bool(scope.restrictions) and any(withholds_side(scope, crossing, post) for post in posts_of(crossing))
