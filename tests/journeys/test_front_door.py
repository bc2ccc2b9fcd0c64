"""Whole stories: what a device says is on disk, on the map and in the API; and nothing said is lost when the power goes."""

import random
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from telemetry.mqtt_loop import Loop
from tests.journeys.installation import Installation
from tests.servers import require, until

pytestmark = [pytest.mark.broker, pytest.mark.slow]
POSITIONS = "corridor/v1/vehicles/OP/BUS/positions"


def now(seconds=0):
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def a_fix(seconds=0, **more):
    return {"id": str(uuid4()), "observed_at": now(seconds), "latitude": 6.11, "longitude": 1.19} | more


@pytest.fixture
def loop():
    loop = Loop("test")
    yield loop
    loop.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    installation = Installation(tmp_path_factory.mktemp("installation"))
    installation.start()
    yield installation
    installation.close()


def coaches(browser):
    return orjson.dumps(browser.get("/map/live.json").json()).decode()


def test_a_coach_that_speaks_over_mqtt_is_on_the_map(running, loop):
    radio = running.radio("unit")
    loop.add(radio)
    radio.send(POSITIONS, orjson.dumps(a_fix(latitude=6.137))).result(20)
    with running.browser() as browser:
        assert until(lambda: "BUS" in coaches(browser), 15)
        assert browser.get("/api/v1/vehicles/BUS/latest").json()["latitude"] == 6.137


def test_mosquitto_pub_is_a_device_too(running):
    require("mosquitto", shutil.which("mosquitto_pub"))
    fix = a_fix(seconds=1, latitude=6.22)
    subprocess.run(
        ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(running.mqtt_port), "-i", "unit", "-u", "unit",
         "-P", running.tokens["unit"],
         "-q", "1", "-t", POSITIONS, "-m", orjson.dumps(fix).decode()],
        check=True, timeout=20,
    )  # fmt: skip
    assert until(lambda: fix["id"] in running.stored("position"), 15)


def test_the_same_message_over_both_doors_is_stored_once(running, loop):
    fix = a_fix(seconds=2)
    radio = running.radio("unit")
    loop.add(radio)
    radio.send(POSITIONS, orjson.dumps(fix)).result(20)
    assert until(lambda: fix["id"] in running.stored("position"), 15)
    receipt = running.post("unit", "/api/v1/positions", fix).json()["receipts"][0]
    assert receipt["status"] == "duplicate"
    assert running.stored("position").count(fix["id"]) == 1


def test_one_bad_element_does_not_take_the_others_with_it_and_is_answered(running, loop):
    radio = running.radio("unit", filters=("corridor/v1/receipts/OP/BUS",))
    loop.add(radio)
    assert until(lambda: radio.is_connected, 10)
    time.sleep(0.3)
    good, bad = a_fix(seconds=3), a_fix(seconds=3, latitude=999)
    radio.send(POSITIONS, orjson.dumps([good, bad])).result(20)
    assert until(lambda: radio.inbox, 15)
    (receipt,) = orjson.loads(radio.inbox[0].payload)["receipts"]
    assert (receipt["id"], receipt["status"]) == (bad["id"], "rejected")
    assert {reason["code"] for reason in receipt["reasons"]} == {"latitude_out_of_range"}
    assert good["id"] in running.stored("position")
    with running.browser() as browser:
        assert "latitude" in browser.get("/dead-letters").text


def test_a_border_post_logs_a_crossing_by_plate_written_its_own_way(running):
    body = {
        "direction": "exit",
        "license_plate": "1234-ab.01",
        "arrived_at": now(-3600),
        "released_at": now(-600),
        "passengers": 41,
    }
    assert running.post("post", "/api/v1/crossings", body).status_code == 200
    with running.browser() as browser:
        assert until(lambda: browser.get("/api/v1/crossings").json()["items"], 15)
        (crossing,) = browser.get("/api/v1/crossings").json()["items"]
        assert crossing["vehicle_id"] == "BUS"
        assert "GH-aflao" in browser.get("/map/live.json").text


def test_a_phone_is_followed_inside_a_declared_trip_only(running):
    owntracks = {"_type": "location", "lat": 6.2, "lon": 1.3, "tst": int(time.time())}
    auth = ("phone", running.tokens["phone"])
    assert httpx.post(f"{running.url}/owntracks", json=owntracks, auth=auth).json() == []
    before = len(running.stored("position"))
    trip = {"event": "departed", "trip_id": "T9", "corridor_id": "ABJ-LOS", "observed_at": now(-60)}
    assert running.post("phone", "/api/v1/trips", trip).status_code == 200
    httpx.post(f"{running.url}/owntracks", json=owntracks | {"tst": int(time.time()) - 1}, auth=auth)
    assert len(running.stored("position")) == before + 1
    with running.database.reading() as session:
        kept = session.connection().exec_driver_sql(
            "select count(*) from dead_letter where raw is not null and device_id = 'phone'"
        )
        assert kept.scalar_one() == 0


def test_a_phone_that_was_offline_for_six_hours_sends_its_backlog_in_any_order(running):
    trip = {"event": "departed", "trip_id": "T10", "corridor_id": "ABJ-LOS", "observed_at": now(-6 * 3600)}
    assert running.post("phone", "/api/v1/trips", trip).status_code == 200
    fixes = [a_fix(seconds=-30 * n, latitude=6 + n / 10_000) for n in range(720)]
    before = len(running.stored("position"))
    for start in (500, 0):  # the older half last, the newest first
        answer = running.post("phone", "/api/v1/positions", fixes[start : start + 500])
        assert {receipt["status"] for receipt in answer.json()["receipts"]} == {"accepted"}
    assert len(running.stored("position")) == before + len(fixes)
    again = running.post("phone", "/api/v1/positions", fixes[:500]).json()["receipts"]
    assert {receipt["status"] for receipt in again} == {"duplicate"}
    with running.browser() as browser:
        assert until(lambda: browser.get("/api/v1/vehicles/CAR/latest").json().get("latitude") == 6.0, 15)


def test_a_revoked_device_is_out_at_once(running, loop):
    radio = running.radio("post")
    loop.add(radio)
    assert until(lambda: radio.is_connected, 10)
    running.registry.disable("post")
    assert until(lambda: not radio.is_connected, 15)
    assert until(lambda: running.post("post", "/api/v1/post-status", {}).status_code == 401, 10)


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_the_power_goes_again_and_again_and_nothing_acknowledged_is_lost_or_doubled(where, request, tmp_path, loop):
    url = "" if where == "sqlite" else request.getfixturevalue("postgres_server").new_database()
    installation = Installation(tmp_path, url)
    installation.start()
    radio, confirmed, waiting = installation.radio("unit"), [], []
    loop.add(radio)
    dice, begun = random.Random(7), datetime.now(UTC) - timedelta(hours=2)
    for number in range(1200):
        fix = a_fix() | {"observed_at": (begun + timedelta(seconds=number)).isoformat()}
        waiting.append((fix["id"], radio.send(POSITIONS, orjson.dumps(fix), wait_s=30)))
        if number in (300, 600, 900):
            time.sleep(dice.uniform(0.05, 0.6))
            installation.kill()
            confirmed += [one for one, future in waiting if future.done()]
            installation.start()
    assert radio.wait_empty(60)
    confirmed = [one for one, _ in waiting]
    assert until(lambda: set(confirmed) <= set(installation.stored("position")), 60)
    stored = installation.stored("position")
    assert len(stored) == len(set(stored)) == len({UUID(one) for one in confirmed})
    installation.close()
