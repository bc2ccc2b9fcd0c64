"""The web application, as far as it is the same for every page: assembly, security headers, static files, errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

from dashboard.failures import install_errors
from dashboard.headers import SecurityHeaders
from dashboard.paths import STATIC
from dashboard.rendering import Pages
from dashboard.viewers import Gate

__all__ = ["install_errors", "install_security", "install_static", "make_web"]


class CachedFiles(StaticFiles):
    """Static files. Under an address with a version (`asset()`) they may be kept for ever, else they are asked for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        forever = scope["type"] == "http" and b"v=" in scope.get("query_string", b"")

        async def send_with_age(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                age = "public, max-age=31536000, immutable" if forever else "no-cache"
                MutableHeaders(scope=message).setdefault("Cache-Control", age)
            await send(message)

        await super().__call__(scope, receive, send_with_age)


def install_security(app: FastAPI, https: bool) -> None:
    """Put the security headers around everything `app` answers."""
    app.add_middleware(SecurityHeaders, https=https)


def install_static(app: FastAPI) -> None:
    """Serve `dashboard/static/` under `/static`."""
    app.mount("/static", CachedFiles(directory=STATIC), name="static")


def make_web(gate: Gate, pages: Pages, routers: Iterable[APIRouter], **options: Any) -> FastAPI:
    """Return an application that answers `routers`; `options` go to FastAPI."""
    # FastAPI's own documentation pages load from a CDN, which the policy refuses: ours are in `pages/`.
    app = FastAPI(**({"docs_url": None, "redoc_url": None} | options))
    app.state.gate, app.state.pages = gate, pages
    install_errors(app)
    install_static(app)
    for router in routers:
        app.include_router(router)
    install_security(app, gate.https)
    return app
