"""The hand-over: what arrives goes to the intake in its order, and is acknowledged after the commit.

A message that cannot be stored because the database is away is kept and tried again. One that fails for a reason of its
own takes no other with it: it is tried alone, a few times, and then left with the broker, which sends it again later.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Protocol

import structlog

from telemetry.delivery import MQTT, OWNTRACKS, Delivery, Receipt
from telemetry.mqtt import Received
from telemetry.mqtt_line import Line
from telemetry.topics import parse
from tracker.clock import Clock
from tracker.errors import Unavailable

log = structlog.get_logger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
ATTEMPTS = 3
TROUBLE_PAUSE_S = 1.0
TOGETHER = 500  # messages handed to the intake at once

_Item = tuple[Line, Received]


class Door(Protocol):
    """What is needed of the intake."""

    def submit_many(self, deliveries: Sequence[Delivery], wait_s: float | None = None) -> Future[list[list[Receipt]]]:
        """Take deliveries that are stored together or not at all; the future answers after the commit."""
        ...


class HandOver:
    """A thread between the lines and the intake."""

    def __init__(self, door: Door, clock: Clock, tell: Callable[[str, Sequence[Receipt]], None]) -> None:
        """Start the thread; `tell(subject, receipts)` gets the receipts of which some may be bad news."""
        self._door, self._clock, self._tell = door, clock, tell
        self._chunks: queue.SimpleQueue[tuple[Line, list[Received]] | None] = queue.SimpleQueue()
        self._again: deque[_Item] = deque()
        self._troubled: dict[Received, int] = {}
        self._parked: deque[tuple[float, _Item]] = deque()
        self._away_until, self._pause = 0.0, FIRST_PAUSE_S
        self._stop = threading.Event()
        self.stored = 0
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._thread.start()

    def take(self, line: Line, chunk: list[Received]) -> None:
        """Take what a line brought; never blocks. The broker limits how much can wait here."""
        self._chunks.put((line, chunk))

    def close(self) -> None:
        """End the thread; what is not acknowledged comes again, to whoever takes over."""
        self._stop.set()
        self._chunks.put(None)
        self._thread.join(20)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._wait_for_database()
                while self._parked and self._parked[0][0] <= time.monotonic():
                    self._submit([self._parked.popleft()[1]])  # alone: it has brought others into trouble
                if self._again:
                    self._submit([self._again.popleft() for _ in range(min(TOGETHER, len(self._again)))])
                elif items := self._next_items():
                    self._submit(items)
            except Exception as error:  # the edge of the thread: nothing that arrives may end it
                log.error("ingest_failed", error=repr(error), exc_info=error)

    def _next_items(self) -> list[_Item]:
        """Return what has arrived, in order, up to a number that is stored together."""
        items: list[_Item] = []
        try:
            entry = self._chunks.get(timeout=0.2)
            while entry is not None:
                line, chunk = entry
                items += [(line, message) for message in chunk]
                if len(items) >= TOGETHER:
                    break
                entry = self._chunks.get_nowait()
        except queue.Empty:
            pass
        return items

    def _wait_for_database(self) -> None:
        while (left := self._away_until - time.monotonic()) > 0 and not self._stop.wait(min(left, 0.1)):
            pass
        self._away_until = 0.0

    def _submit(self, items: Sequence[_Item]) -> None:
        """Hand messages to the intake in their order; what cannot be handed over waits for the database."""
        now = self._clock.now()
        told: list[_Item] = []
        deliveries: list[Delivery] = []
        for line, message in items:
            topic = None if message.retained else parse(message.topic)
            if topic is None:  # retained: said to an earlier listener; or no topic of ours
                if not message.retained:
                    log.warning("topic_not_ours", topic=message.topic[:200])
                line.acknowledge_all((message,))
                continue
            transport = OWNTRACKS if topic.owntracks else MQTT
            deliveries.append(Delivery(None, topic.subject, topic.kind, message.payload, transport, now))
            told.append((line, message))
        if not told:
            return
        try:
            future = self._door.submit_many(deliveries)
        except Unavailable:
            self._again.extendleft(reversed(told))
            self._back_off()
        except Exception as error:  # a fault of ours
            self._trouble(told, error)
        else:
            future.add_done_callback(partial(self._settled, told, deliveries))

    def _settled(
        self, items: Sequence[_Item], deliveries: Sequence[Delivery], future: Future[list[list[Receipt]]]
    ) -> None:
        error = future.exception()
        if isinstance(error, Unavailable):
            self._again.extend(items)
            self._back_off()
            return
        if error is not None:
            self._trouble(items, error)
            return
        self.stored += len(items)
        self._pause = FIRST_PAUSE_S
        by_line: dict[Line, list[Received]] = {}
        for line, message in items:
            by_line.setdefault(line, []).append(message)
            if self._troubled:
                self._troubled.pop(message, None)
        for line, messages in by_line.items():
            line.acknowledge_all(messages)
        for delivery, receipts in zip(deliveries, future.result(), strict=True):
            if receipts and (len(receipts) > 1 or receipts[0].status == "rejected"):
                self._tell(delivery.subject or "", receipts)

    def _back_off(self) -> None:
        if not self._away_until:
            self._away_until = time.monotonic() + self._pause
            log.warning("ingest_waits_for_database", pause_s=self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)

    def _trouble(self, items: Sequence[_Item], error: BaseException) -> None:
        """Try each alone, a few times, then leave it with the broker until it sends it again."""
        due = time.monotonic() + (TROUBLE_PAUSE_S if len(items) == 1 else 0)
        for line, message in items:
            attempts = self._troubled.get(message, 0) + (len(items) == 1)
            log.error("message_not_stored", topic=message.topic, attempts=attempts, error=repr(error))
            if attempts >= ATTEMPTS:
                self._troubled.pop(message, None)
                line.forget(message)
                continue
            self._troubled[message] = attempts
            self._parked.append((due, (line, message)))
