"""Sheets: CSV files as people send them, read so that every mistake is named with its line and column.

UTF-8 with or without a byte order mark; comma, semicolon or tab between the cells (with semicolons, decimal commas
too). Nothing here raises for a bad cell: the readers note a `Reason` and return None, so that one pass finds every
mistake.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from tracker.countries import country_at, find_country
from tracker.errors import BadFile, Reason

IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,40}")
CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
# Everything the corridors join lies in here: latitude, then longitude.
REGION = ((2.0, 28.0), (-26.0, 17.0))
MAX_BYTES = 64 * 1024 * 1024

Value = TypeVar("Value")


def decoded(data: bytes) -> str:
    """Return the text of an uploaded file.

    Raises:
        BadFile: it is over 64 MB or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise BadFile(reasons=[Reason("file_too_large", None, {"limit_mb": MAX_BYTES // 2**20})])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile(reasons=[Reason("not_utf8", f"[{line}]", {"line": line})]) from None


def in_region(latitude: float, longitude: float) -> bool:
    """Say whether a point lies in West Africa's box."""
    (south, north), (west, east) = REGION
    return south <= latitude <= north and west <= longitude <= east


def as_sheet(given: Mapping[str, str], columns: Sequence[str]) -> bytes:
    """Return one row, as a form has it, as a file that an importer reads."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerow({name: " ".join(given.get(name, "").split()) for name in columns})
    return text.getvalue().encode()


class Sheet:
    """A CSV file: `rows` in order, `reasons` noted so far."""

    def __init__(self, data: bytes, required: Sequence[str], aliases: Mapping[str, str] | None = None) -> None:
        """Read the file; `aliases` names columns that other people's files call otherwise.

        Raises:
            BadFile: not UTF-8, empty, not CSV, or a required column is missing (then no row was looked at).
        """
        self.reasons: list[Reason] = []
        self.rows: list[Row] = []
        lines = decoded(data).splitlines()
        if not any(line.strip() for line in lines):
            raise BadFile(reasons=[Reason("file_empty")])
        self.delimiter = max(",;\t", key=lines[0].count)
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        try:
            header = [(aliases or {}).get(name, name) for name in (cell.strip().lower() for cell in next(reader))]
            missing = [Reason("column_missing", name, {"column": name}) for name in required if name not in header]
            twice = {name for name in header if name and header.count(name) > 1}
            missing += [Reason("column_twice", name, {"column": name}) for name in sorted(twice)]
            if missing:
                raise BadFile(reasons=missing)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    self._add(header, cells, reader.line_num)
        except csv.Error as error:
            raise BadFile(reasons=[Reason("not_csv", f"[{reader.line_num}]", {"why": str(error)})]) from None

    def _add(self, header: list[str], cells: list[str], line: int) -> None:
        if len(cells) != len(header):
            values = {"line": line, "expected": len(header), "found": len(cells)}
            self.reasons.append(Reason("wrong_number_of_cells", f"[{line}]", values))
            return
        self.rows.append(Row(self, line, dict(zip(header, (cell.strip() for cell in cells), strict=True))))

    def __iter__(self) -> Iterator[Row]:
        """Go through the rows."""
        return iter(self.rows)

    def refuse_if_bad(self) -> None:
        """Stop when anything was wrong.

        Raises:
            BadFile: with every reason noted, by line.
        """
        if self.reasons:
            raise BadFile(reasons=sorted(self.reasons, key=lambda reason: reason.values.get("line", 0)))


class Row:
    """One row of a sheet."""

    def __init__(self, sheet: Sheet, line: int, cells: dict[str, str]) -> None:
        """Hold the cells of a line (counted from 1, the header included)."""
        self.sheet, self.line, self.cells = sheet, line, cells

    def refuse(self, code: str, column: str | None, **values: object) -> None:
        """Note a reason against a column of this line."""
        field = f"[{self.line}].{column}" if column else f"[{self.line}]"
        self.sheet.reasons.append(Reason(code, field, {"line": self.line, "column": column, **values}))

    def text(self, column: str, default: str = "") -> str:
        """Return a cell, or the default where the cell or its column is empty."""
        return self.cells.get(column) or default

    def needed(self, column: str) -> str:
        """Return a cell that must not be empty."""
        if not (value := self.text(column)):
            self.refuse("value_missing", column)
        return value

    def read(self, column: str, parse: Callable[[str], Value], code: str) -> Value | None:
        """Return the parsed cell; None where it is empty, or wrong (noted under `code`)."""
        if not (value := self.text(column)):
            return None
        try:
            return parse(value)
        except ValueError:
            self.refuse(code, column, value=value[:60])
            return None

    def identifier(self, column: str, default: str = "") -> str:
        """Return an identifier: 1 to 40 letters, digits, `_` or `-`."""
        value = self.text(column, default)
        if not value:
            self.refuse("value_missing", column)
        elif not IDENTIFIER.fullmatch(value):
            self.refuse("bad_identifier", column, value=value[:60])
        return value

    def choice(self, column: str, allowed: Sequence[str], default: str = "") -> str:
        """Return a cell that must be one of some words."""
        value = self.text(column, default)
        if value not in allowed:
            self.refuse("not_one_of", column, value=value[:60], allowed=list(allowed))
        return value

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        """Return a finite number within bounds."""
        decimal_comma = self.sheet.delimiter == ";"
        value = self.read(column, lambda t: float(t.replace(",", ".") if decimal_comma else t), "not_a_number")
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            self.refuse("out_of_range", column, value=value, low=low, high=high)
            return None
        return value

    def day(self, column: str) -> date | None:
        """Return a day written YYYY-MM-DD."""
        return self.read(column, date.fromisoformat, "not_a_date")

    def interval(self) -> tuple[date | None, date | None]:
        """Return `valid_from` and `valid_to`, which must not be reversed."""
        start, end = self.day("valid_from"), self.day("valid_to")
        if start and end and end <= start:
            self.refuse("dates_reversed", "valid_to", valid_from=start.isoformat(), valid_to=end.isoformat())
        return start, end

    def country(self, column: str, *, optional: bool = False) -> str:
        """Return the code of a state this system knows."""
        value = self.text(column) if optional else self.needed(column)
        if value and find_country(value) is None:
            self.refuse("unknown_country", column, value=value[:60])
        return value

    def minute(self, column: str) -> int | None:
        """Return a time of day `HH:MM` (to 24:00) as minutes after midnight."""

        def parse(text: str) -> int:
            match = CLOCK.fullmatch(text)
            total = int(match[1]) * 60 + int(match[2]) if match else -1
            if not 0 <= total <= 1440:
                raise ValueError(text)
            return total

        return self.read(column, parse, "not_a_time")

    def point(self, prefix: str = "", country: str = "", *, optional: bool = False) -> tuple[float, float] | None:
        """Return latitude and longitude in West Africa; where both cells are empty, None if `optional`."""
        names = (f"{prefix}latitude", f"{prefix}longitude")
        if not any(self.text(name) for name in names) and optional:
            return None
        before = len(self.sheet.reasons)
        for name in names:
            self.needed(name)
        latitude, longitude = self.number(names[0], -90, 90), self.number(names[1], -180, 180)
        if len(self.sheet.reasons) > before or latitude is None or longitude is None:
            return None
        if in_region(longitude, latitude) and (
            not in_region(latitude, longitude)
            or (country and country_at(longitude, latitude) == country != country_at(latitude, longitude))
        ):
            self.refuse("latitude_longitude_swapped", names[0], latitude=latitude, longitude=longitude)
        elif not in_region(latitude, longitude):
            self.refuse("outside_region", names[0], latitude=latitude, longitude=longitude)
        return latitude, longitude
