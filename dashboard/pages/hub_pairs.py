"""Hubs and what joins them, for people and programs: the matrix of services, one pair over the weeks; the map's panel."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from dashboard.exports import Form, answered
from dashboard.hub_tables import Matrix, hold_back, make_matrix, sees_pair
from dashboard.map_places import name_of_place
from dashboard.pages.devices import PartsDep
from dashboard.paging import PageNumber, paged
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.viewers import require
from dashboard.windows import WINDOWS, Window, read_window
from telemetry.answers import documented
from tracker.errors import NotFound
from tracker.hub_pairs import read_pair_weeks, read_pairs
from tracker.scope import Action, Scope, names

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]
Word = Annotated[str, Query(max_length=60)]
Hub = Annotated[str, Path(max_length=80)]
SPAN = timedelta(weeks=8)


def make_router(parts: Parts) -> APIRouter:
    """Return the API's routes."""
    api = APIRouter(prefix="/api/v1/hub-pairs", tags=["reading"], responses=documented(401, 403, 404, 422, 503))

    @api.get("", summary="Which hubs coaches joined in the last eight weeks, how often and how fast")
    def pairs(scope: Viewing, form: Form = "json") -> Any:
        rows = _matrix(parts, scope).rows
        return answered({"items": [asdict(one) for one in rows]}, form, "hub_pairs")

    @api.get("/{origin}/{destination}", summary="One connection, week by week, the last eight")
    def weeks(origin: Hub, destination: Hub, scope: Viewing, form: Form = "json") -> Any:
        now = parts.clock.now()
        found = _context(origin, destination, Window("8w", now - SPAN, now), parts, scope)["pair_weeks"]
        body = {"origin": origin, "destination": destination, "items": [asdict(one) for one in found]}
        return answered(body, form, f"hub_pair_{origin}_{destination}")

    return api


@router.get("/hubs", response_class=HTMLResponse)
def hubs_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Viewing, page: PageNumber = 1) -> Response:
    """Show which hubs coaches joined in the last eight weeks."""
    matrix = _matrix(parts, scope)
    return pages.render(
        request,
        "hubs.html",
        matrix=matrix,
        shown=paged(matrix.rows, page),
        weeks=SPAN.days // 7,
        now=parts.clock.now(),
        **_shared(parts, scope),
    )


@router.get("/hubs/{origin}/{destination}", response_class=HTMLResponse)
def pair_page(
    request: Request, origin: Hub, destination: Hub, pages: PagesDep, parts: PartsDep, scope: Viewing
) -> Response:
    """Show one pair of hubs, week by week."""
    now = parts.clock.now()
    return pages.render(
        request, "pair.html", **_context(origin, destination, Window("8w", now - SPAN, now), parts, scope)
    )


@router.get("/panels/pair", response_class=HTMLResponse)
def pair_panel(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    origin: Annotated[str, Query(max_length=80)],
    destination: Annotated[str, Query(max_length=80)],
    window: Word = "",
    day: Word = "",
) -> Response:
    """Return a pair of hubs in a window, without the page around it; the tables are kept by week."""
    span = read_window(window, day, parts.clock.now(), "30d")
    return pages.render(
        request, "panel.html", content="pair_content.html", **_context(origin, destination, span, parts, scope)
    )


def _matrix(parts: Parts, scope: Scope) -> Matrix:
    geography, now = parts.directory.geography, parts.clock.now()
    operators = names(scope.operators(Action.VIEW_POSITIONS))
    with parts.database.reading() as session:
        readings = hold_back(
            read_pairs(session, now - SPAN, now, operators),
            lambda until: read_pairs(session, now - SPAN, until, operators), geography, scope, now - SPAN, now,
        )  # fmt: skip
    return make_matrix(readings, geography, scope)


def _context(origin: str, destination: str, window: Window, parts: Parts, scope: Scope) -> dict[str, Any]:
    geography, now = parts.directory.geography, parts.clock.now()
    if not all(hub in geography.hubs for hub in (origin, destination)):
        raise NotFound("unknown_hub")
    if not sees_pair(scope, origin, destination, geography):
        raise NotFound
    operators = names(scope.operators(Action.VIEW_POSITIONS))
    with parts.database.reading() as session:
        found = hold_back(
            read_pairs(session, window.since, window.until, operators),
            lambda until: read_pairs(session, window.since, until, operators), geography, scope, window.since, now,
        )  # fmt: skip
        weeks = hold_back(
            read_pair_weeks(session, origin, destination, now - SPAN, now, operators),
            lambda until: read_pair_weeks(session, origin, destination, now - SPAN, until, operators),
            geography, scope, now - SPAN, now,
        )  # fmt: skip
    pairs = {(r.origin, r.destination): r for r in found}
    return {
        "origin": origin,
        "destination": destination,
        "pair": pairs.get((origin, destination)),
        "back": pairs.get((destination, origin)),
        "pair_weeks": sorted(weeks, key=lambda r: r.start, reverse=True),
        "window": window,
        "windows": WINDOWS,
        "now": now,
        **_shared(parts, scope),
    }


def _shared(parts: Parts, scope: Scope) -> dict[str, Any]:
    geography = parts.directory.geography
    return {
        "place": lambda place_id: name_of_place(place_id, geography) if place_id else "",
        "own_only": names(scope.operators(Action.VIEW_POSITIONS)) is not None,
        # Halts at border posts are part of the halts.
        "other_halts": lambda pair: max(0.0, (pair.halted_share or 0.0) - (pair.border_share or 0.0)),
    }
