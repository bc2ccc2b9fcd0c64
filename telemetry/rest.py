"""The HTTP doors for messages: the same bodies as over MQTT, a receipt for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBearer
from pydantic import BaseModel

from telemetry.addressing import OUTSIDE_SCOPE, may_use
from telemetry.answers import ReasonAnswer, answering_route, documented, language_of
from telemetry.delivery import OWNTRACKS, REST, Delivery, Receipt
from telemetry.doorkeeper import Doorkeeper
from telemetry.intake import Intake
from telemetry.kinds import Kind
from telemetry.receipts import http_answer, http_status
from telemetry.schemas import body_schema
from telemetry.senders import Sender
from telemetry.topics import is_identifier
from tracker.clock import Clock
from tracker.errors import BadInput, NotAllowed, Reason, TooLarge, Unavailable
from tracker.phrases import Phrasebook

PATHS = {
    "positions": Kind.POSITION,
    "trips": Kind.TRIP,
    "controls": Kind.CONTROL,
    "incidents": Kind.INCIDENT,
    "crossings": Kind.CROSSING,
    "post-status": Kind.POST_STATUS,
}
ANSWER_WITHIN_S = 30
SMALL = 32 * 1024  # larger bodies are decoded on a thread, so that they do not hold up the others


class ReceiptAnswer(BaseModel):
    """What became of one message."""

    id: str | None
    status: Literal["accepted", "duplicate", "rejected"]
    reasons: list[ReasonAnswer]


class ReceiptsAnswer(BaseModel):
    """One receipt per message, in order."""

    receipts: list[ReceiptAnswer]


def make_router(intake: Intake, doorkeeper: Doorkeeper, phrasebook: Phrasebook, clock: Clock) -> APIRouter:
    """Return the doors for devices, posts, programs and the OwnTracks app."""
    router = APIRouter(route_class=answering_route(phrasebook), tags=["messages"])
    bearer, basic = HTTPBearer(auto_error=False), HTTPBasic(auto_error=False)
    for path, kind in PATHS.items():
        router.add_api_route(
            f"/api/v1/{path}",
            _door(kind, intake, doorkeeper, phrasebook, clock),
            methods=["POST"],
            name=f"post_{path}",
            summary=f"Send {path}: one object or an array",
            dependencies=[Depends(bearer)],
            response_model=ReceiptsAnswer,
            responses={
                **documented(401, 403, 413, 429, 503),
                207: {"model": ReceiptsAnswer, "description": "Some are rejected."},
                422: {"model": ReceiptsAnswer, "description": "All are rejected."},
            },
            openapi_extra=request_body(body_schema(kind, intake.limits.array_length)),
        )
    router.add_api_route(
        "/owntracks",
        _owntracks_door(intake, doorkeeper, clock),
        methods=["POST"],
        name="post_owntracks",
        summary="The OwnTracks app in HTTP mode",
        dependencies=[Depends(basic), Depends(bearer)],
        responses={
            200: {"content": {"application/json": {"schema": {"type": "array", "maxItems": 0}}}},
            **documented(401, 403, 413, 422, 429, 503),
        },
        openapi_extra=request_body({"type": "object", "properties": {"_type": {"type": "string"}}}),
    )
    return router


def _door(
    kind: Kind, intake: Intake, doorkeeper: Doorkeeper, phrasebook: Phrasebook, clock: Clock
) -> Callable[[Request], Any]:
    async def take(request: Request) -> Response:
        sender = await doorkeeper.sender(request)
        if not may_use(sender, kind):
            raise NotAllowed(reasons=[Reason("outside_scope")])
        delivery = Delivery(sender, None, kind, await request.body(), REST, clock.now())
        receipts = await delivered(intake, delivery)
        language = language_of(request, phrasebook, sender.language)
        is_minimal = request.headers.get("prefer", "").strip().lower() == "return=minimal"  # RFC 7240
        answer = http_answer(receipts, phrasebook, language, is_minimal=is_minimal)
        return JSONResponse(answer, http_status(receipts))

    return take


def _owntracks_door(intake: Intake, doorkeeper: Doorkeeper, clock: Clock) -> Callable[[Request], Any]:
    async def take(request: Request) -> Response:
        sender = await doorkeeper.sender(request, basic=True)
        if not may_use(sender, Kind.POSITION):
            raise NotAllowed(reasons=[Reason("outside_scope")])
        subject = _subject_of_headers(request, sender)
        delivery = Delivery(sender, subject, Kind.POSITION, await request.body(), OWNTRACKS, clock.now())
        receipts = await delivered(intake, delivery)
        codes = {reason.code for receipt in receipts for reason in receipt.reasons}
        if "owntracks_encrypted" in codes:
            raise BadInput(reasons=[Reason("owntracks_encrypted")])
        # The app sends the same message again until it gets a 2xx, and nothing after it: one that can never be
        # accepted must not silence the phone. What was refused is counted and listed under the device.
        return JSONResponse([])

    return take


def _subject_of_headers(request: Request, sender: Sender) -> str | None:
    """Return the coach that the app names in its headers, for senders who speak for several."""
    named = request.headers.get("x-limit-d", "")
    if sender.vehicle_id is not None or not is_identifier(named):
        return None
    return f"vehicles/{sender.operator_id}/{named}"


async def delivered(intake: Intake, delivery: Delivery) -> list[Receipt]:
    """Hand a delivery over and return its receipts.

    Raises:
        TooLarge: its body is too large.
        NotAllowed: nothing of it is the sender's.
        Unavailable: there is no room now.
    """
    if len(delivery.payload) <= SMALL:
        future = intake.submit(delivery, wait_s=0)
    else:
        future = await run_in_threadpool(intake.submit, delivery, 0)
    try:
        # Shielded: a caller who hangs up must not cancel a future that the writer is about to answer.
        receipts = await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), ANSWER_WITHIN_S)
    except TimeoutError:
        raise Unavailable("overloaded", retry_after_s=5) from None
    reasons = [reason for receipt in receipts for reason in receipt.reasons]
    if any(reason.code == "body_too_large" for reason in reasons):
        raise TooLarge(limit=intake.limits.body_bytes)
    all_rejected = bool(receipts) and all(receipt.status == "rejected" for receipt in receipts)
    if all_rejected and {reason.code for reason in reasons} <= OUTSIDE_SCOPE:
        raise NotAllowed(reasons=reasons)
    return receipts


def request_body(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI entry of a JSON body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
