"""The observatory: the indicators of a period by corridor, state and agency, over the quarters, beside what others published."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from checkpoints.account_tables import month_of
from checkpoints.indicator_reading import (
    POPULATIONS,
    Dimension,
    list_quarters,
    quarter_of,
    read_indicators,
    read_trend,
)
from checkpoints.indicators import Group
from checkpoints.published_indicators import list_published
from checkpoints.trip_accounts import list_accounts
from dashboard.account_view import withholds_account
from dashboard.map_places import name_of_place
from dashboard.pages.devices import PartsDep
from dashboard.pages.indicator_readings import countries_in_reach, period_of
from dashboard.rendering import PagesDep
from dashboard.viewers import require
from dashboard.visible_figures import untold_soldiers
from tracker.scope import Action, Scope, names

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_INDICATORS))]
Word = Annotated[str, Query(max_length=40)]
BY: tuple[tuple[str, tuple[Dimension, ...]], ...] = (
    ("corridor", ("corridor",)), ("direction", ("corridor", "direction")), ("country", ("country",)),
    ("agency", ("country", "agency")),
)  # fmt: skip


@router.get("/observatory", response_class=HTMLResponse)
def observatory_page(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    period: Word = "",
    population: Word = "",
    corridor: Word = "",
) -> Response:
    """Show the indicators of a period."""
    geography, now = parts.directory.geography, parts.clock.now()
    chosen = period_of(period or None, parts)
    people = population if population in POPULATIONS else POPULATIONS[0]
    roads = [corridor] if corridor in geography.corridors else None
    reach = countries_in_reach(scope, None)
    operators = names(scope.operators(Action.VIEW_INDICATORS))
    with parts.database.reading() as session:
        quarters = list_quarters(session)
        last = list_accounts(session, chosen, corridor_id=corridor if roads else None, operators=operators, limit=1)
        newest = next((one.ended_at for one in last if not withholds_account(session, scope, one)), None)
        tables = {
            name: read_indicators(
                session, chosen, groups, corridors=roads, countries=reach, operators=operators,
                untold=untold_soldiers(scope, geography),
            )
            for name, groups in BY
        }  # fmt: skip
        past = read_trend(session, "quarter", now, corridors=roads, countries=reach, operators=operators)
    this = quarter_of(month_of(now))
    return pages.render(
        request, "observatory.html",
        period=chosen, periods=sorted({*quarters, this, chosen.name}, reverse=True), population=people,
        populations=POPULATIONS, corridor=corridor if roads else "", corridors=geography.list_corridors(),
        tables={name: [group for group in found if group.population == people] for name, found in tables.items()},
        trend=[(quarter, group) for quarter, group in past if group.population == people],
        published=list_published(), own_only=operators is not None, own_country=reach, now=now, words=_words(parts),
        newest=newest, ends=_ends(parts),
        asked={"period": chosen.name, "population": people} | ({"corridor": corridor} if roads else {}),
    )  # fmt: skip


def _ends(parts: Any) -> Any:
    """Return where a direction of a corridor leads to."""
    geography = parts.directory.geography

    def name_of(group: Group) -> str:
        corridor = geography.corridors.get(group.key[0])
        if corridor is None:
            return ""
        return name_of_place(corridor.destination if group.key[1] == "up" else corridor.origin, geography)

    return name_of


def _words(parts: Any) -> Any:
    """Return what a corridor is called."""
    corridors = parts.directory.geography.corridors

    def name_of(group: Group) -> str:
        corridor = corridors.get(group.key[0]) if group.key else None
        return corridor.name if corridor is not None else ""

    return name_of
