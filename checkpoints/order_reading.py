"""Reads what became of an order: the control stops and the passes of coaches on and beside its stretch."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, time

from sqlmodel import Session, col, select

from checkpoints.control_stop_reading import read_stops
from checkpoints.control_stops import ControlStop
from checkpoints.orders import BESIDE_KM, Following, Order, Passed, Seen, follow
from tracker.corridors import Corridor
from tracker.countries import zone_of
from tracker.fact_tables import SectionPassRow
from tracker.geography import Geography
from tracker.restrictions import Where, where_of


def read_following(
    session: Session,
    order: Order,
    since: date,
    until: date,
    geography: Geography,
    operators: Collection[str] | None = None,
    is_withheld: Callable[[str, Where, datetime], bool] = lambda _operator_id, _where, _at: False,
) -> Following:
    """Return the order day by day in [`since`, `until`), by the coaches of `operators` (None: of all).

    Border formalities are no stops on the stretch. A stop that was located on another corridor of the same road counts at the
    same place of this one. `is_withheld(operator, place, time)` says what is left out, stops and passes alike.

    Raises:
        NotFound: the order's corridor is gone.
    """
    corridor, zone = geography.get_corridor(order.corridor_id), zone_of(order.country)
    begin, end = (datetime.combine(day, time(), zone) for day in (since, until))
    found = read_stops(session, begin, end, geography=geography, operators=operators)
    low, high = order.from_km - BESIDE_KM, order.to_km + BESIDE_KM
    seen = [
        Seen(stop.started_at, km, stop.vehicle_id)
        for stop in found.stops
        if not is_withheld(stop.operator_id, where_of(stop.place), stop.started_at)
        and stop.formality is None
        and (km := km_on(corridor, stop)) is not None
        and low <= km <= high
    ]
    sections = {p.section.id for p in corridor.passages if p.from_km < order.to_km and p.to_km > order.from_km}
    query = select(SectionPassRow).where(
        col(SectionPassRow.section_id).in_(sorted(sections)),
        col(SectionPassRow.started_at) >= begin,
        col(SectionPassRow.started_at) < end,
    )
    if operators is not None:
        query = query.where(col(SectionPassRow.operator_id).in_(operators))
    passed = [
        Passed(row.started_at, row.vehicle_id)
        for row in session.exec(query)
        if not is_withheld(row.operator_id, Where(row.section_id), row.started_at)
    ]
    return follow(order, seen, passed, since, until, zone)


def km_on(corridor: Corridor, stop: ControlStop) -> float | None:
    """Return a stop's kilometre on a corridor; None where the corridor does not pass there."""
    place = stop.place
    if place.corridor_id == corridor.id:
        return place.km
    if place.section_id is None or place.section_km is None:
        return None
    return corridor.find_km(place.section_id, place.section_km)
