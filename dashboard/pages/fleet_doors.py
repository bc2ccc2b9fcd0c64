"""The doors for what a dispatcher's phone registered without a network: coaches, crews, devices.

Bodies and answers have the form of the doors for messages: an object or an array, a receipt for each, in order. People
come with a session (a link or a device opens doors: no API token makes them). An id that comes twice is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from dashboard.fleet_registering import (
    CoachEntry,
    CrewEntry,
    DeviceEntry,
    Entry,
    own_company,
    register_coach,
    register_crew,
    register_device,
)
from dashboard.pages.devices import wanted
from dashboard.parts import Parts
from dashboard.viewers import require
from operators.fleet_entries import note_done, was_done
from telemetry.answers import answering_route, documented, language_of
from telemetry.delivery import Receipt
from telemetry.payload import Unreadable, read_elements
from telemetry.receipts import http_answer, http_status
from telemetry.rest import ReceiptsAnswer, request_body
from telemetry.verdicts import reasons_of
from tracker.errors import BadInput, Conflict, Reason
from tracker.scope import Action, Scope

InPerson = Annotated[Scope, Depends(require(Action.MANAGE_FLEET, in_person=True))]
NAME_OF = {"username_taken": "username", "device_exists": "device_id"}  # what an error without reasons speaks of
MODELS: dict[str, type[Entry]] = {"coaches": CoachEntry, "crews": CrewEntry, "devices": DeviceEntry}


def make_router(parts: Parts) -> APIRouter:
    """Return the doors."""
    router = APIRouter(route_class=answering_route(parts.phrasebook), tags=["operators"])
    for name, model in MODELS.items():
        router.add_api_route(
            f"/api/v1/fleet/{name}",
            _door(parts, model),
            methods=["POST"],
            name=f"post_fleet_{name}",
            summary=f"Register {name}: one object or an array",
            response_model=ReceiptsAnswer,
            responses=documented(401, 403, 413, 422, 503),
            openapi_extra=request_body(model.model_json_schema()),
        )
    return router


def _door(parts: Parts, model: type[Entry]) -> Callable[[Request, Scope], Any]:
    async def take(request: Request, scope: InPerson) -> Response:
        try:
            elements, is_array = read_elements(await request.body(), parts.intake.limits)
        except Unreadable as error:
            raise BadInput(reasons=[error.reason]) from None
        receipts = [
            await run_in_threadpool(_taken, parts, scope, model, element, f"[{number}]." if is_array else "")
            for number, element in enumerate(elements)
        ]
        language = language_of(request, parts.phrasebook)
        return JSONResponse(http_answer(receipts, parts.phrasebook, language), http_status(receipts))

    return take


def _taken(parts: Parts, scope: Scope, model: type[Entry], element: Any, path: str) -> Receipt:
    claimed = element.get("id") if isinstance(element, dict) else None
    entry_id = claimed if isinstance(claimed, str) else None
    try:
        entry = model.model_validate(element)
    except ValidationError as error:
        return _refused(entry_id, reasons_of(error), path)
    company, body, entry_id = own_company(scope), entry.model_dump_json().encode(), str(entry.id)
    if entry.operator_id not in (None, company):
        return _refused(entry_id, [Reason("outside_scope")], path)
    with parts.database.reading() as session:
        done = was_done(session, company, entry_id, body)
    if done:
        return Receipt(entry_id, "duplicate")
    if done is None:
        return _refused(entry_id, [Reason("id_conflict", "id")], path)
    try:
        _do(parts, scope, entry, body)
    except (BadInput, Conflict) as failure:
        taken = Reason(failure.code, NAME_OF.get(failure.code), failure.values)
        return _refused(entry_id, failure.reasons or [taken], path)
    return Receipt(entry_id, "accepted")


def _do(parts: Parts, scope: Scope, entry: Entry, body: bytes) -> None:
    now = parts.clock.now()
    if isinstance(entry, DeviceEntry):
        # In a transaction of its own; one that was added and not noted is known by its token.
        new = wanted(parts, scope, entry.model_dump(include={"device_id", "kind", "vehicle_id", "language"}))
        register_device(parts, scope, new, entry.token)
    with parts.database.writing() as session:
        if isinstance(entry, CoachEntry):
            plate = entry.license_plate or ""
            register_coach(parts, session, scope, entry.vehicle_id, plate, entry.seats, now)
        elif isinstance(entry, CrewEntry):
            register_crew(session, scope, entry.username, entry.display_name, entry.language, now, entry.token)
        note_done(session, own_company(scope), str(entry.id), body, now)


def _refused(entry_id: str | None, reasons: Iterable[Reason], path: str) -> Receipt:
    named = (Reason(r.code, path + r.field if r.field else path[:-1] or None, r.values) for r in reasons)
    return Receipt(entry_id, "rejected", tuple(named))
