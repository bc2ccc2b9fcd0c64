"""A publisher: sends with QoS 1, keeps what is not confirmed, and sends it again after a reconnection."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from telemetry.mqtt import Endpoint, Identity, Received, Will
from telemetry.mqtt_connection import Connection
from tracker.errors import TooLarge, TooMany

OUTBOX = 10_000
WINDOW = 1_000  # messages sent and not confirmed; the broker's side is sized for the same order
BODY_LIMIT = 4 * 1024 * 1024


@dataclass(slots=True, eq=False)
class _Letter:
    topic: str
    payload: bytes
    retain: bool
    confirmed: Future[None] = field(default_factory=Future)


class Publisher(Connection):
    """One device or program that speaks. The outbox lives in memory: who must not lose keeps its own."""

    def __init__(
        self,
        identity: Identity,
        endpoints: Sequence[Endpoint],
        *,
        will: Will | None = None,
        filters: Sequence[str] = (),
        outbox: int = OUTBOX,
    ) -> None:
        """Keep at most `outbox` messages. What arrives on `filters` is collected in `inbox`."""
        super().__init__(identity, endpoints, will=will)
        self._filters, self._capacity = tuple(filters), outbox
        self._waiting: deque[_Letter] = deque()
        self._sent: dict[int, _Letter] = {}
        self._count = 0
        self._room = threading.Condition()
        self.inbox: deque[Received] = deque(maxlen=1_000)

    @property
    def unconfirmed(self) -> int:
        """Messages that the broker has not confirmed."""
        return self._count

    def send(self, topic: str, payload: bytes, *, retain: bool = False, wait_s: float | None = 0) -> Future[None]:
        """Queue a message; the future answers when the broker has confirmed it.

        Waits up to `wait_s` for room in the outbox (None: as long as it takes).

        Raises:
            TooMany: the outbox stayed full (`outbox_full`).
            TooLarge: the broker would refuse the body and cut the connection, again and again.
            ValueError: so would it this topic.
        """
        if len(payload) > BODY_LIMIT:
            raise TooLarge("too_large", limit=BODY_LIMIT)
        if not topic or any(sign in topic for sign in " +#*>\0"):
            raise ValueError(topic)
        letter = _Letter(topic, payload, retain)
        with self._room:
            if not self._room.wait_for(lambda: self._count < self._capacity, wait_s):
                raise TooMany("outbox_full", retry_after_s=2)
            self._count += 1
            self._waiting.append(letter)
        if self.server is not None:
            self.server.touch(self)
        return letter.confirmed

    def wait_empty(self, timeout_s: float) -> bool:
        """Wait until everything is confirmed and say whether it is."""
        with self._room:
            return self._room.wait_for(lambda: self._count == 0, timeout_s)

    def opened(self, session_present: bool) -> None:
        """Send what waits."""
        for one in self._filters:
            self.subscribe(one)
        self.flush()

    def closed(self) -> None:
        """Put what was not confirmed back, in its order."""
        self._waiting.extendleft(reversed(self._sent.values()))
        self._sent.clear()

    def arrived(self, message: Received) -> None:
        """Keep a message that came for us, and confirm it."""
        self.inbox.append(message)
        if message.qos:
            self.acknowledge([message.mid])

    def published(self, mid: int) -> None:
        """Note a confirmation."""
        letter = self._sent.pop(mid, None)
        if letter is None:
            return
        with self._room:
            self._count -= 1
            self._room.notify_all()
        letter.confirmed.set_result(None)

    def read_done(self) -> None:
        """Use the room that confirmations made."""
        if self._waiting:
            self.flush()

    def flush(self) -> None:
        """Send what waits, as far as the window goes."""
        while self._waiting and self.is_connected and len(self._sent) < WINDOW:
            letter = self._waiting.popleft()
            mid = self.publish(letter.topic, letter.payload, letter.retain)
            self._sent[mid] = letter
