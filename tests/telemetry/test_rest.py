"""The HTTP doors, as a device's program meets them."""

import base64
import gzip
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from telemetry import rest
from telemetry.devices import DeviceRegistry
from telemetry.doorkeeper import Doorkeeper
from telemetry.kinds import Kind
from telemetry.limits import BodyLimit, RateLimiter
from telemetry.message_limits import MessageLimits
from telemetry.oversight import make_oversight_router
from telemetry.tracker_doors import make_tracker_router
from tests.builders import a_control, a_crossing, a_position, a_post_status, a_trip, an_incident
from tests.fakes import FakePhrasebook
from tests.telemetry.doors import COACH, FLEET, PHONE, POST, Doors, open_doors
from tracker.database import Database
from tracker.errors import DatabaseAway
from tracker.hearing import Hearing
from tracker.scope import Role, Scope, Viewer, scope_of

LIMIT = 20_000
EMPTY = gzip.compress(b"[]", mtime=0)
OWNTRACKS = {"_type": "location", "tst": 1780315140, "lat": 5.36, "lon": -4.0, "vel": 36}


class Caller:
    """Somebody with tokens, at the doors of one application."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.viewer: Viewer | None = None
        self.app = FastAPI()
        phrasebook = FakePhrasebook()
        per_address = RateLimiter(5, doors.clock)
        doorkeeper = Doorkeeper(doors.devices, RateLimiter(30, doors.clock), per_address)
        self.app.include_router(rest.make_router(doors.intake, doorkeeper, phrasebook, doors.clock))
        self.app.include_router(make_tracker_router(doors.intake, doorkeeper, doors.devices, phrasebook, doors.clock))
        self.app.include_router(
            make_oversight_router(
                doors.letters, doors.devices, doors.intake, phrasebook, self.scope, lambda scope: Hearing(scope, {})
            )
        )
        self.app.add_middleware(BodyLimit, limit=LIMIT, phrasebook=phrasebook)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        self.tokens = {one.device_id: doors.add(one) for one in (COACH, POST, FLEET, PHONE)}

    def scope(self) -> Scope:
        return scope_of(self.viewer)

    def post(self, path: str, body: Any, device: str = "dev-1", **headers: str) -> Any:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        return self.client.post(
            path, content=content, headers={"authorization": f"Bearer {self.tokens[device]}"} | headers
        )


@pytest.fixture
def caller(sqlite_database: Database) -> Iterator[Caller]:
    with open_doors(sqlite_database, MessageLimits(body_bytes=LIMIT)) as doors:
        yield Caller(doors)


@pytest.mark.parametrize(
    ("path", "body", "device"),
    [
        ("positions", a_position(), "dev-1"),
        ("positions", a_position(vehicle_id="COACH-2"), "fleet-1"),
        ("trips", a_trip(), "dev-1"),
        ("controls", a_control(), "dev-1"),
        ("incidents", an_incident(), "dev-1"),
        ("crossings", a_crossing(), "post-1"),
        ("post-status", a_post_status(), "post-1"),
    ],
)
def test_every_kind_is_taken_and_a_repetition_is_a_duplicate(caller: Caller, path, body, device):
    first, again = (caller.post(f"/api/v1/{path}", body, device) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert [one.json()["receipts"][0]["status"] for one in (first, again)] == ["accepted", "duplicate"]


def test_the_status_says_how_many_were_rejected(caller: Caller):
    good, bad = a_position(), a_position(latitude=91)
    assert caller.post("/api/v1/positions", [good, bad]).status_code == 207
    refused = caller.post("/api/v1/positions", [bad, bad])
    assert refused.status_code == 422
    assert refused.json()["receipts"][1]["reasons"] == [
        {"code": "latitude_out_of_range", "field": "[1].latitude", "message": "en:reason.latitude_out_of_range"}
    ]


def test_a_caller_is_answered_in_the_language_asked_for(caller: Caller):
    answer = caller.post("/api/v1/positions", b"{", **{"accept-language": "fr-CI"})
    assert answer.status_code == 422
    assert answer.json()["receipts"][0]["reasons"][0]["message"] == "fr:reason.not_json"
    error = caller.client.post("/api/v1/positions", headers={"accept-language": "pt"})
    assert error.json() == {"error": {"code": "not_signed_in", "message": "pt:error.not_signed_in", "details": []}}


def test_without_a_valid_token_nothing_is_taken_and_guessing_is_slowed_down(caller: Caller):
    codes = [
        caller.client.post("/api/v1/positions", json={}, headers={"authorization": f"Bearer cdt_{number}"})
        for number in range(7)
    ]
    assert [one.status_code for one in codes] == [401] * 5 + [429] * 2
    assert codes[0].headers["www-authenticate"] == "Bearer"
    assert int(codes[-1].headers["retry-after"]) >= 1
    assert caller.post("/api/v1/positions", a_position()).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "device"),
    [
        ("positions", a_position(), "post-1"),
        ("crossings", a_crossing(), "dev-1"),
        ("crossings", a_crossing(), "fleet-1"),
        ("positions", a_position(vehicle_id="COACH-2"), "dev-1"),
        ("positions", a_position(vehicle_id="OTHER-1"), "fleet-1"),
        ("crossings", a_crossing(post_id="GH-elubo"), "post-1"),
    ],
)
def test_what_is_not_ones_own_is_forbidden(caller: Caller, path, body, device):
    answer = caller.post(f"/api/v1/{path}", body, device)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    assert caller.doors.rows() == []


def test_a_disabled_device_is_turned_away(caller: Caller):
    caller.doors.devices.disable("dev-1")
    assert caller.post("/api/v1/positions", a_position()).status_code == 401


def test_a_body_over_the_limit_is_refused_chunked_or_not(caller: Caller):
    header = {"authorization": f"Bearer {caller.tokens['dev-1']}"}
    announced = caller.post("/api/v1/positions", b"x" * (LIMIT + 1))
    chunked = caller.client.post("/api/v1/positions", content=iter([b"x" * 9_000] * 3), headers=header)
    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert chunked.json()["error"]["code"] == "too_large"


def test_a_compressed_body_says_the_same_as_an_open_one(caller: Caller):
    body = orjson.dumps([a_position(), a_position(latitude=91)])
    packed = caller.post("/api/v1/positions", gzip.compress(body), **{"content-encoding": "gzip"})
    assert packed.status_code == 207
    again = caller.post("/api/v1/positions", body).json()["receipts"]
    assert [one["status"] for one in again] == ["duplicate", "rejected"]


def test_a_compressed_body_may_not_grow_over_the_limit(caller: Caller):
    packed = {"content-encoding": "gzip"}
    bomb, small = gzip.compress(b" " * 50_000_000), gzip.compress(b"[" + b" " * LIMIT + b"]")
    pieces = (bomb[at : at + 1000] for at in range(0, len(bomb), 1000))
    headers = {"authorization": f"Bearer {caller.tokens['dev-1']}"} | packed
    answers = [caller.post("/api/v1/positions", one, **packed) for one in (bomb, small)]
    answers.append(caller.client.post("/api/v1/positions", content=pieces, headers=headers))
    assert [one.status_code for one in answers] == [413] * 3


@pytest.mark.parametrize("broken", [b"[]", b"", EMPTY[:-3], EMPTY + b"more", b"\x1f\x8b"])
def test_a_compressed_body_that_cannot_be_opened_is_refused_with_its_reason(caller: Caller, broken: bytes):
    answer = caller.post("/api/v1/positions", broken, **{"content-encoding": "gzip"})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["code"] == "not_gzip"


def test_a_device_that_hurries_is_told_when_to_come_back(caller: Caller):
    codes = [caller.post("/api/v1/positions", a_position()).status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]


def test_the_database_away_is_said_and_nothing_is_acknowledged(caller: Caller, monkeypatch: pytest.MonkeyPatch):
    def away(*_: object) -> None:
        raise DatabaseAway(retry_after_s=5)

    caller.post("/api/v1/positions", a_position())
    monkeypatch.setattr(caller.doors.database, "writing", away)
    answer = caller.post("/api/v1/positions", a_position(latitude=6))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    monkeypatch.setattr(DeviceRegistry, "authenticate", away)
    assert caller.post("/api/v1/positions", a_position(latitude=6)).status_code == 503


def test_the_owntracks_app_is_taken_by_basic_auth_and_always_answered_an_empty_list(caller: Caller):
    basic = base64.b64encode(f"dev-1:{caller.tokens['dev-1']}".encode()).decode()
    header = {"authorization": f"Basic {basic}", "x-limit-u": "dev-1", "x-limit-d": "COACH-1"}
    for body in (OWNTRACKS, {"_type": "lwt", "tst": 1}, OWNTRACKS | {"lat": 91}):
        answer = caller.client.post("/owntracks", json=body, headers=header)
        assert (answer.status_code, answer.json()) == (200, [])
    (row,) = caller.doors.rows()
    assert (row.transport, orjson.loads(row.body)["speed_mps"]) == ("owntracks", 10)
    encrypted = caller.client.post("/owntracks", json={"_type": "encrypted", "data": "x"}, headers=header)
    assert encrypted.status_code == 422
    wrong = base64.b64encode(f"other:{caller.tokens['dev-1']}".encode()).decode()
    refused = caller.client.post("/owntracks", json=OWNTRACKS, headers={"authorization": f"Basic {wrong}"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Basic realm="corridor"')


def test_a_fleets_server_names_the_coach_in_the_apps_header(caller: Caller):
    caller.post("/owntracks", OWNTRACKS, "fleet-1", **{"x-limit-d": "COACH-2"})
    assert [row.subject for row in caller.doors.rows()] == ["vehicles/OP1/COACH-2"]


def test_what_was_refused_is_listed_to_those_who_may_see_it_and_tried_again(caller: Caller):
    caller.post("/api/v1/trips", a_trip(corridor_id="ABJ-NEW"))
    assert caller.client.get("/api/v1/dead-letters").status_code == 401
    caller.viewer = Viewer(1, "d", Role.DISPATCHER, operator_id="OP2")
    assert caller.client.get("/api/v1/dead-letters").json() == {"dead_letters": [], "next_cursor": None}
    caller.viewer = Viewer(1, "d", Role.DRIVER, operator_id="OP1")
    assert caller.client.get("/api/v1/dead-letters").status_code == 403
    caller.viewer = Viewer(1, "a", Role.ADMINISTRATOR)
    (letter,) = caller.client.get("/api/v1/dead-letters").json()["dead_letters"]
    assert (letter["reasons"][0]["code"], letter["has_message"]) == ("unknown_corridor", True)
    again = caller.client.post(f"/api/v1/dead-letters/{letter['id']}/replay").json()
    assert again["receipts"][0]["status"] == "rejected"
    assert len(caller.doors.letters.list()) == 1
    caller.doors.intake._addressing._directory.has_corridor = lambda _: True  # type: ignore[method-assign]
    again = caller.client.post(f"/api/v1/dead-letters/{letter['id']}/replay").json()
    assert again["receipts"][0]["status"] == "accepted"
    assert caller.doors.letters.get(letter["id"]).replay_outcome == "accepted"
    assert [row.kind for row in caller.doors.rows()] == [Kind.TRIP]
    assert caller.client.post("/api/v1/dead-letters/99/replay").status_code == 404


def test_devices_are_listed_page_by_page_within_ones_scope(caller: Caller):
    caller.viewer = Viewer(1, "d", Role.DISPATCHER, operator_id="OP1")
    first = caller.client.get("/api/v1/devices?limit=2").json()
    rest_of = caller.client.get(f"/api/v1/devices?limit=2&cursor={first['next_cursor']}").json()
    found = [one["device_id"] for one in first["devices"] + rest_of["devices"]]
    assert found == ["dev-1", "fleet-1", "phone-1"]
    assert "token_hash" not in first["devices"][0]
    wrong = caller.client.get("/api/v1/devices?limit=0")
    assert (wrong.status_code, wrong.json()["error"]["details"][0]["field"]) == (422, "limit")


def test_the_openapi_document_describes_every_body(caller: Caller):
    document = caller.client.get("/openapi.json").json()
    schema = document["paths"]["/api/v1/crossings"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["anyOf"][0]["required"]) == {"direction", "arrived_at"}
    assert "$ref" not in orjson.dumps(schema).decode()


def test_a_phone_that_asks_for_it_hears_of_refusals_only(caller: Caller):
    bodies = [a_position(), a_position(latitude=91)]
    answer = caller.post("/api/v1/positions", bodies, prefer="return=minimal")
    assert answer.status_code == 207
    assert [one["status"] for one in answer.json()["receipts"]] == ["rejected"]
    assert caller.post("/api/v1/positions", a_position(), prefer="return=minimal").json() == {"receipts": []}
