"""The map's data as one snapshot for one viewer, and as the compact JSON that the page fetches every few seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlmodel import Session

from checkpoints.logged_crossings import LoggedCrossing, list_crossings, list_last_by_post
from checkpoints.post_statuses import list_statuses
from checkpoints.reported_controls import list_controls, list_incidents
from dashboard.map_coaches import MapCoach, read_coaches, show_coaches
from dashboard.map_posts import LastCrossing, MapPost, show_posts
from dashboard.map_reports import Gathering, MapReport, gather_harassment, show_reports
from operators.companies import list_operators, list_vehicles
from tracker.directory import VehicleRef
from tracker.geography import Geography
from tracker.scope import Action, Scope, names

WINDOW = timedelta(days=7)
MOST_REPORTS = 1000

COACH_COLUMNS = (
    "id", "operator", "plate", "lat", "lon", "speed", "bearing", "accuracy", "observed", "heard", "silent", "country",
    "corridor", "km", "section", "near", "nearKm", "destination", "standing", "trip",
)  # fmt: skip
REPORT_COLUMNS = (
    "id", "kind", "agency", "lat", "lon", "observed", "minutes", "operator", "vehicle", "country", "near", "payments",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LiveMap:
    """Everything that moves, as far as one viewer may see it. `operators` are the names of the companies shown."""

    at: datetime
    coaches: list[MapCoach]
    posts: list[MapPost]
    reports: list[MapReport]
    gathered: list[Gathering]
    operators: dict[str, str]
    sees_coaches: bool
    sees_reports: bool
    own_crossings_only: bool


def read_live(
    session: Session,
    geography: Geography,
    scope: Scope,
    now: datetime,
    find_vehicle: Callable[[str], VehicleRef | None],
) -> LiveMap:
    """Read the projections, and return what the viewer may see of them. The cost does not depend on the log."""
    operators = names(scope.operators(Action.VIEW_POSITIONS))
    sees_coaches = scope.may(Action.VIEW_POSITIONS)
    coaches = show_coaches(read_coaches(session, operators), geography, scope, now) if sees_coaches else []

    own = names(scope.operators(Action.VIEW_CROSSINGS))
    crossings = _crossings(session, scope, own)
    posts = show_posts(list_statuses(session), crossings, find_vehicle, geography, scope, now)

    sees_reports = scope.may(Action.VIEW_REPORTS) or scope.may(Action.VIEW_REPORTS_EXACT)
    reach = names(scope.operators(Action.VIEW_REPORTS))
    mine = scope.viewer.operator_id if scope.viewer else None
    since = now - WINDOW
    controls = list_controls(session, since, reach, mine, limit=MOST_REPORTS) if sees_reports else []
    incidents = list_incidents(session, since, reach, mine, limit=MOST_REPORTS) if sees_reports else []
    reports = show_reports(controls, incidents, geography, scope)
    shown = {coach.operator_id for coach in coaches} | {report.operator_id for report in reports}
    return LiveMap(
        at=now,
        coaches=coaches,
        posts=posts,
        reports=reports,
        gathered=gather_harassment(controls, incidents, geography, scope, now),
        operators={o.operator_id: o.name for o in list_operators(session) if o.operator_id in shown},
        sees_coaches=sees_coaches,
        sees_reports=sees_reports,
        own_crossings_only=own is not None,
    )


def _crossings(session: Session, scope: Scope, own: frozenset[str] | None) -> list[LoggedCrossing]:
    if not scope.may(Action.VIEW_CROSSINGS):
        return []
    posts = names(scope.posts(Action.VIEW_CROSSINGS))
    if own is not None:  # the last crossing of any coach would be another company's
        coaches = {vehicle.vehicle_id for operator in own for vehicle in list_vehicles(session, operator)}
        return list_crossings(session, posts, coaches, limit=500)
    return list_last_by_post(session, posts)


def live_json(live: LiveMap) -> dict[str, Any]:
    """Return the snapshot in parts, each with a version, so that a page is sent only the parts that changed.

    Times are Unix seconds. Ages are not sent, because an age changes while nothing does: the page counts them.
    """
    parts = {
        "coaches": {
            "shown": live.sees_coaches,
            "operators": live.operators,
            "columns": COACH_COLUMNS,
            "rows": [_coach(coach) for coach in live.coaches],
        },
        "posts": {"ownCrossingsOnly": live.own_crossings_only, "rows": [_post(post) for post in live.posts]},
        "reports": {
            "shown": live.sees_reports,
            "columns": REPORT_COLUMNS,
            "rows": [_report(report) for report in live.reports],
            "gathered": [
                {"place": g.place, "day": g.day.isoformat(), "n": g.reports, "vehicles": g.vehicles, "kinds": g.kinds}
                for g in live.gathered
            ],
        },
    }
    return {name: {"version": version_of(part), **part} for name, part in parts.items()}


def version_of(value: object) -> str:
    """Return a short name of a JSON value that changes with it."""
    return hashlib.sha256(orjson.dumps(value)).hexdigest()[:12]


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _coach(coach: MapCoach) -> list[Any]:
    return [
        coach.vehicle_id, coach.operator_id, coach.license_plate, coach.latitude, coach.longitude, coach.speed_mps,
        coach.bearing_deg, coach.accuracy_m, _seconds(coach.observed_at), _seconds(coach.heard_at), int(coach.silent),
        coach.country, coach.corridor, coach.km, coach.section, coach.near, coach.near_km, coach.destination,
        _seconds(coach.standing_since), coach.trip_id,
    ]  # fmt: skip


def _report(report: MapReport) -> list[Any]:
    return [
        report.report_id, report.kind, report.agency, report.latitude, report.longitude, _seconds(report.observed_at),
        report.minutes, report.operator_id, report.vehicle_id, report.country, report.near,
        [[p.amount, p.currency, p.basis, p.count] for p in report.payments],
    ]  # fmt: skip


def _post(post: MapPost) -> dict[str, Any]:
    return {
        "id": post.post_id,
        "state": post.state,
        "stateBy": post.state_by,
        "stateSince": post.state_since,
        "freshness": post.freshness,
        "stale": post.freshness == "stale",
        "crossingsShown": post.crossings_shown,
        "newest": _seconds(post.newest_at),
        "agencies": [[w.agency, w.status, w.queue_length, _seconds(w.observed_at)] for w in post.agencies],
        "crossings": {direction: _crossing(crossing) for direction, crossing in sorted(post.crossings.items())},
    }


def _crossing(crossing: LastCrossing) -> dict[str, Any]:
    return {
        "agency": crossing.agency,
        "arrived": _seconds(crossing.arrived_at),
        "released": _seconds(crossing.released_at),
        "dwell": crossing.dwell_s,
        "outcome": crossing.outcome,
        "vehicle": crossing.vehicle_id,
    }
