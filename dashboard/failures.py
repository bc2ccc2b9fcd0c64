"""What people and programs are told when something is refused or fails.

Programs get one shape everywhere, `{"error": {"code", "message", "details"}}`; people a page. Both in the reader's
language, and neither ever a stack trace: that goes to the log, under the number shown.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from dashboard import viewers
from dashboard.headers import secure
from dashboard.rendering import Pages, get_pages, go_to, here, language_of
from tracker.errors import BadInput, CorridorError, NotSignedIn, Reason, TooMany

log = structlog.get_logger(__name__)

HTTP_CODES = {400: "bad_request", 401: "not_signed_in", 403: "not_allowed", 404: "not_found", 405: "method_not_allowed",
              406: "not_acceptable", 409: "conflict", 413: "too_large", 415: "wrong_media_type", 422: "bad_input",
              429: "too_many", 503: "unavailable"}  # fmt: skip


def install_errors(app: FastAPI) -> None:
    """Answer every error of `app` in the caller's form and language. Needs `app.state.pages` and `app.state.gate`."""

    async def expected(request: Request, error: Exception) -> Response:
        assert isinstance(error, CorridorError)
        if error.status >= 500 and not isinstance(error, TooMany):
            log.error("refused", code=error.code, path=request.url.path, error=str(error))
        return await answer(request, error)

    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return await answer(request, BadInput(reasons=_reasons(error)))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = HTTP_CODES.get(error.status_code, "internal" if error.status_code >= 500 else "bad_request")
        return await answer(request, CorridorError(code), error.status_code, dict(error.headers or {}))

    async def unexpected(request: Request, error: Exception) -> Response:
        number = secrets.token_hex(4)
        log.error("unexpected", number=number, path=request.url.path, exc_info=error)
        response = await answer(request, CorridorError("internal", number=number))
        # This answer leaves outside of the middleware that adds them to all others.
        secure(response.headers, getattr(request.state, "nonce", ""), viewers.get_gate(request).https)
        return response

    app.add_exception_handler(CorridorError, expected)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)


async def answer(
    request: Request, error: CorridorError, status: int | None = None, headers: dict[str, str] | None = None
) -> Response:
    """Return the answer to an error: JSON for programs, a page for people, the sign-in page for who should sign in."""
    status, headers = status or error.status, dict(headers or {})
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after_s)
    await _recognise(request)
    pages = get_pages(request)
    if wants_json(request):
        if status == 401:
            headers.setdefault("WWW-Authenticate", "Bearer")
        return JSONResponse(as_json(pages, request, error), status, headers=headers)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return go_to(request, url_to_sign_in(request))
    response = pages.render(request, "failure.html", status, error=error)
    response.headers.update(headers)
    return response


def as_json(pages: Pages, request: Request, error: CorridorError) -> dict[str, Any]:
    """Return the one shape of errors."""
    language = language_of(request, pages.translations)

    def say(code: str, values: dict[str, Any]) -> str:
        return pages.translations.say(code, values, language)

    details = [
        {"code": reason.code, "field": reason.field, "message": say(f"reason.{reason.code}", reason.values)}
        for reason in error.reasons
    ]
    return {"error": {"code": error.code, "message": say(f"error.{error.code}", error.values), "details": details}}


def wants_json(request: Request) -> bool:
    """Say whether a program asks: under `/api`, or anything that does not ask for a page."""
    return request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", "")


def url_to_sign_in(request: Request) -> str:
    """Return the path of the sign-in page, from which one comes back here."""
    wanted = here(request)
    return "/sign-in" + (f"?{urlencode({'next': wanted})}" if wanted != "/" else "")


async def _recognise(request: Request) -> None:
    """Find out who asks, for the navigation of the error page; when even that fails, it is nobody."""
    try:
        await viewers.identify(request)
    except CorridorError:
        if getattr(request.state, "identity", None) is None:
            request.state.identity = viewers.NOBODY


def _reasons(error: RequestValidationError) -> Sequence[Reason]:
    return [
        Reason(_code(str(one["type"])), ".".join(str(part) for part in one["loc"][1:]) or None)
        for one in error.errors()
    ]


def _code(kind: str) -> str:
    if kind == "missing":
        return "field_missing"
    return "wrong_type" if kind.endswith(("_type", "_parsing")) else "wrong_value"
