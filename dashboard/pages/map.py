"""The map, the data it fetches, and the same content as tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from dashboard.folium_map import Bounds, make_shell
from dashboard.map_data import LiveMap, version_of
from dashboard.map_labels import COUNTRIES, code_words
from dashboard.map_snapshots import Snapshots
from dashboard.map_tables import make_tables
from dashboard.parts import Parts
from dashboard.paths import STATIC
from dashboard.rendering import Pages, PagesDep, asset, language_of, root_of, url
from dashboard.viewers import require
from tracker.countries import list_countries, list_members
from tracker.geography import Geography
from tracker.scope import Action, Role, Scope

MapScope = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
ATTRIBUTION = "© OpenStreetMap contributors (ODbL), Natural Earth, GeoNames (CC BY 4.0)"
ALWAYS = "private, max-age=31536000, immutable"


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
            "basemapUrl": asset(request, "vendor/basemap.json"),
            "liveUrl": url(request, "/map/live.json"),
            "ownPost": scope.viewer.post_id if scope.viewer else None,
            "tableUrl": url(request, "/table"),
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
            code_words=words,
            sees_coaches=live.sees_coaches,
            sees_reports=live.sees_reports,
            attribution=ATTRIBUTION,
            **_choices(geography),
        )

    @router.get("/map/static.json")
    def static(request: Request, _scope: MapScope, v: Annotated[str, Query(max_length=64)] = "") -> Response:
        version, body = snapshots.fixed()
        return _json(request, version, lambda: body, ALWAYS if v == version else "private, no-cache")

    @router.get("/map/live.json")
    def live(request: Request, scope: MapScope, have: Annotated[str, Query(max_length=200)] = "") -> Response:
        everything = snapshots.live_parts(scope)
        known = set(have.split(","))
        wanted = {name: part for name, part in everything.items() if f"{name}:{part['version']}" not in known}
        etag = version_of([have, *(part["version"] for part in everything.values())])
        return _json(request, etag, lambda: orjson.dumps(wanted), "private, no-cache")

    @router.get("/table", response_class=HTMLResponse)
    def tables(
        request: Request,
        pages: PagesDep,
        scope: MapScope,
        corridor: Annotated[str, Query(max_length=40)] = "",
        country: Annotated[str, Query(max_length=2)] = "",
    ) -> Response:
        geography = parts.directory.geography
        live = snapshots.live(scope)
        content = make_tables(live, geography, corridor, country)
        return pages.render(
            request, "tables.html", tables=content, live=live, now=parts.clock.now(), attribution=ATTRIBUTION,
            filters={"corridor": corridor, "country": country}, **_choices(geography),
        )  # fmt: skip

    return router


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
