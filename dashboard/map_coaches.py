"""Coaches as the map shows them: where, on which corridor, how fast, how old the word is. Pure.

Which coaches a viewer may see is asked of `Scope` for each of them; nothing here decides it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np

from operators.trip_sheets import TripSheet
from tracker.corridors import Corridor, Milestone
from tracker.countries import country_at
from tracker.directory import VehicleRef
from tracker.geo import Floats
from tracker.geography import Geography
from tracker.latest import SILENT_AFTER, LatestPosition, VehicleContact
from tracker.scope import Scope

# The shipped lines lie up to 55 km off the road at worst and 17 km at p95: so far a coach may be drawn beside its
# corridor and still be on it. A coach with a declared trip is taken at its word somewhat farther out.
OFF_LINE_M = 25_000.0
OFF_DECLARED_LINE_M = 60_000.0
# Corridors share roads but were drawn apart: within this much of the nearest the first of the register is meant.
SAME_LINE_M = 500.0


@dataclass(frozen=True, slots=True)
class MapCoach:
    """One coach. `silent`: nothing was heard of it for `SILENT_AFTER`. `near` is the nearest hub or post by road."""

    vehicle_id: str
    operator_id: str
    license_plate: str | None
    latitude: float
    longitude: float
    speed_mps: float | None
    bearing_deg: float | None
    accuracy_m: float | None
    observed_at: datetime
    heard_at: datetime
    silent: bool
    country: str | None
    corridor: str | None = None
    km: float | None = None
    section: str | None = None
    near: str | None = None
    near_km: float | None = None
    trip_id: str | None = None
    destination: str | None = None


def show_coaches(
    latest: Sequence[tuple[LatestPosition, VehicleContact]],
    sheets: Iterable[TripSheet],
    find_vehicle: Callable[[str], VehicleRef | None],
    geography: Geography,
    scope: Scope,
    now: datetime,
    restricted: Collection[str] = (),
) -> list[MapCoach]:
    """Return the coaches that the viewer may see, ordered by id. `restricted`: sections under a security status."""
    trips = _running_trips(sheets)
    where = Whereabouts(geography, [p.latitude for p, _ in latest], [p.longitude for p, _ in latest])
    shown = []
    for index, (position, contact) in enumerate(latest):
        trip = trips.get((position.operator_id, position.vehicle_id))
        corridor, km = where.find(index, trip.corridor_id if trip else None)
        section = corridor.passage_at(km).section.id if corridor and corridor.passages else None
        country = _country(position.latitude, position.longitude)
        if not scope.may_see_exact(
            position.operator_id,
            section_restricted=section in restricted,
            age=now - position.observed_at,
            country=country,
        ):
            continue
        near, near_km = _nearest(corridor, km, country)
        vehicle = find_vehicle(position.vehicle_id)
        shown.append(
            MapCoach(
                vehicle_id=position.vehicle_id,
                operator_id=position.operator_id,
                license_plate=vehicle.license_plate if vehicle else None,
                latitude=round(position.latitude, 5),
                longitude=round(position.longitude, 5),
                speed_mps=None if position.speed_mps is None else round(position.speed_mps, 1),
                bearing_deg=None if position.bearing_deg is None else round(position.bearing_deg),
                accuracy_m=None if position.accuracy_m is None else round(position.accuracy_m),
                observed_at=position.observed_at,
                heard_at=contact.heard_at,
                silent=contact.silent_since is not None or now - contact.heard_at > SILENT_AFTER,
                country=country,
                corridor=corridor.id if corridor else None,
                km=round(km, 1) if corridor else None,
                section=section,
                near=near,
                near_km=near_km,
                trip_id=trip.trip_id if trip else None,
                destination=trip.said.get("destination") if trip else None,
            )
        )
    return shown


class Whereabouts:
    """On which corridor, at which kilometre, each point of a batch lies: located on all corridors at once."""

    def __init__(self, geography: Geography, latitudes: Sequence[float], longitudes: Sequence[float]) -> None:
        """Locate the points."""
        self._corridors = list(geography.corridors.values()) if latitudes else []
        located = [corridor.locate(latitudes, longitudes) for corridor in self._corridors]
        self._number = {corridor.id: number for number, corridor in enumerate(self._corridors)}
        if not located:
            return
        self._km: Floats = np.stack([km for km, _ in located])
        self._offset: Floats = np.stack([offset for _, offset in located])
        least = self._offset.min(axis=0)
        # The first corridor within reach of the nearest; -1 for a point far from all of them.
        self._best = np.where(least <= OFF_LINE_M, np.argmax(self._offset <= least + SAME_LINE_M, axis=0), -1)

    def find(self, index: int, declared: str | None = None) -> tuple[Corridor | None, float]:
        """Return the corridor and the kilometre of the point `index`; `(None, 0)` for one far from every corridor."""
        if not self._corridors:
            return None, 0.0
        number = self._number.get(declared or "", -1)
        if number < 0 or self._offset[number, index] > OFF_DECLARED_LINE_M:
            number = int(self._best[index])
        if number < 0:
            return None, 0.0
        return self._corridors[number], float(self._km[number, index])


@lru_cache(maxsize=50_000)
def _country(latitude: float, longitude: float) -> str | None:
    """Return the country of a fix; kept, because most coaches have not moved since the page was last asked for."""
    return country_at(latitude, longitude)


def _nearest(corridor: Corridor | None, km: float, country: str | None) -> tuple[str | None, float | None]:
    if corridor is None or not corridor.milestones:
        return None, None
    stone: Milestone = min(corridor.milestones, key=lambda milestone: abs(milestone.km - km))
    place = stone.exit_place if country == stone.exit_country else stone.entry_place
    return place, round(abs(stone.km - km), 1)


def _running_trips(sheets: Iterable[TripSheet]) -> dict[tuple[str, str], TripSheet]:
    """Return the trip each coach is on: the one it departed on last, unless that has ended."""
    newest: dict[tuple[str, str], TripSheet] = {}
    for sheet in sheets:
        key = (sheet.operator_id, sheet.vehicle_id)
        if sheet.departed_at and (key not in newest or sheet.departed_at > _departed(newest[key])):
            newest[key] = sheet
    return {key: sheet for key, sheet in newest.items() if not (sheet.arrived_at or sheet.cancelled_at)}


def _departed(sheet: TripSheet) -> datetime:
    assert sheet.departed_at is not None
    return sheet.departed_at
