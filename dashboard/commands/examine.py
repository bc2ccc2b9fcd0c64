"""`corridor doctor`, `healthy`, `verify`: is this installation well, and is what it keeps intact?"""

from __future__ import annotations

import locale
import socket
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from dashboard.audit import verify as verify_audit
from dashboard.commands.context import console, open_database, settings
from dashboard.doctor import examine
from dashboard.translations import Translations
from tracker.database import Database
from tracker.log import verify as verify_log


def doctor() -> None:
    """Say what is wrong with this installation and how to mend it."""
    phrases, language = Translations(), (locale.getlocale()[0] or "en")[:2]
    ill = False
    for finding in examine(settings(), Database(settings().resolved_database_url)):
        mark = "[green]+[/green]" if finding.good else "[red]-[/red]"
        code = f"doctor.{finding.code}.{'good' if finding.good else 'bad'}"
        console.print(mark, phrases.say(code, finding.values, language), highlight=False)
        ill |= not finding.good
    if ill:
        raise typer.Exit(1)


def healthy(address: Annotated[str, typer.Argument(help="http://... of a web server, mqtt://... of a broker")]) -> None:
    """Exit with 0 when the address answers; for containers' health checks."""
    parts = urlsplit(address)
    try:
        if parts.scheme in {"http", "https"}:
            httpx.get(address, timeout=4).raise_for_status()
        else:
            socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 8883), timeout=4).close()
    except (OSError, httpx.HTTPError) as error:
        console.print(repr(error))
        raise typer.Exit(1) from error


def verify() -> None:
    """Check the hash chains of the message log and of the audit trail."""
    database = open_database()
    broken = 0
    with database.reading() as session:
        for name, steps in (("message log", verify_log(session)), ("audit trail", verify_audit(session))):
            last = 0
            for number, intact in steps:
                last = number
                if not intact:
                    broken += 1
                    console.print(f"[red]{name}: row {number} does not follow from the one before it")
            console.print(f"{name}: {last} rows looked at")
    if broken:
        raise typer.Exit(1)
