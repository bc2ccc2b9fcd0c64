"""Flow of sections and dwell at posts as far as a viewer may read it: figures of restricted sections end three days ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlmodel import Session

from checkpoints.account_tables import ALL, UNKNOWN, start_of
from checkpoints.indicator_reading import Untold
from tracker.geography import Geography
from tracker.restrictions import Where
from tracker.scope import Scope
from tracker.section_hours import FlowReading, read_flow, read_flow_by_hour_of_day

Reading = TypeVar("Reading", bound=Any)


def read_visible_flow(
    session: Session,
    geography: Geography,
    scope: Scope,
    sections: Iterable[str],
    since: datetime,
    until: datetime,
    now: datetime,
    *,
    step: timedelta | None = None,
    operators: Collection[str] | None = None,
    by_hour_of_day: bool = False,
) -> list[FlowReading]:
    """Return the flow on `sections`, on each until when the viewer may read it; see `read_flow` for the rest.

    Of one company, which is not the viewer's own, restricted sections are not told: its coaches could be told by the hour.
    """

    def read(names: Collection[str], end: datetime) -> list[FlowReading]:
        lengths = {name: geography.sections[name].length_km for name in names}
        if by_hour_of_day:
            return read_flow_by_hour_of_day(session, lengths, since, end, operators)
        return read_flow(session, lengths, since, end, step, operators)

    found = visible(scope, {name: Where(name) for name in sections}, since, until, now, read, operators)
    return sorted(found, key=lambda r: (r.section_id, r.direction, r.start))


def visible(
    scope: Scope,
    places: dict[str, Where],
    since: datetime,
    until: datetime,
    now: datetime,
    read: Callable[[Collection[str], datetime], list[Reading]],
    operators: Collection[str] | None = None,
) -> list[Reading]:
    """Return the readings of places, each read until when the viewer may read it; those held back, or beside, tell no minute."""
    if not scope.restrictions:
        return read(places, until) if places else []
    by_end: dict[tuple[datetime, bool], list[str]] = defaultdict(list)
    for name, where in places.items():
        is_held = scope.holds_back_figures(where, since, until)
        end = scope.figures_until(where, since, until, now)
        if end is not None and not (is_held and operators is not None):
            by_end[end, scope.tells_hours_only(where, since, until)].append(name)
    found: list[Reading] = []
    for (end, is_hourly), names in by_end.items():
        readings = read(names, end)
        found += [hourly(one) for one in readings] if is_hourly else readings
    return found


def untold_soldiers(scope: Scope, geography: Geography) -> Untold:
    """Return where figures tell nothing of soldiers: in states in which a corridor was restricted then, or is."""

    @cache
    def is_untold(corridor_id: str, country: str, month: int) -> bool:
        corridor, since, until = geography.corridors.get(corridor_id), start_of(month), start_of(month + 1)
        ways = (
            [Where(p.section.id) for p in corridor.passages if country in (p.country, ALL, UNKNOWN)] if corridor else []
        )
        return any(scope.holds_back_figures(way, since, until) for way in ways or [Where()])

    return is_untold


def hourly(reading: Reading) -> Reading:
    """Return a reading whose newest moment is told by the hour."""
    newest = reading.newest_at
    return reading if newest is None else replace(reading, newest_at=newest.replace(minute=0, second=0, microsecond=0))
