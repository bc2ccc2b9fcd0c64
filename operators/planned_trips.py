"""Trips that a company plans: one by one, from a list, or from a timetable by weekday, as bodies of the message *declared*.

A planned trip has a name made of its coach and its departure, so that the same file sent twice declares nothing twice. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tracker.corridors import Corridor
from tracker.countries import zone_of
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.sheets import Row, Sheet

COLUMNS = (
    "coach", "corridor", "origin", "destination", "departure", "weekdays", "time", "passengers", "minors", "seal_number",
)  # fmt: skip
ALIASES = {
    "vehicle_id": "coach", "plate": "coach", "license_plate": "coach", "corridor_id": "corridor", "from": "origin",
    "to": "destination", "scheduled_departure": "departure", "days": "weekdays",
}  # fmt: skip
MOST_DAYS = 62  # a timetable is declared for so many days at once
MOST_PASSENGERS = 120
BACK = timedelta(days=7)  # a trip may be declared afterwards, when the network came back
AHEAD = timedelta(days=MOST_DAYS + 1)

FindCoach = Callable[[str], VehicleRef | None]


@dataclass(frozen=True, slots=True)
class PlannedTrip:
    """One trip as planned; `departs_at` is aware UTC, `origin` and `destination` are hubs of the corridor."""

    vehicle_id: str
    corridor_id: str
    origin: str
    destination: str
    departs_at: datetime
    passengers: int | None = None
    minors: int | None = None
    seal_number: str | None = None

    @property
    def trip_id(self) -> str:
        """Its name: at most 54 letters."""
        return f"{self.vehicle_id}-{self.departs_at:%Y%m%dT%H%M}"

    def said(self) -> dict[str, Any]:
        """Return what the message says of it, beside its event and time."""
        manifest = {"passengers": self.passengers} | ({} if self.minors is None else {"minors": self.minors})
        said = {
            "trip_id": self.trip_id, "corridor_id": self.corridor_id, "origin": self.origin,
            "destination": self.destination, "scheduled_departure": self.departs_at.isoformat(),
            "seal_number": self.seal_number, "manifest": manifest if self.passengers is not None else None,
        }  # fmt: skip
        return {name: value for name, value in said.items() if value is not None}


def read_trips(
    data: bytes, find_coach: FindCoach, geography: Geography, now: datetime, first: date, last: date
) -> list[PlannedTrip]:
    """Return the trips of a CSV file. Columns: coach (id or plate in any style), corridor, destination; origin where it is not
    the corridor's other end; departure (with a zone, or in the origin's own time), or weekdays (1 is Monday) and time for a
    timetable from `first` to `last`; passengers, minors, seal_number.

    Raises:
        BadFile: with every reason by line; nothing may be declared.
    """
    sheet = Sheet(data, ("coach", "corridor", "destination"), ALIASES)
    found: list[PlannedTrip] = []
    lines: dict[str, int] = {}
    for row in sheet:
        for trip in _read(row, find_coach, geography, now, first, last):
            if trip.trip_id in lines:
                row.refuse("trip_twice", "coach", other=lines[trip.trip_id])
            lines[trip.trip_id] = row.line
            found.append(trip)
    sheet.refuse_if_bad()
    return found


def _read(
    row: Row, find_coach: FindCoach, geography: Geography, now: datetime, first: date, last: date
) -> Iterator[PlannedTrip]:
    named = row.needed("coach")
    coach = find_coach(named) if named else None
    if named and coach is None:
        row.refuse("unknown_coach", "coach", value=named[:60])
    corridor_id = row.needed("corridor")
    corridor = geography.find_corridor(corridor_id)
    if corridor_id and corridor is None:
        row.refuse("unknown_corridor", "corridor", corridor_id=corridor_id[:40])
    passengers, minors = row.number("passengers", 0, MOST_PASSENGERS), row.number("minors", 0, MOST_PASSENGERS)
    if passengers is not None and minors is not None and minors > passengers:
        row.refuse("more_than_passengers", "minors", limit=int(passengers))
    if corridor is None:
        return
    ends = _ends(row, corridor, geography)
    if coach is None or ends is None:
        return
    hub = geography.hubs.get(ends[0])
    for departs_at in _departures(row, hub.country if hub else None, now, first, last):
        yield PlannedTrip(
            coach.vehicle_id, corridor.id, *ends, departs_at,
            None if passengers is None else int(passengers), None if minors is None else int(minors),
            row.text("seal_number") or None,
        )  # fmt: skip


def _ends(row: Row, corridor: Corridor, geography: Geography) -> tuple[str, str] | None:
    hubs = [milestone.exit_place for milestone in corridor.milestones if milestone.kind == "hub"]
    names = {geography.hubs[hub].name.casefold(): hub for hub in hubs} | {hub: hub for hub in hubs}
    destination = names.get(row.needed("destination").casefold())
    far = hubs[0] if destination == hubs[-1] else hubs[-1]
    origin = names.get(row.text("origin", far).casefold())
    for column, hub in (("destination", destination), ("origin", origin)):
        if hub is None and row.text(column):
            row.refuse("not_on_corridor", column, value=row.text(column)[:60], corridor_id=corridor.id)
    if origin is None or destination is None:
        return None
    if origin == destination:
        row.refuse("same_ends", "destination", value=destination)
        return None
    return origin, destination


def _departures(row: Row, country: str | None, now: datetime, first: date, last: date) -> Iterable[datetime]:
    zone = zone_of(country)
    if row.text("departure"):
        at = row.read("departure", datetime.fromisoformat, "not_a_moment")
        moments = [] if at is None else [at.replace(tzinfo=at.tzinfo or zone)]
    else:
        weekdays, minute = row.read("weekdays", _weekdays, "not_weekdays"), row.minute("time")
        if not row.text("weekdays") or not row.text("time"):
            row.refuse("departure_missing", "departure")
        if weekdays is None or minute is None:
            return []
        days = [first + timedelta(days=n) for n in range(min(MOST_DAYS, (last - first).days + 1))]
        moments = [
            datetime.combine(day, time(), zone) + timedelta(minutes=minute)
            for day in days
            if day.isoweekday() in weekdays
        ]
    for moment in moments:
        if not now - BACK <= moment <= now + AHEAD:
            row.refuse("departure_far_off", "departure", value=moment.isoformat(), days=BACK.days, ahead=AHEAD.days)
    return [moment.astimezone(UTC) for moment in moments]


def _weekdays(text: str) -> frozenset[int]:
    days = frozenset(int(part) for part in text.replace(",", " ").split())
    if not days or not days <= frozenset(range(1, 8)):
        raise ValueError(text)
    return days


def new_of(trips: Sequence[PlannedTrip], known: Mapping[str, Mapping[str, Any]]) -> list[PlannedTrip]:
    """Return the trips of which something new is said. `known`: what was said of trips, by their name (which has the
    departure in it)."""

    def is_new(trip: PlannedTrip) -> bool:
        said = known.get(trip.trip_id)
        told = {name: value for name, value in trip.said().items() if name not in ("trip_id", "scheduled_departure")}
        return said is None or any(said.get(name) != value for name, value in told.items())

    return [trip for trip in trips if is_new(trip)]
