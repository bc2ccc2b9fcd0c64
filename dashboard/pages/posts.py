"""A border post: who is there, who is coming, how long it takes by hour, direction and agency; the map's panel of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from checkpoints.log_states import STATES
from checkpoints.post_statuses import list_statuses
from dashboard.arrivals import list_approaching, list_arrivals
from dashboard.border_view import hours_of_week, read_crossings, read_log, read_visible_dwell, wait_of
from dashboard.dwell_tables import DIRECTIONS, dwell_rows, make_bars, week_tables
from dashboard.formats import zone_name
from dashboard.map_places import name_of_place
from dashboard.map_posts import show_posts
from dashboard.pages.devices import PartsDep
from dashboard.pages.readings import InPath
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.viewers import require
from dashboard.visible_figures import visible
from dashboard.windows import WINDOWS, Window, read_window
from operators.companies import list_operators
from operators.trip_sheets import list_sheets
from tracker.countries import zone_of
from tracker.dwell_hours import read_dwell_by_hour_of_day
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.restrictions import Where
from tracker.scope import Action, Scope, names
from tracker.sightings import list_coaches_now

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
Word = Annotated[str, Query(max_length=60)]
RECENT = timedelta(hours=12)
MOST_SHEETS = 2000


@router.get("/posts", response_class=HTMLResponse)
def posts_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """List every post on a corridor with its state."""
    geography, now = parts.directory.geography, parts.clock.now()
    with parts.database.reading() as session:
        shown = show_posts(list_statuses(session), (), parts.directory.find_vehicle, geography, scope, now)
    on_corridors = {
        place for c in geography.list_corridors() for m in c.borders for place in (m.exit_place, m.entry_place)
    }
    posts = [(geography.get_post(p.post_id), p) for p in shown if p.post_id in on_corridors]
    posts.sort(key=lambda pair: (pair[0].country, pair[0].name))
    return pages.render(request, "posts.html", posts=posts, now=now, **_shared(parts))


@router.get("/posts/{post_id}", response_class=HTMLResponse)
def post_page(
    request: Request,
    post_id: InPath,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    window: Word = "",
    day: Word = "",
) -> Response:
    """Show one post: the wait, arrivals, who is coming, state and hours, its log against positions, dwell."""
    context = _context(post_id, read_window(window, day, parts.clock.now(), "7d"), parts, scope)
    return pages.render(request, "post.html", is_panel=False, **context)


@router.get("/panels/post", response_class=HTMLResponse)
def post_panel(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    post: Annotated[str, Query(max_length=40)],
    window: Word = "",
    day: Word = "",
) -> Response:
    """Return a post's dwell and arrivals, without the page around them."""
    context = _context(post, read_window(window, day, parts.clock.now()), parts, scope)
    return pages.render(request, "panel.html", content="post_content.html", is_panel=True, **context)


def _context(post_id: str, window: Window, parts: Parts, scope: Scope) -> dict[str, Any]:
    geography, now = parts.directory.geography, parts.clock.now()
    post = geography.get_post(post_id)
    with parts.database.reading() as session:
        statuses = list_statuses(session, [post.id])
        shown = next(
            p
            for p in show_posts(statuses, (), parts.directory.find_vehicle, geography, scope, now)
            if p.post_id == post.id
        )
        companies = {o.operator_id: o.name for o in list_operators(session)}
        crossings = _crossings(session, post, window, parts, scope, geography)
    return {
        "post": post,
        "shown": shown,
        "state": post.find_state(now.date()),
        "points": post.list_points(now.date()),
        "counterpart": geography.posts.get(post.counterpart_id or ""),
        "corridors_here": [c for c in geography.list_corridors() if c.find_milestone(post.id)],
        "companies": companies,
        "window": window,
        "windows": WINDOWS,
        "now": now,
        "post_zone": zone_of(post.country),
        "own_only": names(scope.operators(Action.VIEW_CROSSINGS)) is not None,
        **_shared(parts),
        **crossings,
    }


def _crossings(
    session: Session, post: BorderPost, window: Window, parts: Parts, scope: Scope, geography: Geography
) -> dict[str, Any]:
    """Return what is known of coaches at the post; nothing where the viewer may not know of them."""
    now, find_vehicle = parts.clock.now(), parts.directory.find_vehicle
    if not scope.may(Action.VIEW_CROSSINGS, post_id=post.id, country=post.country):
        return {"sees_crossings": False}
    own = names(scope.operators(Action.VIEW_CROSSINGS))
    crossings = read_crossings(session, [post.id], geography, scope, now)
    coaches = list_coaches_now(session, own)
    goals = {
        sheet.vehicle_id: str(sheet.said["destination"])
        for sheet in reversed(list_sheets(session, own, limit=MOST_SHEETS))
        if sheet.said.get("destination") and not (sheet.arrived_at or sheet.cancelled_at)
    }
    month = read_window("30d", "", now)
    seen, by_agency = read_visible_dwell(session, post.id, scope, window.since, window.until, now)
    by_hour = visible(
        scope, {post.id: Where(posts=(post.id,))}, month.since, month.until, now,
        lambda posts, end: read_dwell_by_hour_of_day(session, posts, month.since, end, operators=own), own,
    )  # fmt: skip
    bars = [make_bars(by_hour, direction, zone_of(post.country)) for direction in DIRECTIONS]
    return {
        "sees_crossings": True,
        "waits": wait_of(post, crossings, now),
        "arrivals": list_arrivals(post, crossings, find_vehicle, scope, now - RECENT),
        "approaching": list_approaching(post, coaches, goals, find_vehicle, geography, scope, now),
        "dwell": dwell_rows(seen, by_agency),
        "bars": [one for one in bars if one],
        "weeks": week_tables(hours_of_week(post, crossings, now)),
        "log": read_log(session, post, window.since, window.until, geography, scope),
        "find_vehicle": find_vehicle,
        "states": STATES,
        "span": {"from": window.since.isoformat(), "to": window.until.isoformat()},
        "recent": {"from": (now - RECENT).isoformat(), "to": now.isoformat()},
    }


def _shared(parts: Parts) -> dict[str, Any]:
    geography, now = parts.directory.geography, parts.clock.now()
    return {
        "place": lambda place_id: name_of_place(place_id, geography) if place_id else "",
        "zone": zone_of,
        "zone_name": lambda zone: zone_name(now.astimezone(zone)),
    }
