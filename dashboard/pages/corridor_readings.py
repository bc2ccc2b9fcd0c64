"""The reading API of a corridor's page: its posts, hours of the day, strip of a day, controls, figures by month."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from dashboard.api_rows import flow_json, strip_json
from dashboard.border_rows import post_line_json
from dashboard.corridor_view import control_lines, months_of, post_lines
from dashboard.exports import Form, answered
from dashboard.flow_tables import corridor_line, flow_rows, hour_rows
from dashboard.indicator_rows import group_json
from dashboard.pages.api_windows import WEEK, From, To, window_of
from dashboard.pages.corridors import read_corridor_flow, read_corridor_hours, read_states, read_strip
from dashboard.pages.indicator_readings import countries_in_reach
from dashboard.pages.readings import InPath
from dashboard.parts import Parts
from dashboard.viewers import require
from dashboard.windows import Window, day_window, read_day
from telemetry.answers import documented
from tracker.errors import NotAllowed
from tracker.scope import Action, Scope

OnMap = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
OfCoaches = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]
OfReports = Annotated[Scope, Depends(require(Action.VIEW_REPORTS_EXACT))]
OfIndicators = Annotated[Scope, Depends(require(Action.VIEW_INDICATORS))]
Way = Annotated[Literal["up", "down"], Query(description="up: away from the corridor's origin")]
Kind = Annotated[Literal["international", "non_member", "domestic"] | None, Query(description="default: all")]
MONTH = timedelta(days=30)


def make_router(parts: Parts) -> APIRouter:
    """Return the routes, which read projections only."""
    router = APIRouter(prefix="/api/v1", tags=["reading"], responses=documented(401, 403, 404, 422, 503))

    def span_of(begin: From, end: To, default: timedelta) -> tuple[Window, dict[str, Any]]:
        since, until = window_of(begin, end, parts.clock.now(), default)
        return Window("", since, until), {"from": since, "to": until}

    @router.get(
        "/corridor-flow", summary="Corridors with what ran on each: passages of the busiest section, the slowest one"
    )
    def corridor_flow(
        scope: OnMap,
        kind: Kind = None,
        begin: From = None,
        end: To = None,
        form: Form = "json",
    ) -> Any:
        span, body = span_of(begin, end, WEEK)
        geography, now = parts.directory.geography, parts.clock.now()
        with parts.database.reading() as session:
            readings = read_corridor_flow(session, geography, scope, span, now)
        items = []
        for corridor in geography.list_corridors():
            if kind in (None, corridor.kind):
                line = corridor_line(corridor, flow_rows(corridor, readings, geography, scope))
                slow = line.slowest
                items.append({
                    "corridor_id": corridor.id, "name": corridor.name, "kind": corridor.kind,
                    "length_km": round(corridor.length_km, 1), "trips": line.trips if line.sections_with_trips else None,
                    "slowest_section_id": slow.passage.section.id if slow else None,
                    "slowest_share": round(slow.share, 4) if slow and slow.share is not None else None,
                    "newest_at": line.newest_at,
                })  # fmt: skip
        return answered(body | {"items": items}, form, "corridor_flow")

    @router.get(
        "/corridors/{corridor_id}/posts",
        summary="A corridor's border posts: state, the wait now, log against positions",
    )
    def posts(corridor_id: InPath, scope: OnMap, begin: From = None, end: To = None, form: Form = "json") -> Any:
        geography, now = parts.directory.geography, parts.clock.now()
        corridor, (span, body) = geography.get_corridor(corridor_id), span_of(begin, end, WEEK)
        with parts.database.reading() as session:
            states = read_states(session, parts, scope)
            lines = post_lines(session, corridor, states, geography, scope, span, now)
        return answered(body | {"items": [post_line_json(one) for one in lines]}, form, f"posts_{corridor_id}")

    @router.get("/corridors/{corridor_id}/hours", summary="Flow by section and local hour of the day, in one direction")
    def hours(
        corridor_id: InPath,
        scope: OfCoaches,
        direction: Way = "up",
        begin: From = None,
        end: To = None,
        form: Form = "json",
    ) -> Any:
        geography = parts.directory.geography
        corridor, (span, body) = geography.get_corridor(corridor_id), span_of(begin, end, MONTH)
        with parts.database.reading() as session:
            found = read_corridor_hours(session, geography, scope, span, parts.clock.now(), corridor)
        rows = hour_rows(corridor, found, direction, geography, scope)
        items = [
            {"hour": hour} | flow_json(reading, direction)
            for row in rows
            for hour, reading in enumerate(row.hours)
            if reading is not None
        ]
        return answered(body | {"items": items}, form, f"hours_{corridor_id}_{direction}")

    @router.get(
        "/corridors/{corridor_id}/strip", summary="The coaches of a corridor's day: where and when each was seen"
    )
    def strip(
        corridor_id: InPath,
        scope: OfCoaches,
        day: Annotated[str, Query(max_length=10, description="YYYY-MM-DD (UTC); default: today")] = "",
        form: Form = "json",
    ) -> Any:
        corridor = parts.directory.geography.get_corridor(corridor_id)
        on = read_day(day) if day else parts.clock.now().date()
        with parts.database.reading() as session:
            found = read_strip(session, corridor, day_window(on), parts, scope)
        body = {"corridor_id": corridor_id, "day": on, "items": [strip_json(line) for line in found.lines]}
        return answered(body, form, f"strip_{corridor_id}_{on}")

    @router.get("/corridors/{corridor_id}/controls", summary="Control stops of a corridor by section and agency")
    def controls(corridor_id: InPath, scope: OfReports, begin: From = None, end: To = None, form: Form = "json") -> Any:
        geography = parts.directory.geography
        corridor, (span, body) = geography.get_corridor(corridor_id), span_of(begin, end, WEEK)
        with parts.database.reading() as session:
            lines = control_lines(session, corridor, geography, scope, span)
        if lines is None:
            raise NotAllowed
        return answered(body | {"items": [asdict(one) for one in lines]}, form, f"controls_{corridor_id}")

    @router.get(
        "/corridors/{corridor_id}/months", summary="A corridor's indicators of six months, and its delay each way"
    )
    def months(corridor_id: InPath, scope: OfIndicators, form: Form = "json") -> Any:
        geography, now = parts.directory.geography, parts.clock.now()
        corridor = geography.get_corridor(corridor_id)
        with parts.database.reading() as session:
            lines = months_of(session, corridor, geography, scope, countries_in_reach(scope, None), now)
        items = [
            {"period": line.month}
            | {f"delay_{way}": asdict(line.delays[way]) if way in line.delays else None for way in ("up", "down")}
            | group_json(line.group, ())
            for line in lines
        ]
        return answered({"corridor_id": corridor_id, "items": items}, form, f"months_{corridor_id}")

    return router
