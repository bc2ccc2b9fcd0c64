"""What was refused and which devices there are, over HTTP, for people: `Scope` decides who sees what."""

# No `from __future__ import annotations` here: FastAPI must see the dependency that is a parameter of the function.
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from telemetry.answers import ReasonAnswer, answering_route, documented, language_of
from telemetry.dead_letter import LetterView
from telemetry.dead_letters import DeadLetters
from telemetry.device import Device
from telemetry.devices import DeviceRegistry
from telemetry.intake import Intake
from telemetry.receipts import written, written_reasons
from telemetry.replay import replay
from telemetry.rest import ReceiptsAnswer
from telemetry.told_devices import told_devices, told_letters
from tracker.errors import NotAllowed, NotFound, NotSignedIn
from tracker.hearing import Hearing
from tracker.phrases import Phrasebook
from tracker.scope import Action, Reach, Scope

Limit = Annotated[int, Query(ge=1, le=500)]
LARGEST = 2**63 - 1


class LetterAnswer(BaseModel):
    """A dead letter, without its message."""

    id: int
    received_at: datetime
    last_received_at: datetime
    times: int
    transport: str
    device_id: str
    subject: str | None
    kind: str
    reasons: list[ReasonAnswer]
    size: int
    has_message: bool
    replayed_at: datetime | None
    replay_outcome: str | None


class LettersAnswer(BaseModel):
    """A page of dead letters, newest first; `next_cursor` leads to the next page."""

    dead_letters: list[LetterAnswer]
    next_cursor: str | None


class DeviceAnswer(BaseModel):
    """A device, with its last word, the error of its clock and what was refused of it.

    Of a coach in or beside a restricted section the moments are its operator's: null for others, midnight for administrators.
    """

    device_id: str
    kind: str
    operator_id: str | None
    vehicle_id: str | None
    post_id: str | None
    agency: str | None
    language: str
    created_at: datetime
    rotated_at: datetime | None
    disabled_at: datetime | None
    last_heard_at: datetime | None
    clock_skew_s: float | None
    usual_clock_skew_s: float | None
    refused_count: int
    last_refusal_codes: list[str]
    last_refusal_at: datetime | None


class DevicesAnswer(BaseModel):
    """A page of devices in the order of their ids; `next_cursor` leads to the next page."""

    devices: list[DeviceAnswer]
    next_cursor: str | None


def make_oversight_router(
    letters: DeadLetters,
    devices: DeviceRegistry,
    intake: Intake,
    phrasebook: Phrasebook,
    scope: Callable[..., Scope],
    hearing: Callable[[Scope], Hearing],
) -> APIRouter:
    """Return the routes. `scope` is the dependency that knows who asks; `hearing` what they may know of coaches' words."""
    router = APIRouter(route_class=answering_route(phrasebook), prefix="/api/v1", tags=["oversight"])

    @router.get("/dead-letters", responses=documented(401, 403, 422, 503))
    def list_dead_letters(
        request: Request,
        seen: Annotated[Scope, Depends(scope)],
        limit: Limit = 100,
        cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
        device_id: Annotated[str | None, Query(max_length=40)] = None,
    ) -> LettersAnswer:
        """List what was refused, with every reason."""
        _require(seen, Action.OPEN_DEAD_LETTER)
        found = letters.list(
            operators=_limited(seen.operators(Action.OPEN_DEAD_LETTER)),
            posts=_limited(seen.posts(Action.OPEN_DEAD_LETTER)),
            device_id=device_id,
            before=cursor,
            limit=limit,
        )
        language = language_of(request, phrasebook, seen.viewer.language if seen.viewer else None)
        return LettersAnswer(
            dead_letters=[_letter(one, phrasebook, language) for one in told_letters(found, hearing(seen))],
            next_cursor=str(found[-1].id) if len(found) == limit else None,
        )

    @router.post(
        "/dead-letters/{letter_id}/replay",
        response_model=ReceiptsAnswer,
        responses=documented(401, 403, 404, 422, 429, 503),
    )
    def replay_dead_letter(
        request: Request,
        seen: Annotated[Scope, Depends(scope)],
        letter_id: Annotated[int, Path(ge=1, le=LARGEST)],
    ) -> Response:
        """Try a refused message again; the receipts say what became of it."""
        _require(seen, Action.REPLAY_DEAD_LETTER)
        letter = letters.get(letter_id)
        if not seen.may(Action.REPLAY_DEAD_LETTER, operator_id=letter.operator_id):
            raise NotFound("letter_not_found")
        receipts = replay(letter_id, letters, intake)
        language = language_of(request, phrasebook, seen.viewer.language if seen.viewer else None)
        return JSONResponse(written(receipts, phrasebook, language))

    @router.get("/devices", responses=documented(401, 403, 422, 503))
    def list_devices(
        seen: Annotated[Scope, Depends(scope)],
        limit: Limit = 100,
        cursor: Annotated[str, Query(max_length=40)] = "",
    ) -> DevicesAnswer:
        """List devices."""
        _require(seen, Action.VIEW_DEVICES)
        found = devices.list(after=cursor, limit=limit, operators=_limited(seen.operators(Action.VIEW_DEVICES)))
        return DevicesAnswer(
            devices=[_device(one) for one in told_devices(found, hearing(seen))],
            next_cursor=found[-1].device_id if len(found) == limit else None,
        )

    return router


def _require(seen: Scope, action: Action) -> None:
    if seen.viewer is None:
        raise NotSignedIn
    if not seen.may(action):
        raise NotAllowed


def _limited(reach: Reach) -> frozenset[str] | None:
    return reach if isinstance(reach, frozenset) else None


def _letter(one: LetterView, phrasebook: Phrasebook, language: str) -> LetterAnswer:
    reasons: list[dict[str, Any]] = written_reasons(one.reasons, phrasebook, language)
    return LetterAnswer(
        id=one.id,
        received_at=one.received_at,
        last_received_at=one.last_received_at,
        times=one.times,
        transport=one.transport,
        device_id=one.device_id,
        subject=one.subject,
        kind=one.kind,
        reasons=[ReasonAnswer(**reason) for reason in reasons],
        size=one.size,
        has_message=one.has_raw,
        replayed_at=one.replayed_at,
        replay_outcome=one.replay_outcome,
    )


def _device(one: Device) -> DeviceAnswer:
    fields = {name: getattr(one, name) for name in DeviceAnswer.model_fields if name != "last_refusal_codes"}
    codes = one.last_refusal_codes
    return DeviceAnswer(**fields, last_refusal_codes=codes.split(",") if codes else [])
