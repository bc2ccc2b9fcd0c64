"""One thread that serves any number of MQTT connections: a worker's lanes, or a fleet of simulated coaches."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

from telemetry.mqtt_connection import Connection

log = structlog.get_logger(__name__)

SWEEP_S = 0.2  # how often connections are kept alive or brought back


class Loop:
    """Reads, writes, keeps alive and reconnects. Every public method may be called from any thread."""

    def __init__(self, name: str = "mqtt") -> None:
        """Start the thread."""
        self._selector = selectors.DefaultSelector()
        self._reader, self._waker = socket.socketpair()
        self._reader.setblocking(False)
        self._waker.setblocking(False)
        self._selector.register(self._reader, selectors.EVENT_READ, None)
        self._connections: set[Connection] = set()
        self._touched: deque[Connection] = deque()
        self._orders: deque[Callable[[], None]] = deque()
        self._woken = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def add(self, connection: Connection) -> None:
        """Serve a connection from now on."""
        connection.server = self

        def order() -> None:
            self._connections.add(connection)
            connection.step(time.monotonic())

        self._order(order)

    def remove(self, connection: Connection, timeout_s: float = 5.0) -> None:
        """Close a connection and forget it."""
        done = threading.Event()

        def order() -> None:
            self._connections.discard(connection)
            connection.close()
            done.set()

        self._order(order)
        if threading.current_thread() is not self._thread:
            done.wait(timeout_s)

    def drop(self, connection: Connection) -> None:
        """Break a connection's socket; it comes back by itself."""
        self._order(connection.drop)

    def close(self) -> None:
        """Close every connection and end the thread."""
        self._stopped = True
        self._wake()
        self._thread.join(10)

    def watch(self, connection: Connection, sock: Any) -> None:
        """Begin to look at a socket."""
        self._selector.register(sock, selectors.EVENT_READ, connection)

    def unwatch(self, sock: Any) -> None:
        """Look no more at a socket."""
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(sock)

    def want_write(self, sock: Any, wanted: bool) -> None:
        """Say whether the connection of `sock` waits to write."""
        with contextlib.suppress(KeyError, ValueError):
            key = self._selector.get_key(sock)
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
            if key.events != events:
                self._selector.modify(sock, events, key.data)

    def touch(self, connection: Connection) -> None:
        """Have `flush` of the connection called soon."""
        self._touched.append(connection)
        if not self._woken:
            self._wake()

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.append(order)
        self._wake()

    def _wake(self) -> None:
        self._woken = True
        with contextlib.suppress(OSError):  # full: it is awake; closed: it has ended
            self._waker.send(b"x")

    def _run(self) -> None:
        sweep = 0.0
        while not self._stopped:
            try:
                if (now := time.monotonic()) >= sweep:
                    sweep = now + SWEEP_S
                    for connection in list(self._connections):
                        connection.step(now)
                self._round(max(0.0, sweep - time.monotonic()))
            except Exception as error:  # the edge of the thread: one connection's trouble must not end the others
                log.error("mqtt_loop_failed", error=repr(error), exc_info=error)
                time.sleep(0.05)
        for connection in self._connections:
            with contextlib.suppress(Exception):
                connection.close()
        self._selector.close()
        self._reader.close()
        self._waker.close()

    def _round(self, timeout_s: float) -> None:
        for key, events in self._selector.select(timeout_s):
            connection = key.data
            if connection is None:
                with contextlib.suppress(BlockingIOError):
                    self._reader.recv(4096)
                continue
            if events & selectors.EVENT_WRITE:
                connection.write()
            if events & selectors.EVENT_READ:
                connection.read()
        self._woken = False
        while self._orders:
            self._orders.popleft()()
        touched: set[Connection] = set()
        while self._touched:
            touched.add(self._touched.popleft())
        for connection in touched & self._connections:
            if connection.unread:
                connection.read()
            connection.flush()
