"""The line service against a local stand-in that speaks OSRM's and Overpass's documented formats."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.tracker.places_of_truth import TODAY, reload, shipped
from tracker.database import Database
from tracker.errors import BadInput, CorridorError, TooMany, Unavailable
from tracker.geography import seed
from tracker.line_files import import_lines
from tracker.line_service import LineService, ServiceRefused

CORRIDOR = shipped().corridors["COO-LOS"]


class StandIn(BaseHTTPRequestHandler):
    """Answers as OSRM (`/route/v1/..`) and Overpass (`/api/interpreter`) document; `mode` makes it fail."""

    mode = "good"
    asked: list[str] = []  # noqa: RUF012 - the test reads what the class was asked

    def do_GET(self) -> None:
        """OSRM: a route through the waypoints, each leg bent a little."""
        url = urlsplit(self.path)
        type(self).asked.append(self.path)
        if self.failed():
            return
        query = parse_qs(url.query)
        assert query["overview"] == ["full"]
        assert query["geometries"] == ["geojson"]
        points = [[float(v) for v in pair.split(",")] for pair in url.path.rsplit("/", 1)[1].split(";")]
        vertices = [points[0]]
        for before, after in pairwise(points):
            vertices += [[(before[0] + after[0]) / 2, (before[1] + after[1]) / 2 + 0.01], after]
        waypoints = [{"location": p, "distance": 4.2, "name": "", "hint": "x"} for p in points]
        route = {"geometry": {"type": "LineString", "coordinates": vertices}, "distance": 128_300.4, "duration": 9000.0}
        self.answer(200, {"code": "Ok", "routes": [route | {"legs": [], "weight": 1}], "waypoints": waypoints})

    def do_POST(self) -> None:
        """Overpass: the relation's ways, out of order and in any direction."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        type(self).asked.append(parse_qs(body)["data"][0])
        if self.failed():
            return
        line = [[2.43, 6.37], [2.55, 6.375], [2.71, 6.38], [3.10, 6.50], [3.39, 6.45]]
        pieces = [line[2:4][::-1], line[0:3], line[3:5]]
        if self.mode == "gap":
            pieces[1] = line[0:2]
        ways = [
            {"type": "way", "id": i, "geometry": [{"lat": y, "lon": x} for x, y in piece]}
            for i, piece in enumerate(pieces)
        ]
        self.answer(200, {"version": 0.6, "elements": [] if self.mode == "empty" else ways})

    def failed(self) -> bool:
        if self.mode == "no_route":
            self.answer(400, {"code": "NoRoute", "message": "Impossible route between points"})
        elif self.mode == "busy":
            self.answer(429, {"message": "Too Many Requests"}, {"Retry-After": "7"})
        elif self.mode == "broken":
            self.answer(502, {})
        elif self.mode == "garbage":
            self.answer(200, "<html>captive portal</html>")
        elif self.mode == "hollow":
            self.answer(200, {"code": "Ok", "routes": [{}], "elements": [{"type": "way"}]})
        elif self.mode == "slow":
            time.sleep(1.0)
            self.answer(200, {})
        else:
            return False
        return True

    def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


@pytest.fixture
def stand_in() -> Iterator[tuple[str, type[StandIn]]]:
    handler = type("Handler", (StandIn,), {"mode": "good", "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("kind", ["osrm", "overpass"])
def test_a_fetched_line_is_imported_with_its_attribution(
    stand_in: tuple[str, type[StandIn]], kind: str, sqlite_database: Database
) -> None:
    url, handler = stand_in
    data = LineService(url + "/", kind).fetch(CORRIDOR)
    with sqlite_database.writing() as session:
        seed(session)
        import_lines(session, data, TODAY, url, quality="routed")
        line = reload(session).corridors["COO-LOS"].line
    assert (line.quality, line.version, line.licence) == ("routed", 2, "ODbL 1.0")
    assert "OpenStreetMap" in line.source
    if kind == "osrm":
        assert line.length_km == pytest.approx(128.3)
        first = CORRIDOR.milestones[0]
        assert f"/route/v1/driving/{first.longitude:.6f},{first.latitude:.6f};" in handler.asked[0]
    else:
        assert 'relation["route"="road"]["ref"="COO-LOS"]' in handler.asked[0]
        assert line.point_at(0) == pytest.approx((6.37, 2.43))
        assert line.latitudes.size == 5


@pytest.mark.parametrize("kind", ["osrm", "overpass"])
@pytest.mark.parametrize(
    ("mode", "error", "code"),
    [
        ("no_route", ServiceRefused, None),
        ("busy", TooMany, "service_busy"),
        ("broken", Unavailable, "service_away"),
        ("garbage", ServiceRefused, "service_answer_unreadable"),
        ("hollow", ServiceRefused, "service_answer_unreadable"),
        ("slow", Unavailable, "service_away"),
    ],
)
def test_what_goes_wrong_is_named(
    stand_in: tuple[str, type[StandIn]], kind: str, mode: str, error: type[CorridorError], code: str | None
) -> None:
    url, handler = stand_in
    handler.mode = mode
    with pytest.raises(error) as raised:
        LineService(url, kind, timeout_s=0.3 if mode == "slow" else 5).fetch(CORRIDOR)
    assert code is None or raised.value.code == code
    if mode == "busy":
        assert isinstance(raised.value, TooMany)
        assert raised.value.retry_after_s == 7
    if (mode, kind) == ("no_route", "osrm"):
        assert raised.value.code == "no_route"


@pytest.mark.parametrize(("mode", "code"), [("empty", "no_route"), ("gap", "ways_do_not_join")])
def test_ways_that_make_no_road(stand_in: tuple[str, type[StandIn]], mode: str, code: str) -> None:
    url, handler = stand_in
    handler.mode = mode
    with pytest.raises(ServiceRefused) as raised:
        LineService(url, "overpass").fetch(CORRIDOR)
    assert raised.value.code == code


def test_addresses_that_are_none() -> None:
    with pytest.raises(BadInput):
        LineService("ftp://example", "osrm").fetch(CORRIDOR)
    with pytest.raises(BadInput):
        LineService("http://example", "teleport").fetch(CORRIDOR)
    with pytest.raises(Unavailable):
        LineService("http://127.0.0.1:9", "osrm", timeout_s=2).fetch(CORRIDOR)
