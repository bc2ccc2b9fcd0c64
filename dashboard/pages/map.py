"""The map, the data it fetches, and the same content as tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from dashboard.folium_map import Bounds, make_shell
from dashboard.map_data import LiveMap, version_of
from dashboard.map_flow import FEW
from dashboard.map_labels import COUNTRIES, code_words
from dashboard.map_silences import sees_silences
from dashboard.map_snapshots import Snapshots
from dashboard.map_tables import make_tables
from dashboard.parts import Parts
from dashboard.paths import STATIC
from dashboard.rendering import Pages, PagesDep, asset, language_of, root_of, url
from dashboard.viewers import require
from dashboard.windows import WINDOWS, Window, read_window
from operators.companies import Operator, list_operators
from tracker.countries import list_countries, list_members
from tracker.geography import Geography
from tracker.scope import ALL, Action, Role, Scope

MapScope = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
ATTRIBUTION = "© OpenStreetMap contributors (ODbL), Natural Earth, GeoNames (CC BY 4.0)"
ALWAYS = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
# What the page needs later, if at all: opened by a click.
LATER = frozenset({"map/details.js", "map/panels.js", "map/silences.js"})
PANELS = ("trip", "post", "section", "pair")

Id = Annotated[str, Query(max_length=40)]
Word = Annotated[str, Query(max_length=10)]
Hour = Annotated[int | None, Query(ge=0, le=23)]


def make_router(parts: Parts) -> APIRouter:
    """Return the routes of the map; they read projections and the geography only."""
    router = APIRouter(include_in_schema=False)
    snapshots = Snapshots(parts)

    @router.get("/", response_class=HTMLResponse)
    def page(request: Request, pages: PagesDep, scope: MapScope) -> Response:
        geography = parts.directory.geography
        live = snapshots.live(scope)
        words = _words(pages, request)
        options = {
            "language": language_of(request, pages.translations),
            "staticUrl": url(request, "/map/static.json", v=snapshots.fixed()[0]),
            "groundUrl": url(request, "/map/ground.json", v=snapshots.ground()[0]),
            "liveUrl": url(request, "/map/live.json"),
            "flowUrl": url(request, "/map/flow.json"),
            "silenceUrl": url(request, "/map/silence.json") if sees_silences(scope) else None,
            "panels": {name: url(request, f"/panels/{name}") for name in PANELS},
            "panelStyle": asset(request, "journeys.css"),
            "ownPost": scope.viewer.post_id if scope.viewer else None,
            "tableUrl": url(request, "/table"),
            "flagsUrl": url(request, "/flags"),
            "members": _members(parts.clock.now()),
            "countries": [{"code": c.code, "at": c.at, "member": c.is_member} for c in COUNTRIES],
        }
        shell = make_shell(
            _bounds(geography, live, scope),
            nonce=request.state.nonce,
            label=pages.translations.gettext(str(options["language"]))("Map of coaches and border posts"),
            options=options,
            address=lambda path: asset(request, path.removeprefix("/static/")),
        )
        return pages.render(
            request,
            "map.html",
            shell=shell,
            root=root_of(request),
            modules={url(request, f"/static/{name}"): asset(request, name) for name in _modules()},
            # Asked for while the scripts still load; on a phone this saves two round trips before anything is drawn.
            fetched=[options[name] for name in ("staticUrl", "groundUrl", "liveUrl")],
            preloaded=[asset(request, name) for name in _modules() if name not in LATER],
            operators=_companies(parts, scope),
            own_only=scope.operators(Action.VIEW_POSITIONS) is not ALL,
            sees_silences=sees_silences(scope),
            code_words=words,
            sees_coaches=live.sees_coaches,
            sees_reports=live.sees_reports,
            sees_flags=scope.may(Action.VIEW_FLAGS),
            attribution=ATTRIBUTION,
            **_choices(geography),
        )

    @router.get("/map/static.json")
    def static(request: Request, _scope: MapScope, v: Annotated[str, Query(max_length=64)] = "") -> Response:
        version, body = snapshots.fixed()
        return _json(request, version, lambda: body, ALWAYS if v == version else ASK_AGAIN)

    @router.get("/map/ground.json")
    def ground(request: Request, _scope: MapScope, v: Annotated[str, Query(max_length=64)] = "") -> Response:
        version, body = snapshots.ground()
        return _json(request, version, lambda: body, ALWAYS if v == version else ASK_AGAIN)

    @router.get("/map/flow.json")
    def flow(
        request: Request, scope: MapScope, window: Word = "", day: Word = "", hour: Hour = None, operator: Id = ""
    ) -> Response:
        version, body = snapshots.flow_body(scope, _window(window, day, hour, parts.clock.now()), operator)
        return _json(request, version, lambda: body, ASK_AGAIN)

    @router.get("/map/silence.json")
    def silence(request: Request, scope: MapScope) -> Response:
        version, body = snapshots.silences_body(scope)
        return _json(request, version, lambda: body, ASK_AGAIN)

    @router.get("/map/live.json")
    def live(request: Request, scope: MapScope, have: Annotated[str, Query(max_length=200)] = "") -> Response:
        everything = snapshots.live_parts(scope)
        known = set(have.split(","))
        wanted = {name: part for name, part in everything.items() if f"{name}:{part['version']}" not in known}
        etag = version_of([have, *(part["version"] for part in everything.values())])
        return _json(request, etag, lambda: orjson.dumps(wanted), ASK_AGAIN)

    @router.get("/table", response_class=HTMLResponse)
    def tables(
        request: Request,
        pages: PagesDep,
        scope: MapScope,
        corridor: Id = "",
        country: Annotated[str, Query(max_length=2)] = "",
        operator: Id = "",
        window: Word = "",
        day: Word = "",
        hour: Hour = None,
    ) -> Response:
        geography, now = parts.directory.geography, parts.clock.now()
        span = _window(window, day, hour, now)
        live, flowing = snapshots.live(scope), snapshots.flow(scope, span, operator)
        content = make_tables(
            live, flowing, snapshots.silences(scope), snapshots.flags(scope), geography, corridor, country, operator
        )
        filters = {"corridor": corridor, "country": country, "operator": operator}
        said = {**span.query, "hour": hour} if span.day else {"window": "" if span.code == "24h" else span.code}
        return pages.render(
            request, "tables.html", tables=content, live=live, flow=flowing, span=span, hour=hour if span.day else None,
            now=now, attribution=ATTRIBUTION, filters=filters, said=said, windows=WINDOWS, few=FEW,
            operators=_companies(parts, scope), sees_silences=sees_silences(scope),
            sees_flags=scope.may(Action.VIEW_FLAGS), **_choices(geography),
        )  # fmt: skip

    return router


def _window(window: str, day: str, hour: int | None, now: datetime) -> Window:
    """Return the window that an address names, one hour of a day if it names one.

    Raises:
        BadInput: it names none that there is.
    """
    span = read_window(window, day, now)
    if span.day is None or hour is None:
        return span
    since = span.since + timedelta(hours=hour)
    return Window(span.code, since, since + timedelta(hours=1), span.day)


def _companies(parts: Parts, scope: Scope) -> list[Operator]:
    """Return the companies among which the viewer may choose."""
    reach = scope.operators(Action.VIEW_POSITIONS)
    if reach is not ALL:
        return []
    with parts.database.reading() as session:
        return list_operators(session)


def _json(request: Request, version: str, body: Any, age: str) -> Response:
    etag = f'"{version}"'
    headers = {"ETag": etag, "Cache-Control": age, "Vary": "Cookie, Authorization"}
    if etag in request.headers.get("if-none-match", "").replace("W/", ""):
        return Response(status_code=304, headers=headers)
    return Response(body(), media_type="application/json", headers=headers)


def _words(pages: Pages, request: Request) -> dict[str, str]:
    return code_words(pages.translations, language_of(request, pages.translations))


def _members(now: datetime) -> list[str]:
    return sorted({*list_members("ECOWAS", now.date()), *list_members("AES", now.date())})


def _choices(geography: Geography) -> dict[str, Any]:
    on_corridors = {code for c in geography.corridors.values() for code in c.kilometres_by_country()}
    known = {country.code for country in list_countries()}
    return {"corridors": list(geography.corridors.values()), "countries": sorted(on_corridors & known)}


def _bounds(geography: Geography, live: LiveMap, scope: Scope) -> Bounds:
    """Return what to show first: an official's own post, else the corridors with coaches on them, else all of them."""
    if (
        scope.viewer
        and scope.viewer.role is Role.OFFICIAL
        and (post := geography.posts.get(scope.viewer.post_id or ""))
    ):
        return _around([(post.latitude - 0.35, post.longitude - 0.6), (post.latitude + 0.35, post.longitude + 0.6)])
    used = {coach.corridor for coach in live.coaches}
    corridors = [c for c in geography.corridors.values() if c.id in used] or list(geography.corridors.values())
    points = [p for c in corridors for p in zip(c.line.latitudes.tolist(), c.line.longitudes.tolist(), strict=True)]
    return _around(points or [(4.0, -17.5), (15.0, 9.0)])


def _around(points: Iterable[tuple[float, float]]) -> Bounds:
    latitudes, longitudes = zip(*points, strict=True)
    return (min(latitudes), min(longitudes)), (max(latitudes), max(longitudes))


@cache
def _modules() -> tuple[str, ...]:
    return ("map.js", *sorted(f"map/{file.name}" for file in (STATIC / "map").glob("*.js")))
