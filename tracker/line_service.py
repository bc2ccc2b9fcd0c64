"""Line service: better corridor lines from an OSRM routing service or an Overpass server, given by URL.

Asked once, online, by an administrator; what comes back goes through the same importer as a file. The way over the
network is the one in the services' documentation: OSRM `GET
/route/v1/driving/{lon,lat;..}?overview=full&geometries=geojson`, Overpass `POST /api/interpreter` with `out geom`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx

from tracker.corridors import Corridor
from tracker.errors import BadInput, CorridorError, TooMany, Unavailable
from tracker.geo import haversine_m

TIMEOUT_S = 60.0
KINDS = ("osrm", "overpass")
# Overpass gives the ways of a road relation unordered: ends this near are the same crossroads.
SAME_END_M = 60.0
ATTRIBUTION = "© OpenStreetMap contributors"
LICENCE = "ODbL 1.0"


class ServiceRefused(CorridorError):
    """The service answered, but not with a road: `code` says why."""

    status = 502
    code = "service_refused"


@dataclass(frozen=True, slots=True)
class LineService:
    """A service at `url` of a kind (`osrm`, `overpass`). `profile` is OSRM's, `timeout_s` for one answer."""

    url: str
    kind: str
    profile: str = "driving"
    timeout_s: float = TIMEOUT_S

    def fetch(self, corridor: Corridor) -> bytes:
        """Return the corridor's line as a GeoJSON file that `import_lines` takes, attribution included.

        Raises:
            BadInput: the URL or the kind is none.
            Unavailable: the service cannot be reached, or answers too late or with an error of its own.
            TooMany: it asks to come back later.
            ServiceRefused: it knows no such road, or its answer cannot be read.
        """
        if self.kind not in KINDS:
            raise BadInput("unknown_service_kind", kind=self.kind, allowed=list(KINDS))
        if not self.url.startswith(("http://", "https://")):
            raise BadInput("bad_service_url", url=self.url[:200])
        properties: dict[str, Any] = {"id": corridor.id, "name": corridor.name, "licence": LICENCE}
        if self.kind == "osrm":
            coordinates, length_km = self._route(corridor)
            properties |= {"source": f"{ATTRIBUTION}, routed by OSRM", "length_km": length_km}
        else:
            coordinates = self._ways(corridor)
            properties |= {"source": f"{ATTRIBUTION}, by Overpass"}
        geometry = {"type": "LineString", "coordinates": coordinates}
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        return json.dumps({"type": "FeatureCollection", "license": LICENCE, "features": [feature]}).encode()

    def _route(self, corridor: Corridor) -> tuple[list[list[float]], float]:
        """Ask OSRM for the way through the corridor's milestones; return its vertices and its kilometres."""
        places = [(milestone.latitude, milestone.longitude) for milestone in corridor.milestones]
        through = ";".join(f"{longitude:.6f},{latitude:.6f}" for latitude, longitude in places)
        asked = {"overview": "full", "geometries": "geojson", "steps": "false", "annotations": "false"}
        path = f"/route/v1/{self.profile}/{through}"
        answer = self._ask("GET", path, params=asked)
        if answer.get("code") != "Ok":
            code = "no_route" if answer.get("code") in ("NoRoute", "NoSegment") else "service_refused"
            raise ServiceRefused(
                code, corridor=corridor.id, answer=str(answer.get("message") or answer.get("code"))[:200]
            )
        try:
            route = answer["routes"][0]
            return route["geometry"]["coordinates"], round(float(route["distance"]) / 1000, 3)
        except (KeyError, IndexError, TypeError, ValueError):
            raise ServiceRefused("service_answer_unreadable", corridor=corridor.id) from None

    def _ways(self, corridor: Corridor) -> list[list[float]]:
        """Ask Overpass for the road relation that bears the corridor's id as its `ref`; return its ways joined."""
        relation = f'relation["route"="road"]["ref"="{corridor.id}"]'
        query = f"[out:json][timeout:{int(self.timeout_s)}];{relation};way(r);out geom;"
        answer = self._ask("POST", "/api/interpreter", data={"data": query})
        try:
            ways = [
                [[float(node["lon"]), float(node["lat"])] for node in element["geometry"]]
                for element in answer["elements"]
                if element.get("type") == "way"
            ]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ServiceRefused("service_answer_unreadable", corridor=corridor.id) from None
        if not ways or min(map(len, ways)) < 2:
            raise ServiceRefused("no_route", corridor=corridor.id, answer=str(answer.get("remark", ""))[:200])
        return joined(ways, corridor)

    def _ask(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        try:
            answer = httpx.request(
                method, self.url.rstrip("/") + path, timeout=self.timeout_s, follow_redirects=True, **body
            )
        except httpx.HTTPError as error:
            raise Unavailable("service_away", why=type(error).__name__, retry_after_s=60) from error
        if answer.status_code == 429:
            wait = answer.headers.get("Retry-After", "")
            raise TooMany("service_busy", retry_after_s=int(wait) if wait.isdigit() else 60)
        if answer.status_code >= 500:
            raise Unavailable("service_away", why=f"HTTP {answer.status_code}", retry_after_s=60)
        try:
            document = answer.json()
        except ValueError:
            raise ServiceRefused("service_answer_unreadable", http_status=answer.status_code) from None
        if not isinstance(document, dict):
            raise ServiceRefused("service_answer_unreadable", http_status=answer.status_code)
        return document


def joined(ways: Sequence[list[list[float]]], corridor: Corridor) -> list[list[float]]:
    """Join ways end to end, from the corridor's origin on.

    Raises:
        ServiceRefused: a gap is left (`ways_do_not_join`).
    """
    here = corridor.milestones[0].longitude, corridor.milestones[0].latitude
    left, line, is_first = list(ways), list[list[float]](), True
    while left:
        gap, index, flip = min(
            (_gap_m(here, way[0] if not flip else way[-1]), index, flip)
            for index, way in enumerate(left)
            for flip in (False, True)
        )
        if gap > SAME_END_M and not is_first:
            raise ServiceRefused("ways_do_not_join", corridor=corridor.id, gap_m=round(gap))
        way = left.pop(index)
        line.extend(way[::-1] if flip else way)
        here, is_first = (line[-1][0], line[-1][1]), False
    return [line[0], *(after for before, after in pairwise(line) if after != before)]


def _gap_m(here: tuple[float, float], there: Sequence[float]) -> float:
    return float(haversine_m(here[1], here[0], there[1], there[0]))
