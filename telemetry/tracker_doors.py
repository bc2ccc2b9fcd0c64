"""The HTTP doors for tracker apps (OsmAnd, Traccar Client) and for an existing Traccar server: positions, by a device's token.

They send the same message again until they get a 2xx: what can never be accepted is answered 200, counted, and listed under
the device. Nobody is known here by a browser's session: a GET that stores something must not be had from a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer

from telemetry.addressing import may_use
from telemetry.answers import answering_route, documented
from telemetry.delivery import OSMAND, TRACCAR, Delivery
from telemetry.devices import DeviceRegistry
from telemetry.doorkeeper import Doorkeeper
from telemetry.intake import Intake
from telemetry.kinds import Kind
from telemetry.payload import Unreadable
from telemetry.rest import delivered
from telemetry.senders import Sender, SenderKind
from telemetry.tracker_apps import device_named, from_client, from_form, from_forwarding
from tracker.clock import Clock
from tracker.errors import NotAllowed, NotSignedIn, Reason
from tracker.phrases import Phrasebook

MOST_FIELDS = 200
_TEXT = {"type": "string"}
_PARAMETERS = [
    {"name": name, "in": "query", "schema": _TEXT, "required": False, "description": description}
    for name, description in (
        ("id", "the device's id, or its token; for a program: the coach"), ("key", "the device's token"),
        ("lat", "degrees"), ("lon", "degrees"), ("timestamp", "seconds, milliseconds or ISO 8601"),
        ("speed", "in knots, or as `unit` says"), ("unit", "kn, kmh, mps, mph"), ("bearing", "degrees"),
        ("accuracy", "metres"), ("batt", "percent"),
    )
]  # fmt: skip
_TAKEN = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}},
    **documented(401, 403, 413, 422, 429, 503),
}


def make_tracker_router(
    intake: Intake, doorkeeper: Doorkeeper, devices: DeviceRegistry, phrasebook: Phrasebook, clock: Clock
) -> APIRouter:
    """Return the doors `/osmand` and `/traccar`."""
    router = APIRouter(route_class=answering_route(phrasebook), tags=["messages"])
    bearer = Depends(HTTPBearer(auto_error=False))
    osmand, traccar = _osmand_door(intake, doorkeeper, clock), _traccar_door(intake, doorkeeper, devices, clock)
    for method in ("GET", "POST"):
        router.add_api_route(
            "/osmand", osmand, methods=[method], name=f"{method.lower()}_osmand", dependencies=[bearer], responses=_TAKEN,
            summary="A position of OsmAnd or Traccar Client: query, form or JSON", openapi_extra={"parameters": _PARAMETERS},
        )  # fmt: skip
    router.add_api_route(
        "/traccar", traccar, methods=["POST"], name="post_traccar", dependencies=[bearer], responses=_TAKEN,
        summary="Positions that a Traccar server forwards", openapi_extra={
            "parameters": [{"name": "key", "in": "query", "schema": _TEXT, "required": False, "description": "the token"}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        },
    )  # fmt: skip
    return router


def _osmand_door(intake: Intake, doorkeeper: Doorkeeper, clock: Clock) -> Any:
    async def take(request: Request) -> Response:
        body = await request.body()
        said = dict(request.query_params)
        is_json = body.lstrip()[:1] in (b"{", b"[")
        if body and not is_json:
            said |= dict(_fields(body))
        named = said.get("id") or said.get("deviceid") or (device_named(body, intake.limits) if is_json else None) or ""
        key = said.get("key", "")
        sender = await doorkeeper.sender(request, key=key or named)
        positions: list[Any] | None
        try:
            positions = from_client(body, intake.limits)[0] if is_json else from_form(said)
        except Unreadable:
            positions = None
        if sender.vehicle_id is None:
            for one in positions or []:
                if isinstance(one, dict):
                    one.setdefault("vehicle_id", named)
        elif key and named and named not in {sender.device_id, sender.vehicle_id, key}:
            raise NotSignedIn
        payload = body if positions is None else orjson.dumps(positions)
        if positions != []:
            await _given(intake, Delivery(sender, None, Kind.POSITION, payload, OSMAND, clock.now()))
        return JSONResponse({})

    return take


def _traccar_door(intake: Intake, doorkeeper: Doorkeeper, devices: DeviceRegistry, clock: Clock) -> Any:
    async def take(request: Request) -> Response:
        sender = await doorkeeper.sender(request, key=request.query_params.get("key", ""))
        if sender.kind is not SenderKind.SYSTEM:
            raise NotAllowed(reasons=[Reason("outside_scope")])
        body = await request.body()
        try:
            found = from_forwarding(body, intake.limits)
        except Unreadable:
            await _given(intake, Delivery(sender, None, Kind.POSITION, body, TRACCAR, clock.now()))
            return JSONResponse({})
        for speaker, positions in await run_in_threadpool(_by_speaker, found, sender, devices):
            await _given(intake, Delivery(speaker, None, Kind.POSITION, orjson.dumps(positions), TRACCAR, clock.now()))
        return JSONResponse({})

    return take


def _by_speaker(
    found: Sequence[tuple[str | None, Any]], sender: Sender, devices: DeviceRegistry
) -> list[tuple[Sender, list[Any]]]:
    """Return the positions by who says them, in order: a device of ours speaks for itself, under its own rules."""
    own = {device.device_id: device for device in devices.list(active_only=True, operators=[sender.operator_id or ""])}
    groups: list[tuple[Sender, list[Any]]] = []
    for named, position in found:
        device = own.get(named or "")
        speaker = sender
        if device is not None and device.vehicle_id is not None:
            speaker = Sender(device.device_id, SenderKind(device.kind), device.operator_id, device.vehicle_id)
        elif named is not None:
            position["vehicle_id"] = named
        if not groups or groups[-1][0] != speaker:
            groups.append((speaker, []))
        groups[-1][1].append(position)
    return groups


async def _given(intake: Intake, delivery: Delivery) -> None:
    assert delivery.sender is not None
    if not may_use(delivery.sender, Kind.POSITION):
        raise NotAllowed(reasons=[Reason("outside_scope")])
    with suppress(NotAllowed):  # refused for good, and counted: a gateway that tries for ever hides what comes after it
        await delivered(intake, delivery)


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:  # not text, or too many fields
        return []
