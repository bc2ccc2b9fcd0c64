"""The order tracker: what authorities ordered about places of control, and what became of it day by day."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from checkpoints.order_reading import read_following
from checkpoints.order_records import COLUMNS, ControlOrder, get_order, import_orders, list_orders
from checkpoints.orders import Following
from dashboard import audit
from dashboard.exports import Form, answered
from dashboard.pages.devices import PartsDep
from dashboard.parts import Parts
from dashboard.rendering import PagesDep, go_to
from dashboard.viewers import require
from telemetry.answers import documented
from tracker.errors import NotFound
from tracker.scope import Action, Scope, names
from tracker.sheets import as_sheet

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_FLAGS))]
Entering = Annotated[Scope, Depends(require(Action.ENTER_ORDERS, in_person=True))]
OrderId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,40}$")]
SPAN = timedelta(days=35)
# A form is longer than a line of the file only where people write sentences.
SHOWN = tuple(name for name in COLUMNS if name not in ("published", "ended_on"))
DATES = frozenset({"ordered_on", "effective_on"})
NEEDED = frozenset({"id", "title", "authority", "ordered_on", "country", "corridor", "from_km", "to_km", "points"})


def make_router(parts: Parts) -> APIRouter:
    """Return the API's routes."""
    api = APIRouter(prefix="/api/v1/orders", tags=["orders"], responses=documented(401, 403, 404, 422, 503))

    @api.get("", summary="Authorities' orders about places of control")
    def orders(scope: Viewing, form: Form = "json") -> Any:
        items = [row.model_dump(exclude={"entered_by"}) for row in _visible(parts, scope)]
        return answered({"items": items}, form, "orders")

    @api.get("/{order_id}", summary="What became of an order, day by day, in the last 35 days")
    def order(order_id: OrderId, scope: Viewing) -> dict[str, Any]:
        row, following = _follow(parts, scope, order_id)
        days = [asdict(day) for day in following.days]
        return row.model_dump(exclude={"entered_by"}) | {"days": days, "displacement": asdict(following.displacement)}

    @api.get("/{order_id}/days", summary="The days of an order alone, as a table")
    def days(order_id: OrderId, scope: Viewing, form: Form = "json") -> Any:
        _, following = _follow(parts, scope, order_id)
        body = {"order_id": order_id, "items": [asdict(day) for day in following.days]}
        return answered(body, form, f"order_{order_id}")

    return api


@router.get("/orders", response_class=HTMLResponse)
def orders_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """List orders; a monitor enters one."""
    corridors = [corridor.id for corridor in parts.directory.geography.list_corridors()]
    return pages.render(
        request, "orders.html", orders=_visible(parts, scope), fields=SHOWN, dates=DATES, needed=NEEDED, corridors=corridors,
        may_enter=scope.may(Action.ENTER_ORDERS),
    )  # fmt: skip


@router.post("/orders")
async def enter_order(request: Request, parts: PartsDep, scope: Entering) -> Response:
    """Take in an order from the form."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:2000] for name in COLUMNS}
    assert scope.viewer is not None
    now = parts.clock.now()
    with parts.database.writing() as session:
        import_orders(session, as_sheet(given, COLUMNS), now.date(), given["source"] or "form", scope.viewer.name, now)
        audit.record(session, scope.viewer, "order.entered", f"order:{given['id'][:40]}", at=now)
    return go_to(request, f"/orders/{given['id'].strip()}", "flash.order_entered")


@router.get("/orders/{order_id}", response_class=HTMLResponse)
def order_page(request: Request, order_id: OrderId, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """Show one order: each day's state, displacement, relapse."""
    row, following = _follow(parts, scope, order_id)
    most = max((day.places or 0 for day in following.days), default=0)
    return pages.render(request, "order.html", order=row, following=following, most=max(1, most))


def _visible(parts: Parts, scope: Scope) -> list[ControlOrder]:
    with parts.database.reading() as session:
        return [row for row in list_orders(session) if scope.may(Action.VIEW_FLAGS, country=row.country)]


def _follow(parts: Parts, scope: Scope, order_id: str) -> tuple[ControlOrder, Following]:
    """Read an order with its days, by the coaches that the viewer may see.

    Raises:
        NotFound: there is none of this id, or it concerns another country than the viewer's.
    """
    today = parts.clock.now().date()
    with parts.database.reading() as session:
        row = get_order(session, order_id)
        if not scope.may(Action.VIEW_FLAGS, country=row.country):
            raise NotFound("unknown_order", order=order_id)
        operators = names(scope.operators(Action.VIEW_FLAGS))
        since, until = today - SPAN, today + timedelta(days=1)
        following = read_following(
            session,
            row.as_order(),
            since,
            until,
            parts.directory.geography,
            operators,
            partial(scope.is_withheld, in_sum=True),
        )
    return row, following
