"""Reads control stops: reported controls joined with halts, crossings and trips, a few days at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from checkpoints.checks import ARMED_GROUP, Check, Way, check_of
from checkpoints.control_points import Register
from checkpoints.control_stops import ControlStop, make_stops
from checkpoints.register import load_register
from checkpoints.reported_controls import ReportedControl
from tracker.fact_tables import BorderCrossingRow, HaltRow, TripRunRow
from tracker.facts import BorderCrossing, Halt, TripRun
from tracker.geography import Geography, load_geography
from tracker.tracks import read_track

MARGIN = timedelta(hours=15)  # more than the longest time between two checks of one stop
CHUNK = timedelta(days=4)
LONGEST = timedelta(days=4)  # a halt or trip that began earlier is of a coach that is parked
NEAR_FIX = timedelta(minutes=5)
TOGETHER = 500  # coaches in one query


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
) -> Stops:
    """Return the control stops that began in [`since`, `until`), of `operators` only (None: of all).

    Halts at places of the register that are points, not towns, count as stops that positions show: where a town is meant,
    a halt in it is a station or a meal as likely as a control. Reports of stops by armed groups are not read at all.
    """
    world = geography or load_geography(session, until.date())
    acts = register or load_register(session)
    stops: list[ControlStop] = []
    left_out: Counter[str] = Counter()
    start = since
    while start < until:
        end = min(start + CHUNK, until)
        checks = _checks(session, start - MARGIN, end + MARGIN, operators, vehicle_id)
        within = [check for check in checks if start <= check.observed_at < end]
        ways = _ways(session, start - MARGIN, end + MARGIN, checks, acts, operators, vehicle_id)
        found, _ = make_stops(checks, ways, world, partial(_is_known, acts))
        stops += [stop for stop in found if start <= stop.started_at < end]
        left_out.update(make_stops(within, ways, world)[1] if within else {})
        start = end
    return Stops(tuple(stops), dict(sorted(left_out.items())))


def way_of(session: Session, vehicle_id: str, since: datetime, until: datetime) -> Way:
    """Return what positions show of one coach around a time."""
    begin, end = since - MARGIN, until + MARGIN
    tables = (TripRunRow, HaltRow, BorderCrossingRow)
    return _way(session, vehicle_id, "", *(_rows(session, table, begin, end, None, vehicle_id) for table in tables))


def _is_known(register: Register, halt: Halt) -> bool:
    if halt.corridor_id is None or halt.km is None:
        return False
    points = register.find_points(halt.corridor_id, halt.km, halt.started_at.date())
    return any(point.basis == "point" and point.status == "authorised" for point in points)


def _checks(
    session: Session, since: datetime, until: datetime, operators: Collection[str] | None, vehicle_id: str | None
) -> list[Check]:
    query = select(ReportedControl).where(
        col(ReportedControl.observed_at) >= since,
        col(ReportedControl.observed_at) < until,
        col(ReportedControl.agency) != ARMED_GROUP,
    )
    if operators is not None:
        query = query.where(col(ReportedControl.operator_id).in_(operators))
    if vehicle_id is not None:
        query = query.where(col(ReportedControl.vehicle_id) == vehicle_id)
    return [check_of(row) for row in session.exec(query.order_by(col(ReportedControl.seq)))]


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
    crossings = _rows(session, BorderCrossingRow, since, until, operators, vehicle_id)
    halts = _rows(session, HaltRow, since, until, operators, vehicle_id, _at_known(register))
    for first in range(0, len(reporting), TOGETHER):
        those = col(HaltRow.vehicle_id).in_(reporting[first : first + TOGETHER])
        halts += _rows(session, HaltRow, since, until, operators, vehicle_id, those)
    trips = _rows(session, TripRunRow, since, until, operators, vehicle_id)
    owners = {row.vehicle_id: row.operator_id for row in (*trips, *halts, *crossings)}
    parts: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {}
    for name in (*owners, *reporting):
        parts.setdefault(name, ({}, {}, {}))
    for number, rows in enumerate((trips, halts, crossings)):
        for row in rows:
            parts[row.vehicle_id][number][row.fact_id] = row
    return {
        name: _way(session, name, owners.get(name, ""), *(list(rows.values()) for rows in own))
        for name, own in parts.items()
    }


def _way(
    session: Session, vehicle_id: str, operator_id: str, trips: list[Any], halts: list[Any], crossings: list[Any]
) -> Way:
    return Way(
        operator_id=operator_id,
        trips=tuple(_fact(TripRun, row) for row in _by_start(trips)),
        halts=tuple((row.fact_id, _fact(Halt, row)) for row in _by_start(halts)),
        crossings=tuple((row.fact_id, _fact(BorderCrossing, row)) for row in _by_start(crossings)),
        place_at=partial(_place_at, session, vehicle_id),
    )


def _rows(
    session: Session,
    table: Any,
    since: datetime,
    until: datetime,
    operators: Collection[str] | None,
    vehicle_id: str | None,
    *where: Any,
) -> list[Any]:
    query = select(table).where(
        *where,
        table.started_at >= since - LONGEST,
        table.started_at < until,
        or_(table.ended_at.is_(None), table.ended_at >= since),
    )
    if operators is not None:
        query = query.where(table.operator_id.in_(operators))
    if vehicle_id is not None:
        query = query.where(table.vehicle_id == vehicle_id)
    return list(session.exec(query.order_by(table.started_at, table.fact_id)))


def _at_known(register: Register) -> Any:
    stretches = {s for point in register.points if point.basis == "point" for s in point.stretches}
    places = [
        and_(col(HaltRow.corridor_id) == s.corridor_id, col(HaltRow.km) >= s.from_km, col(HaltRow.km) <= s.to_km)
        for s in sorted(stretches, key=lambda s: (s.corridor_id, s.from_km or 0.0))
        if s.from_km is not None
    ]
    return or_(*places) if places else col(HaltRow.fact_id).is_(None)


def _fact(kind: Any, row: Any) -> Any:
    values = {f.name: getattr(row, f.name) for f in fields(kind)}
    if "remarks" in values:
        values["remarks"] = tuple(values["remarks"])
    return kind(**values)


def _by_start(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: (row.started_at, row.fact_id))


def _place_at(session: Session, vehicle_id: str, at: datetime) -> tuple[float, float] | None:
    """Return where a coach was at a moment: the middle of its three nearest fixes of the same five minutes."""
    fixes = read_track(session, vehicle_id, at - NEAR_FIX, at + NEAR_FIX)
    if not len(fixes):
        return None
    nearest = np.argsort(np.abs(fixes.at_s - at.timestamp()), kind="stable")[:3]
    return float(np.median(fixes.latitudes[nearest])), float(np.median(fixes.longitudes[nearest]))
