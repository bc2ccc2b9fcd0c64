"""Control stops, for people and programs: what crews reported and positions show, with the two answers of the law."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from checkpoints.alerts import CODES
from checkpoints.control_points import Register
from checkpoints.control_stop_reading import read_stops
from checkpoints.control_stops import Control, ControlStop
from checkpoints.harassment_flags import PROTECTED
from checkpoints.legality import Unauthorised, mechanism_status, statuses_of
from checkpoints.register import load_register
from dashboard.along import spot_at
from dashboard.corridor_view import withholds_stop
from dashboard.exports import Form, answered
from dashboard.flag_law import confirmed_places
from dashboard.map_places import name_of_place
from dashboard.pages.api_windows import window_of
from dashboard.pages.devices import PartsDep
from dashboard.pages.readings import InQuery, Limit
from dashboard.paging import PageNumber, paged
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.viewers import require
from dashboard.windows import WINDOWS, read_window
from operators.companies import list_operators
from telemetry.answers import documented
from tracker.countries import zone_of
from tracker.scope import ALL, NOTHING, Action, Scope, names

router = APIRouter(include_in_schema=False)
Word = Annotated[str, Query(max_length=40)]
SEEING = Action.VIEW_REPORTS_EXACT
WINDOW, LONGEST = timedelta(days=7), timedelta(days=31)


def make_router(parts: Parts) -> APIRouter:
    """Return the route."""
    api = APIRouter(prefix="/api/v1/control-stops", tags=["reading"], responses=documented(401, 403, 404, 422, 503))

    @api.get(
        "", summary="Control stops: one place, its controls by agency, national and mechanism status; newest first"
    )
    def control_stops(
        scope: Annotated[Scope, Depends(require(SEEING))],
        since: Annotated[datetime | None, Query(alias="from", description="default: seven days before `to`")] = None,
        until: Annotated[
            datetime | None, Query(alias="to", description="default: now; 31 days after `from` at most")
        ] = None,
        corridor: InQuery = None,
        agency: InQuery = None,
        limit: Limit = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        form: Form = "json",
    ) -> Any:
        begin, end = window_of(since, until, parts.clock.now(), WINDOW)
        begin = max(begin, end - LONGEST)
        stops, left_out, register, acts = _find(parts, scope, begin, end, corridor, agency)
        shown = [_row(stop, register, acts, scope) for stop in stops[offset : offset + limit]]
        following = offset + limit if len(stops) > offset + limit else None
        body = {"items": shown, "left_out": left_out, "next_offset": following}
        return answered(body, form, "control_stops")

    return api


@router.get("/controls", response_class=HTMLResponse)
def controls_page(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Annotated[Scope, Depends(require(SEEING))],
    window: Word = "",
    corridor: Word = "",
    agency: Word = "",
    page: PageNumber = 1,
) -> Response:
    """List control stops, newest first, with what was left out and how many there are by agency and status."""
    now, geography = parts.clock.now(), parts.directory.geography
    span = read_window(window, "", now, "7d")
    stops, left_out, register, acts = _find(parts, scope, span.since, span.until, corridor or None, agency or None)
    shown = paged(stops, page)
    rows = [_row(stop, register, acts, scope) for stop in shown.items]
    with parts.database.reading() as session:
        companies = {o.operator_id: o.name for o in list_operators(session)}
    asked = {"from": span.since.isoformat(), "to": span.until.isoformat(), "limit": 500}
    asked |= {name: value for name, value in (("corridor", corridor), ("agency", agency)) if value}
    return pages.render(
        request, "controls.html", rows=rows, shown=shown, total=len(stops), left_out=left_out, window=span, windows=WINDOWS[1:],
        agencies=sorted({control.agency for stop in stops for control in stop.controls} | ({agency} if agency else set())),
        by_agency=Counter(control.agency for stop in stops for control in stop.controls).most_common(),
        by_status=Counter(statuses_of(register, stop, acts)[0].status for stop in stops).most_common(),
        chosen={"corridor": corridor, "agency": agency}, corridors=geography.list_corridors(), companies=companies,
        now=now, asked=asked, spot=lambda place: spot_at(geography, place["corridor_id"], place["km"]), zone=zone_of,
        place=lambda place_id: name_of_place(place_id, geography) if place_id else "", plates=parts.directory.find_vehicle,
    )  # fmt: skip


def _find(
    parts: Parts, scope: Scope, begin: datetime, end: datetime, corridor: str | None, agency: str | None
) -> tuple[list[ControlStop], dict[str, int], Register, list[Unauthorised]]:
    """Return the stops in the viewer's reach, newest first, what was left out, and what the law is asked with."""
    with parts.database.reading() as session:
        register, acts = load_register(session), confirmed_places(session)
        found = read_stops(
            session, begin, end, geography=parts.directory.geography, register=register,
            operators=names(scope.operators(SEEING)), is_told=lambda row: not scope.withholds(row),
        )  # fmt: skip
    stops = [
        stop
        for stop in reversed(found.stops)
        if scope.may(SEEING, country=stop.place.country)
        and not withholds_stop(scope, stop)
        and corridor in (None, stop.place.corridor_id)
        and (agency is None or any(control.agency == agency for control in stop.controls))
    ]
    # How often safety alerts were told is for those whose alerts they are.
    hidden = NOTHING if scope.operators(SEEING) is not ALL else CODES
    left_out = {code: n for code, n in found.left_out.items() if code not in hidden}
    return stops, left_out, register, acts


def _row(stop: ControlStop, register: Register, acts: list[Unauthorised], scope: Scope) -> dict[str, Any]:
    overall, by_agency = statuses_of(register, stop, acts)
    row = asdict(stop) | {"national_status": asdict(overall), "mechanism_status": mechanism_status(stop.formality)}
    sees_all = scope.operators(SEEING) is not ALL or scope.may(Action.VIEW_PROTECTED_REPORTS)
    row["controls"] = [
        _control(one, sees_all, scope) | {"national_status": asdict(by_agency[one.agency])} for one in stop.controls
    ]
    return row


def _control(control: Control, sees_all: bool, scope: Scope) -> dict[str, Any]:
    paid = [asdict(p) for p in control.payments if scope.may_see_payment(observatory_only=p.observatory_only)]
    kinds = [kind for kind in control.harassment if sees_all or kind not in PROTECTED]
    return asdict(control) | {"harassment": kinds, "payments": paid}
