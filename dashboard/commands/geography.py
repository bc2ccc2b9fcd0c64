"""`corridor import` and `corridor lines fetch`: dated facts from files and services, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from checkpoints.exchange_rates import import_rates
from checkpoints.imports import import_control_acts, import_control_points
from checkpoints.order_records import import_orders
from dashboard.commands.context import console, open_database
from dashboard.seeding import seed
from operators.imports import import_operators, import_vehicles
from tracker.clock import SystemClock
from tracker.database import Database
from tracker.errors import BadInput, CorridorError
from tracker.geography import load_geography
from tracker.imports import Imported, import_agency_points, import_border_posts, import_hubs, import_post_states
from tracker.line_files import import_lines
from tracker.line_service import KINDS as SERVICE_KINDS
from tracker.line_service import LineService
from tracker.security import import_security_statuses

# In the order of the contract; each importer takes (session, file's bytes, today, name of the source).
IMPORTERS: dict[str, Callable[..., Imported]] = {
    "control-points": import_control_points,
    "control-acts": import_control_acts,
    "border-posts": import_border_posts,
    "agency-points": import_agency_points,
    "post-states": import_post_states,
    "security-status": import_security_statuses,
    "corridor-lines": import_lines,
    "orders": import_orders,
    "rates": import_rates,
    "hubs": import_hubs,
    "operators": import_operators,
    "vehicles": import_vehicles,
}
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day from which the road itself runs so")]

lines = typer.Typer(help="Where the corridors run.", no_args_is_help=True)


@lines.callback()
def _lines() -> None:
    """Where the corridors run."""


def import_file(
    kind: Annotated[str, typer.Argument(help=f"one of {', '.join(IMPORTERS)}")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, or GeoJSON for corridor lines")],
    source: Annotated[str, typer.Option(help="source of rows that name none (default: the file's name)")] = "",
    valid_from: Day = None,
) -> None:
    """Import dated facts from a file; every mistake is named by line, and then nothing is imported."""
    if kind not in IMPORTERS:
        raise BadInput("unknown_import_kind", kind=kind, allowed=list(IMPORTERS))
    if valid_from is not None and kind != "corridor-lines":
        raise BadInput("valid_from_is_a_column", kind=kind)
    database, today = open_filled(), SystemClock().now().date()
    extra = {"valid_from": valid_from.date()} if valid_from else {}
    with database.writing() as session:
        done = IMPORTERS[kind](session, file.read_bytes(), today, source or file.name, **extra)
    say(done)


@lines.command()
def fetch(
    service: Annotated[str, typer.Option(help="address of the service, as http(s)://host/prefix")],
    kind: Annotated[str, typer.Option(help=f"one of {', '.join(SERVICE_KINDS)}")] = "osrm",
    corridor: Annotated[list[str] | None, typer.Option(help="corridor id; may be repeated (default: all)")] = None,
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="seconds to wait for one answer")] = 60.0,
) -> None:
    """Fetch better corridor lines from a routing service, once, online; their attribution is kept.

    A corridor that the service cannot give is named and left as it is; the others are imported.
    """
    database, today = open_filled(), SystemClock().now().date()
    with database.reading() as session:
        geography = load_geography(session, today)
    wanted = [geography.get_corridor(name) for name in corridor] if corridor else geography.list_corridors()
    source, failed = LineService(service, kind, timeout_s=timeout), list[tuple[str, CorridorError]]()
    for road in track(wanted, "", console=console, disable=len(wanted) < 2):
        try:
            found = source.fetch(road)  # no transaction is open while we wait for the network
            with database.writing() as session:
                say(import_lines(session, found, today, service, quality="routed"), road.id)
        except CorridorError as error:
            failed.append((road.id, error))
    for name, fault in failed:
        console.print(f"{name}\t{fault}", style="red", markup=False)
    if failed:
        raise failed[0][1]


def open_filled() -> Database:
    """Return the database with its tables, the shipped facts in it."""
    database = open_database()
    seed(database, SystemClock())
    return database


def say(done: Imported, what: str = "") -> None:
    """Print what an import did."""
    console.print(f"{what or done.kind}\tadded {done.added}\tclosed {done.closed}\tunchanged {done.unchanged}")
