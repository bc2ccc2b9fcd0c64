"""Corridors: flow by section, direction and hour, and the strip of a day; the map's panel of a section."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from checkpoints.post_statuses import list_statuses
from dashboard.along import related, section_name
from dashboard.corridor_view import control_lines, flags_along, months_of, post_lines
from dashboard.flow_tables import corridor_line, flow_class, flow_rows, hour_rows, sees_section
from dashboard.formats import zone_name
from dashboard.map_places import name_of_place
from dashboard.map_posts import show_posts
from dashboard.pages.devices import PartsDep
from dashboard.pages.indicator_readings import countries_in_reach
from dashboard.pages.readings import InPath
from dashboard.parts import Parts
from dashboard.rendering import PagesDep
from dashboard.strip_drawing import draw
from dashboard.strips import Strip, make_strip
from dashboard.trip_lists import sees_run
from dashboard.viewers import require
from dashboard.visible_figures import read_visible_flow
from dashboard.windows import FIRST, LAST, WINDOWS, Window, day_window, read_day, read_window
from operators.companies import list_operators
from tracker.corridors import Corridor
from tracker.countries import zone_of
from tracker.geography import Geography
from tracker.restrictions import Where
from tracker.scope import Action, Scope, names
from tracker.section_hours import FlowReading
from tracker.sightings import list_coaches_now, list_gaps, list_halts, list_section_passes, list_trip_runs

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
Word = Annotated[str, Query(max_length=60)]
MOST_RUNS, MOST_FACTS = 400, 10_000
LONGEST_TRIP = timedelta(days=4)  # no trip takes longer than three; looking farther back costs reading a month


@router.get("/corridors", response_class=HTMLResponse)
def corridors_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Viewing, window: Word = "") -> Response:
    """List every corridor with what runs on it."""
    geography, now = parts.directory.geography, parts.clock.now()
    span = read_window(window, "", now, "7d")
    with parts.database.reading() as session:
        readings = read_corridor_flow(session, geography, scope, span, now)
    lines = [
        corridor_line(corridor, flow_rows(corridor, readings, geography, scope))
        for corridor in geography.list_corridors()
    ]
    return pages.render(
        request, "corridors.html", lines=lines, window=span, windows=WINDOWS, now=now,
        sees_flow=scope.may(Action.VIEW_POSITIONS), span=_span(span), **_shared(parts, scope),
    )  # fmt: skip


@router.get("/corridors/{corridor_id}", response_class=HTMLResponse)
def corridor_page(
    request: Request,
    corridor_id: InPath,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    window: Word = "",
    day: Word = "",
    direction: Annotated[str, Query(pattern="^(up|down)$")] = "up",
) -> Response:
    """Show one corridor: its posts, the strip of a day, flow and controls in a window, hours of the day, figures by month."""
    geography, now = parts.directory.geography, parts.clock.now()
    corridor = geography.get_corridor(corridor_id)
    span = read_window(window, "", now, "7d")
    today = read_day(day) if day else now.date()
    month = read_window("30d", "", now)
    with parts.database.reading() as session:
        flow = read_corridor_flow(session, geography, scope, span, now, corridor)
        rows = flow_rows(corridor, flow, geography, scope)
        by_hour = read_corridor_hours(session, geography, scope, month, now, corridor)
        hours = hour_rows(corridor, by_hour, direction, geography, scope)
        strip = read_strip(session, corridor, day_window(today), parts, scope)
        companies = {o.operator_id: o.name for o in list_operators(session)}
        posts = post_lines(session, corridor, read_states(session, parts, scope), geography, scope, span, now)
        controls = control_lines(session, corridor, geography, scope, span)
        flags = flags_along(session, corridor, scope)
        months = months_of(session, corridor, geography, scope, countries_in_reach(scope, None), now)
    vehicles = {line.vehicle_id: parts.directory.find_vehicle(line.vehicle_id) for line in strip.lines}
    return pages.render(
        request, "corridor.html", corridor=corridor, rows=rows, hours=hours, direction=direction, window=span,
        windows=WINDOWS, strip=strip, drawing=draw(strip, geography), day=today, **_neighbours(today, now.date()),
        coach_names={key: (v.license_plate if v else None) or key for key, v in vehicles.items()}, now=now,
        companies=companies, sees_flow=scope.may(Action.VIEW_POSITIONS), posts=posts, controls=controls, flags=flags,
        months=months, sees_figures=scope.may(Action.VIEW_INDICATORS), **_shared(parts, scope),
        span=_span(span), month=_span(month),
    )  # fmt: skip


@router.get("/panels/section", response_class=HTMLResponse)
def section_panel(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    section: Annotated[str, Query(max_length=90)],
    window: Word = "",
    day: Word = "",
) -> Response:
    """Return one section's flow, without the page around it."""
    geography, now = parts.directory.geography, parts.clock.now()
    found = geography.get_section(section)
    span = read_window(window, day, now)
    month = read_window("30d", "", now)
    shown = sees_section(scope, found.id, geography)
    with parts.database.reading() as session:
        readings = {
            r.direction: r for r in read_corridor_flow(session, geography, scope, span, now) if r.section_id == found.id
        }
        hours = [r for r in read_corridor_hours(session, geography, scope, month, now) if r.section_id == found.id]
    zone = zone_of(found.country)
    by_hour = {d: {r.start.astimezone(zone).hour: r for r in hours if r.direction == d} for d in ("up", "down")}
    return pages.render(
        request, "panel.html", content="section_content.html", section=found, readings=readings if shown else {},
        is_shown=shown, by_hour=by_hour if shown else {}, window=span, now=now, section_zone=zone,
        **_shared(parts, scope),
    )  # fmt: skip


def read_strip(session: Session, corridor: Corridor, window: Window, parts: Parts, scope: Scope) -> Strip:
    """Return a corridor's strip of a day, with the coaches that the viewer may see, those of shared roads too."""
    geography, now = parts.directory.geography, parts.clock.now()
    if not scope.may(Action.VIEW_POSITIONS):
        return Strip(corridor, window, now)
    operators = names(scope.operators(Action.VIEW_POSITIONS))
    span: dict[str, Any] = {
        "operators": operators,
        "since": window.since,
        "until": window.until,
        "longest": LONGEST_TRIP,
    }
    axes = related(geography, corridor)
    runs = [
        run
        for axis in axes
        for run in list_trip_runs(session, corridor_id=axis.id, limit=MOST_RUNS, **span)
        if sees_run(scope, run, geography)
    ]
    # A line that began the evening before starts at its last known place, so facts around midnight are needed too.
    wide = {**span, "since": window.since - timedelta(hours=6), "until": window.until + timedelta(hours=6)}
    halts = [h for axis in axes for h in list_halts(session, corridor_id=axis.id, limit=MOST_FACTS, **wide)]
    gaps = [g for axis in axes for g in list_gaps(session, corridor_id=axis.id, limit=MOST_FACTS, **wide)]
    passes = [
        fact
        for passage in corridor.passages
        for fact in list_section_passes(session, section_id=passage.section.id, limit=MOST_FACTS, **wide)
    ]

    def sees(operator_id: str, since: datetime, until: datetime, from_km: float, to_km: float) -> bool:
        country = corridor.country_at((from_km + to_km) / 2) if corridor.passages else None
        where = Where(corridor_id=corridor.id, from_km=from_km, to_km=to_km)
        return scope.may_see_exact(operator_id, country=country) and not scope.is_withheld(
            operator_id, where, since, until
        )

    coaches = list_coaches_now(session, operators)
    return make_strip(corridor, window, now, runs, halts, passes, gaps, coaches, geography, sees)


def read_states(session: Session, parts: Parts, scope: Scope) -> dict[str, str | None]:
    """Return the state of every post."""
    geography, now = parts.directory.geography, parts.clock.now()
    shown = show_posts(list_statuses(session), (), parts.directory.find_vehicle, geography, scope, now)
    return {one.post_id: one.state for one in shown}


def read_corridor_flow(
    session: Session,
    geography: Geography,
    scope: Scope,
    span: Window,
    now: datetime,
    corridor: Corridor | None = None,
    *,
    by_hour: bool = False,
) -> list[FlowReading]:
    """Return the flow of a window on the sections of a corridor (None: of all), as far as the viewer may read it."""
    if not scope.may(Action.VIEW_POSITIONS):
        return []
    sections = geography.sections if corridor is None else [passage.section.id for passage in corridor.passages]
    return read_visible_flow(
        session, geography, scope, sections, span.since, span.until, now,
        operators=names(scope.operators(Action.VIEW_POSITIONS)), by_hour_of_day=by_hour,
    )  # fmt: skip


read_corridor_hours = partial(read_corridor_flow, by_hour=True)


def _span(window: Window) -> dict[str, str]:
    return {"from": window.since.isoformat(), "to": window.until.isoformat()}


def _neighbours(day: date, today: date) -> dict[str, Any]:
    before = day - timedelta(days=1) if day > FIRST else None
    after = day + timedelta(days=1) if day < min(today, LAST) else None
    return {"before": before, "after": after}


def _shared(parts: Parts, scope: Scope) -> dict[str, Any]:
    geography, now = parts.directory.geography, parts.clock.now()
    return {
        "place": lambda place_id: name_of_place(place_id, geography) if place_id else "",
        "section_name": lambda section_id, direction=None: section_name(geography, section_id, direction),
        "flow_class": flow_class,
        "zone": zone_of,
        "zone_name": lambda zone: zone_name(now.astimezone(zone)),
        "restricted": {s for s in scope.restrictions.spells if scope.restrictions.holds(s, now, now)},
        "own_only": names(scope.operators(Action.VIEW_POSITIONS)) is not None,
    }
