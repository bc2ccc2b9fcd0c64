"""Reads control stops: reported controls joined with halts, crossings and trips, a few days at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any

import numpy as np
from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from checkpoints.alerts import without_alerts
from checkpoints.checks import Check, Way, check_of, tidied
from checkpoints.control_points import Register
from checkpoints.control_stops import ControlStop, make_stops
from checkpoints.register import load_register
from checkpoints.reported_controls import ReportedControl
from tracker.fact_rows import TABLES, Sighting, read_facts
from tracker.fact_tables import HaltRow
from tracker.facts import BorderCrossing, Fact, Halt, TripRun
from tracker.geography import Geography, load_geography
from tracker.security import load_restrictions
from tracker.tracks import read_track

MARGIN = timedelta(hours=15)  # more than the longest time between two checks of one stop
CHUNK = timedelta(days=4)
LONGEST = timedelta(days=4)  # a halt or trip that began earlier is of a coach that is parked
NEAR_FIX = timedelta(minutes=5)
TOGETHER = 500  # coaches in one query
KINDS = (TripRun, Halt, BorderCrossing)


@dataclass(frozen=True, slots=True)
class Stops:
    """Control stops by time, and how many reports were left out, by reason."""

    stops: tuple[ControlStop, ...]
    left_out: Mapping[str, int]


def read_stops(
    session: Session,
    since: datetime,
    until: datetime,
    *,
    geography: Geography | None = None,
    register: Register | None = None,
    operators: Collection[str] | None = None,
    vehicle_id: str | None = None,
    is_told: Callable[[ReportedControl], bool] = lambda _row: True,
) -> Stops:
    """Return the control stops that began in [`since`, `until`), of `operators` only (None: of all).

    Halts at places of the register that are points, not towns, count as stops that positions show: where a town is meant,
    a halt in it is a station or a meal as likely as a control. Safety alerts (`alerts`) are counted among what is left out;
    of all that, reports only of which `is_told` says that the reader may know.
    """
    world = geography or load_geography(session, until.date())
    acts = register or load_register(session)
    restrictions = load_restrictions(session, world, until)
    stops: list[ControlStop] = []
    left_out: Counter[str] = Counter()
    start = since
    while start < until:
        end = min(start + CHUNK, until)
        reports = _reports(session, start - MARGIN, end + MARGIN, operators, vehicle_id)
        counted = [row for row in reports if start <= row.observed_at < end and is_told(row)]
        usable = tidied(map(check_of, without_alerts(counted, restrictions, left_out)), left_out)
        checks = [check_of(row) for row in without_alerts(reports, restrictions)]
        ways = _ways(session, start - MARGIN, end + MARGIN, checks, acts, operators, vehicle_id)
        found, _ = make_stops(checks, ways, world, partial(_is_known, acts))
        stops += [stop for stop in found if start <= stop.started_at < end]
        told = {seq for stop in found for control in stop.controls for seq in control.seqs}
        left_out["no_place"] += sum(check.seq not in told for check in usable)
        start = end
    return Stops(tuple(stops), dict(sorted((+left_out).items())))


def way_of(session: Session, vehicle_id: str, since: datetime, until: datetime) -> Way:
    """Return what positions show of one coach around a time."""
    begin, end = since - MARGIN, until + MARGIN
    facts = [(own_id, one) for kind in KINDS for own_id, one in _facts(session, kind, begin, end, None, vehicle_id)]
    return _way(session, vehicle_id, facts)


def is_at_known_place(register: Register, stop: ControlStop) -> bool:
    """Say whether a stop lies at a place of the register that is a point: there positions alone tell of a control."""
    return _is_point(register, stop.place.corridor_id, stop.place.km, stop.started_at.date())


def _is_known(register: Register, halt: Halt) -> bool:
    return _is_point(register, halt.corridor_id, halt.km, halt.started_at.date())


def _is_point(register: Register, corridor_id: str | None, km: float | None, on: date) -> bool:
    if corridor_id is None or km is None:
        return False
    return any(p.basis == "point" and p.status == "authorised" for p in register.find_points(corridor_id, km, on))


def _reports(
    session: Session, since: datetime, until: datetime, operators: Collection[str] | None, vehicle_id: str | None
) -> list[ReportedControl]:
    query = select(ReportedControl).where(
        col(ReportedControl.observed_at) >= since,
        col(ReportedControl.observed_at) < until,
    )
    if operators is not None:
        query = query.where(col(ReportedControl.operator_id).in_(operators))
    if vehicle_id is not None:
        query = query.where(col(ReportedControl.vehicle_id) == vehicle_id)
    return list(session.exec(query.order_by(col(ReportedControl.seq))))


def _ways(
    session: Session,
    since: datetime,
    until: datetime,
    checks: Iterable[Check],
    register: Register,
    operators: Collection[str] | None,
    vehicle_id: str | None,
) -> dict[str, Way]:
    """Read what positions show of the coaches: all that crossed a border, halted at a known place or reported."""
    reporting = sorted({check.vehicle_id for check in checks})
    found = [
        one for kind in (TripRun, BorderCrossing) for one in _facts(session, kind, since, until, operators, vehicle_id)
    ]
    found += _facts(session, Halt, since, until, operators, vehicle_id, _at_known(register))
    for first in range(0, len(reporting), TOGETHER):
        those = col(HaltRow.vehicle_id).in_(reporting[first : first + TOGETHER])
        found += _facts(session, Halt, since, until, operators, vehicle_id, those)
    by_coach: dict[str, dict[str, Sighting]] = {name: {} for name in reporting}
    for own_id, sighting in found:  # a halt at a known place of a coach that reported was read twice
        by_coach.setdefault(sighting.vehicle_id, {})[own_id] = sighting
    return {name: _way(session, name, own.items()) for name, own in by_coach.items()}


def _way(session: Session, vehicle_id: str, found: Iterable[tuple[str, Sighting]]) -> Way:
    own = sorted(found, key=lambda one: (one[1].fact.started_at, one[0]))
    return Way(
        operator_id=own[0][1].operator_id if own else "",
        trips=tuple(one.fact for _, one in own if isinstance(one.fact, TripRun)),
        halts=tuple((own_id, one.fact) for own_id, one in own if isinstance(one.fact, Halt)),
        crossings=tuple((own_id, one.fact) for own_id, one in own if isinstance(one.fact, BorderCrossing)),
        place_at=partial(_place_at, session, vehicle_id),
    )


def _facts(
    session: Session,
    kind: type[Fact],
    since: datetime,
    until: datetime,
    operators: Collection[str] | None,
    vehicle_id: str | None,
    *where: Any,
) -> list[tuple[str, Sighting]]:
    table = TABLES[kind].__table__.c  # type: ignore[attr-defined]
    wanted = [*where, table.started_at >= since - LONGEST, table.started_at < until]
    wanted.append(or_(table.ended_at.is_(None), table.ended_at >= since))
    if operators is not None:
        wanted.append(table.operator_id.in_(operators))
    if vehicle_id is not None:
        wanted.append(table.vehicle_id == vehicle_id)
    return [(own_id, one) for rows in read_facts(session, kind, *wanted) for own_id, _, one in rows]


@lru_cache(maxsize=2)
def _at_known(register: Register) -> Any:
    stretches = {s for point in register.points if point.basis == "point" for s in point.stretches}
    places = [
        and_(col(HaltRow.corridor_id) == s.corridor_id, col(HaltRow.km) >= s.from_km, col(HaltRow.km) <= s.to_km)
        for s in sorted(stretches, key=lambda s: (s.corridor_id, s.from_km or 0.0))
        if s.from_km is not None
    ]
    return or_(*places) if places else col(HaltRow.fact_id).is_(None)


def _place_at(session: Session, vehicle_id: str, at: datetime) -> tuple[float, float] | None:
    """Return where a coach was at a moment: the middle of its three nearest fixes of the same five minutes."""
    fixes = read_track(session, vehicle_id, at - NEAR_FIX, at + NEAR_FIX)
    if not len(fixes):
        return None
    nearest = np.argsort(np.abs(fixes.at_s - at.timestamp()), kind="stable")[:3]
    return float(np.median(fixes.latitudes[nearest])), float(np.median(fixes.longitudes[nearest]))
