"""`corridor migrate`, `rebuild`, `replay`, `backup`, `restore`: the log and what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from dashboard.backup import back_up
from dashboard.backup import restore as restore_copy
from dashboard.commands.context import console, open_database, settings
from dashboard.pipeline import list_names, make_pipeline
from dashboard.replay import replay_file
from tracker.database import Database


def migrate() -> None:
    """Bring the database to this version's tables."""
    open_database().close()
    console.print("ok")


def rebuild(
    projection: Annotated[str | None, typer.Argument(help=f"one of {', '.join(list_names())}")] = None,
) -> None:
    """Drop a projection (default: all) and make it again from the log."""
    pipeline = make_pipeline(open_database(), settings())
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed}"),
        TimeElapsedColumn(),
        console=console,
    ) as bar:
        task = bar.add_task(projection or "*", total=None)
        pipeline.on_batch = lambda rows: bar.advance(task, rows)
        pipeline.rebuild(projection)


def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="one recorded message a line")],
) -> None:
    """Feed recorded messages through the front door; what is known already is counted as a duplicate."""
    counts = replay_file(settings(), open_database(), file)
    for status, count in sorted(counts.items()):
        console.print(f"{status}\t{count}")
    if counts.get("rejected"):
        raise typer.Exit(1)


def backup(file: Annotated[Path, typer.Argument(dir_okay=False)]) -> None:
    """Write a copy of the database, while it runs. The secret key is not in it: keep it elsewhere."""
    size = back_up(open_database(), file)
    console.print(f"{file}\t{size} bytes")


def restore(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Put a copy back into an empty database."""
    restore_copy(Database(settings().resolved_database_url), file)
    open_database().close()  # a copy of an older version is brought up to date
    console.print("ok")
