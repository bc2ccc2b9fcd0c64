"""Retained lists of expected coaches, for posts with software of their own: sent when they change, by one worker.

The worker that holds the lane of which there is one publishes; who takes it over sends every list again, so that none is
left standing that another one knew. A post that nobody is expected at has an empty list.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog

from telemetry.publisher import Publisher
from telemetry.topics import expected_topic
from tracker.errors import DatabaseAway, TooMany

log = structlog.get_logger(__name__)

EVERY_S = 60.0
# `lists()` gives the body for each post that has devices.
Lists = Callable[[], Mapping[str, bytes]]


class ExpectedLists:
    """Publishes the lists while it is this worker's turn."""

    def __init__(
        self, lists: Lists, is_ours: Callable[[], bool], publisher: Publisher, every_s: float = EVERY_S
    ) -> None:
        """Ask `lists` and `is_ours` every so many seconds."""
        self._lists, self._is_ours, self._publisher, self._every_s = lists, is_ours, publisher, every_s
        self._sent: dict[str, bytes] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="expected-lists", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is retained stays."""
        self._stop.set()
        self._thread.join(20)

    def publish(self) -> None:
        """Send the lists that changed.

        Raises:
            DatabaseAway: they cannot be read.
        """
        if not self._is_ours():
            self._sent.clear()
            return
        for post_id, body in self._lists().items():
            if self._sent.get(post_id) != body:
                self._publisher.send(expected_topic(post_id), body, retain=True)
                self._sent[post_id] = body

    def _run(self) -> None:
        while not self._stop.wait(self._pause_s()):
            try:
                self.publish()
            except (DatabaseAway, TooMany) as error:
                log.warning("expected_lists_not_sent", error=repr(error))
            except Exception as error:  # the edge of the thread
                log.error("expected_lists_failed", error=repr(error), exc_info=error)

    def _pause_s(self) -> float:
        # Until the first list is out it looks often: a worker gets its lanes some seconds after its start.
        return self._every_s if self._sent else min(2.0, self._every_s)
