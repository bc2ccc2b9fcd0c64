"""The table of authorities' orders: the shipped ones, those from files, and those a monitor enters; each with its act."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime
from importlib.resources import files
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, Session, SQLModel, col, select

from checkpoints.orders import Order, OrderPoint, Published
from tracker.database import UtcDateTime
from tracker.errors import NotFound
from tracker.gazetteer import CorridorRecord
from tracker.geography import SHIPPED_ON
from tracker.imports import UNSAID, Imported
from tracker.sheets import Row, Sheet

COLUMNS = (
    "id", "title", "authority", "ordered_on", "effective_on", "ended_on", "reference", "country", "corridor", "from_km",
    "to_km", "points", "published", "source",
)  # fmt: skip
MOST_POINTS, LONGEST_KM, MOST_COUNTED = 60, 10_000, 10_000
POINT = re.compile(r"([^@;]{1,80})(?:@(\d{1,4}(?:\.\d{1,3})?))?")
COUNT = re.compile(r"(\d{4}-\d{2}-\d{2})=(\d{1,4})")


class ControlOrder(SQLModel, table=True):
    """An order: on this stretch only these points may stand. `points`: [name, kilometre or null]; `published`: [day, count].

    `entered_by` is the user who typed it in, None for a file.
    """

    __tablename__: ClassVar[str] = "control_order"
    __table_args__ = (
        CheckConstraint("from_km >= 0 and from_km < to_km", name="ck_control_order_stretch"),
        CheckConstraint("ended_on is null or ended_on > effective_on", name="ck_control_order_dates"),
        CheckConstraint("effective_on >= ordered_on", name="ck_control_order_effective"),
    )

    id: str = Field(primary_key=True, max_length=40)
    title: str = Field(max_length=200)
    authority: str = Field(max_length=120)
    ordered_on: date
    effective_on: date
    ended_on: date | None = None
    reference: str = Field(default="", max_length=200)
    country: str = Field(max_length=2)
    corridor_id: str = Field(max_length=40)
    from_km: float
    to_km: float
    points: list[list[Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    published: list[list[Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    source: str
    entered_by: str | None = Field(default=None, max_length=60)
    entered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    def as_order(self) -> Order:
        """Return it as what is computed with."""
        kept = self.model_dump(exclude={"points", "published", "entered_by", "entered_at"})
        published = tuple(Published(date.fromisoformat(on), count, self.source) for on, count in self.published)
        return Order(**kept, points=tuple(OrderPoint(name, km) for name, km in self.points), published=published)


def list_orders(session: Session) -> list[ControlOrder]:
    """Return every order, the newest first."""
    return list(session.exec(select(ControlOrder).order_by(col(ControlOrder.ordered_on).desc(), col(ControlOrder.id))))


def get_order(session: Session, order_id: str) -> ControlOrder:
    """Return an order.

    Raises:
        NotFound: there is none of this id.
    """
    if (order := session.get(ControlOrder, order_id)) is None:
        raise NotFound("unknown_order", order=order_id)
    return order


def import_orders(
    session: Session,
    data: bytes,
    on: date,
    source: str = UNSAID,
    entered_by: str | None = None,
    entered_at: datetime | None = None,
) -> Imported:
    """Import orders from CSV, all or nothing.

    Columns: id, title, authority, ordered_on, country, corridor, from_km, to_km, points (`Gbaji Point@937;Apa Point`: a
    name, and its kilometre where that is known); effective_on (default: the day of the order), ended_on, reference,
    published (`2025-01-16=21`: how many places somebody counted), source. An order is known by its id: the same again
    changes nothing.

    Raises:
        BadFile: with every reason by line; nothing was imported.
    """
    needed = ("id", "title", "authority", "ordered_on", "country", "corridor", "from_km", "to_km", "points")
    sheet = Sheet(data, needed)
    lengths = set(session.exec(select(CorridorRecord.id)))
    known = {order.id: order for order in list_orders(session)}
    fresh: list[ControlOrder] = []
    unchanged = 0
    seen: set[str] = set()
    for row in sheet:
        before = len(sheet.reasons)
        values = _values(row, lengths, source)
        if values["id"] in seen:
            row.refuse("duplicate_id", "id", value=values["id"])
        seen.add(values["id"])
        if len(sheet.reasons) > before:
            continue
        made, old = ControlOrder(**values, entered_by=entered_by, entered_at=entered_at), known.get(values["id"])
        if old is None:
            fresh.append(made)
        elif old.as_order() == made.as_order():
            unchanged += 1
        else:
            row.refuse("duplicate_id", "id", value=values["id"])
    sheet.refuse_if_bad()
    session.add_all(fresh)
    session.flush()
    return Imported("orders", len(fresh), 0, unchanged)


def seed_orders(session: Session) -> bool:
    """Fill an empty table with the shipped orders; return False (and change nothing) when it is not empty."""
    if session.exec(select(ControlOrder.id).limit(1)).first() is not None:
        return False
    data = files("checkpoints").joinpath("data", "control_orders.csv").read_bytes()
    import_orders(session, data, SHIPPED_ON)
    return True


def _values(row: Row, corridors: Collection[str], source: str) -> dict[str, Any]:
    for name in ("ordered_on", "from_km", "to_km", "points"):
        row.needed(name)
    ordered, ended = row.day("ordered_on"), row.day("ended_on")
    effective = row.day("effective_on") or ordered
    if ordered and effective and effective < ordered:
        row.refuse("dates_reversed", "effective_on", valid_from=ordered.isoformat(), valid_to=effective.isoformat())
    if effective and ended and ended <= effective:
        row.refuse("dates_reversed", "ended_on", valid_from=effective.isoformat(), valid_to=ended.isoformat())
    low, high = row.number("from_km", 0, LONGEST_KM), row.number("to_km", 0, LONGEST_KM)
    if low is not None and high is not None and low >= high:
        row.refuse("bad_interval", "to_km", value=f"{low}-{high}")
    corridor_id = row.identifier("corridor")
    if corridor_id and corridor_id not in corridors:
        row.refuse("unknown_corridor", "corridor", value=corridor_id[:60])
    points = row.read("points", parse_points, "bad_points") or []
    for name, km in points:
        if km is not None and low is not None and high is not None and not low <= km <= high:
            row.refuse("point_outside_order", "points", value=name)
    return {
        "id": row.identifier("id"), "title": row.needed("title")[:200], "authority": row.needed("authority")[:120],
        "ordered_on": ordered, "effective_on": effective, "ended_on": ended, "reference": row.text("reference")[:200],
        "country": row.country("country"), "corridor_id": corridor_id, "from_km": low, "to_km": high, "points": points,
        "published": row.read("published", parse_published, "bad_counts") or [], "source": row.text("source", source),
    }  # fmt: skip


def parse_points(text: str) -> list[list[Any]]:
    """Read `Gbaji Point@937;Apa Point`.

    Raises:
        ValueError: it is written otherwise, or names more points than an order can.
    """
    points: list[list[Any]] = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        match = POINT.fullmatch(part)
        if match is None:
            raise ValueError(part)
        points.append([match[1].strip(), float(match[2]) if match[2] else None])
    if not 0 < len(points) <= MOST_POINTS or len({name for name, _ in points}) < len(points):
        raise ValueError(text)
    return points


def parse_published(text: str) -> list[list[Any]]:
    """Read `2025-01-16=21;2025-02-01=17`.

    Raises:
        ValueError: it is written otherwise, or a day is none.
    """
    counts: list[list[Any]] = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        match = COUNT.fullmatch(part)
        if match is None:
            raise ValueError(part)
        counts.append([date.fromisoformat(match[1]).isoformat(), int(match[2])])
    return counts
