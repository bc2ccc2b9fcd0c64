"""Errors over HTTP: one shape everywhere, in the caller's language."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from telemetry.receipts import written_reasons
from tracker.errors import BadInput, CorridorError, NotSignedIn, Reason, TooMany
from tracker.phrases import Phrasebook


class ReasonAnswer(BaseModel):
    """Why something was refused, and the field it speaks of."""

    code: str
    field: str | None
    message: str


class ErrorBody(BaseModel):
    """What went wrong, as a code and as a sentence."""

    code: str
    message: str
    details: list[ReasonAnswer]


class ErrorAnswer(BaseModel):
    """The one shape of errors."""

    error: ErrorBody


def error_response(error: CorridorError, phrasebook: Phrasebook, language: str) -> JSONResponse:
    """Return the answer that says `error`."""
    body = {
        "error": {
            "code": error.code,
            "message": phrasebook.say(f"error.{error.code}", error.values, language),
            "details": written_reasons(error.reasons, phrasebook, language),
        }
    }
    headers = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, error.retry_after_s))
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Basic realm="corridor"' if error.values.get("basic") else "Bearer"
    return JSONResponse(body, status_code=error.status, headers=headers)


def of_request_validation(error: RequestValidationError) -> BadInput:
    """Return our error for wrong parameters of a path or a query."""
    reasons = [
        Reason("wrong_parameter", ".".join(str(part) for part in one["loc"][1:]) or None) for one in error.errors()
    ]
    return BadInput(reasons=reasons)


def answering_route(phrasebook: Phrasebook) -> type[APIRoute]:
    """Return a route class whose routes answer errors in the one shape, in the language the caller asks for."""

    class AnsweringRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    return await handle(request)
                except RequestValidationError as wrong:
                    error: CorridorError = of_request_validation(wrong)
                except CorridorError as raised:
                    error = raised
                return error_response(error, phrasebook, language_of(request, phrasebook))

            return answer

    return AnsweringRoute


def language_of(request: Request, phrasebook: Phrasebook, otherwise: str | None = None) -> str:
    """Return the language a request asks for; `otherwise` (a device's own) when it does not ask."""
    asked = request.headers.get("accept-language")
    otherwise = otherwise or getattr(request.state, "language", None)
    if not asked and otherwise:
        return otherwise
    return phrasebook.choose_language(asked)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI entries of these error statuses."""
    return {
        status: {
            "model": ErrorAnswer,
            "description": _MEANINGS[status],
            **({"headers": _RETRY} if status in {429, 503} else {}),
        }
        for status in statuses
    }


_RETRY = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds to wait"}}
_MEANINGS = {
    401: "No valid token.",
    403: "Outside the caller's scope.",
    404: "No such thing, or none that the caller may see.",
    409: "The thing exists already, with other content.",
    413: "The body is over the limit.",
    422: "What was sent cannot be used.",
    429: "Faster than the limit of the device or address.",
    503: "The database or the queue has no room now.",
}
