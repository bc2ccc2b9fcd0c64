"""The reading API: corridors, posts, coaches and controls, each as far as the reader's scope reaches."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from sqlmodel import Session

from checkpoints.harassment_flags import PROTECTED
from checkpoints.post_statuses import list_statuses
from checkpoints.register import control_points_on
from checkpoints.reported_controls import ReportedControl, list_controls
from dashboard.exports import Form, answered
from dashboard.map_reports import shown_payments
from dashboard.parts import Parts
from dashboard.viewers import require
from operators.companies import list_vehicles
from telemetry.answers import documented
from telemetry.topics import IDENTIFIER
from tracker.corridors import Corridor
from tracker.errors import NotAllowed, NotFound
from tracker.geography import Geography
from tracker.latest import list_latest
from tracker.places import BorderPost
from tracker.scope import ALL, Action, Scope, names

Limit = Annotated[int, Query(ge=1, le=500, description="most rows of one page")]
Cursor = Annotated[int | None, Query(ge=1, le=2**62, description="`next_cursor` of the page before")]
WINDOW = timedelta(days=7)
NAME = f"^{IDENTIFIER}$"
InPath = Annotated[str, Path(pattern=NAME)]
InQuery = Annotated[str | None, Query(pattern=NAME)]


def post_in_reach(parts: Parts, post_id: str, scope: Scope) -> BorderPost:
    """Return a border post whose coaches the reader may see.

    Raises:
        NotFound: there is no such post.
        NotAllowed: its coaches are not for the reader.
    """
    post = parts.directory.geography.find_post(post_id)
    if post is None:
        raise NotFound("unknown_border_post", post=post_id)
    if not scope.may(Action.VIEW_CROSSINGS, post_id=post.id, country=post.country):
        raise NotAllowed
    return post


def make_router(parts: Parts) -> APIRouter:
    """Return the routes, which read projections only."""
    router = APIRouter(prefix="/api/v1", tags=["reading"], responses=documented(401, 403, 404, 422, 503))
    database = parts.database

    @router.get("/corridors", summary="Corridors with their length")
    def corridors(_scope: Annotated[Scope, Depends(require(Action.VIEW_MAP))]) -> dict[str, Any]:
        return {"items": [_corridor(c) for c in parts.directory.geography.list_corridors()]}

    @router.get("/corridors/{corridor_id}", summary="One corridor with sections, hubs and posts")
    def corridor(corridor_id: InPath, _scope: Annotated[Scope, Depends(require(Action.VIEW_MAP))]) -> dict[str, Any]:
        found = parts.directory.geography.find_corridor(corridor_id)
        if found is None:
            raise NotFound("unknown_corridor", corridor_id=corridor_id)
        passages = [
            {
                "section_id": p.section.id,
                "from_km": round(p.from_km, 2),
                "to_km": round(p.to_km, 2),
                "country": p.country,
            }
            for p in found.passages
        ]
        places = [
            {"kind": m.kind, "exit_place": m.exit_place, "entry_place": m.entry_place, "km": round(m.km, 2)}
            for m in found.milestones
        ]
        return _corridor(found) | {"sections": passages, "places": places}

    @router.get("/border-posts", summary="Border posts with their state and what was last said of them")
    def border_posts(
        scope: Annotated[Scope, Depends(require(Action.VIEW_MAP))],
        on_corridors: Annotated[bool, Query(description="only posts that a corridor passes")] = False,
        form: Form = "json",
    ) -> Any:
        geography = parts.directory.geography
        passed = {
            place for c in geography.list_corridors() for m in c.borders for place in (m.exit_place, m.entry_place)
        }
        with database.reading() as session:
            said: dict[str, list[dict[str, Any]]] = {}
            for status in list_statuses(session, names(scope.posts(Action.VIEW_CROSSINGS))):
                said.setdefault(status.post_id, []).append(status.model_dump(exclude={"seq", "post_id"}))
        today = parts.clock.now().date()
        items = [
            _post(p, today) | {"reported": said.get(p.id, [])}
            for p in geography.list_posts()
            if p.id in passed or not on_corridors
        ]
        return answered({"items": items}, form, "border_posts")

    @router.get("/control-points", summary="The register of authorised control points as of a day")
    def control_points(
        _scope: Annotated[Scope, Depends(require(Action.VIEW_MAP))],
        on: Annotated[date | None, Query(description="default: today")] = None,
    ) -> dict[str, Any]:
        day = on or parts.clock.now().date()
        with database.reading() as session:
            points = [point.model_dump() for point in control_points_on(session, day)]
        return {"on": day, "items": points}

    @router.get("/controls", summary="Controls as crews reported them, newest entry first")
    def controls(
        scope: Annotated[Scope, Depends(require(Action.VIEW_REPORTS_EXACT))],
        since: Annotated[datetime | None, Query(description="default: seven days ago")] = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> dict[str, Any]:
        own = scope.viewer.operator_id if scope.viewer else None
        begin = since or parts.clock.now() - WINDOW
        if begin.tzinfo is None:
            begin = begin.replace(tzinfo=parts.clock.now().tzinfo)
        with database.reading() as session:
            reach = names(scope.operators(Action.VIEW_REPORTS_EXACT))
            found = list_controls(session, begin, reach, own, cursor, limit)
        items = [
            _control(one, scope)
            for one in found
            if _in_country(scope, Action.VIEW_REPORTS_EXACT, (one.latitude, one.longitude), parts)
            and not scope.withholds(one)
        ]
        return {"items": items, "next_cursor": found[-1].seq if len(found) == limit else None}

    @router.get("/vehicles/{vehicle_id}/latest", summary="Where a coach is")
    def latest(vehicle_id: InPath, scope: Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]) -> dict[str, Any]:
        vehicle = parts.directory.find_vehicle(vehicle_id)
        if vehicle is None or not scope.may(Action.VIEW_POSITIONS, operator_id=vehicle.operator_id):
            raise NotFound("unknown_vehicle", vehicle_id=vehicle_id)
        with database.reading() as session:
            for position, contact in list_latest(session, [vehicle.operator_id]):
                place = (position.latitude, position.longitude)
                if (
                    position.vehicle_id == vehicle_id
                    and _in_country(scope, Action.VIEW_POSITIONS, place, parts)
                    and not scope.withholds(position)
                ):
                    return position.model_dump(exclude={"seq"}) | {
                        "heard_at": contact.heard_at,
                        "silent_since": contact.silent_since,
                        "online": contact.online,
                    }
        raise NotFound("no_position_yet", vehicle_id=vehicle_id)

    return router


def _in_country(scope: Scope, action: Action, place: tuple[float | None, float | None], parts: Parts) -> bool:
    countries = scope.countries(action)
    if countries is ALL:
        return True
    latitude, longitude = place
    return (
        latitude is not None and longitude is not None and parts.directory.country_at(latitude, longitude) in countries
    )


def posts_in_reach(scope: Scope, geography: Geography) -> frozenset[str] | None:
    """Return the posts whose crossings the viewer may see, None for all."""
    posts, countries = names(scope.posts(Action.VIEW_CROSSINGS)), scope.countries(Action.VIEW_CROSSINGS)
    if countries is ALL:
        return posts
    return frozenset(p.id for p in geography.list_posts() if p.country in countries)


def own_vehicles(session: Session, scope: Scope) -> frozenset[str] | None:
    """Return the coaches of the viewer's own company, None for a viewer whom no company binds."""
    operators = names(scope.operators(Action.VIEW_CROSSINGS))
    if operators is None:
        return None
    return frozenset(v.vehicle_id for operator in operators for v in list_vehicles(session, operator))


def _corridor(corridor: Corridor) -> dict[str, Any]:
    return {
        "corridor_id": corridor.id,
        "name": corridor.name,
        "kind": corridor.kind,
        "origin": corridor.origin,
        "destination": corridor.destination,
        "length_km": round(corridor.length_km, 1),
        "line_quality": corridor.line.quality,
        "line_source": corridor.line.source,
    }


def _post(post: BorderPost, today: date) -> dict[str, Any]:
    state = post.find_state(today)
    return {
        "post_id": post.id,
        "name": post.name,
        "country": post.country,
        "counterpart_id": post.counterpart_id,
        "state": state.status if state else None,
        "state_source": state.source if state else None,
    }


def _control(control: ReportedControl, scope: Scope) -> dict[str, Any]:
    """Return a control as a row; protected kinds of harassment are the own operator's and the protection officer's."""
    row = control.model_dump() | {"payments": shown_payments(control, scope)}
    is_own = scope.operators(Action.VIEW_REPORTS_EXACT) is not ALL
    if not is_own and not scope.may(Action.VIEW_PROTECTED_REPORTS):
        row["harassment"] = [kind for kind in control.harassment if kind not in PROTECTED]
    return row
