import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import orjson
import pytest

from telemetry.broker_secrets import WORKER, broker_secret
from telemetry.delivery import Delivery, Receipt
from telemetry.ingest import IngestWorker, make_worker
from telemetry.kinds import Kind
from telemetry.mqtt import Identity
from telemetry.nats_config import WORKER_USER
from telemetry.partitions import Leases
from telemetry.publisher import Publisher
from tests.servers import until
from tests.telemetry.doors import open_doors
from tests.telemetry.lines import (
    POSITIONS,
    a_position,
    a_publisher,
    add_device,
    lanes_of,
    raw_client,
    send_json,
    served,
)
from tracker.clock import SystemClock
from tracker.errors import DatabaseAway
from tracker.settings import load_settings

pytestmark = pytest.mark.broker


class FakeDoor:
    """Accepts everything, unless it is told to fail."""

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.away = 0
        self.poison = b""
        self.async_away = 0

    def submit_many(self, deliveries: Any, wait_s: float | None = None) -> Future[list[list[Receipt]]]:
        future: Future[list[list[Receipt]]] = Future()
        if self.away:
            self.away -= 1
            raise DatabaseAway(retry_after_s=1)
        if self.async_away:
            self.async_away -= 1
            future.set_exception(DatabaseAway(retry_after_s=1))
            return future
        if self.poison and any(self.poison in one.payload for one in deliveries):
            future.set_exception(RuntimeError("a fault of ours"))
            return future
        self.taken += deliveries
        future.set_result([[_receipt(one.payload)] for one in deliveries])
        return future

    def payloads(self) -> list[bytes]:
        return [one.payload for one in self.taken]


def _receipt(payload: bytes) -> Receipt:
    return Receipt(payload.decode(), "rejected" if payload.startswith(b"bad") else "accepted")


@contextmanager
def working(broker: Any, database: Any, door: Any, **options: Any) -> Iterator[IngestWorker]:
    lanes = lanes_of(broker, database)
    lease = options.pop("lease", timedelta(seconds=2))
    worker = IngestWorker(
        door,
        Leases(database, SystemClock(), [lane.name for lane in lanes], lease=lease),
        lanes,
        broker.endpoints,
        user=WORKER_USER,
        password=broker_secret(database, WORKER),
        clock=SystemClock(),
        **options,
    )
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def unit(nats_broker: Any, sqlite_database: Any) -> Iterator[Publisher]:
    token = add_device(nats_broker, sqlite_database, "unit")
    with served() as loop:
        yield a_publisher(loop, nats_broker, "unit", token, filters=("corridor/v1/receipts/OP1/COACH-1",))


def test_positions_land_in_the_log_and_bad_ones_are_answered(nats_broker, sqlite_database, unit):
    with open_doors(sqlite_database) as doors:

        def answer(subject: str, receipts: Any) -> bytes:
            codes = [reason.code for receipt in receipts for reason in receipt.reasons]
            return orjson.dumps({"subject": subject, "codes": codes})

        with working(nats_broker, sqlite_database, doors.intake, answer=answer) as worker:
            good = [a_position() for _ in range(30)]
            send_json(unit, good[0])
            send_json(unit, good[0])
            send_json(unit, [*good[1:], a_position(latitude=99.0)])
            unit.send(POSITIONS, b"\xff not json")
            unit.send(
                "owntracks/OP1/COACH-1", b'{"_type":"location","lat":5.3,"lon":-3.9,"tst":%d}' % (time.time() - 60)
            )
            assert until(lambda: worker.stored == 5)
            assert until(lambda: len(doors.rows()) == 31)
            assert until(lambda: len(unit.inbox) == 2)
    answers = [orjson.loads(one.payload) for one in unit.inbox]
    assert {one["subject"] for one in answers} == {"vehicles/OP1/COACH-1"}
    assert [one["codes"] for one in answers][1:] == [["not_utf8"]] or len(answers) == 2
    assert {row.transport for row in doors.rows()} == {"mqtt", "owntracks"}


def test_what_came_before_the_worker_is_not_lost_and_every_kind_has_its_lane(nats_broker, sqlite_database, unit):
    post = add_device(nats_broker, sqlite_database, "post", "post", post_id="CI-noe", agency="police")
    with served() as loop:
        official = a_publisher(loop, nats_broker, "post", post)
        for segment in ("positions", "trips", "controls", "incidents", "status"):
            unit.send(f"corridor/v1/vehicles/OP1/COACH-1/{segment}", segment.encode())
        unit.send("owntracks/OP1/COACH-1", b"owntracks")
        for segment in ("crossings", "status"):
            official.send(f"corridor/v1/posts/CI-noe/police/{segment}", b"post " + segment.encode())
        assert unit.wait_empty(5)
        assert official.wait_empty(5)
    door = FakeDoor()
    with working(nats_broker, sqlite_database, door) as worker:
        assert until(lambda: len(door.taken) == 8)
        assert len(worker.lanes) == 5
        assert until(worker.is_ready)
    coach, point = "vehicles/OP1/COACH-1", "posts/CI-noe/police"
    assert {(one.payload, one.kind, one.subject, one.transport) for one in door.taken} == {
        (b"positions", Kind.POSITION, coach, "mqtt"),
        (b"trips", Kind.TRIP, coach, "mqtt"),
        (b"controls", Kind.CONTROL, coach, "mqtt"),
        (b"incidents", Kind.INCIDENT, coach, "mqtt"),
        (b"status", Kind.VEHICLE_STATUS, coach, "mqtt"),
        (b"owntracks", Kind.POSITION, coach, "owntracks"),
        (b"post crossings", Kind.CROSSING, point, "mqtt"),
        (b"post status", Kind.POST_STATUS, point, "mqtt"),
    }


@pytest.mark.parametrize("how", ["away", "async_away"])
def test_while_the_database_is_away_messages_are_kept_and_tried_again_in_order(nats_broker, sqlite_database, unit, how):
    door = FakeDoor()
    setattr(door, how, 2)
    with working(nats_broker, sqlite_database, door):
        for number in range(50):
            unit.send(POSITIONS, b"%d" % number)
        assert until(lambda: len(set(door.payloads())) == 50, 15)
    if how == "away":
        assert door.payloads() == [b"%d" % number for number in range(50)]


def test_a_message_that_always_fails_takes_no_other_with_it_and_stays_with_the_broker(
    nats_broker, sqlite_database, unit
):
    door = FakeDoor()
    door.poison = b"poison"
    with working(nats_broker, sqlite_database, door):
        for number in range(20):
            unit.send(POSITIONS, b"poison" if number == 7 else b"%d" % number)
        assert until(lambda: len(set(door.payloads())) == 19)
        assert not until(lambda: b"poison" in door.payloads(), 0.5)
        door.poison = b""
        assert until(lambda: b"poison" in door.payloads(), 8)


def test_a_fault_in_writing_the_answer_loses_nothing(nats_broker, sqlite_database, unit):
    def broken(subject: str, receipts: Any) -> bytes:
        raise RuntimeError("no words")

    door = FakeDoor()
    with working(nats_broker, sqlite_database, door, answer=broken):
        unit.send(POSITIONS, b"bad")
        unit.send(POSITIONS, b"good")
        assert until(lambda: len(door.taken) == 2)


def test_retained_messages_of_before_are_ignored_but_live_ones_count(nats_broker, sqlite_database, unit):
    unit.send(POSITIONS, b"retained", retain=True)
    assert unit.wait_empty(5)
    door = FakeDoor()
    with working(nats_broker, sqlite_database, door):
        assert until(lambda: door.payloads() == [b"retained"])  # it waited in the session
        unit.send(POSITIONS, b"live", retain=True)
        assert until(lambda: door.payloads() == [b"retained", b"live"])
    with working(nats_broker, sqlite_database, door):  # a new subscription gets the retained one again
        assert not until(lambda: len(door.taken) > 2, 1)


def test_two_workers_share_and_the_one_that_is_left_takes_over(nats_broker, sqlite_database):
    token = add_device(nats_broker, sqlite_database, "fleet", "system", operator_id="OP1")
    first_door, second_door = FakeDoor(), FakeDoor()

    def sent(number: int) -> set[bytes]:
        with raw_client(nats_broker, "fleet", token, client_id=f"fleet-{number}") as client:
            for coach in range(40):
                payload = b"%d" % (number * 100 + coach)
                client.publish(f"corridor/v1/vehicles/OP1/C-{coach}/positions", payload, 1).wait_for_publish(5)
        return {b"%d" % (number * 100 + coach) for coach in range(40)}

    with working(nats_broker, sqlite_database, first_door) as first:
        with working(nats_broker, sqlite_database, second_door) as second:
            assert until(lambda: {len(first.lanes), len(second.lanes)} == {2, 3}, 8)
            assert not first.lanes & second.lanes
            assert until(lambda: first.is_ready() and second.is_ready())
            wanted = sent(1)
            assert until(lambda: set(first_door.payloads() + second_door.payloads()) == wanted)
            assert first_door.taken
            assert second_door.taken
        assert until(lambda: len(first.lanes) == 5, 8)
        wanted |= sent(2)
        assert until(lambda: set(first_door.payloads() + second_door.payloads()) == wanted)


def test_mosquitto_works_with_one_worker(mosquitto, sqlite_database):
    settings = load_settings(
        {}, broker_kind="mqtt", broker_url=mosquitto.url, broker_user=mosquitto.user, broker_password=mosquitto.password
    )
    with open_doors(sqlite_database) as doors, served() as loop:
        worker = make_worker(settings, sqlite_database, doors.intake, SystemClock(), lambda s, r: orjson.dumps(s))
        worker.start()
        assert until(lambda: worker.lanes == {"plain"} and worker.is_ready())
        unit = Publisher(
            Identity("unit", mosquitto.user, mosquitto.password),
            worker._endpoints,
            filters=("corridor/v1/receipts/OP1/COACH-1",),
        )
        loop.add(unit)
        for _ in range(200):
            send_json(unit, a_position())
        send_json(unit, {"latitude": 1})
        assert unit.wait_empty(10)
        assert until(lambda: len(doors.rows()) == 200)
        assert until(lambda: len(unit.inbox) == 1)
        worker.stop()
        for _ in range(50):  # they wait in the session
            send_json(unit, a_position())
        assert unit.wait_empty(10)
        again = make_worker(settings, sqlite_database, doors.intake, SystemClock())
        again.start()
        assert until(lambda: len(doors.rows()) == 250)
        again.stop()
