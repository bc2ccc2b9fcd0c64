"""Reads indicators: adds up the cells of some months by what is asked for. What it costs does not depend on the log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlmodel import Session

from checkpoints.account_tables import ALL, CELLS, COUNTS, MONEY, UNKNOWN, Period, month_of
from checkpoints.alerts import MILITARY
from checkpoints.checks import ILLICIT_BASES
from checkpoints.exchange_rates import rates_for
from checkpoints.indicators import CoachSums, Group, make_group
from tracker.tallies import among, read_cells

Dimension = Literal["corridor", "direction", "country", "agency"]
DIMENSIONS: tuple[Dimension, ...] = ("corridor", "direction", "country", "agency")
POPULATIONS = ("in_order", "all")
QUARTERS, MONTHS = 8, 6  # of a trend
_COLUMN = {"corridor": "corridor_id", "direction": "direction", "country": "country", "agency": "agency"}
PAYER = {"crew": "crew", "company": "crew", "passenger": "passenger"}

# Whether what soldiers did on a corridor, in a state and month may not be told as theirs: a section may have become
# restricted after their stops were counted.
Untold = Callable[[str, str, int], bool]

_Sums = dict[tuple[str, ...], dict[str, CoachSums]]


def parse_period(text: str) -> Period:
    """Return `2026`, `2026-Q3` or `2026-07` as a period.

    Raises:
        ValueError: it is none of these.
    """
    year_text, _, part = text.partition("-")
    year = int(year_text)
    if not (len(year_text) == 4 and 2000 <= year <= 2100):
        raise ValueError(text)
    if not part:
        return Period(text, year * 12, year * 12 + 11)
    if part[0] == "Q" and part[1:] in {"1", "2", "3", "4"}:
        first = year * 12 + 3 * (int(part[1:]) - 1)
        return Period(text, first, first + 2)
    if len(part) == 2 and 1 <= int(part) <= 12:
        return Period(text, year * 12 + int(part) - 1, year * 12 + int(part) - 1)
    raise ValueError(text)


def quarter_of(month: int) -> str:
    """Return the quarter of a month as it is written: `2026-Q3`."""
    return f"{month // 12}-Q{month % 12 // 3 + 1}"


def read_indicators(
    session: Session,
    period: Period,
    groups: Collection[Dimension],
    *,
    corridors: Collection[str] | None = None,
    countries: Collection[str] | None = None,
    operators: Collection[str] | None = None,
    untold: Untold = lambda _corridor_id, _country, _month: False,
) -> list[Group]:
    """Return the indicators of a period by the dimensions asked for, of two populations each, by key.

    A group's key has a value for each of `groups`, in the order of `DIMENSIONS`. With `countries` the figures are of the
    stretches in those states, whether or not they are told apart; corridors that share a road each count their own trips.
    With `operators` payments for the observatory only are left out: a sum of one's own coaches would tell them. What is
    `untold` of soldiers stands among what nobody knows the agency of, so that no difference tells it.
    """

    def who(named: Mapping[str, Any]) -> str:
        is_untold = named["agency"] == MILITARY and untold(named["corridor_id"], named["country"], named["month"])
        return UNKNOWN if is_untold else str(named["agency"])

    wanted = tuple(name for name in DIMENSIONS if name in groups)
    by_country = "country" in wanted or countries is not None
    table = CELLS.table
    where = [
        *_among(table, "corridor_id", corridors), *_among(table, "operator_id", operators),
        *_where_country(table, by_country, countries),
    ]  # fmt: skip
    own: dict[str, _Sums] = {name: {} for name in (*POPULATIONS, "out")}
    whole: dict[str, _Sums] = {name: {} for name in (*POPULATIONS, "out")}
    for key, numbers, _ in read_cells(session, CELLS, period.first, period.last + 1, *where):
        named = dict(zip(CELLS.keys, key, strict=True))
        named["agency"] = who(named)
        is_all = named["agency"] == ALL
        for population in _populations(named["population"]):
            if is_all:
                group = tuple(named[_COLUMN[name]] for name in wanted if name != "agency")
                _add(whole[population], group, named, numbers)
            if is_all != ("agency" in wanted):
                _add(own[population], tuple(named[_COLUMN[name]] for name in wanted), named, numbers)
    months, currencies = set[int](), set[str]()
    table = MONEY.table
    where = [
        *_among(table, "corridor_id", corridors), *_among(table, "operator_id", operators),
        *_where_country(table, by_country, countries), *_among(table, "basis", ILLICIT_BASES),
        *_among(table, "observatory_only", None if operators is None else (False,)),
    ]  # fmt: skip
    for key, (cents, payments), _ in read_cells(session, MONEY, period.first, period.last + 1, *where):
        named = dict(zip(MONEY.keys, key, strict=True))
        named["agency"] = who(named)
        if (named["agency"] == ALL) == ("agency" in wanted):
            continue
        months.add(named["month"])
        currencies.add(named["currency"])
        sort = (named["currency"], PAYER.get(named["payer"], "unknown"), named["place"], named["month"])
        for population in _populations(named["population"]):
            sums = _sums_of(own[population], tuple(named[_COLUMN[name]] for name in wanted), named)
            total = sums.money.setdefault(sort, [0, 0])
            total[0] += cents
            total[1] += payments
    rates = rates_for(session, months, currencies)
    found = []
    for population in POPULATIONS:
        for group in sorted(own[population]):
            outer = group[: -1 if "agency" in wanted else None]
            base = whole[population].get(outer, {})
            if base:
                share = _coverage(outer, whole)
                found.append(make_group(group, population, own[population][group], base, rates, share))
    return sorted(found, key=lambda one: (one.key, POPULATIONS.index(one.population)))


def _populations(stored: str) -> tuple[str, ...]:
    return {"in_order": ("in_order", "all"), "other": ("all",), "out": ("out",)}[stored]


def _sums_of(sums: _Sums, group: tuple[str, ...], named: Mapping[str, Any]) -> CoachSums:
    return sums.setdefault(group, {}).setdefault(named["vehicle_id"], CoachSums(named["operator_id"]))


def _add(sums: _Sums, group: tuple[str, ...], named: Mapping[str, Any], numbers: Sequence[int]) -> None:
    counts = _sums_of(sums, group, named).counts
    for name, number in zip(COUNTS, numbers, strict=True):
        if number:
            counts[name] = counts.get(name, 0) + number


def _coverage(group: tuple[str, ...], whole: Mapping[str, _Sums]) -> float | None:
    """Return the share of finished trips that count, whether in order or not."""
    counted, out = (
        sum(sums.counts.get("trips", 0) for sums in whole[name].get(group, {}).values()) for name in ("all", "out")
    )
    return counted / (counted + out) if counted + out else None


def _among(table: Any, column: str, values: Collection[str | bool] | None) -> list[Any]:
    return among(table.__table__.c[column], values)


def _where_country(table: Any, by_country: bool, countries: Collection[str] | None) -> list[Any]:
    column = table.__table__.c.country
    return [*among(column, countries), column != ALL] if by_country else [column == ALL]


def read_trend(
    session: Session, by: Literal["quarter", "month"], now: datetime, **filters: Any
) -> list[tuple[str, Group]]:
    """Return the indicators of the last eight quarters that have accounts, or of the last six months, the latest first.

    Each of both populations, all groups in one; months without trips are left out.
    """
    if by == "quarter":
        periods = list_quarters(session)[:QUARTERS]
    else:
        this = month_of(now)
        periods = [f"{month // 12}-{month % 12 + 1:02d}" for month in range(this, this - MONTHS, -1)]
    return [(name, one) for name in periods for one in read_indicators(session, parse_period(name), (), **filters)]


def list_quarters(session: Session) -> list[str]:
    """Return the quarters of which there are accounts, the latest first."""
    month = CELLS.columns(("month",))[0]
    months: Iterable[int] = session.connection().execute(select(month).distinct()).scalars()
    return sorted({quarter_of(one) for one in months}, reverse=True)
