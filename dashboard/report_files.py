"""The observatory's report as a file: PDF by Typst, XLSX with a sheet for each table, CSV with all rows; the same data, the
same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from checkpoints.published_indicators import list_published
from dashboard.exports import as_book, as_csv, columns_of, flattened
from dashboard.observatory_report import Report
from dashboard.paths import ROOM
from dashboard.report_words import ReportWords
from dashboard.translations import Translations
from tracker.geography import Geography

TEMPLATE = ROOM / "report.typ"


def as_pdf(report: Report, geography: Geography, language: str) -> bytes:
    """Return the report as PDF, with the fonts that Typst carries: it looks the same wherever it is made."""
    import typst  # eighty megabytes, which a server that prints nothing need not carry

    words = ReportWords(report, geography, Translations(), language).document()
    made = typst.compile(
        TEMPLATE, root=TEMPLATE.parent, ignore_system_fonts=True, sys_inputs={"report": orjson.dumps(words).decode()}
    )
    assert isinstance(made, bytes)  # one document, not one image a page
    return made


def as_workbook(report: Report, _geography: Geography, _language: str) -> bytes:
    """Return the report's rows as a workbook: a sheet for each table, rates, and what others published."""
    sheets: dict[str, list[Mapping[str, Any]]] = {
        name: [flattened(row) for row in table.rows()] for name, table in report.tables.items()
    }
    sheets["rates"] = [flattened(asdict(rate)) for rate in report.rates]
    sheets["published"] = [flattened(asdict(one)) for one in list_published()]
    sheets["about"] = [flattened(_about(report))]
    return as_book({name: (columns_of(rows), rows) for name, rows in sheets.items()})


def as_rows(report: Report, _geography: Geography, _language: str) -> bytes:
    """Return the rows of every table of figures as one CSV; the column `table` tells them apart."""
    rows = [flattened(_about(report) | row) for table in report.tables.values() for row in table.rows()]
    return as_csv(columns_of(rows) or list(_about(report)), rows)


def _about(report: Report) -> dict[str, Any]:
    return {"period": report.period.name, "data_to": report.ended_at, "software": report.version}


FORMS: Mapping[str, Callable[[Report, Geography, str], bytes]] = {
    ".pdf": as_pdf, ".xlsx": as_workbook, ".csv": as_rows,
}  # fmt: skip
