"""A company's own figures by month: time and money that the road cost it, claims beside their halts. No competitor sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from checkpoints.account_tables import Period, month_of, start_of
from checkpoints.accounts import TripAccount
from checkpoints.control_stop_reading import read_stops
from checkpoints.trip_accounts import account_of, list_accounts
from dashboard.exports import Form, answered
from dashboard.map_places import name_of_place
from dashboard.own_figures import Claim, MoneyPaid, TimeLost, claims, money_paid, time_lost
from dashboard.pages.devices import PartsDep
from dashboard.paging import PageNumber, paged
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.viewers import require
from telemetry.answers import documented
from tracker.countries import zone_of
from tracker.errors import BadInput, Reason
from tracker.scope import Action, Scope, names

router = APIRouter(include_in_schema=False)
Managing = Annotated[Scope, Depends(require(Action.MANAGE_FLEET))]
Month = Annotated[str, Query(max_length=7, description="YYYY-MM; default: this month")]
MONTHS = 12


def make_router(parts: Parts) -> APIRouter:
    """Return the API's route."""
    api = APIRouter(prefix="/api/v1", tags=["operators"], responses=documented(401, 403, 422, 503))

    @api.get(
        "/own-figures", summary="What the road cost one's own company in a month: time, money, or claims and halts"
    )
    def own_figures(
        scope: Managing,
        of: Annotated[Literal["time", "money", "claims"], Query(description="which table")] = "time",
        period: Month = "",
        form: Form = "json",
    ) -> Any:
        month = _month(period, parts.clock.now())
        items: Sequence[TimeLost | MoneyPaid | Claim]
        if of == "claims":
            items = _claims(parts, scope, month)
        elif of == "money":
            items = money_paid(_accounts(parts, scope, month), _sees(scope))
        else:
            items = time_lost(_accounts(parts, scope, month))
        body = {"period": _name(month), "of": of, "items": [asdict(one) for one in items]}
        return answered(body, form, f"own_{of}_{_name(month)}")

    return api


@router.get("/own-figures", response_class=HTMLResponse)
def own_figures_page(
    request: Request, pages: PagesDep, parts: PartsDep, scope: Managing, period: Month = "", page: PageNumber = 1
) -> Response:
    """Show a month of one's own figures."""
    now, geography = parts.clock.now(), parts.directory.geography
    month = _month(period, now)
    accounts = _accounts(parts, scope, month)
    told = _claims(parts, scope, month)
    return pages.render(
        request, "own_figures.html", period=_name(month), months=[_name(month_of(now) - n) for n in range(MONTHS)],
        time=time_lost(accounts), money=money_paid(accounts, _sees(scope)), claims=paged(told, page),
        trips=len(accounts), hours=sum(one.seconds for one in accounts) / 3600, zone=zone_of,
        plates=parts.directory.find_vehicle,
        place=lambda place_id: name_of_place(place_id, geography) if place_id else "",
    )  # fmt: skip


def _accounts(parts: Parts, scope: Scope, month: int) -> list[TripAccount]:
    own = names(scope.operators(Action.MANAGE_FLEET)) or frozenset()
    with parts.database.reading() as session:
        return [account_of(row) for row in list_accounts(session, Period(_name(month), month, month), operators=own)]


def _claims(parts: Parts, scope: Scope, month: int) -> list[Claim]:
    own = names(scope.operators(Action.MANAGE_FLEET)) or frozenset()
    until = min(start_of(month + 1), parts.clock.now())
    with parts.database.reading() as session:
        stops = read_stops(session, start_of(month), until, geography=parts.directory.geography, operators=own).stops
    return claims(stops, _sees(scope))


def _sees(scope: Scope) -> Callable[[bool], bool]:
    return lambda observatory_only: scope.may_see_payment(observatory_only=observatory_only)


def _name(month: int) -> str:
    return f"{start_of(month):%Y-%m}"


def _month(period: str, now: datetime) -> int:
    """Return the month that was asked for.

    Raises:
        BadInput: it is none, or has not begun.
    """
    if not period:
        return month_of(now)
    try:
        asked = month_of(datetime.strptime(period, "%Y-%m").replace(tzinfo=now.tzinfo))
    except ValueError:
        asked = month_of(now) + 1
    if asked > month_of(now):
        raise BadInput(reasons=[Reason("bad_month", "period", {"value": period[:20]})])
    return asked
