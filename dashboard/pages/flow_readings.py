"""The reading API of what moves: flow, dwell, halts, trips and crossings, declared, logged and seen by positions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query

from checkpoints.crossing_rows import list_reconciled
from checkpoints.crossing_sides import SideState
from checkpoints.logged_crossings import list_crossings
from checkpoints.logged_dwell import read_logged_dwell
from dashboard.account_view import read_account
from dashboard.along import direction_on, sees_country
from dashboard.api_rows import (
    account_json,
    dwell_json,
    flow_json,
    halt_json,
    line_json,
    logged_json,
    paid_json,
    reconciled_json,
    run_json,
    seen_json,
    sheet_json,
    spent_json,
    timeline_json,
)
from dashboard.exports import Form, answered
from dashboard.flow_tables import lengths_of, sees_section
from dashboard.pages.api_windows import WEEK, From, RowCursor, Step, To, row_before, row_cursor, step_of, window_of
from dashboard.pages.readings import NAME, InPath, InQuery, Limit, own_vehicles, page, post_in_reach, posts_in_reach
from dashboard.parts import Parts
from dashboard.trip_lists import TripState, sees_run, sees_sheet
from dashboard.trip_reading import find_trip, read_timeline, read_trip_lines
from dashboard.viewers import require
from operators.trip_sheets import list_sheets
from telemetry.answers import documented
from tracker.countries import zone_of
from tracker.dwell_hours import read_dwell, read_dwell_by_hour_of_day
from tracker.errors import BadInput, NotFound, Reason
from tracker.scope import Action, Scope, names
from tracker.section_hours import read_flow
from tracker.sightings import find_trip_run, list_border_crossings, list_halts, list_trip_runs

SEQ_DIGITS = 18
OnMap = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
AtPosts = Annotated[Scope, Depends(require(Action.VIEW_CROSSINGS))]
OfCoaches = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]
TripId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,64}$")]
OfOperator = Annotated[str | None, Query(pattern=NAME, description="needed where two operators used the same id")]
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
        mine = {p.section.id for p in corridor.passages if sees_section(scope, p.section.id, geography, now - until)}
        lengths = {key: km for key, km in lengths_of(geography).items() if key in mine}
        with database.reading() as session:
            rows = read_flow(session, lengths, since, until, width, names(scope.operators(Action.VIEW_POSITIONS)))
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
        post = post_in_reach(parts, post_id, scope)
        since, until = window_of(begin, end, parts.clock.now(), WEEK)
        width = step_of(step, until - since)
        operators = names(scope.operators(Action.VIEW_CROSSINGS))
        with database.reading() as session:
            if by == "hour":
                zone = zone_of(post.country)
                hourly = read_dwell_by_hour_of_day(session, [post_id], since, until, operators)
                items = [{"hour": r.start.astimezone(zone).hour} | dwell_json(r, None) for r in hourly]
            else:
                items = [dwell_json(r, None) for r in read_dwell(session, [post_id], since, until, width, operators)]
            if by == "agency" and operators is None:  # an agency's log does not say whose coaches it times
                logged = read_logged_dwell(session, [post_id], since, until, width)
                items += [dwell_json(reading, reading.agency) for reading in logged]
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
            rows = list_halts(
                session, operators=names(scope.operators(Action.VIEW_POSITIONS)), vehicle_id=vehicle_id,
                corridor_id=corridor_id, section_id=section_id, since=since, until=until, limit=limit,
                before=row_before(cursor),
            )  # fmt: skip
        items = [halt_json(row) for row in rows if sees_country(scope, row.country)]
        return answered(_page(items, rows, limit), form, "halts")

    @router.get("/trips", summary="Trips as declared, or as driven")
    def trips(
        scope: OfCoaches,
        source: Annotated[
            Literal["declared", "driven", "listed"],
            Query(
                description="declared: by operators, last word first; driven: seen by positions, newest start first; "
                "listed: both in one, those of seven days that the page of trips lists, running ones first, no cursor"
            ),
        ] = "declared",
        vehicle_id: InQuery = None,
        corridor_id: InQuery = None,
        operator_id: Annotated[str, Query(max_length=40, description="listed only")] = "",
        coach: Annotated[str, Query(max_length=60, description="listed only: part of a plate or id")] = "",
        state: Annotated[TripState | Literal["", "silent"], Query(description="listed only")] = "",
        begin: From = None,
        end: To = None,
        limit: Limit = 100,
        cursor: RowCursor = None,
        form: Form = "json",
    ) -> Any:
        operators, geography = names(scope.operators(Action.VIEW_POSITIONS)), parts.directory.geography
        with database.reading() as session:
            if source == "listed":
                lines = read_trip_lines(
                    session, parts.directory.find_vehicle, geography, scope, parts.clock.now(),
                    corridor=corridor_id or "", operator=operator_id, coach=coach or vehicle_id or "", state=state,
                )  # fmt: skip
                return answered(
                    {"items": [line_json(line) for line in lines[:limit]], "next_cursor": None}, form, "trips"
                )
            if source == "driven":
                since, until = window_of(begin, end, parts.clock.now(), WEEK)
                runs = list_trip_runs(
                    session, operators=operators, vehicle_id=vehicle_id, corridor_id=corridor_id, since=since,
                    until=until, limit=limit, before=row_before(cursor),
                )  # fmt: skip
                items = [run_json(run) for run in runs if sees_run(scope, run, geography)]
                return answered(_page(items, runs, limit), form, "trips")
            sheets = list_sheets(session, operators, vehicle_id, _seq(cursor), limit)
            shown = [s for s in sheets if corridor_id in (None, s.corridor_id) and sees_sheet(scope, s, geography)]
            items = [
                sheet_json(sheet)
                | {"driven": [run_json(r) for r in find_trip_run(session, sheet.trip_id, [sheet.operator_id])]}
                for sheet in shown
            ]
            following = str(sheets[-1].last_seq) if len(sheets) == limit else None
            return answered({"items": items, "next_cursor": following}, form, "trips")

    @router.get("/trips/{trip_id}", summary="One trip: what was declared, what was driven, and its timeline")
    def trip(
        trip_id: TripId,
        scope: OfCoaches,
        operator_id: OfOperator = None,
    ) -> dict[str, Any]:
        geography = parts.directory.geography
        with database.reading() as session:
            run, sheet = find_trip(session, trip_id, scope, geography, operator_id or "")
            timeline, _ = read_timeline(session, run, sheet, geography, scope, parts.clock.now())
            declared = sheet_json(sheet) if sheet else {}
            account = read_account(session, run.fact_id, scope) if run and not timeline.hidden else None
        return timeline_json(timeline) | account_json(account) | declared

    @router.get("/trips/{trip_id}/account", summary="Where a trip's time or money went, by state and agency")
    def trip_account(
        trip_id: TripId,
        scope: OfCoaches,
        of: Annotated[
            Literal["time", "money"], Query(description="time closes to the whole; money is as reported")
        ] = "time",
        operator_id: OfOperator = None,
        form: Form = "json",
    ) -> Any:
        geography = parts.directory.geography
        with database.reading() as session:
            run, sheet = find_trip(session, trip_id, scope, geography, operator_id or "")
            timeline, _ = read_timeline(session, run, sheet, geography, scope, parts.clock.now())
            account = read_account(session, run.fact_id, scope) if run and not timeline.hidden else None
        if account is None:
            raise NotFound("no_account_yet", trip_id=trip_id)
        items = spent_json(account) if of == "time" else paid_json(account)
        return answered({"trip_id": trip_id, "of": of, "items": items}, form, f"account_{of}_{trip_id}")

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
                rows = list_border_crossings(
                    session, operators=names(scope.operators(Action.VIEW_CROSSINGS)), vehicle_id=vehicle_id,
                    posts=chosen, since=since, until=until, limit=limit, before=row_before(cursor),
                )  # fmt: skip
                return answered(_page([seen_json(row, posts) for row in rows], rows, limit), form, "crossings")
            if source == "reconciled":
                since, until = window_of(begin, end, parts.clock.now(), WEEK)
                found = list_reconciled(
                    session, since, until, coach=vehicle_id, posts=chosen,
                    operators=names(scope.operators(Action.VIEW_CROSSINGS)), state=state, limit=limit,
                    before=row_before(cursor),
                )  # fmt: skip
                following = row_cursor(found[-1].started_at, found[-1].crossing_id) if len(found) == limit else None
                sees_reports = scope.may(Action.VIEW_REPORTS_EXACT)
                items = [reconciled_json(one, posts, sees_reports) for one in found]
                return answered({"items": items, "next_cursor": following}, form, "crossings")
            vehicles = own_vehicles(session, scope)
            if vehicle_id is not None:
                vehicles = frozenset({vehicle_id}) if vehicles is None or vehicle_id in vehicles else frozenset()
            items = [logged_json(c) for c in list_crossings(session, chosen, vehicles, _seq(cursor), limit)]
            return answered(page(items, limit, "seq"), form, "crossings")

    return router


def _page(items: list[dict[str, Any]], rows: Any, limit: int) -> dict[str, Any]:
    following = row_cursor(rows[-1].started_at, rows[-1].fact_id) if len(rows) == limit else None
    return {"items": items, "next_cursor": following}


def _seq(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= SEQ_DIGITS):
        raise BadInput(reasons=[Reason("bad_cursor", "cursor")])
    return int(cursor)
