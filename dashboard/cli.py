"""The command `corridor`: collects the commands of `dashboard/commands/`. `docs/commands.md` lists them."""

from __future__ import annotations

import locale
import sys

import typer
from rich.console import Console

from dashboard.commands import (
    broker,
    demo,
    devices,
    evaluate,
    examine,
    geography,
    records,
    report,
    serve,
    simulate,
    users,
)
from dashboard.translations import Translations
from tracker.errors import CorridorError

app = typer.Typer(
    help="Monitors the free movement of coaches on West Africa's corridors.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(broker.ingest)
app.command()(broker.broker)
app.command()(demo.demo)
app.command()(simulate.simulate)
app.command()(evaluate.evaluate)
app.command()(records.migrate)
app.command()(records.rebuild)
app.command()(records.replay)
app.command()(records.backup)
app.command()(records.restore)
app.command()(report.report)
app.command()(examine.doctor)
app.command()(examine.healthy)
app.command()(examine.verify)
app.command("import")(geography.import_file)
app.add_typer(geography.lines, name="lines")
app.add_typer(users.app, name="user")
app.add_typer(devices.app, name="device")


def main() -> None:
    """Run; an error of ours is said in the reader's language, with every reason, and ends with 2."""
    try:
        app()
    except CorridorError as error:
        language = (locale.getlocale()[0] or "en")[:2]
        phrases = Translations()
        console = Console(stderr=True)
        console.print(phrases.say(f"error.{error.code}", error.values, language), style="bold red", highlight=False)
        for reason in error.reasons:
            text = phrases.say(f"reason.{reason.code}", reason.values, language)
            console.print(f"  {reason.field or '-'}: {text}", highlight=False, markup=False)
        sys.exit(2)
