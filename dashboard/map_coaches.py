"""Coaches as the map shows them: where, on which corridor, how fast, how old the word is.

Where a coach is on the roads was found when its positions were taken in (`CoachNow`); here it is only read, with a few
columns of four tables at once, so that a thousand coaches cost some hundredths of a second. Which of them a viewer may see is
asked of `Scope` for each; nothing here decides it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlmodel import Session, col

from operators.companies import Vehicle
from operators.trip_sheets import TripSheet
from tracker.corridors import Corridor
from tracker.countries import country_at
from tracker.geography import Geography
from tracker.latest import SILENT_AFTER, LatestPosition, VehicleContact
from tracker.restrictions import Where
from tracker.scope import Scope
from tracker.sightings import CoachNow


@dataclass(frozen=True, slots=True)
class MapCoach:
    """One coach. `silent`: nothing was heard of it for `SILENT_AFTER`. `near` is the nearest hub or post by road.

    `standing_since`: since when it has stood still, None while it moves or nobody knows.
    """

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
    standing_since: datetime | None = None


class Word(NamedTuple):
    """What is stored of one coach: its newest fix, its newest plausible place, its plate, its declared trip."""

    vehicle_id: str
    operator_id: str
    latitude: float
    longitude: float
    speed_mps: float | None
    bearing_deg: float | None
    accuracy_m: float | None
    observed_at: datetime
    heard_at: datetime
    silent_since: datetime | None
    placed_at: datetime | None
    placed_latitude: float | None
    placed_longitude: float | None
    corridor_id: str | None
    km: float | None
    section_id: str | None
    country: str | None
    trip_id: str | None
    standing_since: datetime | None
    license_plate: str | None
    destination: str | None


def _columns() -> list[Any]:
    """Return the columns of `Word`, in its order."""
    fix, now = LatestPosition, CoachNow
    sheet: Any = TripSheet.__table__  # type: ignore[attr-defined]
    return [
        fix.vehicle_id, fix.operator_id, fix.latitude, fix.longitude, fix.speed_mps, fix.bearing_deg, fix.accuracy_m,
        fix.observed_at, VehicleContact.heard_at, VehicleContact.silent_since, now.observed_at.label("placed_at"),  # type: ignore[attr-defined]
        now.latitude.label("placed_latitude"), now.longitude.label("placed_longitude"),  # type: ignore[attr-defined]
        now.corridor_id, now.km, now.section_id, now.country, now.trip_id, now.standing_since, Vehicle.license_plate,
        sheet.c.said["destination"].as_string(),
    ]  # fmt: skip


def read_coaches(session: Session, operators: Collection[str] | None = None) -> list[Word]:
    """Return what is stored of each coach, of `operators` only unless None, ordered by vehicle."""
    fix, now = LatestPosition, CoachNow
    declared = and_(col(TripSheet.operator_id) == col(fix.operator_id), col(TripSheet.trip_id) == col(now.trip_id))
    query = (
        select(*_columns())
        .select_from(fix)
        .join(VehicleContact, col(VehicleContact.vehicle_id) == col(fix.vehicle_id))
        .join(now, col(now.vehicle_id) == col(fix.vehicle_id), isouter=True)
        .join(Vehicle, col(Vehicle.vehicle_id) == col(fix.vehicle_id), isouter=True)
        .join(TripSheet, declared, isouter=True)
        .order_by(col(fix.vehicle_id))
    )
    if operators is not None:
        query = query.where(col(fix.operator_id).in_(operators))
    return [Word(*row) for row in session.connection().execute(query)]


def show_coaches(words: Iterable[Word], geography: Geography, scope: Scope, now: datetime) -> list[MapCoach]:
    """Return the coaches that the viewer may see, in order.

    The place is that of the newest plausible fix, so that a spike moves no coach; speed and bearing are told only where
    they belong to it.
    """
    stones = {corridor.id: _Stones(corridor) for corridor in geography.corridors.values()}
    shown = []
    for word in words:
        placed_at, latitude, longitude = word.placed_at, word.placed_latitude, word.placed_longitude
        if placed_at is None or latitude is None or longitude is None:
            placed_at, latitude, longitude = word.observed_at, word.latitude, word.longitude
            country = _country(latitude, longitude)
        else:
            country = word.country
        where = None
        if scope.restrictions:
            where = Where(word.section_id, word.corridor_id, word.km, latitude=latitude, longitude=longitude)
        if not scope.may_see_exact(word.operator_id, where=where, at=placed_at, country=country):
            continue
        is_same_fix = placed_at == word.observed_at
        near, near_km = None, None
        if word.corridor_id in stones and word.km is not None:
            near, near_km = stones[word.corridor_id].nearest(word.km, country)
        shown.append(
            MapCoach(
                vehicle_id=word.vehicle_id,
                operator_id=word.operator_id,
                license_plate=word.license_plate,
                latitude=round(latitude, 5),
                longitude=round(longitude, 5),
                speed_mps=_rounded(word.speed_mps, 1) if is_same_fix else None,
                bearing_deg=_rounded(word.bearing_deg) if is_same_fix else None,
                accuracy_m=_rounded(word.accuracy_m) if is_same_fix else None,
                observed_at=placed_at,
                heard_at=word.heard_at,
                silent=word.silent_since is not None or now - word.heard_at > SILENT_AFTER,
                country=country,
                corridor=word.corridor_id,
                km=_rounded(word.km, 1),
                section=word.section_id,
                near=near,
                near_km=near_km,
                trip_id=word.trip_id,
                destination=word.destination,
                standing_since=word.standing_since,
            )
        )
    return shown


class _Stones:
    """The hubs and posts along a corridor, to be asked for the nearest one."""

    def __init__(self, corridor: Corridor) -> None:
        self._stones = corridor.milestones
        self._km = [stone.km for stone in corridor.milestones]

    def nearest(self, km: float, country: str | None) -> tuple[str | None, float | None]:
        """Return the nearest place, at a border the one on the coach's side, and how many kilometres away it is."""
        if not self._stones:
            return None, None
        after = min(bisect_left(self._km, km), len(self._km) - 1)
        before = max(after - 1, 0)
        stone = self._stones[before if km - self._km[before] <= self._km[after] - km else after]
        place = stone.exit_place if country == stone.exit_country else stone.entry_place
        return place, round(abs(stone.km - km), 1)


@lru_cache(maxsize=50_000)
def _country(latitude: float, longitude: float) -> str | None:
    """Return the country of a fix that was not placed yet; kept, because most have not moved since the last question."""
    return country_at(latitude, longitude)


def _rounded(value: float | None, digits: int | None = None) -> float | None:
    return None if value is None else round(value, digits)
