"""The reading API of the observatory: indicators by corridor, direction, state and agency, and what others published."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query

from checkpoints.account_tables import Period, TripAccountRow, month_of
from checkpoints.checks import ILLICIT_BASES
from checkpoints.indicator_reading import (
    DIMENSIONS,
    Dimension,
    parse_period,
    quarter_of,
    read_indicators,
    read_trend,
)
from checkpoints.published_indicators import list_published
from checkpoints.trip_account import SPENT
from checkpoints.trip_accounts import account_of, list_accounts
from dashboard.account_view import withholds_account
from dashboard.exports import Form, answered
from dashboard.indicator_rows import group_json
from dashboard.pages.api_windows import RowCursor, rows_and_cursor
from dashboard.pages.readings import InQuery, Limit
from dashboard.parts import Parts
from dashboard.viewers import require
from dashboard.visible_figures import untold_soldiers
from telemetry.answers import documented
from tracker.errors import BadInput, NotAllowed, Reason
from tracker.scope import ALL as ALL_OF_THEM
from tracker.scope import Action, Scope, names

Reading = Annotated[Scope, Depends(require(Action.VIEW_INDICATORS))]
Groups = Annotated[
    str,
    Query(max_length=60, description="any of corridor, direction, country, agency, with commas between; all: one row"),
]
CountryCode = Annotated[str | None, Query(pattern="^[A-Z]{2}$")]
People = Annotated[Literal["in_order", "all"] | None, Query(description="default: both")]
PeriodName = Annotated[
    str | None, Query(max_length=7, alias="period", description="2026, 2026-Q3 or 2026-07; default: this quarter")
]


def make_router(parts: Parts) -> APIRouter:
    """Return the routes, which read cells only."""
    router = APIRouter(prefix="/api/v1", tags=["reading"], responses=documented(401, 403, 422, 503))

    @router.get("/indicators", summary="Controls, illicit payments and delays, with intervals")
    def indicators(
        scope: Reading,
        group: Groups = "corridor",
        period: PeriodName = None,
        corridor: InQuery = None,
        country: CountryCode = None,
        population: People = None,
        form: Form = "json",
    ) -> Any:
        wanted, chosen = groups_of(group), period_of(period, parts)
        with parts.database.reading() as session:
            found = read_indicators(
                session, chosen, wanted, corridors=None if corridor is None else [corridor],
                countries=countries_in_reach(scope, country),
                operators=names(scope.operators(Action.VIEW_INDICATORS)),
                untold=untold_soldiers(scope, parts.directory.geography),
            )  # fmt: skip
        states = {country} if country else {one.key[wanted.index("country")] for one in found if "country" in wanted}
        body = {
            "period": chosen.name,
            "group": list(wanted),
            "method": "docs/indicators.md",
            "items": [group_json(one, wanted) for one in found if population in (None, one.population)],
            "published": [
                asdict(one)
                for one in list_published()
                if (one.country in states if one.country else country is None and "country" not in wanted)
            ],
        }
        return answered(body, form, f"indicators_{chosen.name}")

    @router.get(
        "/indicator-trend", summary="Indicators of the last quarters or months, all groups in one, the latest first"
    )
    def trend(
        scope: Reading,
        by: Annotated[Literal["quarter", "month"], Query(description="eight quarters, or six months")] = "quarter",
        corridor: InQuery = None,
        country: CountryCode = None,
        population: People = None,
        form: Form = "json",
    ) -> Any:
        with parts.database.reading() as session:
            found = read_trend(
                session, by, parts.clock.now(), corridors=None if corridor is None else [corridor],
                countries=countries_in_reach(scope, country),
                operators=names(scope.operators(Action.VIEW_INDICATORS)),
            )  # fmt: skip
        items = [{"period": name} | group_json(one, ()) for name, one in found if population in (None, one.population)]
        return answered({"by": by, "method": "docs/indicators.md", "items": items}, form, f"indicators_by_{by}")

    @router.get(
        "/trip-accounts",
        summary="The trips behind the indicators: time, money and controls of each, newest start first",
    )
    def accounts(
        scope: Reading,
        period: PeriodName = None,
        corridor: InQuery = None,
        limit: Limit = 100,
        cursor: RowCursor = None,
        form: Form = "json",
    ) -> Any:
        if scope.countries(Action.VIEW_INDICATORS) is not ALL_OF_THEM:
            raise NotAllowed  # a trip's account is of all the states it passed
        chosen = period_of(period, parts)
        with parts.database.reading() as session:
            rows, following = rows_and_cursor(
                lambda before: list_accounts(
                    session, chosen, corridor_id=corridor, operators=names(scope.operators(Action.VIEW_INDICATORS)),
                    limit=limit, before=before,
                ),
                cursor, limit, lambda row: withholds_account(session, scope, row), lambda row: row.trip_key,
            )  # fmt: skip
            items = [account_row(row, scope) for row in rows if not withholds_account(session, scope, row)]
        body = {"period": chosen.name, "items": items, "next_cursor": following}
        return answered(body, form, f"trip_accounts_{chosen.name}")

    @router.get("/published-indicators", summary="What observatories published of trucks, with source")
    def published(_scope: Reading, country: CountryCode = None, form: Form = "json") -> Any:
        items = [asdict(one) for one in list_published() if country in (None, one.country)]
        return answered({"items": items}, form, "published_indicators")

    return router


def account_row(row: TripAccountRow, scope: Scope) -> dict[str, Any]:
    """Return one trip's account in a row: what counts of it, and sums by what the time and the money went to.

    Payments that the viewer may not see one by one are in no sum of one trip.
    """
    account = account_of(row)
    spent: dict[str, int] = dict.fromkeys((f"{what}_s" for what in SPENT), 0)
    for share in account.time:
        spent[f"{share.spent}_s"] += share.seconds
    paid: Counter[str] = Counter()
    for one in account.money:
        if one.basis in ILLICIT_BASES and scope.may_see_payment(observatory_only=one.observatory_only):
            paid[one.currency] += one.cents
    return {
        "trip_id": account.trip_id,
        "vehicle_id": account.vehicle_id,
        "operator_id": account.operator_id,
        "corridor_id": account.corridor_id,
        "direction": account.direction,
        "started_at": account.started_at,
        "ended_at": account.ended_at,
        "counts": account.counts,
        "closed": account.is_closed,
        "in_order": account.in_order,
        "silent_share": round(account.silent_share, 4),
        "countries": [country or "" for country in account.countries],
        "km": round(sum(account.metres.values()) / 1000, 2),
        "seconds": account.seconds,
        **spent,
        "controls": sum(one.controls for one in account.controls),
        "stops": sum(one.stops for one in account.controls if one.formality != "exit"),
        "illicit": {currency: cents / 100 for currency, cents in sorted(paid.items())},
        "first_seq": account.first_seq,
        "last_seq": account.last_seq,
    }


def groups_of(text: str) -> tuple[Dimension, ...]:
    """Return the dimensions that were asked for, in their own order.

    Raises:
        BadInput: one of them is none.
    """
    wanted = {part.strip() for part in text.split(",") if part.strip()} - {"all"}
    if unknown := sorted(wanted - set(DIMENSIONS)):
        raise BadInput(reasons=[Reason("unknown_group", "group", {"value": ", ".join(unknown)[:60]})])
    return tuple(name for name in DIMENSIONS if name in wanted)


def period_of(text: str | None, parts: Parts) -> Period:
    """Return the period that was asked for; this quarter unless said.

    Raises:
        BadInput: it is no year, quarter or month.
    """
    try:
        return parse_period(text or quarter_of(month_of(parts.clock.now())))
    except ValueError:
        raise BadInput(reasons=[Reason("bad_period", "period", {"value": (text or "")[:20]})]) from None


def countries_in_reach(scope: Scope, country: str | None) -> list[str] | None:
    """Return the states whose figures are read: the one asked for, as far as the reader's reach goes; None for all."""
    reach = names(scope.countries(Action.VIEW_INDICATORS))
    if country is None:
        return None if reach is None else sorted(reach)
    return [country] if reach is None or country in reach else []
