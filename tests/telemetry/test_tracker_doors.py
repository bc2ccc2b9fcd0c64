"""OsmAnd, Traccar Client and a Traccar server at their doors, in the forms that they document."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from telemetry.kinds import Kind
from tests.builders import NOW, a_trip
from tests.telemetry.doors import PHONE, open_doors
from tests.telemetry.test_rest import Caller
from tracker.database import Database

AT = int(NOW.timestamp()) - 60
CLIENT = {
    "location": {
        "timestamp": "2026-06-01T11:58:00.000Z",
        "coords": {"latitude": 5.36, "longitude": -4.0, "accuracy": 12, "speed": 20.0, "heading": 90, "altitude": 20},
        "is_moving": True, "odometer": 100, "event": "motionchange", "battery": {"level": 0.8, "is_charging": False},
        "activity": {"type": "in_vehicle"}, "extras": {},
    },
    "device_id": "dev-1",
}  # fmt: skip
FORWARDED = {
    "position": {
        "id": 12345, "attributes": {"batteryLevel": 85, "distance": 15.4, "motion": True}, "deviceId": 10,
        "protocol": "gt06", "serverTime": "2026-06-01T11:58:05.000+0000", "deviceTime": "2026-06-01T11:58:00.000+0000",
        "fixTime": "2026-06-01T11:58:00.000+0000", "outdated": False, "valid": True, "latitude": 5.36,
        "longitude": -4.0, "altitude": 20.0, "speed": 40.0, "course": 90.0, "address": None, "accuracy": 0.0,
        "network": None,
    },
    "device": {"id": 10, "name": "Car 1", "uniqueId": "COACH-1", "status": "online", "phone": None, "disabled": False},
}  # fmt: skip


@pytest.fixture
def caller(sqlite_database: Database) -> Iterator[Caller]:
    with open_doors(sqlite_database) as doors:
        yield Caller(doors)


def positions(caller: Caller) -> list[dict[str, Any]]:
    return caller.doors.bodies()


def by_query(caller: Caller, query: str, method: str = "GET") -> Any:
    return caller.client.request(method, f"/osmand?{query}")


def test_a_query_of_the_old_traccar_client_becomes_a_position_in_our_units(caller: Caller):
    key = caller.tokens["dev-1"]
    query = f"id=dev-1&key={key}&timestamp={AT}&lat=5.36&lon=-4.0&speed=40&bearing=90&altitude=20&accuracy=12&batt=80.0"
    assert [by_query(caller, query, method).status_code for method in ("POST", "GET")] == [200, 200]
    (body,) = positions(caller)  # the same again is no second position
    assert (body["latitude"], body["longitude"], body["bearing_deg"], body["battery_percent"]) == (5.36, -4.0, 90, 80)
    assert body["speed_mps"] == pytest.approx(20.58, abs=0.01)


@pytest.mark.parametrize("time", [str(AT), str(AT * 1000), "2026-06-01T11:59:00Z", "2026-06-01 11:59:00"])
def test_the_token_alone_names_the_device_and_times_come_in_every_form(caller: Caller, time: str):
    query = {
        "deviceid": caller.tokens["dev-1"],
        "lat": "5.36",
        "lon": "-4",
        "timestamp": time,
        "speed": "36",
        "unit": "kmh",
    }
    assert caller.client.get("/osmand", params=query).status_code == 200
    (body,) = positions(caller)
    assert (body["observed_at"], body["speed_mps"]) == (positions(caller)[0]["observed_at"], 10.0)


def test_a_form_and_a_json_body_say_the_same_as_a_query(caller: Caller):
    key = caller.tokens["dev-1"]
    form = {"id": "dev-1", "key": key, "location": "5.36,-4.0", "timestamp": str(AT)}
    assert caller.client.post("/osmand", data=form).status_code == 200
    for _ in range(2):
        assert caller.client.post(f"/osmand?key={key}", json=CLIENT).status_code == 200
    body = positions(caller)[1]
    assert len(positions(caller)) == 2
    assert (body["speed_mps"], body["battery_percent"], body["accuracy_m"]) == (20.0, 80.0, 12)


def test_a_batch_is_taken_whole(caller: Caller):
    later = json.loads(json.dumps(CLIENT))
    later["location"]["timestamp"] = "2026-06-01T11:59:00.000Z"
    answer = caller.client.post(f"/osmand?key={caller.tokens['dev-1']}", json=[CLIENT, later])
    assert answer.status_code == 200
    assert len(positions(caller)) == 2


@pytest.mark.parametrize(
    "query", ["lat=91&lon=0", "lat=x&lon=0", "lat=5&lon=-4&timestamp=yesterday", "", "lat=nan&lon=inf&timestamp=1"]
)
def test_what_can_never_be_accepted_is_answered_200_and_listed(caller: Caller, query: str):
    assert by_query(caller, f"key={caller.tokens['dev-1']}&{query}").status_code == 200
    assert positions(caller) == []
    assert len(caller.doors.letters.list(device_id="dev-1")) == 1


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"location": 3}', b"[1]", b'{"a": ' + b"[" * 60, b"\xff\xfe", b"[null]"]
)
@pytest.mark.parametrize(("path", "device"), [("/osmand", "dev-1"), ("/traccar", "fleet-1")])
def test_hostile_bodies_are_taken_for_what_they_are(caller: Caller, path: str, device: str, body: bytes):
    answer = caller.client.post(f"{path}?key={caller.tokens[device]}", content=body)
    assert answer.status_code == 200
    assert positions(caller) == []
    assert len(caller.doors.letters.list(device_id=device)) == 1


@pytest.mark.parametrize("query", ["valid=false&lat=5&lon=-4", "cell=208,10,12345,67890,50&wifi=00:11:22:33:44:55,-70"])
def test_no_fix_is_no_position_and_no_fault(caller: Caller, query: str):
    assert by_query(caller, f"key={caller.tokens['dev-1']}&timestamp={AT}&{query}").status_code == 200
    assert (positions(caller), caller.doors.letters.list(device_id="dev-1")) == ([], [])


@pytest.mark.parametrize(
    "query", ["id=dev-1", "id=cdt_wrong", "key=cdt_wrong&id=dev-1", "id=phone-1&key={key}", "id=COACH-2&key={key}"]
)
def test_without_the_device_s_own_token_nothing_is_taken(caller: Caller, query: str):
    query = query.format(key=caller.tokens["dev-1"])
    assert by_query(caller, f"{query}&lat=5.36&lon=-4&timestamp={AT}").status_code == 401
    assert positions(caller) == []


def test_a_personal_phone_counts_inside_a_declared_trip_only(caller: Caller):
    query = f"id=phone-1&key={caller.tokens['phone-1']}&lat=5.36&lon=-4&timestamp={AT}"
    assert by_query(caller, query).status_code == 200
    assert (positions(caller), caller.doors.letters.list(device_id="phone-1")) == ([], [])
    caller.doors.send(Kind.TRIP, a_trip(event="departed", observed_at=AT - 60), PHONE)
    assert by_query(caller, query).status_code == 200
    assert len(positions(caller)) == 2


def forward(caller: Caller, unique_id: str = "COACH-1", device: str = "fleet-1", **position: Any) -> Any:
    body = {
        "position": FORWARDED["position"] | position,
        "device": FORWARDED["device"] | {"uniqueId": unique_id},
    }
    return caller.post("/traccar", body, device)


def test_a_traccar_server_forwards_for_a_coach_and_may_repeat_itself(caller: Caller):
    assert [forward(caller).status_code for _ in range(3)] == [200] * 3
    (row,) = caller.doors.rows()
    (body,) = positions(caller)
    assert row.subject == "vehicles/OP1/COACH-1"
    assert body["speed_mps"] == pytest.approx(20.58, abs=0.01)
    assert (body["bearing_deg"], body["battery_percent"], body.get("accuracy_m")) == (90.0, 85, None)


def test_the_identifier_of_a_device_stands_for_its_coach_under_the_device_s_rules(caller: Caller):
    assert forward(caller, "dev-1").status_code == 200
    assert [row.subject for row in caller.doors.rows()] == ["vehicles/OP1/COACH-1"]
    assert forward(caller, "phone-1", fixTime="2026-06-01T11:50:00.000+0000").status_code == 200
    assert len(positions(caller)) == 1, "somebody's own phone outside a trip"


def test_an_unknown_coach_or_an_old_position_does_not_stop_the_server(caller: Caller):
    assert forward(caller, "358911020000000").status_code == 200
    assert [one.device_id for one in caller.doors.letters.list(device_id="fleet-1")] == ["fleet-1"]
    assert forward(caller, outdated=True).status_code == 200
    assert positions(caller) == []


def test_only_a_program_s_token_may_forward(caller: Caller):
    assert forward(caller, device="dev-1").status_code == 403
    assert forward(caller, device="post-1").status_code == 403
    assert caller.client.post("/traccar", json=FORWARDED).status_code == 401
