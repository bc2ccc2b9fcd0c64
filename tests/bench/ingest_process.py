"""One process that drains a backlog: the real worker, or a paho subscriber that does nothing but acknowledge.

    python -m tests.bench.ingest_process worker|nothing DATABASE_URL BROKER_URL COUNT

It says `ready`, waits for a line, and drains until it is told to stop (worker) or has everything (nothing).
"""

from __future__ import annotations

import logging
import sys
import threading
import time

import structlog
from paho.mqtt import client as paho

import dashboard.tables
from dashboard.parts import make_parts
from telemetry.broker_secrets import WORKER, broker_secret
from telemetry.ingest import make_worker
from telemetry.mqtt import parse_endpoints
from telemetry.nats_config import WORKER_USER
from telemetry.partitions import lane_filters, prepare_lanes
from tracker.clock import SystemClock
from tracker.database import Database
from tracker.settings import load_settings

assert dashboard.tables.METADATA


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def work(database_url: str, broker_url: str) -> None:
    database = Database(database_url)
    settings = load_settings(database_url=database_url, broker_url=broker_url, secret_key="k" * 43)
    parts = make_parts(settings, database)
    worker = make_worker(settings, database, parts.intake, SystemClock())
    say("ready")
    sys.stdin.readline()
    worker.start()
    sys.stdin.readline()
    worker.stop()
    parts.close()


def do_nothing(database_url: str, broker_url: str, count: int) -> None:
    database = Database(database_url)
    lanes = prepare_lanes(database, lane_filters(8))
    password = broker_secret(database, WORKER)
    endpoint = parse_endpoints(broker_url)[0]
    seen, guard, done = [0], threading.Lock(), threading.Event()

    def on_message(client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        client.ack(message.mid, message.qos)
        with guard:
            seen[0] += 1
            if seen[0] >= count:
                done.set()

    clients = []
    for lane in lanes:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, lane.client_id, clean_session=False, manual_ack=True)
        client.username_pw_set(WORKER_USER, password)
        client.on_message = on_message
        clients.append(client)
    say("ready")
    sys.stdin.readline()
    begun = time.monotonic()
    for client in clients:
        client.connect(endpoint.host, endpoint.port)
        client.loop_start()
    if not done.wait(120):
        raise SystemExit("the backlog did not come")
    say(f"{time.monotonic() - begun}")
    sys.stdin.readline()
    for client in clients:
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    what, database_url, broker_url, count = sys.argv[1:]
    if what == "worker":
        work(database_url, broker_url)
    else:
        do_nothing(database_url, broker_url, int(count))
