"""A line: one persistent session whose messages are acknowledged when they have been dealt with, not before.

Three things can go wrong with acknowledgements, and each would lose a message:

- A packet number means nothing after a reconnection: what was received before may be acknowledged by mistake under
  another message's number. Messages in flight are forgotten when the connection is; the broker sends them again.
- The broker sends again what it has waited for too long, with the same number, and once that is acknowledged it may
  give the number to another message. A repetition of a message in flight is dropped: each number is acknowledged once.
- A message under a number that is still in flight here, but with other content, takes the number over.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import structlog

from telemetry.mqtt import Endpoint, Identity, Received
from telemetry.mqtt_connection import Connection

log = structlog.get_logger(__name__)

BYTES_IN_FLIGHT = 24 * 1024 * 1024  # of a line; more is left to the broker, which sends it again later


class Line(Connection):
    """A subscriber that hands messages on in chunks and acknowledges them when told."""

    def __init__(
        self,
        identity: Identity,
        endpoints: Sequence[Endpoint],
        filters: Sequence[str],
        take: Callable[[Line, list[Received]], None] | None = None,
    ) -> None:
        """Subscribe to `filters`; `take` gets what arrives, in order, in the loop's thread, and must not block.

        Without `take` nothing is acknowledged: the session is opened and the messages wait in it.
        """
        super().__init__(identity, endpoints, clean=False)
        self.filters, self._take = tuple(filters), take
        self._chunk: list[Received] = []
        self._in_flight: dict[int, Received] = {}
        self._bytes = 0
        self._done: deque[Received] = deque()
        self._asked: set[int] = set()
        self._subscribed = threading.Event()

    @property
    def in_flight(self) -> int:
        """Messages received and not acknowledged."""
        return len(self._in_flight)

    def wait_subscribed(self, timeout_s: float) -> bool:
        """Wait until the broker has confirmed every subscription and say whether it has."""
        return self._subscribed.wait(timeout_s)

    def acknowledge_all(self, messages: Iterable[Received]) -> None:
        """Tell the broker that these are dealt with; from any thread."""
        self._done.extend(messages)
        if self.server is not None:
            self.server.touch(self)

    def forget(self, message: Received) -> None:
        """Leave a message with the broker: when it sends it again, it is taken as new. From any thread."""
        if self._in_flight.get(message.mid) is message:
            self._in_flight.pop(message.mid, None)

    def opened(self, session_present: bool) -> None:
        """Subscribe, even in a known session: a connection may have broken between the two."""
        log.debug("line_open", user=self.identity.user, session_present=session_present, filters=self.filters)
        self._asked = {self.subscribe(one) for one in self.filters}

    def subscribed(self, mid: int, refused: bool) -> None:
        """Note a confirmed subscription; come back later when it is refused."""
        if refused:
            log.error("subscription_refused", user=self.identity.user, filters=self.filters)
            self.drop()
            return
        self._asked.discard(mid)
        if not self._asked:
            self._subscribed.set()

    def closed(self) -> None:
        """Forget what is in flight: the broker sends it again."""
        self._in_flight.clear()
        self._chunk.clear()
        self._done.clear()
        self._bytes = 0
        self._subscribed.clear()

    def arrived(self, message: Received) -> None:
        """Take one message, unless it is a repetition of one in flight."""
        if self._take is None:
            return
        if message.qos:
            known = self._in_flight.get(message.mid)
            if known is not None:
                if known.payload == message.payload and known.topic == message.topic:
                    return
                self._bytes -= len(known.payload)
            elif self._bytes + len(message.payload) > BYTES_IN_FLIGHT and self._in_flight:
                return
            self._in_flight[message.mid] = message
            self._bytes += len(message.payload)
        self._chunk.append(message)

    def read_done(self) -> None:
        """Hand the chunk on."""
        if self._chunk and self._take is not None:
            chunk, self._chunk = self._chunk, []
            self._take(self, chunk)

    def flush(self) -> None:
        """Acknowledge what is dealt with, all in one write."""
        ready: list[Received] = []
        while self._done:
            message = self._done.popleft()
            if self._in_flight.get(message.mid) is message:
                ready.append(message)
        if not ready:
            return
        sent = self.acknowledge([message.mid for message in ready])
        for message in ready[:sent]:
            del self._in_flight[message.mid]
            self._bytes -= len(message.payload)
        self._done.extendleft(reversed(ready[sent:]))  # the loop calls again when there is room
