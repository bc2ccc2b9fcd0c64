"""A border post: who is there, who is coming, how long it takes by hour, direction and agency; the map's panel of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from checkpoints.log_states import STATES
from checkpoints.post_statuses import list_statuses
from dashboard.arrivals import RECENT, list_arrivals
from dashboard.border_view import (
    hours_of_week,
    read_crossings,
    read_log,
    read_visible_dwell,
    read_visible_hours,
    wait_of,
)
from dashboard.dwell_tables import DIRECTIONS, dwell_rows, make_bars, week_tables
from dashboard.expected import read_expected
from dashboard.formats import zone_name
from dashboard.map_places import name_of_place
from dashboard.map_posts import show_posts
from dashboard.pages.devices import PartsDep
from dashboard.pages.readings import InPath
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.viewers import require
from dashboard.windows import WINDOWS, Window, read_window
from operators.companies import list_operators
from tracker.countries import zone_of
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.scope import Action, Scope, names

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
Word = Annotated[str, Query(max_length=60)]


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
    crossings = read_crossings(session, [post.id], geography, scope, now)
    month = read_window("30d", "", now)
    seen, by_agency = read_visible_dwell(session, post.id, scope, window.since, window.until, now)
    by_hour = read_visible_hours(session, post.id, scope, month.since, month.until, now)
    bars = [make_bars(by_hour, direction, zone_of(post.country)) for direction in DIRECTIONS]
    return {
        "sees_crossings": True,
        "waits": wait_of(post, crossings, now),
        "arrivals": list_arrivals(post, crossings, find_vehicle, scope, now - RECENT),
        "approaching": read_expected(session, post, parts, scope, now),
        "dwell": dwell_rows(seen, by_agency),
        "bars": [one for one in bars if one],
        "weeks": week_tables(hours_of_week(post, crossings, now)),
        "log": read_log(session, post, window.since, window.until, geography, scope),
        "find_vehicle": find_vehicle,
        "states": STATES,
        "span": {"from": window.since.isoformat(), "to": window.until.isoformat()},
        "month": {"from": month.since.isoformat(), "to": month.until.isoformat()},
    }


def _shared(parts: Parts) -> dict[str, Any]:
    geography, now = parts.directory.geography, parts.clock.now()
    return {
        "place": lambda place_id: name_of_place(place_id, geography) if place_id else "",
        "zone": zone_of,
        "zone_name": lambda zone: zone_name(now.astimezone(zone)),
    }
