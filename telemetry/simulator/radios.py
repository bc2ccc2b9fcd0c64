"""The radios of the simulated fleet: one MQTT connection per device, with its own credentials and last will."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

import orjson
import structlog

from telemetry.kinds import Kind
from telemetry.mqtt_endpoint import Endpoint, Identity, Will
from telemetry.mqtt_loop import Loop
from telemetry.publisher import Publisher
from telemetry.topics import parse, vehicle_topic
from tracker.errors import TooMany

log = structlog.get_logger(__name__)


class Radios:
    """Sends for every simulated device; a connection is opened when its device first speaks."""

    def __init__(self, endpoints: Sequence[Endpoint], tokens: Mapping[str, str]) -> None:
        """Reach the broker at `endpoints`; `tokens` are the devices' passwords."""
        self._endpoints, self._tokens = tuple(endpoints), tokens
        self._loop = Loop("radios")
        self._publishers: dict[str, Publisher] = {}

    def send(self, device_id: str, topic: str, payload: bytes) -> None:
        """Queue a message; a device whose outbox is full (the broker is away for hours) loses the newest, and says so."""
        publisher = self._publishers.get(device_id) or self._open(device_id, topic)
        try:
            publisher.send(topic, payload)
        except TooMany:
            log.warning("simulated_outbox_full", device_id=device_id)

    def drain(self, timeout_s: float) -> bool:
        """Wait until the broker has everything and say whether it has."""
        end = monotonic() + timeout_s
        return all(publisher.wait_empty(max(0.0, end - monotonic())) for publisher in self._publishers.values())

    def close(self) -> None:
        """Send what waits, for a few seconds, then leave."""
        self.drain(5)
        self._loop.close()

    def _open(self, device_id: str, topic: str) -> Publisher:
        said, will = parse(topic), None
        status: str | None = None
        if said is not None and not said.kind.is_of_post:
            status = vehicle_topic(Kind.VEHICLE_STATUS, said.first, said.second)
            will = Will(status, orjson.dumps({"status": "offline"}))
        publisher = Publisher(Identity(device_id, device_id, self._tokens[device_id]), self._endpoints, will=will)
        self._publishers[device_id] = publisher
        self._loop.add(publisher)
        if status is not None:
            publisher.send(status, orjson.dumps({"status": "online"}), retain=True)
        return publisher
