"""The reading API of trips: declared, driven, one trip with its timeline, and where its time and money went."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query

from dashboard.account_view import read_account_beside
from dashboard.api_rows import account_json, line_json, paid_json, run_json, sheet_json, spent_json, timeline_json
from dashboard.borders_ahead import read_borders_ahead
from dashboard.exports import Form, answered
from dashboard.pages.api_windows import WEEK, From, RowCursor, To, rows_and_cursor, seq_of, window_of
from dashboard.pages.readings import NAME, InQuery, Limit
from dashboard.parts import Parts
from dashboard.trip_lists import TripState, sees_run, sees_sheet, shown_run, shown_sheet
from dashboard.trip_reading import find_trip, read_timeline, read_trip_lines
from dashboard.viewers import require
from operators.trip_sheets import list_sheets
from telemetry.answers import documented
from tracker.errors import NotFound
from tracker.scope import Action, Scope, names
from tracker.sightings import find_trip_run, list_trip_runs

OfCoaches = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]
TripId = Annotated[str, Path(pattern="^[A-Za-z0-9_.:-]{1,64}$")]
OfOperator = Annotated[str | None, Query(pattern=NAME, description="needed where two operators used the same id")]


def make_router(parts: Parts) -> APIRouter:
    """Return the routes, which read projections only."""
    router = APIRouter(prefix="/api/v1", tags=["reading"], responses=documented(401, 403, 404, 422, 503))
    database = parts.database

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
                ahead = read_borders_ahead(session, parts, scope, lines[:limit])
                items = [line_json(line, ahead.get((line.vehicle_id, line.trip_id))) for line in lines[:limit]]
                return answered({"items": items, "next_cursor": None}, form, "trips")
            if source == "driven":
                since, until = window_of(begin, end, parts.clock.now(), WEEK)
                runs, going_on = rows_and_cursor(
                    lambda before: list_trip_runs(
                        session, operators=operators, vehicle_id=vehicle_id, corridor_id=corridor_id, since=since,
                        until=until, limit=limit, before=before,
                    ),
                    cursor, limit, lambda run: bool(scope.restrictions) and not sees_run(scope, run, geography),
                    lambda run: run.fact_id,
                )  # fmt: skip
                items = [run_json(shown_run(scope, run)) for run in runs if sees_run(scope, run, geography)]
                return answered({"items": items, "next_cursor": going_on}, form, "trips")
            sheets = list_sheets(session, operators, vehicle_id, seq_of(cursor), limit)
            shown = [s for s in sheets if corridor_id in (None, s.corridor_id) and sees_sheet(scope, s, geography)]
            items = [
                sheet_json(shown_sheet(scope, sheet, geography))
                | {
                    "driven": [
                        run_json(shown_run(scope, run))
                        for run in find_trip_run(session, sheet.trip_id, [sheet.operator_id])
                        if sees_run(scope, run, geography)
                    ]
                }
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
            declared = sheet_json(timeline.sheet) if timeline.sheet else {}
            account = read_account_beside(session, run, timeline, scope)
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
            account = read_account_beside(session, run, timeline, scope)
        if account is None:
            raise NotFound("no_account_yet", trip_id=trip_id)
        items = spent_json(account) if of == "time" else paid_json(account)
        return answered({"trip_id": trip_id, "of": of, "items": items}, form, f"account_{of}_{trip_id}")

    return router
