"""An ingest worker in a process of its own, to be killed: `python -m tests.journeys.worker_process DATABASE ENDPOINTS`."""

from __future__ import annotations

import logging
import sys
import threading
from datetime import timedelta

import structlog

import dashboard.tables
from telemetry.broker_secrets import WORKER, broker_secret
from telemetry.ingest import IngestWorker
from telemetry.mqtt import parse_endpoints
from telemetry.nats_config import WORKER_USER
from telemetry.partitions import Leases, lane_filters, prepare_lanes
from tests.telemetry.doors import open_doors
from tracker.clock import SystemClock
from tracker.database import Database

PARTITIONS = 4

assert dashboard.tables.METADATA


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    database_url, endpoints = sys.argv[1:]
    database, clock = Database(database_url), SystemClock()
    with open_doors(database) as doors:
        lanes = prepare_lanes(database, lane_filters(PARTITIONS))
        leases = Leases(database, clock, [lane.name for lane in lanes], lease=timedelta(seconds=2))
        worker = IngestWorker(
            doors.intake, leases, lanes, parse_endpoints(endpoints), user=WORKER_USER,
            password=broker_secret(database, WORKER), clock=clock,
        )  # fmt: skip
        worker.start()
        threading.Event().wait()


if __name__ == "__main__":
    main()
