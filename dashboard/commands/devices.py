"""`corridor device`: add, list, rotate and disable the devices that report to us. A token is shown once."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from dashboard import audit
from dashboard.commands.context import console, open_database
from telemetry.device import Device, NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.senders import SenderKind
from tracker.clock import SystemClock
from tracker.database import Database

app = typer.Typer(help="Devices of coaches, posts and programs.", no_args_is_help=True)

ACTOR = "@command_line"
DeviceId = Annotated[str, typer.Argument(help="letters, digits, - and _")]


@app.command()
def add(
    device_id: DeviceId,
    kind: Annotated[SenderKind, typer.Option(help="fitted, personal, post or system")],
    *,
    operator: Annotated[str, typer.Option(help="operator of the coach, or of the program")] = "",
    vehicle: Annotated[str, typer.Option(help="the coach it speaks for")] = "",
    post: Annotated[str, typer.Option(help="the border post it speaks for (CI-noe)")] = "",
    agency: Annotated[str, typer.Option(help="the agency it speaks for (police)")] = "",
    language: Annotated[str, typer.Option(help="en, fr or pt: the language of its receipts")] = "en",
) -> None:
    """Add a device and print its token, this once."""
    new = NewDevice(device_id, kind, operator or None, vehicle or None, post or None, agency or None, language)
    database = open_database()
    token = DeviceRegistry(database, SystemClock()).add(new)
    _record(database, "device.added", device_id)
    _show(device_id, token)


@app.command("list")
def list_() -> None:
    """List all devices."""
    table = Table("device", "kind", "speaks for", "last heard", "clock", "refused", "state")
    for device in DeviceRegistry(open_database(), SystemClock()).list():
        table.add_row(
            device.device_id,
            device.kind,
            _speaks_for(device),
            f"{device.last_heard_at:%Y-%m-%d %H:%M}Z" if device.last_heard_at else "never",
            "" if device.usual_clock_skew_s is None else f"{device.usual_clock_skew_s:+.0f} s",
            str(device.refused_count),
            "active" if device.is_active else "disabled",
        )
    console.print(table)


@app.command()
def rotate(device_id: DeviceId) -> None:
    """Give a device a new token and print it, this once; the old one is worth nothing any more."""
    database = open_database()
    token = DeviceRegistry(database, SystemClock()).rotate(device_id)
    _record(database, "device.rotated", device_id)
    _show(device_id, token)


@app.command()
def disable(device_id: DeviceId) -> None:
    """Revoke a device; what it sent stays."""
    database = open_database()
    DeviceRegistry(database, SystemClock()).disable(device_id)
    _record(database, "device.disabled", device_id)
    console.print(f"{device_id}: disabled", highlight=False)


def _speaks_for(device: Device) -> str:
    owners = (device.operator_id, device.vehicle_id, device.post_id, device.agency)
    return "/".join(name for name in owners if name)


def _record(database: Database, action: str, device_id: str) -> None:
    with database.writing() as session:
        audit.record(session, ACTOR, action, f"device:{device_id}", at=SystemClock().now())


def _show(device_id: str, token: str) -> None:
    # On a line of its own, unwrapped, so that it can be copied or piped.
    console.print(f"{device_id}: keep this token, it is shown once", highlight=False)
    console.print(token, highlight=False, soft_wrap=True, markup=False)
