"""The pattern portfolio: every piece of the interface on one page, to look at when the style changes."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.rendering import PagesDep
from dashboard.viewers import GateDep, ScopeDep

router = APIRouter(include_in_schema=False)


@router.get("/patterns")
def patterns_page(request: Request, gate: GateDep, pages: PagesDep, scope: ScopeDep) -> Response:
    """Show every piece."""
    return pages.render(request, "patterns.html", now=gate.clock.now())
