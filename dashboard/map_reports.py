"""Reported controls and harassment as the map shows them. Pure.

A control is a marker where the crew reported it. A report of harassment never is: it is gathered at the nearest town or
post and counted by day, so that no dot lies on a reporter. Who sees which is asked of `Scope`; violence, sexual abuse
and detention are the protection officer's, and an inspectorate sees counts of its own agency, late and never small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from checkpoints.harassment_flags import PROTECTED
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from dashboard.map_places import place_of_post
from tracker.countries import country_at
from tracker.geo import haversine_m
from tracker.geography import Geography
from tracker.scope import Action, Scope

# An agency learns of reports late, and only of as many as cannot be one crew: `care.md`, section 1.
AGENCY_WAITS = timedelta(hours=72)
SMALLEST_CELL = (5, 3, 2)  # reports, vehicles, operators


@dataclass(frozen=True, slots=True)
class Payment:
    """What was paid at one control, in its own currency."""

    amount: float
    currency: str
    basis: str
    count: int


@dataclass(frozen=True, slots=True)
class MapReport:
    """One reported control, or incident that is not harassment. `minutes` is None where no end was reported."""

    report_id: int
    kind: str  # `control`, or the type of the incident
    agency: str | None
    latitude: float | None
    longitude: float | None
    observed_at: datetime
    minutes: int | None
    operator_id: str
    vehicle_id: str
    country: str | None
    near: str | None
    payments: tuple[Payment, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathering:
    """Reports of harassment near one place on one day (UTC). `place` is None where none was reported."""

    place: str | None
    day: date
    reports: int
    vehicles: int
    kinds: tuple[tuple[str, int], ...]


class Places:
    """The towns and posts at which reports are gathered."""

    def __init__(self, geography: Geography) -> None:
        """Take every hub and post."""
        hubs = [(hub.id, hub.latitude, hub.longitude) for hub in geography.hubs.values() if hub.kind == "city"]
        posts = [(post.id, *place_of_post(post)) for post in geography.posts.values()]
        self._ids = [place[0] for place in hubs + posts]
        self._latitudes = np.array([place[1] for place in hubs + posts])
        self._longitudes = np.array([place[2] for place in hubs + posts])

    def nearest(self, latitude: float | None, longitude: float | None) -> str | None:
        """Return the place nearest to a point; None for no point."""
        if latitude is None or longitude is None or not self._ids:
            return None
        return self._ids[int(np.argmin(haversine_m(self._latitudes, self._longitudes, latitude, longitude)))]


def show_reports(
    controls: Iterable[ReportedControl], incidents: Iterable[ReportedIncident], geography: Geography, scope: Scope
) -> list[MapReport]:
    """Return the reports without harassment that the viewer may see exactly, newest first."""
    places = Places(geography)
    rows: list[ReportedControl | ReportedIncident] = [*controls, *incidents]
    shown = [
        _report(row, places, scope)
        for row in rows
        if not is_harassment(row) and _may(scope, Action.VIEW_REPORTS_EXACT, row)
    ]
    return sorted(shown, key=lambda report: (report.observed_at, report.report_id), reverse=True)


def gather_harassment(
    controls: Iterable[ReportedControl],
    incidents: Iterable[ReportedIncident],
    geography: Geography,
    scope: Scope,
    now: datetime,
) -> list[Gathering]:
    """Return the harassment the viewer may know of, by place and day, newest day first."""
    exact = scope.may(Action.VIEW_REPORTS_EXACT)
    action = Action.VIEW_REPORTS_EXACT if exact else Action.VIEW_REPORTS
    places = Places(geography)
    cells: dict[tuple[str | None, date], list[tuple[ReportedControl | ReportedIncident, list[str]]]] = {}
    rows: list[ReportedControl | ReportedIncident] = [*controls, *incidents]
    for row in rows:
        open_kinds = [kind for kind in row.harassment if kind not in PROTECTED]
        if not is_harassment(row) or not _may(scope, action, row):
            continue
        if not exact and now - row.observed_at < AGENCY_WAITS:
            continue
        if scope.may(Action.VIEW_PROTECTED_REPORTS):
            open_kinds = list(row.harassment)
        elif row.harassment and not open_kinds:
            continue
        cell = (places.nearest(row.latitude, row.longitude), row.observed_at.date())
        cells.setdefault(cell, []).append((row, open_kinds))
    gathered = []
    for (place, day), found in cells.items():
        vehicles = {row.vehicle_id for row, _ in found}
        size = (len(found), len(vehicles), len({row.operator_id for row, _ in found}))
        if not exact and any(have < least for have, least in zip(size, SMALLEST_CELL, strict=True)):
            continue
        kinds = Counter(kind for _, own in found for kind in own) if exact else Counter()
        gathered.append(Gathering(place, day, len(found), len(vehicles), tuple(kinds.most_common())))
    return sorted(gathered, key=lambda one: (-one.day.toordinal(), one.place or ""))


def is_harassment(row: ReportedControl | ReportedIncident) -> bool:
    """Say whether a report tells of harassment, alone or beside a control."""
    return bool(row.harassment) or getattr(row, "incident_type", "") == "harassment"


def _may(scope: Scope, action: Action, row: ReportedControl | ReportedIncident) -> bool:
    return not scope.withholds(row) and scope.may(
        action, operator_id=row.operator_id, country=_country(row), agency=row.agency
    )


def _country(row: ReportedControl | ReportedIncident) -> str | None:
    if row.latitude is None or row.longitude is None:
        return None
    return country_at(row.latitude, row.longitude)


def shown_payments(row: ReportedControl, scope: Scope) -> list[dict[str, Any]]:
    """Return the payments of a report that the viewer may see."""
    return [p for p in row.payments if scope.may_see_payment(observatory_only=bool(p.get("observatory_only")))]


def _report(row: ReportedControl | ReportedIncident, places: Places, scope: Scope) -> MapReport:
    payments = shown_payments(row, scope) if isinstance(row, ReportedControl) else []
    return MapReport(
        report_id=row.seq,
        kind="control" if isinstance(row, ReportedControl) else row.incident_type,
        agency=row.agency,
        latitude=None if row.latitude is None else round(row.latitude, 5),
        longitude=None if row.longitude is None else round(row.longitude, 5),
        observed_at=row.observed_at,
        minutes=round((row.ended_at - row.observed_at).total_seconds() / 60) if row.ended_at else None,
        operator_id=row.operator_id,
        vehicle_id=row.vehicle_id,
        country=_country(row),
        near=places.nearest(row.latitude, row.longitude),
        payments=tuple(
            Payment(float(p["amount"]), p["currency"], p.get("basis") or "unknown", int(p.get("count") or 1))
            for p in payments
        ),
    )
