"""`corridor report`: the observatory's report of a period, for the public."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from checkpoints.account_tables import start_of
from checkpoints.indicator_reading import parse_period
from dashboard.commands.context import console, open_database
from dashboard.doctor import MOST_LAG
from dashboard.observatory_report import read_report
from dashboard.pipeline import make_pipeline
from dashboard.report_files import FORMS
from tracker.clock import SystemClock
from tracker.errors import BadFile, BadInput, Conflict, Reason
from tracker.geography import load_geography
from tracker.phrases import LANGUAGES
from tracker.security import load_restrictions


def report(
    period: Annotated[str, typer.Option(help="2026, 2026-Q3 or 2026-07")],
    output: Annotated[Path, typer.Option("--output", "-o", help="ending in .pdf, .xlsx or .csv")],
    language: Annotated[str, typer.Option(help=f"of a PDF: {', '.join(LANGUAGES)}")] = "en",
) -> None:
    """Write the observatory's report of a period for the public: PDF, XLSX or CSV by the ending of the file."""
    reasons = []
    try:
        chosen = parse_period(period)
    except ValueError:
        chosen = None
        reasons.append(Reason("bad_period", "--period", {"value": period[:20]}))
    if (write := FORMS.get(output.suffix.lower())) is None:
        reasons.append(Reason("not_in_list", "--output", {"expected": ", ".join(FORMS)}))
    if language not in LANGUAGES:
        reasons.append(Reason("not_in_list", "--language", {"expected": ", ".join(LANGUAGES)}))
    if chosen is None or write is None or reasons:
        raise BadInput(reasons=reasons)
    database = open_database()
    if (lag := make_pipeline(database).lag()) > MOST_LAG:  # after an update, for instance: it would print too few trips
        raise Conflict("report_behind", rows=lag)
    now = SystemClock().now()
    with database.reading() as session:
        today = load_geography(session, now.date())
        made = read_report(session, chosen, today, load_restrictions(session, today, now))
        geography = load_geography(session, start_of(chosen.last).date())
    database.close()
    content = write(made, geography, language)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise BadFile("cannot_write", file=str(output), detail=error.strerror or "") from None
    console.print(f"{output}\t{len(content)} bytes")
