"""The composition root: builds the web application of one process, with broker and ingest when asked for."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware

from dashboard.browser_senders import browser_senders
from dashboard.lockout import Lockout
from dashboard.migrate import is_current
from dashboard.pages import (
    account,
    answers,
    audit,
    border_readings,
    control_stops,
    corridor_readings,
    corridors,
    dead_letters,
    declaring,
    desk,
    devices,
    documents,
    field,
    flags,
    fleet,
    fleet_doors,
    flow_readings,
    health,
    help,
    hub_pairs,
    indicator_readings,
    languages,
    map,
    observatory,
    orders,
    own_figures,
    patterns,
    posts,
    readings,
    safety,
    second_factor,
    security,
    sign_in,
    trip_readings,
    trips,
    users,
    words,
)
from dashboard.parts import Parts, make_parts
from dashboard.rendering import Pages
from dashboard.running import start_broker, start_ingest
from dashboard.viewers import Gate, current_scope
from dashboard.web import make_web
from telemetry import rest
from telemetry.doorkeeper import Doorkeeper
from telemetry.limits import BodyLimit, RateLimiter
from telemetry.oversight import make_oversight_router
from telemetry.tracker_doors import make_tracker_router
from tracker.database import Database
from tracker.hearing import read_hearing
from tracker.settings import Settings

__all__ = ["create_app"]


def create_app(
    settings: Settings,
    database: Database,
    *,
    with_broker: bool = False,
    with_ingest: bool = False,
    with_pipeline: bool = True,
    demo_accounts: Sequence[tuple[str, str]] = (),
) -> FastAPI:
    """Return the application on a migrated database; its threads start and stop with it (ASGI lifespan).

    `demo_accounts` are `(user name, role)` that the sign-in page names.
    """
    parts = make_parts(settings, database)
    checks: dict[str, Callable[[], bool]] = {
        "database": database.is_reachable,
        "tables": lambda: is_current(database),
        "writer": lambda: parts.intake.waiting < settings.write_queue,
    }

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if with_broker:
            checks["broker"] = start_broker(parts)
        if with_ingest:
            checks["ingest"] = start_ingest(parts)
        if with_pipeline:
            parts.start_pipeline()
        yield
        parts.close()

    gate = Gate(
        database=database,
        clock=parts.clock,
        secrecy=parts.secrecy,
        lockout=Lockout(parts.clock),
        idle=timedelta(hours=settings.session_hours),
        public_url=settings.resolved_public_url,
        restrictions=lambda: parts.directory.restrictions,
    )
    doorkeeper = Doorkeeper(
        parts.tokens,
        RateLimiter(settings.device_rate_per_minute, parts.clock),
        RateLimiter(settings.address_rate_per_minute, parts.clock),
        browser_senders(gate),
    )
    app = make_web(
        gate,
        Pages(parts.phrasebook, {"demo_accounts": demo_accounts}),
        [
            health.make_router(checks, parts.metrics),
            rest.make_router(parts.intake, doorkeeper, parts.phrasebook, parts.clock),
            make_tracker_router(parts.intake, doorkeeper, parts.devices, parts.phrasebook, parts.clock),
            make_oversight_router(
                parts.dead_letters,
                parts.devices,
                parts.intake,
                parts.phrasebook,
                current_scope,
                partial(read_hearing, parts.database),
            ),
            readings.make_router(parts),
            flow_readings.make_router(parts),
            trip_readings.make_router(parts),
            border_readings.make_router(parts),
            corridor_readings.make_router(parts),
            hub_pairs.make_router(parts),
            indicator_readings.make_router(parts),
            safety.make_router(parts),
            control_stops.make_router(parts),
            control_stops.router,
            flags.make_router(parts),
            answers.make_router(parts),
            orders.make_router(parts),
            documents.make_router(settings),
            field.make_router(parts, doorkeeper),
            desk.make_router(parts, doorkeeper),
            fleet.make_router(parts),
            fleet_doors.make_router(parts),
            own_figures.make_router(parts),
            fleet.router,
            help.router,
            declaring.router,
            own_figures.router,
            map.make_router(parts),
            trips.router,
            corridors.router,
            posts.router,
            hub_pairs.router,
            observatory.router,
            flags.router,
            answers.router,
            orders.router,
            security.router,
            words.router,
            devices.router,
            dead_letters.router,
            sign_in.router,
            languages.router,
            second_factor.router,
            account.router,
            users.router,
            audit.router,
            patterns.router,
        ],
        title="Corridor Monitor",
        lifespan=lifespan,
    )
    app.state.parts = parts
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    app.add_middleware(BodyLimit, limit=settings.body_limit_bytes, phrasebook=parts.phrasebook)
    _measure(app, parts)
    return app


def _measure(app: FastAPI, parts: Parts) -> None:
    @app.middleware("http")
    async def measured(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        begun = time.perf_counter()
        response = await call_next(request)
        route = request.scope.get("route")
        label = getattr(route, "path", "-")
        parts.metrics.requests.labels(request.method, label, response.status_code).observe(time.perf_counter() - begun)
        return response
