"""The ingest worker: leases lanes, hands what arrives to the intake, acknowledges after the commit.

Three threads share the work: the loop reads and acknowledges, the hand-over decodes and submits, the intake's writer
commits. While the database is away the broker's sessions are the buffer. Nothing is dropped, and nothing is
acknowledged before it is on disk.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Sequence

import structlog

from telemetry.broker_secrets import WORKER, broker_secret
from telemetry.delivery import Receipt
from telemetry.expected_lists import ExpectedLists, Lists
from telemetry.hand_over import Door, HandOver
from telemetry.mqtt import Endpoint, Identity, parse_endpoints
from telemetry.mqtt_line import Line
from telemetry.mqtt_loop import Loop
from telemetry.nats_config import WORKER_USER
from telemetry.nats_plan import local_endpoints, plan_of
from telemetry.partitions import PLAIN_LANE, STATUS_LANE, Lane, Leases, lane_filters, plain_filters, prepare_lanes
from telemetry.publisher import Publisher
from telemetry.topics import receipts_topic
from tracker.clock import Clock
from tracker.database import Database
from tracker.errors import DatabaseAway
from tracker.settings import Settings

log = structlog.get_logger(__name__)

ALONE = frozenset({STATUS_LANE, PLAIN_LANE})  # whoever has it is the only one that does what must be done once


class IngestWorker:
    """Takes messages from the broker until it is stopped."""

    def __init__(
        self,
        door: Door,
        leases: Leases,
        lanes: Sequence[Lane],
        endpoints: Sequence[Endpoint],
        *,
        user: str,
        password: str,
        clock: Clock,
        answer: Callable[[str, Sequence[Receipt]], bytes | None] | None = None,
        expected: Lists | None = None,
    ) -> None:
        """Serve what of `lanes` this worker can lease.

        `answer(subject, receipts)` writes what is sent to the sender of a rejected message (None: nothing). `expected()`
        gives the lists of expected coaches (None: they are not published).
        """
        self._door, self._leases, self._clock, self._answer = door, leases, clock, answer
        self._lanes = {lane.name: lane for lane in lanes}
        self._endpoints, self._user, self._password = tuple(endpoints), user, password
        self._lines: dict[str, Line] = {}
        self._stop = threading.Event()
        self._loop: Loop | None = None
        self._hand_over: HandOver | None = None
        self._publisher: Publisher | None = None
        self._thread: threading.Thread | None = None
        self._expected = expected
        self._lists: ExpectedLists | None = None

    def start(self) -> None:
        """Begin."""
        self._loop = Loop("ingest-mqtt")
        identity = Identity(f"receipts-{self._leases.worker_id}", self._user, self._password)
        self._publisher = Publisher(identity, self._endpoints)
        self._loop.add(self._publisher)
        self._hand_over = HandOver(self._door, self._clock, self._tell)
        self._thread = threading.Thread(target=self._keep_leases, name="ingest-leases", daemon=True)
        self._thread.start()
        if self._expected is not None:
            self._lists = ExpectedLists(self._expected, lambda: bool(ALONE & self.lanes), self._publisher)
            self._lists.start()

    def stop(self) -> None:
        """Give the lanes up and end; what is not acknowledged comes again, to whoever takes over."""
        self._stop.set()
        if self._lists is not None:
            self._lists.stop()
        if self._hand_over is not None:
            self._hand_over.close()
        if self._thread is not None:
            self._thread.join(20)
        if self._publisher is not None:
            self._publisher.wait_empty(2)
        if self._loop is not None:
            self._loop.close()

    @property
    def stored(self) -> int:
        """Messages stored since the start, repetitions among them."""
        return self._hand_over.stored if self._hand_over is not None else 0

    @property
    def lanes(self) -> frozenset[str]:
        """The lanes this worker serves now."""
        return frozenset(self._lines)

    def is_ready(self) -> bool:
        """Say whether every lane it holds is connected; a worker without a lane is ready to take over."""
        return all(line.is_connected for line in list(self._lines.values())) and not self._stop.is_set()

    def _keep_leases(self) -> None:
        interval = self._leases.renewal.total_seconds()
        while not self._stop.is_set():
            try:
                holding = self._leases.renew()
                for name in set(self._lines) - (holding.lanes - holding.surplus):
                    self._close_lane(name)
                if holding.surplus:
                    self._leases.release(holding.surplus)
                for name in holding.lanes - holding.surplus - set(self._lines):
                    self._open_lane(name)
            except DatabaseAway:
                log.warning("leases_not_renewed")
            except Exception as error:  # the edge of the thread
                log.error("leases_failed", error=repr(error), exc_info=error)
            self._stop.wait(interval)
        for name in list(self._lines):
            self._close_lane(name)
        try:
            self._leases.leave()
        except DatabaseAway:
            log.warning("leases_left_to_run_out")

    def _open_lane(self, name: str) -> None:
        lane = self._lanes[name]
        identity = Identity(lane.client_id, self._user, self._password)
        assert self._loop is not None
        assert self._hand_over is not None
        line = Line(identity, self._endpoints, lane.filters, self._hand_over.take)
        self._lines[name] = line
        self._loop.add(line)
        log.info("lane_opened", lane=name)

    def _close_lane(self, name: str) -> None:
        line = self._lines.pop(name)
        assert self._loop is not None
        self._loop.remove(line)
        log.info("lane_closed", lane=name)

    def _tell(self, subject: str, receipts: Sequence[Receipt]) -> None:
        if self._answer is None or self._publisher is None:
            return
        if all(receipt.status != "rejected" for receipt in receipts):
            return
        try:
            payload = self._answer(subject, receipts)
            if payload is not None:
                self._publisher.send(receipts_topic(subject), payload)
        except Exception as error:  # the message is stored; its sender will not hear why it was refused
            log.warning("receipt_not_sent", subject=subject, error=repr(error))


def calm_collector() -> None:
    """Keep Python's collector from walking the whole geography again for every few hundred messages.

    It took a third of a worker's time. What exists now stays as long as the process; what messages leave behind is freed
    by counting references, and cycles are still looked for, less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def broker_endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    """Return where our own programs reach the broker: the one named in the settings, or our own child."""
    if settings.broker_url:
        return parse_endpoints(settings.broker_url, settings.broker_ca)
    return local_endpoints(plan_of(settings))


def make_worker(
    settings: Settings,
    database: Database,
    door: Door,
    clock: Clock,
    answer: Callable[[str, Sequence[Receipt]], bytes | None] | None = None,
    expected: Lists | None = None,
) -> IngestWorker:
    """Return a worker for the broker of the settings, with its lanes prepared.

    Raises:
        DatabaseAway: the lanes' names cannot be read.
    """
    if settings.broker_kind == "nats":
        lanes = prepare_lanes(database, lane_filters(settings.partitions))
        user, password = WORKER_USER, broker_secret(database, WORKER)
    else:
        lanes = prepare_lanes(database, plain_filters())
        user, password = settings.broker_user, settings.broker_password
    calm_collector()
    leases = Leases(database, clock, [lane.name for lane in lanes])
    endpoints = broker_endpoints(settings)
    return IngestWorker(
        door, leases, lanes, endpoints, user=user, password=password, clock=clock, answer=answer, expected=expected
    )
