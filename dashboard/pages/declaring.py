"""Dispatchers declare trips: one, a list, or a timetable; through the same door as every other message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from dashboard.api_tokens import sender_of
from dashboard.pages.devices import PartsDep
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.viewers import require
from operators.companies import list_vehicles
from operators.planned_trips import COLUMNS, MOST_DAYS, PlannedTrip, new_of, read_trips
from operators.trip_sheets import said_of
from telemetry.delivery import REST, Delivery, Receipt
from telemetry.kinds import Kind
from tracker.directory import VehicleRef
from tracker.errors import BadInput, CorridorError, Reason
from tracker.scope import Action, Scope, names
from tracker.sheets import as_sheet

router = APIRouter(include_in_schema=False)
Managing = Annotated[Scope, Depends(require(Action.MANAGE_FLEET, in_person=True))]
Text = Annotated[str, Form()]
MOST_BYTES = 1024 * 1024
AT_ONCE = 200  # messages of one delivery
WAIT_S = 30


@dataclass(frozen=True, slots=True)
class Declared:
    """What became of planned trips: `receipts` of those that were sent, and how many had been declared already."""

    receipts: list[tuple[PlannedTrip, Receipt]]
    known: int


@router.get("/declare", response_class=HTMLResponse)
def declare_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Managing) -> Response:
    """Show the forms."""
    return _page(request, pages, parts, scope)


@router.post("/declare")
async def declare(request: Request, pages: PagesDep, parts: PartsDep, scope: Managing) -> Response:
    """Declare one trip."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:200] for name in COLUMNS}
    return await _taken(request, pages, parts, scope, as_sheet(given, COLUMNS), given)


@router.post("/declare/file")
async def declare_file(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Managing,
    file: Annotated[UploadFile, File()],
    first: Text = "",
    last: Text = "",
) -> Response:
    """Declare the trips of a file, all or nothing; with weekdays and times it is a timetable for some days."""
    return await _taken(
        request, pages, parts, scope, await file.read(MOST_BYTES + 1), {"first": first[:10], "last": last[:10]}
    )


async def _taken(
    request: Request, pages: PagesDep, parts: Parts, scope: Scope, data: bytes, given: dict[str, str]
) -> Response:
    try:
        if len(data) > MOST_BYTES:
            raise BadInput(reasons=[Reason("file_too_large", "file", {"limit_mb": MOST_BYTES // 2**20})])
        first, last = _days(given, parts.clock.now().date())
        trips = read_trips(data, _finder(parts, scope), parts.directory.geography, parts.clock.now(), first, last)
        declared = _declare(parts, scope, trips)
    except CorridorError as failure:
        return _page(request, pages, parts, scope, given=given, failure=failure)
    return _page(request, pages, parts, scope, declared=declared)


def _finder(parts: Parts, scope: Scope) -> Any:
    """Return what finds one's own coaches by id or plate; other companies' coaches are not known here."""

    def find(named: str) -> VehicleRef | None:
        coach = parts.directory.find_vehicle(named) or parts.directory.find_vehicle_by_plate(named)
        is_own = coach is not None and scope.may(Action.MANAGE_FLEET, operator_id=coach.operator_id)
        return coach if is_own else None

    return find


def _declare(parts: Parts, scope: Scope, trips: list[PlannedTrip]) -> Declared:
    assert scope.viewer is not None
    assert scope.viewer.operator_id is not None
    with parts.database.reading() as session:
        known = said_of(session, scope.viewer.operator_id, [trip.trip_id for trip in trips])
    new, now, sender = new_of(trips, known), parts.clock.now(), sender_of(scope.viewer)
    receipts: list[Receipt] = []
    for start in range(0, len(new), AT_ONCE):
        bodies = [
            trip.said() | {"event": "declared", "observed_at": now.isoformat(), "vehicle_id": trip.vehicle_id}
            for trip in new[start : start + AT_ONCE]
        ]
        delivery = Delivery(sender, None, Kind.TRIP, orjson.dumps(bodies), REST, now)
        receipts += parts.intake.submit(delivery).result(timeout=WAIT_S)
    return Declared(list(zip(new, receipts, strict=True)), len(trips) - len(new))


def _days(given: dict[str, str], today: date) -> tuple[date, date]:
    """Return the days of a timetable; unless said, from today for four weeks.

    Raises:
        BadInput: they are none, reversed, or too many.
    """
    try:
        first = date.fromisoformat(given["first"]) if given.get("first") else today
        last = date.fromisoformat(given["last"]) if given.get("last") else first + timedelta(days=27)
    except ValueError:
        raise BadInput(reasons=[Reason("not_days", "first")]) from None
    if not first <= last < first + timedelta(days=MOST_DAYS):
        raise BadInput(reasons=[Reason("not_so_many_days", "last", {"most": MOST_DAYS})])
    return first, last


def _page(
    request: Request,
    pages: PagesDep,
    parts: Parts,
    scope: Scope,
    *,
    given: dict[str, str] | None = None,
    failure: CorridorError | None = None,
    declared: Declared | None = None,
) -> Response:
    own = names(scope.operators(Action.MANAGE_FLEET)) or frozenset()
    geography = parts.directory.geography
    with parts.database.reading() as session:
        coaches = [coach for operator in sorted(own) for coach in list_vehicles(session, operator)]
    hubs = {
        corridor.id: [geography.hubs[m.exit_place] for m in corridor.milestones if m.kind == "hub"]
        for corridor in geography.list_corridors()
    }
    return pages.render(
        request, "declare.html", failure.status if failure else 200, given=given or {}, failure=failure,
        errors=failure.reasons if failure else (), declared=declared, coaches=coaches,
        corridors=geography.list_corridors(), hubs=hubs, most_days=MOST_DAYS, columns=COLUMNS,
    )  # fmt: skip
