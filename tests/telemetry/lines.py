"""Devices, lanes and connections for tests that need a real broker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
from paho.mqtt import client as paho

from telemetry.broker import Broker
from telemetry.broker_secrets import WORKER, broker_secret
from telemetry.device import NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.mqtt import Endpoint, Identity, Received, Will
from telemetry.mqtt_line import Line
from telemetry.mqtt_loop import Loop
from telemetry.nats_config import WORKER_USER
from telemetry.partitions import Lane, lane_filters, prepare_lanes
from telemetry.publisher import Publisher
from telemetry.senders import SenderKind
from tests.servers import until
from tracker.clock import SystemClock
from tracker.database import Database

POSITIONS = "corridor/v1/vehicles/OP1/COACH-1/positions"


def a_position(**changes: Any) -> dict[str, Any]:
    observed_at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    return {"id": str(uuid4()), "observed_at": observed_at, "latitude": 5.3, "longitude": -3.9} | changes


def add_device(broker: Broker, database: Database, device_id: str, kind: str = "fitted", **names: str) -> str:
    """Add a device (of COACH-1, unless named otherwise) and wait until the broker knows it."""
    names = names or {"operator_id": "OP1", "vehicle_id": "COACH-1"}
    registry = DeviceRegistry(database, SystemClock())
    token = registry.add(NewDevice(device_id, SenderKind(kind), **names))  # type: ignore[arg-type]
    assert broker.wait_admitted(registry.version(), 10)
    return token


def worker_identity(database: Database, client_id: str) -> Identity:
    return Identity(client_id, WORKER_USER, broker_secret(database, WORKER))


def lanes_of(broker: Broker, database: Database) -> list[Lane]:
    return prepare_lanes(database, lane_filters(broker.plan.partitions))


@dataclass
class Ears:
    """Lines on every lane that keep what they hear."""

    database: Database
    lanes: list[Lane]
    endpoints: tuple[Endpoint, ...]
    acknowledges: bool = True
    heard: list[Received] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def take(self, line: Line, chunk: list[Received]) -> None:
        self.heard += chunk
        if self.acknowledges:
            line.acknowledge_all(chunk)

    def payloads(self) -> list[bytes]:
        return [one.payload for one in self.heard]


@contextmanager
def listening(broker: Broker, database: Database, *, acknowledges: bool = True) -> Iterator[Ears]:
    ears = Ears(database, lanes_of(broker, database), broker.endpoints, acknowledges)
    with served() as loop:
        for lane in ears.lanes:
            line = Line(worker_identity(database, lane.client_id), broker.endpoints, lane.filters, ears.take)
            ears.lines.append(line)
            loop.add(line)
        assert until(lambda: all(line.wait_subscribed(0) for line in ears.lines))
        yield ears


@contextmanager
def served() -> Iterator[Loop]:
    loop = Loop("test")
    try:
        yield loop
    finally:
        loop.close()


def a_publisher(
    loop: Loop, broker: Broker, device_id: str, token: str, will: Will | None = None, filters: tuple[str, ...] = ()
) -> Publisher:
    publisher = Publisher(Identity(device_id, device_id, token), broker.endpoints, will=will, filters=filters)
    loop.add(publisher)
    assert publisher.wait_connected(5)
    return publisher


def send_json(publisher: Publisher, body: Any, topic: str = POSITIONS) -> None:
    publisher.send(topic, orjson.dumps(body))


@contextmanager
def raw_client(broker: Broker, device_id: str, token: str, client_id: str = "", clean: bool = True) -> Iterator[Any]:
    """A plain paho client, which also says what our own publisher refuses to say."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id or device_id, clean_session=clean)
    client.username_pw_set(device_id, token)
    client.connect(broker.endpoints[0].host, broker.endpoints[0].port)
    client.loop_start()
    assert until(client.is_connected, 5)
    yield client
    client.disconnect()
    client.loop_stop()
