"""Alive, ready, and measured: what a load balancer, an operator and Prometheus ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dashboard.metrics import Metrics

Check = Callable[[], bool]


def make_router(checks: Mapping[str, Check], metrics: Metrics) -> APIRouter:
    """Return the routes. `checks` name each part that must work for this process to be ready."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Is the process alive?")
    def alive() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/readyz", summary="Is every part ready?", responses={503: {"description": "a part is away"}})
    def ready() -> JSONResponse:
        parts: dict[str, Any] = {}
        for name, check in checks.items():
            try:
                parts[name] = "ready" if check() else "away"
            except Exception:  # whatever ails a part, the answer is that it is away
                parts[name] = "away"
        everything = all(state == "ready" for state in parts.values())
        return JSONResponse(
            {"status": "ready" if everything else "away", "parts": parts}, status_code=200 if everything else 503
        )

    @router.get("/metrics", summary="Prometheus metrics", response_class=Response)
    def measured() -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router
