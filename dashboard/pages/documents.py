"""The wire described by the code itself: OpenAPI at `/openapi.json`, AsyncAPI at `/asyncapi.json`, both to read at `/docs`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from dashboard.rendering import PagesDep
from telemetry import asyncapi
from tracker.settings import Settings


def make_router(settings: Settings) -> APIRouter:
    """Return the routes."""
    router = APIRouter(include_in_schema=False)
    spoken = asyncapi.document(settings.array_limit)

    @router.get("/asyncapi.json")
    def asyncapi_document() -> dict[str, Any]:
        return spoken

    @router.get("/docs")
    def docs(request: Request, pages: PagesDep) -> Response:
        described = request.app.openapi()
        doors = [
            {
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary", ""),
                "answers": sorted(operation.get("responses", {})),
                "parameters": [p["name"] for p in operation.get("parameters", ())],
            }
            for path, operations in described["paths"].items()
            for method, operation in operations.items()
        ]
        schemas = described.get("components", {}).get("schemas", {})
        bodies = {
            name: message.get("payload", {})
            for name, message in spoken.get("components", {}).get("messages", {}).items()
        }
        channels = [
            {"address": channel["address"], "description": channel.get("description", "")}
            for channel in spoken["channels"].values()
        ]
        return pages.render(request, "docs.html", doors=doors, schemas=schemas, bodies=bodies, channels=channels)

    return router
