"""The reading API of safety alerts, for the operator whose coaches they are of."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from dashboard.exports import Form, answered
from dashboard.pages.api_windows import From, window_of
from dashboard.parts import Parts
from dashboard.safety import WINDOW, read_alerts
from dashboard.viewers import require
from telemetry.answers import documented
from tracker.scope import Action, Scope


def make_router(parts: Parts) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api/v1", tags=["reading"], responses=documented(401, 403, 422, 503))

    @router.get("/safety-alerts", summary="Safety alerts of own coaches, newest first: for their operator only")
    def alerts(
        scope: Annotated[Scope, Depends(require(Action.VIEW_SAFETY_ALERTS))], begin: From = None, form: Form = "json"
    ) -> Any:
        now = parts.clock.now()
        since, _ = window_of(begin, None, now, WINDOW)
        with parts.database.reading() as session:
            found = read_alerts(session, scope, now, since)
        return answered({"from": since, "items": [asdict(one) for one in found]}, form, "safety_alerts")

    return router
