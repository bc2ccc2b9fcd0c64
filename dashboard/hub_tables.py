"""Which hubs coaches join: a matrix of services per week and journey times, and one pair over the weeks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.map_places import name_of_place
from tracker.geography import Geography
from tracker.hub_pairs import PairReading, week_begin
from tracker.restrictions import Where
from tracker.scope import Action, Scope


@dataclass(frozen=True, slots=True)
class Matrix:
    """Origins down, destinations across; `cells` has the pairs that were served. `hubs` in the order of both."""

    hubs: list[str]
    cells: dict[tuple[str, str], PairReading]
    rows: list[PairReading]

    @property
    def severed(self) -> list[PairReading]:
        """The pairs that were served and are no more."""
        return [row for row in self.rows if row.severed]


def sees_pair(scope: Scope, origin: str, destination: str, geography: Geography) -> bool:
    """Say whether the viewer may see a pair: who is bound to a country sees those that begin or end there."""
    countries = scope.countries(Action.VIEW_POSITIONS)
    found = (geography.hubs.get(place) for place in (origin, destination))
    return scope.may(Action.VIEW_POSITIONS) and any(hub is not None and hub.country in countries for hub in found)


def hold_back(
    readings: Iterable[PairReading],
    read_until: Callable[[datetime], Iterable[PairReading]],
    geography: Geography,
    scope: Scope,
    since: datetime,
    now: datetime,
) -> list[PairReading]:
    """Return the readings; those whose way leads through a restricted section are told of whole weeks that may be told.

    `read_until(week)` reads the same again up to the beginning of a week. The last coach is then told by the day.
    """
    if not scope.restrictions:
        return list(readings)
    shown, held = list[PairReading](), dict[tuple[str, str], datetime]()
    for one in readings:
        ways = ways_between(one.origin, one.destination, geography)
        ends = [scope.figures_until(way, since, now, now) for way in ways if scope.holds_back_figures(way, since, now)]
        if not ends:
            is_hourly = any(scope.tells_hours_only(way, since, now) for way in ways)
            shown.append(
                replace(one, last_at=one.last_at.replace(minute=0, second=0, microsecond=0)) if is_hourly else one
            )
        elif None not in ends:
            held[one.origin, one.destination] = week_begin(min(end for end in ends if end is not None))
    for week in set(held.values()):
        late = [one for one in read_until(week) if held.get((one.origin, one.destination)) == week and one.start < week]
        shown += [replace(one, last_at=one.last_at.replace(hour=0, minute=0)) for one in late]
    return shown


def ways_between(origin: str, destination: str, geography: Geography) -> list[Where]:
    """Return the stretches of corridors between two hubs; a place that is not known where no corridor joins them."""
    ways = []
    for corridor in geography.corridors.values():
        ends = [corridor.find_milestone(hub) for hub in (origin, destination)]
        if ends[0] is not None and ends[1] is not None:
            ways.append(Where(corridor_id=corridor.id, from_km=ends[0].km, to_km=ends[1].km))
    return ways or [Where()]


def make_matrix(readings: Iterable[PairReading], geography: Geography, scope: Scope) -> Matrix:
    """Return the matrix of what the viewer may see: hubs from west to east; pairs with the most services first."""
    rows = [r for r in readings if sees_pair(scope, r.origin, r.destination, geography)]
    used = {hub for row in rows for hub in (row.origin, row.destination)}

    def order(hub_id: str) -> tuple[float, str]:
        hub = geography.hubs.get(hub_id)
        return (hub.longitude if hub else 0.0, name_of_place(hub_id, geography))

    rows.sort(key=lambda r: (r.severed, -r.trips, order(r.origin), order(r.destination)))
    return Matrix(sorted(used, key=order), {(r.origin, r.destination): r for r in rows}, rows)
