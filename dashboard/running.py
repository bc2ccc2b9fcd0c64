"""Starts broker and ingest for a process, and says whether they are ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from dashboard.expected import expected_lists
from dashboard.parts import Parts
from telemetry.broker import Broker, plan_of
from telemetry.delivery import Receipt
from telemetry.ingest import make_worker
from telemetry.receipts import mqtt_answer


def start_broker(parts: Parts) -> Callable[[], bool]:
    """Start the broker as a child of this process; return what says whether devices may connect.

    Raises:
        BrokerAway: another process runs a broker on this data, or the program is missing.
    """
    broker = Broker(plan_of(parts.settings), parts.database, parts.devices)
    broker.start()
    parts.on_close(broker.stop)
    return broker.is_ready


def start_ingest(parts: Parts) -> Callable[[], bool]:
    """Start an ingest worker in this process; return what says whether it is ready.

    Raises:
        DatabaseAway: the lanes could not be read.
    """
    worker = make_worker(
        parts.settings,
        parts.database,
        parts.intake,
        parts.clock,
        partial(_answer, parts),
        partial(expected_lists, parts),
    )
    worker.start()
    parts.on_close(worker.stop)
    parts.metrics.watch("corridor_ingest_lanes", "Lanes this worker serves", lambda: float(len(worker.lanes)))
    return worker.is_ready


def _answer(parts: Parts, subject: str, receipts: Sequence[Receipt]) -> bytes | None:
    return mqtt_answer(receipts, parts.phrasebook, parts.devices.language_of(subject))
