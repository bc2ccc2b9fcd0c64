"""`corridor broker` and `corridor ingest`: the two processes that stand between devices and the database."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

from dashboard.commands.context import console, open_database, settings
from dashboard.parts import make_parts
from dashboard.running import start_broker, start_ingest


def broker() -> None:
    """Run the broker with this installation's devices; adds and revokes them while it runs."""
    parts = make_parts(settings(), open_database())
    is_ready = start_broker(parts)
    _wait(lambda: console.print("ready" if is_ready() else "starting"))
    parts.close()


def ingest() -> None:
    """Take messages from the broker and keep projections up to date; several workers share the work."""
    parts = make_parts(settings(), open_database())
    start_ingest(parts)
    parts.start_pipeline()
    _wait(lambda: console.print("started"))
    parts.close()


def _wait(begun: Callable[[], None]) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    begun()
    stop.wait()
