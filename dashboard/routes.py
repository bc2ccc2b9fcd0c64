"""What addresses an application answers: asked by the navigation, which shows no dead link, and by the tests."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


def list_routes(app: FastAPI) -> list[tuple[str, str]]:
    """Return `(method, path)` of every route, those of included routers too; without HEAD, OPTIONS and mounts."""
    return sorted(
        {
            (method, context.path or "")
            for context in iter_route_contexts(app.routes)
            for method in context.methods or ()
            if method not in {"HEAD", "OPTIONS"}
        }
    )
