"""Devices: list, add, show once how to set one up (token, OwnTracks QR code), rotate, disable; what was refused of each."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from dashboard import audit
from dashboard.fleet_registering import register_device
from dashboard.parts import Parts
from dashboard.rendering import PagesDep, go_to
from dashboard.viewers import require
from operators.companies import list_vehicles
from telemetry.device import Device, NewDevice
from telemetry.owntracks import configuration_link, http_configuration, mqtt_configuration
from telemetry.senders import SenderKind
from telemetry.told_devices import told_devices, told_letters, told_refusals
from tracker.errors import BadInput, Conflict, CorridorError, NotFound, Reason
from tracker.hearing import read_hearing
from tracker.scope import ALL, Action, Scope

router = APIRouter(prefix="/devices", include_in_schema=False)
Text = Annotated[str, Form()]
Viewing = Annotated[Scope, Depends(require(Action.VIEW_DEVICES))]
Managing = Annotated[Scope, Depends(require(Action.MANAGE_DEVICES, in_person=True))]
PAGES_FOR = (SenderKind.PERSONAL, SenderKind.POST)  # whose people use the field pages
KINDS = (SenderKind.PERSONAL, SenderKind.FITTED, SenderKind.POST, SenderKind.SYSTEM)


def parts_of(request: Request) -> Parts:
    """Return the parts of the application."""
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(parts_of)]


def may_see(scope: Scope, action: Action, device: Device) -> bool:
    """Say whether a device is in the viewer's reach."""
    return scope.may(action, operator_id=device.operator_id, post_id=device.post_id)


@router.get("")
def devices_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """List the devices in the viewer's reach."""
    seen = [device for device in parts.devices.list() if may_see(scope, Action.VIEW_DEVICES, device)]
    devices = told_devices(seen, read_hearing(parts.database, scope))
    hidden = _hidden(seen, devices)
    return pages.render(request, "devices.html", devices=devices, now=parts.clock.now(), hidden=hidden)


@router.get("/new")
def new_device_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Managing) -> Response:
    """Show the form for a new device."""
    return _form(request, pages, parts, scope, {}, None)


@router.post("")
def add_device(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Managing,
    device_id: Text = "",
    kind: Text = "",
    vehicle_id: Text = "",
    post_id: Text = "",
    agency: Text = "",
    operator_id: Text = "",
    language: Text = "en",
) -> Response:
    """Add a device and show, once, how to set it up."""
    given = {
        "device_id": device_id.strip(),
        "kind": kind,
        "vehicle_id": vehicle_id.strip(),
        "post_id": post_id.strip(),
        "agency": agency.strip(),
        "operator_id": operator_id.strip(),
        "language": language,
    }
    try:
        new = wanted(parts, scope, given)
        token = register_device(parts, scope, new, None)
    except (BadInput, Conflict) as failure:
        return _form(request, pages, parts, scope, given, failure)
    return _set_up(request, pages, parts, new.device_id, token)


@router.get("/{device_id}")
def device_page(request: Request, device_id: str, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """Show one device: last word, clock, refusals."""
    hearing = read_hearing(parts.database, scope)
    own = _get(parts, scope, Action.VIEW_DEVICES, device_id)
    [device] = told_devices([own], hearing)
    refusals = told_refusals(parts.devices.list_refusals(device_id), device, hearing)
    letters = told_letters(parts.dead_letters.list(device_id=device_id, limit=20), hearing)
    hidden = _hidden([own], [device])
    return pages.render(request, "device.html", device=device, refusals=refusals, letters=letters, hidden=hidden)


@router.post("/{device_id}/rotate")
def rotate(request: Request, device_id: str, pages: PagesDep, parts: PartsDep, scope: Managing) -> Response:
    """Give the device a new token and show, once, how to set it up."""
    _get(parts, scope, Action.MANAGE_DEVICES, device_id)
    token = parts.devices.rotate(device_id)
    _note(parts, scope, "device.rotated", device_id)
    return _set_up(request, pages, parts, device_id, token)


@router.post("/{device_id}/disable")
def disable(request: Request, device_id: str, parts: PartsDep, scope: Managing) -> Response:
    """Revoke a device; what it sent stays."""
    _get(parts, scope, Action.MANAGE_DEVICES, device_id)
    parts.devices.disable(device_id)
    _note(parts, scope, "device.disabled", device_id)
    return go_to(request, f"/devices/{device_id}", "flash.device_disabled")


def _hidden(devices: list[Device], told: list[Device]) -> set[str]:
    """Return the ids of those of which the viewer may not know when they were heard of."""
    return {own.device_id for own, one in zip(devices, told, strict=True) if own.last_heard_at != one.last_heard_at}


def _get(parts: Parts, scope: Scope, action: Action, device_id: str) -> Device:
    device = parts.devices.find(device_id)
    if device is None or not may_see(scope, action, device):
        raise NotFound("unknown_device", device_id=device_id)
    return device


def wanted(parts: Parts, scope: Scope, given: dict[str, str]) -> NewDevice:
    """Return the device that was asked for.

    Raises:
        BadInput: what it speaks for does not exist or is not in the viewer's reach.
    """
    reasons: list[Reason] = []
    try:
        kind = SenderKind(given["kind"])
    except ValueError as error:
        raise BadInput(reasons=[Reason("not_in_list", "kind", {"expected": ", ".join(KINDS)})]) from error
    operator_id: str | None = given.get("operator_id") or None
    vehicle_id: str | None = None
    post_id: str | None = None
    if kind in {SenderKind.FITTED, SenderKind.PERSONAL}:
        vehicle = parts.directory.find_vehicle(given["vehicle_id"])
        if vehicle is None or not scope.may(Action.MANAGE_DEVICES, operator_id=vehicle.operator_id):
            reasons.append(Reason("unknown_vehicle", "vehicle_id", {"vehicle_id": given["vehicle_id"]}))
        else:
            vehicle_id, operator_id = vehicle.vehicle_id, vehicle.operator_id
    elif kind is SenderKind.POST:
        operator_id, post_id = None, given["post_id"]
        if parts.directory.find_post_country(post_id) is None or not scope.may(
            Action.MANAGE_DEVICES, post_id=post_id, operator_id=None
        ):
            reasons.append(Reason("unknown_post", "post_id", {"post_id": post_id}))
    elif not scope.may(Action.MANAGE_DEVICES, operator_id=operator_id):
        reasons.append(Reason("unknown_operator", "operator_id", {"operator_id": operator_id}))
    new = NewDevice(
        given["device_id"], kind, operator_id, vehicle_id, post_id, (given.get("agency") or None) if post_id else None,
        given["language"],
    )  # fmt: skip
    if reasons:
        raise BadInput(reasons=[*reasons, *(r for r in new.reasons_against() if r.field == "device_id")])
    return new


def _form(
    request: Request, pages: PagesDep, parts: Parts, scope: Scope, given: dict[str, str], failure: CorridorError | None
) -> Response:
    reach = scope.operators(Action.MANAGE_DEVICES)
    with parts.database.reading() as session:
        vehicles = [
            {"vehicle_id": v.vehicle_id, "operator_id": v.operator_id, "plate": v.license_plate or ""}
            for v in list_vehicles(session)
            if v.operator_id in reach
        ]
    posts = parts.directory.geography.list_posts() if reach is ALL else []
    return pages.render(
        request,
        "device_new.html",
        200 if failure is None else failure.status,
        given=given,
        failure=failure,
        vehicles=vehicles,
        posts=posts,
        kinds=KINDS if reach is ALL else KINDS[:2],
    )


def _set_up(request: Request, pages: PagesDep, parts: Parts, device_id: str, token: str) -> Response:
    device = parts.devices.find(device_id)
    assert device is not None
    web = parts.settings.resolved_public_url
    host = urlsplit(web).hostname or parts.settings.host
    tls = parts.settings.broker_tls_cert is not None
    port = parts.settings.broker_tls_port if tls else parts.settings.broker_port
    pairing = (
        f"{web}/field/#pair={token}" if device.kind in PAGES_FOR else None
    )  # what stands behind # is sent to nobody
    codes = {}
    if device.vehicle_id is not None and device.operator_id is not None:
        forms = {
            "http": http_configuration(device.vehicle_id, device_id, token, f"{web}/owntracks"),
            "mqtt": mqtt_configuration(
                device.operator_id, device.vehicle_id, device_id, token, host=host, port=port, tls=tls
            ),
        }
        for name, form in forms.items():
            link = configuration_link(form)
            codes[name] = _code(link)
    return pages.render(
        request, "device_set_up.html", device=device, token=token, codes=codes, web=web, host=host, port=port, tls=tls,
        pairing=_code(pairing) if pairing else None,
        tracker=_code(f"{web}/osmand?key={token}") if device.vehicle_id else None,
        forwarding=f"{web}/traccar" if device.kind == SenderKind.SYSTEM and device.operator_id else None,
    )  # fmt: skip


def _code(link: str) -> dict[str, str]:
    return {"link": link, "svg": segno.make(link, error="l").svg_inline(scale=4, border=2)}


def _note(parts: Parts, scope: Scope, action: str, device_id: str) -> None:
    assert scope.viewer is not None
    with parts.database.writing() as session:
        audit.record(session, scope.viewer, action, f"device:{device_id}", at=parts.clock.now())
