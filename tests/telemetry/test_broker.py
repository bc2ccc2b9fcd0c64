import os
import signal

import pytest

from telemetry import broker_log
from telemetry.broker import Broker
from telemetry.broker_log import parse_line, written_topic
from telemetry.devices import DeviceRegistry
from telemetry.mqtt import Identity, Will
from telemetry.mqtt_line import Line
from telemetry.nats_config import partition_of
from telemetry.publisher import Publisher
from tests.servers import start_broker, until
from tests.telemetry.lines import (
    POSITIONS,
    a_publisher,
    add_device,
    lanes_of,
    listening,
    raw_client,
    send_json,
    served,
)
from tracker.clock import SystemClock
from tracker.errors import BrokerAway

pytestmark = pytest.mark.broker
PREFIX = '[77] 2026/06/01 10:20:30.123456 [ERR] 10.0.0.9:50123 - mid:43 - "anybody" - '


@pytest.mark.parametrize(
    ("text", "code", "topic"),
    [
        ('Publish Violation - Subject "in.3.positions.OP.C2"', "topic_not_allowed",
         "corridor/v1/vehicles/OP/C2/positions"),
        ('Publish Violation - User "u", Subject "a.b"', "topic_not_allowed", "a/b"),
        ('Subscription Violation - Subject "in.>", SID in.>', "subscription_not_allowed", "in/>"),
        ("maximum payload exceeded: 6000045 vs 5242880", "body_too_large", ""),
        ("character not supported for MQTT topics", "topic_illegal", ""),
        ('authentication error - User "unit"', "wrong_credentials", ""),
    ],
)  # fmt: skip
def test_what_the_broker_refuses_is_read_from_its_log(text, code, topic):
    refusal = parse_line(PREFIX + text, 8)
    assert refusal is not None
    assert (refusal.code, refusal.topic, refusal.connection) == (code, topic, 43)
    assert refusal.at.isoformat() == "2026-06-01T10:20:30.123456+00:00"


@pytest.mark.parametrize(
    "line", ["", "no line", "[1] 2026/06/01 10:20:30.123456 [INF] Server is ready", PREFIX + "EOF"]
)
def test_other_lines_are_nothing(line):
    assert parse_line(line, 8) is None


def test_a_subject_is_written_as_the_topic_it_came_from():
    assert written_topic("in.0.post-status.CI-noe.police", 1) == "corridor/v1/posts/CI-noe/police/status"
    assert written_topic("in.6.owntracks.OP.C1", 8) == "owntracks/OP/C1"
    assert written_topic("in.7.owntracks.OP.C1", 8) == "in/7/owntracks/OP/C1"
    assert written_topic("corridor.v1.a//b.>", 8) == "corridor/v1/a.b/>"


def test_partitions_are_the_ones_the_broker_chooses(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "fleet", "system", operator_id="OP")
    with listening(nats_broker, sqlite_database) as ears, served() as loop:
        publisher = a_publisher(loop, nats_broker, "fleet", token)
        for number in range(40):
            publisher.send(f"corridor/v1/vehicles/OP/C-{number}/positions", b"{}")
        assert publisher.wait_empty(5)
        assert until(lambda: len(ears.heard) == 40)
    for one in ears.heard:
        _, place, _, operator, vehicle = one.topic.split("/")
        assert int(place) == partition_of(operator, vehicle, 4)


def test_messages_wait_although_nobody_ever_connected(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    with served() as loop:
        publisher = a_publisher(loop, nats_broker, "unit", token)
        for number in range(20):
            publisher.send(POSITIONS, b"%d" % number)
        assert publisher.wait_empty(5)
    with listening(nats_broker, sqlite_database) as ears:
        assert until(lambda: len(ears.heard) == 20)
    assert ears.payloads() == [b"%d" % number for number in range(20)]


def refusals(database, device_id: str = "unit") -> dict[str, tuple[str, int]]:
    registry = DeviceRegistry(database, SystemClock())
    return {one.code: (one.topic, one.times) for one in registry.list_refusals(device_id)}


def test_a_foreign_topic_is_refused_and_counted_under_who_signed_in(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    add_device(nats_broker, sqlite_database, "other", operator_id="OP1", vehicle_id="COACH-2")
    foreign = "corridor/v1/vehicles/OP1/COACH-2/positions"
    with listening(nats_broker, sqlite_database) as ears:
        with raw_client(nats_broker, "unit", token, client_id="other") as client:  # says to be another device
            for _ in range(3):
                client.publish(foreign, b"{}", 1).wait_for_publish(3)
            client.publish("in/99/positions/OP1/COACH-1", b"{}", 1).wait_for_publish(3)
            client.publish(POSITIONS, b"mine", 1).wait_for_publish(3)
        assert until(lambda: len(ears.heard) == 1)
        registry = DeviceRegistry(sqlite_database, SystemClock())
        assert until(lambda: len(registry.list_refusals("unit")) == 2, 5)
    assert {(one.code, one.topic, one.times) for one in registry.list_refusals("unit")} == {
        ("topic_not_allowed", foreign, 3),
        ("topic_not_allowed", "in/99/positions/OP1/COACH-1", 1),
    }
    assert ears.payloads() == [b"mine"]
    assert refusals(sqlite_database, "other") == {}
    found = registry.find("unit")
    assert found is not None
    assert found.refused_count == 4


@pytest.mark.parametrize(
    "topic", ["corridor/v1/vehicles/OP1/*/positions", "corridor/v1/vehicles/*/COACH-1/positions", "corridor/v1/>", "*"]
)
def test_the_brokers_own_wildcards_in_a_topic_reach_nobody(nats_broker, sqlite_database, topic):
    token = add_device(nats_broker, sqlite_database, "unit")
    with listening(nats_broker, sqlite_database) as ears:
        with raw_client(nats_broker, "unit", token) as client:
            client.publish(topic, b"{}", 1).wait_for_publish(3)
            client.publish(POSITIONS, b"after", 1).wait_for_publish(3)
        assert until(lambda: ears.payloads() == [b"after"])
        assert until(lambda: "topic_not_allowed" in refusals(sqlite_database), 5)


@pytest.mark.parametrize(
    ("topic", "body", "code"),
    [
        ("corridor/v1/vehicles/OP1/COACH 1/positions", b"{}", "topic_illegal"),
        (POSITIONS, b"x" * 5_000_000, "body_too_large"),
    ],
)
def test_what_cuts_the_connection_is_counted_too(nats_broker, sqlite_database, topic, body, code):
    token = add_device(nats_broker, sqlite_database, "unit")
    with listening(nats_broker, sqlite_database) as ears:
        with raw_client(nats_broker, "unit", token) as client:
            client.publish(topic, body, 1)
            assert until(lambda: code in refusals(sqlite_database), 8)
        with raw_client(nats_broker, "unit", token) as client:
            client.publish(POSITIONS, b"y" * (4 * 1024 * 1024), 1).wait_for_publish(8)
        assert until(lambda: [len(one) for one in ears.payloads()] == [4 * 1024 * 1024])


def test_a_device_that_is_added_works_at_once_and_a_revoked_one_is_cut_off(nats_broker, sqlite_database):
    first = add_device(nats_broker, sqlite_database, "first")
    with listening(nats_broker, sqlite_database) as ears, served() as loop:
        staying = a_publisher(loop, nats_broker, "first", first)
        second = add_device(nats_broker, sqlite_database, "second", operator_id="OP1", vehicle_id="COACH-2")
        status = "corridor/v1/vehicles/OP1/COACH-2/status"
        leaving = a_publisher(loop, nats_broker, "second", second, will=Will(status, b"gone"))
        leaving.send("corridor/v1/vehicles/OP1/COACH-2/positions", b"second")
        assert leaving.wait_empty(5)
        registry = DeviceRegistry(sqlite_database, SystemClock())
        registry.disable("second")
        assert until(lambda: leaving.refusal == "Not authorized", 8)
        assert until(lambda: b"gone" in ears.payloads())
        assert staying.is_connected
        assert all(line.is_connected for line in ears.lines)
        new = registry.rotate("first")
        assert until(lambda: staying.refusal == "Not authorized", 8)
        a_publisher(loop, nats_broker, "first", new)


def test_nothing_is_lost_while_devices_are_added(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    with listening(nats_broker, sqlite_database) as ears, served() as loop:
        publisher = a_publisher(loop, nats_broker, "unit", token)
        for number in range(300):
            publisher.send(POSITIONS, b"%d" % number)
            if number % 60 == 0:
                add_device(nats_broker, sqlite_database, f"more-{number}", operator_id="OP1", vehicle_id="COACH-9")
        assert publisher.wait_empty(10)
        assert until(lambda: len(set(ears.payloads())) == 300)


def test_a_stolen_or_guessed_client_id_gets_nothing(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    thief = add_device(nats_broker, sqlite_database, "thief", operator_id="OP1", vehicle_id="COACH-2")
    lanes = lanes_of(nats_broker, sqlite_database)
    heard: list[object] = []
    with served() as loop:
        for client_id in ("in-0", "in/0", "lane-", "status", "worker", "corridor-worker"):
            for topic_filter in ("in/0/+/+/+", "#", "$MQTT/sub/#", "$JS/#"):
                line = Line(Identity(client_id, "thief", thief), nats_broker.endpoints, [topic_filter],
                            lambda _line, chunk: heard.extend(chunk))  # fmt: skip
                loop.add(line)
                assert line.wait_connected(5)
                assert not line.wait_subscribed(0.05)
                loop.remove(line)
        publisher = a_publisher(loop, nats_broker, "unit", token)
        publisher.send(POSITIONS, b"{}")
        assert publisher.wait_empty(5)
    with listening(nats_broker, sqlite_database) as ears:
        assert until(lambda: ears.payloads() == [b"{}"])
    assert heard == []
    assert not any(lane.client_id in {"in-0", "lane-"} for lane in lanes)


def test_a_phone_beside_a_unit_may_not_write_plain_positions(nats_broker, sqlite_database):
    add_device(nats_broker, sqlite_database, "unit")
    token = add_device(nats_broker, sqlite_database, "phone", "personal", operator_id="OP1", vehicle_id="COACH-1")
    with listening(nats_broker, sqlite_database) as ears, served() as loop:
        phone = a_publisher(loop, nats_broker, "phone", token)
        phone.send(POSITIONS, b"refused")
        phone.send("owntracks/OP1/COACH-1", b"taken")
        phone.send("corridor/v1/vehicles/OP1/COACH-1/incidents", b"taken too")
        assert phone.wait_empty(5)
        assert until(lambda: ears.payloads() == [b"taken", b"taken too"])
        DeviceRegistry(sqlite_database, SystemClock()).disable("unit")
        revision = DeviceRegistry(sqlite_database, SystemClock()).version()
        assert nats_broker.wait_admitted(revision, 5)
        assert until(lambda: _sent(phone) and b"now" in ears.payloads(), 5, 0.2)


def _sent(phone: Publisher) -> bool:
    phone.send(POSITIONS, b"now")
    return phone.wait_empty(2)


def test_a_killed_server_is_started_again_and_keeps_what_it_acknowledged(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "unit")
    with served() as loop:
        publisher = a_publisher(loop, nats_broker, "unit", token)
        for number in range(50):
            publisher.send(POSITIONS, b"%d" % number)
        assert publisher.wait_empty(5)
        killed = nats_broker.pid
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        publisher.send(POSITIONS, b"meanwhile")
        assert publisher.wait_empty(15)
        assert nats_broker.pid != killed
    with listening(nats_broker, sqlite_database) as ears:
        assert until(lambda: len(set(ears.payloads())) == 51)


def test_two_brokers_do_not_share_one_store(nats_broker, sqlite_database):
    second = Broker(nats_broker.plan, sqlite_database, DeviceRegistry(sqlite_database, SystemClock()))
    second.lock_wait_s = 0.2
    with pytest.raises(BrokerAway) as caught:
        second.start()
    assert caught.value.code == "broker_runs_already"


def test_nobody_comes_in_without_a_password(nats_broker):
    with served() as loop:
        line = Line(Identity("anybody"), nats_broker.endpoints, ["in/0/+/+/+"])
        loop.add(line)
        assert until(lambda: line.refusal is not None, 5)


def test_the_store_survives_a_restart_with_its_sessions(tmp_path, sqlite_database):
    broker = start_broker(tmp_path / "again", sqlite_database)
    token = add_device(broker, sqlite_database, "unit")
    with served() as loop:
        publisher = a_publisher(loop, broker, "unit", token)
        send_json(publisher, {"n": 1})
        assert publisher.wait_empty(5)
    broker.stop()
    broker = start_broker(tmp_path / "again", sqlite_database)
    with listening(broker, sqlite_database) as ears:
        assert until(lambda: ears.payloads() == [b'{"n":1}'])
    broker.stop()
    assert oct((tmp_path / "again" / "nats.conf").stat().st_mode & 0o777) == "0o600"
    assert broker_log.POLL_S < 1
