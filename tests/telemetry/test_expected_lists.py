"""Retained lists of expected coaches over real brokers: who hears them, when they change, what a restart leaves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from paho.mqtt import client as paho

from telemetry.broker_secrets import WORKER, broker_secret
from telemetry.expected_lists import ExpectedLists
from telemetry.ingest import IngestWorker
from telemetry.mqtt import Identity
from telemetry.mqtt_endpoint import Endpoint
from telemetry.nats_config import WORKER_USER
from telemetry.partitions import Lane, Leases, plain_filters, prepare_lanes
from telemetry.publisher import Publisher
from tests.servers import start_broker, until
from tests.telemetry.lines import a_publisher, add_device, lanes_of, raw_client, served
from tests.telemetry.test_ingest import FakeDoor
from tracker.clock import SystemClock

TOPIC = "corridor/v1/posts/CI-noe/expected"
ONE, NOBODY = b'{"coaches":[{"license_plate":"1234 AB 01"}]}', b'{"coaches":[]}'


@contextmanager
def working(
    endpoints: tuple[Endpoint, ...], database: Any, lanes: list[Lane], lists: dict[str, bytes], user: str, password: str
):
    worker = IngestWorker(
        FakeDoor(), Leases(database, SystemClock(), [lane.name for lane in lanes], lease=timedelta(seconds=2)), lanes,
        endpoints, user=user, password=password, clock=SystemClock(), expected=lambda: dict(lists),
    )  # fmt: skip
    worker.start()
    yield worker
    worker.stop()


@contextmanager
def at_nats(broker: Any, database: Any, lists: dict[str, bytes]) -> Iterator[IngestWorker]:
    password = broker_secret(database, WORKER)
    with working(broker.endpoints, database, lanes_of(broker, database), lists, WORKER_USER, password) as worker:
        yield worker


def of_post(broker: Any, database: Any, device_id: str, post_id: str) -> str:
    return add_device(broker, database, device_id, "post", post_id=post_id, agency="police")


@pytest.mark.broker
def test_a_device_of_the_post_hears_its_list_at_once_and_after_the_broker_began_anew(tmp_path, sqlite_database):
    broker = start_broker(tmp_path / "broker", sqlite_database)
    port = broker.plan.port
    token = of_post(broker, sqlite_database, "noe", "CI-noe")
    with at_nats(broker, sqlite_database, {"CI-noe": ONE}), served() as loop:
        early = a_publisher(loop, broker, "noe", token, filters=(TOPIC,))
        assert until(lambda: [one.payload for one in early.inbox] == [ONE])
    broker.stop()
    again = start_broker(tmp_path / "broker", sqlite_database, port=port)
    with served() as loop:
        late = a_publisher(loop, again, "noe", token, filters=(TOPIC,))
        assert until(lambda: [one.payload for one in late.inbox] == [ONE])  # nobody publishes now
    again.stop()


@pytest.mark.broker
def test_a_device_of_another_post_and_of_a_coach_may_not_listen(nats_broker, sqlite_database):
    with at_nats(nats_broker, sqlite_database, {"CI-noe": ONE}):
        for device_id, token in (
            ("elubo", of_post(nats_broker, sqlite_database, "elubo", "GH-elubo")),
            ("unit", add_device(nats_broker, sqlite_database, "unit")),
        ):
            heard: list[bytes] = []
            granted: list[bool] = []
            with raw_client(nats_broker, device_id, token) as client:
                client.on_message = lambda c, u, message, heard=heard: heard.append(message.payload)
                client.on_subscribe = lambda c, u, mid, codes, p, granted=granted: granted.extend(
                    not code.is_failure for code in codes
                )
                for topic in (TOPIC, "corridor/v1/posts/+/expected", "corridor/v1/posts/#"):
                    client.subscribe(topic, 1)
                assert until(lambda granted=granted: len(granted) == 3)
            assert granted == [False] * 3
            assert heard == []


@pytest.mark.broker
def test_mosquitto_keeps_the_list_and_an_empty_one_clears_it(mosquitto, sqlite_database):
    lists = {"CI-noe": ONE}
    endpoints = (Endpoint("127.0.0.1", mosquitto.port),)
    lanes = prepare_lanes(sqlite_database, plain_filters())

    def hear() -> bytes:
        found: list[bytes] = []
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, "post-software")
        client.username_pw_set(mosquitto.user, mosquitto.password)
        client.on_message = lambda c, u, message: found.append(message.payload)
        client.on_connect = lambda c, *_: c.subscribe(TOPIC, 1)
        client.connect("127.0.0.1", mosquitto.port)
        client.loop_start()
        until(lambda: found, 3)
        client.disconnect()
        client.loop_stop()
        return found[-1] if found else b""

    with working(endpoints, sqlite_database, lanes, lists, mosquitto.user, mosquitto.password):
        assert until(lambda: hear() == ONE, 20)
    assert hear() == ONE
    mosquitto.stop()
    mosquitto.start()
    assert hear() == ONE
    lists["CI-noe"] = NOBODY
    with working(endpoints, sqlite_database, lanes, lists, mosquitto.user, mosquitto.password):
        assert until(lambda: hear() == NOBODY, 20)


class _Letters(Publisher):
    def __init__(self) -> None:
        super().__init__(Identity("test", "test", "test"), (Endpoint("127.0.0.1", 1),))
        self.letters: list[tuple[str, bytes, bool]] = []

    def send(self, topic: str, payload: bytes, *, retain: bool = False, wait_s: float | None = 0) -> Any:
        self.letters.append((topic, payload, retain))


def test_only_the_worker_whose_turn_it_is_sends_and_only_what_changed():
    lists, turn, letters = {"CI-noe": ONE, "GH-elubo": NOBODY}, [True], _Letters()
    lately = ExpectedLists(lambda: dict(lists), lambda: turn[0], letters)
    lately.publish()
    lately.publish()
    assert letters.letters == [(TOPIC, ONE, True), ("corridor/v1/posts/GH-elubo/expected", NOBODY, True)]
    lists["CI-noe"] = NOBODY
    lately.publish()
    assert letters.letters[2:] == [(TOPIC, NOBODY, True)]
    turn[0] = False
    lately.publish()
    turn[0] = True
    lately.publish()  # another one had it meanwhile: everything again
    assert len(letters.letters) == 5
