"""Exports: what the reading API gives, as CSV or XLSX, with the same filters because it is the same call.

A row is flattened: what is nested gets a dotted column, a list of plain values is joined, any other list is JSON. An unknown
value is an empty cell, never a zero. Cells that a spreadsheet would take for a formula are kept from it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson
from fastapi import Query
from fastapi.responses import Response

Form = Annotated[
    Literal["json", "csv", "xlsx"], Query(alias="format", description="json, or the items as a table for a spreadsheet")
]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
WIDTH = 18
WRITTEN = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")

Cell = str | float | int | bool | datetime | None


def answered(body: dict[str, Any], wanted: Form, name: str) -> Any:
    """Return a body of the API as it is, or its `items` as a file called `name`."""
    if wanted == "json":
        return body
    rows = [flattened(item) for item in body["items"]]
    columns = columns_of(rows)
    content, kind = (
        (as_csv(columns, rows), "text/csv; charset=utf-8") if wanted == "csv" else (as_xlsx(columns, rows), XLSX)
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.{wanted}"'}
    if (following := body.get("next_cursor")) is not None:
        headers["X-Next-Cursor"] = str(following)
    return Response(content, media_type=kind, headers=headers)


def columns_of(rows: Iterable[Mapping[str, Cell]]) -> list[str]:
    """Return the columns that any of the rows has, in the order in which they come."""
    return list(dict.fromkeys(column for row in rows for column in row))


def flattened(item: Mapping[str, Any], prefix: str = "") -> dict[str, Cell]:
    """Return an item of the API as one row of plain cells."""
    row: dict[str, Cell] = {}
    for name, value in item.items():
        if isinstance(value, Mapping):
            row |= flattened(value, f"{prefix}{name}.")
        elif isinstance(value, (list, tuple)):
            is_plain = all(isinstance(one, (str, int, float)) for one in value)
            row[prefix + name] = "; ".join(map(str, value)) if is_plain else orjson.dumps(value).decode()
        else:
            row[prefix + name] = value
    return row


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Return rows as CSV in UTF-8 with a byte order mark, which spreadsheets need to see accents."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_text(row.get(column)) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _text(value: Cell) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return _harmless(value) if isinstance(value, str) else value


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def as_xlsx(columns: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> bytes:
    """Return rows as a workbook of one sheet, `data`."""
    return as_book({"data": (columns, rows)})


def as_book(sheets: Mapping[str, tuple[Sequence[str], Iterable[Mapping[str, Cell]]]]) -> bytes:
    """Return a workbook of sheets, each columns and rows, with a header that stays in sight. The same data, the same bytes.

    Times are UTC, as the columns' values say.
    """
    # Here, because a process that nobody asks for a workbook need not hold 7 MB for it.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for name, (columns, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number in range(1, len(columns) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = WIDTH
        header = []
        for column in columns:
            cell = WriteOnlyCell(sheet, value=column)
            cell.font = Font(bold=True)
            header.append(cell)
        sheet.append(header)
        for row in rows:
            sheet.append([_text(row.get(column)) for column in columns])
    out = io.BytesIO()
    book.save(out)
    return _without_clock(out.getvalue())


def _without_clock(book: bytes) -> bytes:
    """Return a workbook that does not say when it was written, which would make the same data other bytes."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(book)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = WRITTEN.sub(b"", content)
            new.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return out.getvalue()
