"""A connection that comes back by itself, at the next of its endpoints, with a growing pause.

It has no thread of its own: a `Loop` (`telemetry/mqtt_loop.py`) serves any number of them with one. What is done with
what arrives is in `telemetry/mqtt_line.py` and `telemetry/publisher.py`.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from telemetry.mqtt import Endpoint, Identity, Received, Will, Wire

log = structlog.get_logger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
HANDSHAKE_S = 12.0  # a cluster without a leader takes the connection and does not answer


class Server(Protocol):
    """What a connection needs of the loop that serves it."""

    def watch(self, connection: Connection, sock: Any) -> None:
        """Begin to look at a socket."""
        ...

    def unwatch(self, sock: Any) -> None:
        """Look no more at a socket."""
        ...

    def want_write(self, sock: Any, wanted: bool) -> None:
        """Say whether the connection waits to write."""
        ...

    def touch(self, connection: Connection) -> None:
        """Have `flush` called soon, from any thread."""
        ...


class Connection:
    """One client. Other threads than the loop's may use `is_connected`, and what subclasses say they may."""

    def __init__(
        self,
        identity: Identity,
        endpoints: Sequence[Endpoint],
        *,
        clean: bool = True,
        will: Will | None = None,
        keepalive_s: int = 30,
    ) -> None:
        """Prepare; nothing is opened before a loop serves it. Without `clean` the broker keeps the session."""
        self.identity, self._endpoints, self._keepalive_s = identity, tuple(endpoints), keepalive_s
        self._clean, self._will = clean, will
        self._next, self._failures = random.randrange(len(self._endpoints)), 0
        self._due, self._handshake_until = 0.0, 0.0
        self._wire: Wire | None = None
        self._open = threading.Event()
        self.unread = False
        self.refusal: str | None = None
        self.server: Server | None = None

    @property
    def is_connected(self) -> bool:
        """Say whether the broker has accepted the connection and it stands."""
        return self._open.is_set()

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until it is connected and say whether it is."""
        return self._open.wait(timeout_s)

    # What subclasses fill in; called by the loop's thread.

    def opened(self, session_present: bool) -> None:
        """Act on a new connection."""

    def closed(self) -> None:
        """Act on a lost connection."""

    def arrived(self, message: Received) -> None:
        """Take one message; must not block or raise."""

    def subscribed(self, mid: int, refused: bool) -> None:
        """Act on the broker's answer to a subscription."""

    def published(self, mid: int) -> None:
        """Act on the broker's acknowledgement."""

    def flush(self) -> None:
        """Send what waits."""

    def read_done(self) -> None:
        """Hand on what a round of reading brought."""

    # For subclasses, in the loop's thread.

    def subscribe(self, topic_filter: str) -> int:
        """Subscribe with QoS 1 and return the number of the request."""
        return (self._wire.subscribe(topic_filter, 1)[1] or 0) if self._wire is not None else 0

    def publish(self, topic: str, payload: bytes, retain: bool) -> int:
        """Publish with QoS 1 and return the number of the message at this connection."""
        assert self._wire is not None, "publish when connected"
        return self._wire.publish(topic, payload, 1, retain).mid

    def acknowledge(self, mids: Sequence[int]) -> int:
        """Acknowledge messages; return how many went out. `flush` is called when there is room for the others."""
        return self._wire.acknowledge(mids) if self._wire is not None else 0

    # For the loop.

    def step(self, now: float) -> None:
        """Connect when it is time, keep the connection alive otherwise."""
        wire = self._wire
        if wire is not None:
            if not self.is_connected and now > self._handshake_until:
                self.drop()
            else:
                wire.loop_misc()
            return
        if now < self._due:
            return
        self._due = now + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._failures, 6)) * random.uniform(0.7, 1.3)
        self._failures += 1
        self._handshake_until = now + HANDSHAKE_S
        endpoint = self._endpoints[self._next % len(self._endpoints)]
        self._next += 1
        # A new one each time: what an old one still holds belongs to packet numbers of the old connection.
        self._wire = Wire(self.identity, endpoint, self, clean=self._clean, will=self._will)
        try:
            self._wire.open(self._keepalive_s)
        except (OSError, ValueError) as error:
            log.debug("broker_unreachable", host=endpoint.host, port=endpoint.port, error=str(error))
            self.wire_lost(self._wire)

    def read(self) -> None:
        """Take what has arrived."""
        if self._wire is None:
            return
        self.unread = self._wire.pull()
        if self.unread and self.server is not None:
            self.server.touch(self)
        self.read_done()

    def write(self) -> None:
        """Send what could not be sent at once."""
        if self._wire is not None:
            self._wire.push()
            self.flush()

    def close(self) -> None:
        """Say good-bye and close the socket."""
        self._end(politely=True)

    def drop(self) -> None:
        """Close the socket without a good-bye and come back."""
        self._end(politely=False)

    def _end(self, *, politely: bool) -> None:
        wire = self._wire
        if wire is not None:
            wire.hang_up(politely=politely)
            self.wire_lost(wire)

    # What the wire tells.

    def wire_opened(self, session_present: bool) -> None:
        """Act on the broker's yes."""
        self.refusal, self._failures = None, 0
        self._open.set()
        self.opened(session_present)

    def wire_refused(self, reason: str) -> None:
        """Act on the broker's no."""
        self.refusal = reason
        log.warning("broker_refused_connection", user=self.identity.user, reason=reason)

    def wire_lost(self, wire: Wire) -> None:
        """Act on the end of the connection; of an older one nobody asks."""
        if wire is not self._wire:
            return
        self._wire, self.unread = None, False
        was = self._open.is_set()
        self._open.clear()
        if was:
            self._failures = 0
            self.closed()

    def watch(self, sock: Any) -> None:
        """Begin to look at a socket."""
        if self.server is not None:
            self.server.watch(self, sock)

    def unwatch(self, sock: Any) -> None:
        """Look no more at a socket."""
        if self.server is not None:
            self.server.unwatch(sock)

    def want_write(self, sock: Any, wanted: bool) -> None:
        """Say whether the socket should be looked at for writing."""
        if self.server is not None:
            self.server.want_write(sock, wanted)
