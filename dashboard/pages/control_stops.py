"""Control stops for programs: what crews reported and positions show, with the two answers of the law."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from checkpoints.control_points import Register
from checkpoints.control_stop_reading import read_stops
from checkpoints.control_stops import Control, ControlStop
from checkpoints.harassment_flags import PROTECTED
from checkpoints.legality import Unauthorised, mechanism_status, statuses_of
from checkpoints.register import load_register
from dashboard.exports import Form, answered
from dashboard.flag_law import confirmed_places
from dashboard.pages.readings import InQuery, Limit
from dashboard.parts import Parts
from dashboard.viewers import require
from telemetry.answers import documented
from tracker.scope import ALL, Action, Scope, names

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
        end = _aware(until) or parts.clock.now()
        begin = max(_aware(since) or end - WINDOW, end - LONGEST)
        own = names(scope.operators(SEEING))
        with parts.database.reading() as session:
            register, acts = load_register(session), confirmed_places(session)
            found = read_stops(
                session, begin, end, geography=parts.directory.geography, register=register, operators=own
            )
        stops = [
            stop
            for stop in reversed(found.stops)
            if scope.may(SEEING, country=stop.place.country)
            and corridor in (None, stop.place.corridor_id)
            and (agency is None or any(control.agency == agency for control in stop.controls))
        ]
        shown = [_row(stop, register, acts, scope) for stop in stops[offset : offset + limit]]
        following = offset + limit if len(stops) > offset + limit else None
        body = {"items": shown, "left_out": dict(found.left_out), "next_offset": following}
        return answered(body, form, "control_stops")

    return api


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _row(stop: ControlStop, register: Register, acts: list[Unauthorised], scope: Scope) -> dict[str, Any]:
    overall, by_agency = statuses_of(register, stop, acts)
    row = asdict(stop) | {"national_status": asdict(overall), "mechanism_status": mechanism_status(stop.formality)}
    sees_all = scope.operators(SEEING) is not ALL or scope.may(Action.VIEW_PROTECTED_REPORTS)
    row["controls"] = [
        _control(one, sees_all) | {"national_status": asdict(by_agency[one.agency])} for one in stop.controls
    ]
    return row


def _control(control: Control, sees_all: bool) -> dict[str, Any]:
    kinds = [kind for kind in control.harassment if sees_all or kind not in PROTECTED]
    return asdict(control) | {"harassment": kinds}
