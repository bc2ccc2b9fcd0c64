"""Exchange rates to the CFA franc (XOF), dated and with their source: money is shown in its own currency first.

The euro's rate is fixed and shipped. Others are imported by whoever answers for them; where none is known for a month nothing
is converted, and the figure says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from sqlalchemy import CheckConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from tracker.imports import UNSAID, Imported
from tracker.sheets import Sheet

# A rate this much older than the end of the month it is used for says nothing of it any more: an assumption.
OLDEST = timedelta(days=62)
# The CFA franc's peg to the euro since 1999-01-01 (655.957 XOF = 1 EUR); XOF itself is its own measure.
FIXED = {"XOF": 1.0, "EUR": 655.957}
FIXED_SINCE = date(1999, 1, 1)
FIXED_SOURCE = "fixed peg, 655.957 XOF = 1 EUR"


class ExchangeRateRecord(SQLModel, table=True):
    """How many XOF one unit of a currency was worth on a day."""

    __tablename__: ClassVar[str] = "exchange_rate"
    __table_args__ = (CheckConstraint("xof > 0", name="ck_exchange_rate_xof"),)

    currency: str = Field(primary_key=True, max_length=3)
    on: date = Field(primary_key=True)
    xof: float
    source: str = Field(max_length=500)


@dataclass(frozen=True, slots=True)
class Rate:
    """The rate used for a month: `xof` for one unit, as of a day, with its source."""

    currency: str
    on: date
    xof: float
    source: str


def import_rates(session: Session, data: bytes, on: date, source: str = UNSAID) -> Imported:
    """Import exchange rates from CSV. Columns: currency (ISO 4217), on (YYYY-MM-DD), xof (for one unit); source.

    A day that is known with another rate is corrected, and counted as closed.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    sheet = Sheet(data, ("currency", "on", "xof"), {"date": "on", "rate": "xof"})
    rows: dict[tuple[str, date], tuple[float, str]] = {}
    for row in sheet:
        currency, day, xof = row.needed("currency").upper(), row.day("on"), row.number("xof", 1e-6, 1e6)
        if len(currency) != 3 or not currency.isalpha():
            row.refuse("bad_currency", "currency", value=currency[:10])
        elif currency in FIXED:
            row.refuse("rate_is_fixed", "currency", value=currency)
        for name, value in (("on", day), ("xof", xof)):
            if value is None and not row.text(name):
                row.refuse("value_missing", name)
        if day is not None and day > on:
            row.refuse("day_ahead", "on", value=day.isoformat())
        if day is not None and xof is not None:
            if (currency, day) in rows:
                row.refuse("duplicate_id", "on", value=f"{currency} {day}")
            rows[currency, day] = (xof, row.text("source", source))
    sheet.refuse_if_bad()
    added = closed = unchanged = 0
    for (currency, day), (xof, cited) in rows.items():
        known = session.get(ExchangeRateRecord, (currency, day))
        if known is not None and (known.xof, known.source) == (xof, cited):
            unchanged += 1
            continue
        closed += known is not None
        added += 1
        session.merge(ExchangeRateRecord(currency=currency, on=day, xof=xof, source=cited))
    session.flush()
    return Imported("rates", added, closed, unchanged)


def rates_for(session: Session, months: Collection[int], currencies: Collection[str]) -> Mapping[tuple[str, int], Rate]:
    """Return the rate of each currency for each month (months since year 0): the last one known in it, or shortly before it."""
    query = select(ExchangeRateRecord).order_by(col(ExchangeRateRecord.currency), col(ExchangeRateRecord.on))
    known = [row for row in session.exec(query) if row.currency in currencies]
    found: dict[tuple[str, int], Rate] = {}
    for month in months:
        last = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
        for row in known:
            if last - OLDEST <= row.on <= last:
                found[row.currency, month] = Rate(row.currency, row.on, row.xof, row.source)
        for currency in FIXED.keys() & set(currencies):
            found[currency, month] = Rate(currency, FIXED_SINCE, FIXED[currency], FIXED_SOURCE)
    return found
