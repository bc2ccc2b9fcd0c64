"""Trips to choose from: those under way first, with where the coach is, since when it stands, and how old the word is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dashboard.along import Spot, countries_between, in_reach, spot_at
from operators.trip_sheets import TripSheet
from tracker.corridors import Corridor
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.latest import SILENT_AFTER, VehicleContact
from tracker.restrictions import Where
from tracker.scope import Action, Scope
from tracker.sightings import CoachNow, TripRunRow

# declared: the operator announced it and nothing was seen of it yet. cancelled: the operator took it back.
TripState = Literal["running", "declared", "ended", "cancelled"]
STATES: tuple[TripState, ...] = ("running", "declared", "ended", "cancelled")


@dataclass(frozen=True, slots=True)
class TripLine:
    """One trip in a list. `where` is known while it runs; `sheet` is None for a trip that nobody declared."""

    trip_id: str
    vehicle_id: str
    operator_id: str
    license_plate: str | None
    corridor: Corridor | None
    origin: str | None
    destination: str | None
    state: TripState
    started_at: datetime
    ended_at: datetime | None
    run: TripRunRow | None
    sheet: TripSheet | None
    where: Spot | None = None
    standing_since: datetime | None = None
    observed_at: datetime | None = None
    heard_at: datetime | None = None
    is_silent: bool = False
    is_withheld: bool = False  # it is in a restricted section


def list_trips(
    runs: Iterable[TripRunRow],
    sheets: Iterable[TripSheet],
    coaches: Iterable[CoachNow],
    contacts: Mapping[str, VehicleContact],
    find_vehicle: Callable[[str], VehicleRef | None],
    geography: Geography,
    scope: Scope,
    now: datetime,
) -> list[TripLine]:
    """Return the trips that the viewer may see: running ones, those that are to leave, then the newest.

    Whoever is bound to a country sees the trips that were driven there, and those declared for a corridor through it.
    """
    here = {coach.vehicle_id: coach for coach in coaches}
    declared = {(sheet.operator_id, sheet.trip_id): sheet for sheet in sheets}
    driven: set[tuple[str, str]] = set()
    lines = []
    for run in runs:
        driven.add((run.operator_id, run.trip_id))
        if sees_run(scope, run, geography):
            sheet = declared.get((run.operator_id, run.trip_id))
            lines.append(_driven(run, sheet, here.get(run.vehicle_id), contacts, find_vehicle, geography, scope, now))
    for key, sheet in declared.items():
        if key not in driven and sees_sheet(scope, sheet, geography):
            lines.append(_only_declared(sheet, find_vehicle, geography))
    return sorted(lines, key=_place)


def _place(line: TripLine) -> tuple[int, float, str]:
    """Return where a trip stands in the list: the newest first, and of those that are to leave the next one."""
    at = line.started_at.timestamp()
    return {"running": 0, "declared": 1}.get(line.state, 2), at if line.state == "declared" else -at, line.trip_id


def sees_run(scope: Scope, run: TripRunRow, geography: Geography) -> bool:
    """Say whether the viewer may see a trip: the operator is in reach, and so is some of the road it was driven on."""
    if not scope.may(Action.VIEW_POSITIONS, operator_id=run.operator_id):
        return False
    corridor = geography.corridors.get(run.corridor_id)
    between = countries_between(corridor, run.start_km, run.end_km) if corridor else {None}
    if _is_withheld(scope, run, run.start_km, run.started_at) or (
        run.ended_at and _is_withheld(scope, run, run.end_km, run.ended_at)
    ):
        return False
    return in_reach(between, scope.countries(Action.VIEW_POSITIONS))


def shown_run(scope: Scope, run: TripRunRow) -> TripRunRow:
    """Return a trip that the viewer sees, without what tells of a restricted section: its sums, and where it is now."""
    if not scope.withholds(run):
        return run
    hidden: dict[str, Any] = dict.fromkeys(("halted_s", "border_s", "silent_s"))
    if run.ended_at is None and _is_withheld(scope, run, run.end_km, None):
        hidden["end_km"] = None
    return TripRunRow(**run.model_dump() | hidden)


def _is_withheld(scope: Scope, run: TripRunRow, km: float, at: datetime | None) -> bool:
    return scope.is_withheld(run.operator_id, Where(corridor_id=run.corridor_id, from_km=km), at)


def shown_sheet(scope: Scope, sheet: TripSheet, geography: Geography) -> TripSheet:
    """Return what was declared, without the manifest if the way leads through a restricted section."""
    if not scope.restrictions or "manifest" not in sheet.said:
        return sheet
    corridor = geography.corridors.get(sheet.corridor_id)
    stones = [
        corridor.find_milestone(sheet.said.get(end) or "") if corridor else None for end in ("origin", "destination")
    ]
    kms = [stone.km for stone in stones if stone is not None]
    # Where one of the ends is not known, the whole corridor is its way.
    where = (
        Where(corridor_id=sheet.corridor_id, from_km=kms[0], to_km=kms[1])
        if len(kms) == 2
        else Where(corridor_id=sheet.corridor_id)
    )
    end = sheet.arrived_at or sheet.cancelled_at or scope.restrictions.as_of
    times = (sheet.departed_at, sheet.declared_at, end)
    if not scope.is_withheld(sheet.operator_id, where, *times, in_sum=True):
        return sheet
    said = {name: value for name, value in sheet.said.items() if name != "manifest"}
    return TripSheet(**sheet.model_dump() | {"said": said})


def sees_sheet(scope: Scope, sheet: TripSheet, geography: Geography) -> bool:
    """Say whether the viewer may see what was declared: the operator is in reach, and so is some of the corridor.

    When a trip begins or ends in a restricted section, or beside it, is the operator's alone, as that of a driven one is.
    """
    if not scope.may(Action.VIEW_POSITIONS, operator_id=sheet.operator_id):
        return False
    corridor = geography.corridors.get(sheet.corridor_id)
    for end, *times in (
        ("origin", sheet.departed_at, sheet.scheduled_departure, sheet.declared_at),
        ("destination", sheet.departed_at, sheet.declared_at, sheet.arrived_at),
    ):
        stone = corridor.find_milestone(sheet.said.get(end) or "") if corridor else None
        where = stone and Where(corridor_id=sheet.corridor_id, from_km=stone.km)
        if where and scope.is_withheld(sheet.operator_id, where, *times):
            return False
    return in_reach(corridor.kilometres_by_country() if corridor else {None}, scope.countries(Action.VIEW_POSITIONS))


def _driven(
    run: TripRunRow,
    sheet: TripSheet | None,
    coach: CoachNow | None,
    contacts: Mapping[str, VehicleContact],
    find_vehicle: Callable[[str], VehicleRef | None],
    geography: Geography,
    scope: Scope,
    now: datetime,
) -> TripLine:
    vehicle = find_vehicle(run.vehicle_id)
    line: dict[str, Any] = {
        "trip_id": run.trip_id,
        "vehicle_id": run.vehicle_id,
        "operator_id": run.operator_id,
        "license_plate": vehicle.license_plate if vehicle else None,
        "corridor": geography.corridors.get(run.corridor_id),
        "origin": run.origin,
        "destination": run.destination,
        "started_at": run.started_at,
        "run": run,
        "sheet": sheet,
    }
    if run.ended_at is not None:
        return TripLine(**line, state="ended", ended_at=run.ended_at)
    contact = contacts.get(run.vehicle_id)
    is_withheld = coach is not None and scope.withholds(coach)
    shown = coach is not None and not is_withheld and scope.may_see_exact(run.operator_id, country=coach.country)
    heard_at = contact.heard_at if contact and not is_withheld else None
    return TripLine(
        **line,
        state="running",
        ended_at=None,
        where=spot_at(geography, coach.corridor_id, coach.km) if coach and shown else None,
        standing_since=coach.standing_since if coach and shown else None,
        observed_at=coach.observed_at if coach and not is_withheld else None,
        is_withheld=is_withheld,
        heard_at=heard_at,
        is_silent=heard_at is not None and now - heard_at > SILENT_AFTER,
    )


def _only_declared(
    sheet: TripSheet, find_vehicle: Callable[[str], VehicleRef | None], geography: Geography
) -> TripLine:
    vehicle = find_vehicle(sheet.vehicle_id)
    said = sheet.said
    state: TripState = "cancelled" if sheet.cancelled_at else "ended" if sheet.arrived_at else "declared"
    return TripLine(
        trip_id=sheet.trip_id,
        vehicle_id=sheet.vehicle_id,
        operator_id=sheet.operator_id,
        license_plate=vehicle.license_plate if vehicle else None,
        corridor=geography.corridors.get(sheet.corridor_id),
        origin=said.get("origin"),
        destination=said.get("destination"),
        state=state,
        started_at=sheet.begins_at,
        ended_at=sheet.arrived_at or sheet.cancelled_at,
        run=None,
        sheet=sheet,
    )
