"""The language switch: a link on every page, so that it works without scripts and before signing in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.rendering import LANGUAGE_COOKIE, YEAR_S, go_to, local_path, set_cookie
from tracker.errors import NotFound
from tracker.phrases import LANGUAGES

router = APIRouter(include_in_schema=False)


@router.get("/language/{language}")
def choose_language(request: Request, language: str, next: str = "") -> Response:
    """Show pages in another language from now on, in this browser, and go back to `next`."""
    if language not in LANGUAGES:
        raise NotFound
    response = go_to(request, local_path(next))
    set_cookie(request, response, LANGUAGE_COOKIE, language, max_age=YEAR_S)
    return response
