"""The writer: one thread per process that commits what every door hands it, many jobs in one transaction.

A door submits a job and waits for its future; the writer takes all that has arrived, writes it in one transaction
(group commit), and only then answers. Nothing is acknowledged before it is on disk. The queue is bounded: when the database is
slow the doors feel it (back-pressure) instead of the memory.

When a transaction fails for another reason than an outage, its jobs are tried one by one, so that one that cannot be
stored does not take the others with it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

import structlog
from sqlmodel import Session

from tracker.database import Database
from tracker.errors import DatabaseAway, Unavailable

J = TypeVar("J")
R = TypeVar("R")
log = structlog.get_logger(__name__)

_STOP = object()


class Writer(Generic[J, R]):
    """Commits jobs of type `J` in groups; each is answered with an `R`.

    `write(session, jobs)` writes a group inside the open transaction and returns one result per job, in order.
    `weigh(job)` is how many messages a job carries.
    """

    def __init__(
        self,
        database: Database,
        write: Callable[[Session, Sequence[J]], Sequence[R]],
        weigh: Callable[[J], int],
        capacity: int = 20_000,
        group: int = 2_000,
    ) -> None:
        """Start the thread. At most `capacity` messages wait, at most about `group` share a transaction."""
        self._database, self._write, self._weigh = database, write, weigh
        self._capacity, self._group = capacity, group
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._waiting = 0
        self._room = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Messages that wait for their commit."""
        return self._waiting

    def submit(self, job: J, wait_s: float | None = None) -> Future[R]:
        """Hand over a job; its future answers after the commit, or raises what the transaction raised.

        Waits up to `wait_s` for room in the queue (None: as long as it takes).

        Raises:
            Unavailable: the queue stayed full, or the writer has stopped.
        """
        weight = self._weigh(job)
        future: Future[R] = Future()
        with self._room:
            fits = self._room.wait_for(
                lambda: self._stopped or self._waiting == 0 or self._waiting + weight <= self._capacity, wait_s
            )
            if self._stopped or not fits:
                raise Unavailable("overloaded", retry_after_s=2)
            self._waiting += weight
        self._queue.put((job, weight, future))
        return future

    def close(self) -> None:
        """Write what waits, then end the thread."""
        with self._room:
            self._stopped = True
            self._room.notify_all()
        self._queue.put(_STOP)
        self._thread.join()

    def _run(self) -> None:
        while True:
            group, stop = self._next_group()
            if group:
                for _, _, future in group:
                    future.set_running_or_notify_cancel()  # from here on its caller cannot cancel it
                self._commit(group)
                with self._room:
                    self._waiting -= sum(weight for _, weight, _ in group)
                    self._room.notify_all()
            if stop:
                return

    def _next_group(self) -> tuple[list[tuple[J, int, Future[R]]], bool]:
        group: list[tuple[J, int, Future[R]]] = []
        weight = 0
        item: object = self._queue.get()
        while True:
            if item is _STOP:
                return group, True
            group.append(item)  # type: ignore[arg-type]
            weight += group[-1][1]
            if weight >= self._group:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False

    def _commit(self, group: list[tuple[J, int, Future[R]]]) -> None:
        try:
            with self._database.writing() as session:
                results = self._write(session, [job for job, _, _ in group])
        except DatabaseAway as error:
            for _, _, future in group:
                _answer(future, error=error)
        except Exception as error:  # the edge of the thread: whatever it is, the doors must be answered
            if len(group) == 1:
                log.error("write_failed", error=repr(error), exc_info=error)
                _answer(group[0][2], error=error)
                return
            for one in group:
                self._commit([one])
        else:
            for (_, _, future), result in zip(group, results, strict=True):
                _answer(future, result)


def _answer(future: Future[R], result: R | None = None, error: BaseException | None = None) -> None:
    if future.cancelled():
        return  # nobody waits; its job was written all the same
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)  # type: ignore[arg-type]
