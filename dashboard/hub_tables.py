"""Which hubs coaches join: a matrix of services per week and journey times, and one pair over the weeks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.map_places import name_of_place
from tracker.geography import Geography
from tracker.hub_pairs import PairReading
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


def make_matrix(readings: Iterable[PairReading], geography: Geography, scope: Scope) -> Matrix:
    """Return the matrix of what the viewer may see: hubs from west to east; pairs with the most services first."""
    rows = [r for r in readings if sees_pair(scope, r.origin, r.destination, geography)]
    used = {hub for row in rows for hub in (row.origin, row.destination)}

    def order(hub_id: str) -> tuple[float, str]:
        hub = geography.hubs.get(hub_id)
        return (hub.longitude if hub else 0.0, name_of_place(hub_id, geography))

    rows.sort(key=lambda r: (r.severed, -r.trips, order(r.origin), order(r.destination)))
    return Matrix(sorted(used, key=order), {(r.origin, r.destination): r for r in rows}, rows)
