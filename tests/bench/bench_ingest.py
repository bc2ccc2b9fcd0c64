"""How fast a backlog of single positions gets from the broker's disk into committed rows.

Compared with a paho subscriber that does nothing but acknowledge, on the same sessions of the same broker with a copy of
the same backlog. The two take turns; the median of the runs counts.
"""

from __future__ import annotations

import logging
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import structlog
from sqlalchemy import insert
from sqlmodel import SQLModel, func, select

import dashboard.tables
from dashboard.seeding import seed
from operators.companies import Vehicle
from operators.registration import register_operator
from telemetry.broker import Broker
from telemetry.broker_secrets import BrokerSecret
from telemetry.device import Device, NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.mqtt import Identity
from telemetry.mqtt_loop import Loop
from telemetry.nats_plan import BrokerPlan
from telemetry.partitions import PartitionLease
from telemetry.publisher import Publisher
from telemetry.senders import SenderKind
from tests.servers import Postgres, _postgres_program, free_port
from tracker.clock import SystemClock
from tracker.database import Database
from tracker.log import LogRow

assert dashboard.tables.METADATA

BACKLOG = 20_000
COACHES = 200
PUBLISHERS = 6
RUNS = 3
ROOT = Path(__file__).parents[2]


@dataclass
class Backlog:
    """A broker's store with positions in its sessions, and the database that knows the sessions."""

    folder: Path
    database: Database
    count: int

    @contextmanager
    def broker(self) -> Iterator[Broker]:
        """Start a broker on a fresh copy of the store."""
        copy = Path(tempfile.mkdtemp(prefix="copy-", dir=self.folder))
        shutil.copytree(self.folder / "broker" / "store", copy / "store")
        plan = BrokerPlan(copy, port=free_port())
        broker = Broker(plan, self.database, DeviceRegistry(self.database, SystemClock()))
        assert broker.start(60), "the broker did not start"
        try:
            yield broker
        finally:
            broker.stop()
            shutil.rmtree(copy, ignore_errors=True)

    def fill(self) -> None:
        """Publish the backlog while nobody listens."""
        clock = SystemClock()
        devices = DeviceRegistry(self.database, clock)
        coaches = [
            NewDevice(f"unit-{n}", SenderKind.FITTED, operator_id="OP1", vehicle_id=f"COACH-{n}")
            for n in range(COACHES)
        ]
        devices.add_many(coaches)
        names = [f"fleet-{n}" for n in range(PUBLISHERS)]
        tokens = devices.add_many([NewDevice(name, SenderKind.SYSTEM, operator_id="OP1") for name in names])
        broker = Broker(BrokerPlan(self.folder / "broker", port=free_port()), self.database, devices)
        assert broker.start(60), "the broker did not start"
        loop = Loop()
        publishers = [Publisher(Identity(n, n, t), broker.endpoints) for n, t in zip(names, tokens, strict=True)]
        for publisher in publishers:
            loop.add(publisher)
        begun = datetime.now(UTC) - timedelta(hours=2)
        for number in range(self.count):
            coach = number % COACHES
            body = {
                "id": str(uuid.uuid4()),
                "observed_at": (begun + timedelta(milliseconds=300 * number)).isoformat(),
                "latitude": 5.3 + coach / 1000,
                "longitude": -4.0 + number / 100_000,
                "speed_mps": 21.5,
                "bearing_deg": 87,
            }
            topic = f"corridor/v1/vehicles/OP1/COACH-{coach}/positions"
            publishers[coach % PUBLISHERS].send(topic, orjson.dumps(body), wait_s=60)
        assert all(publisher.wait_empty(60) for publisher in publishers)
        loop.close()
        broker.stop()

    def new_database(self, url: str) -> Database:
        """Fill an empty database with what a worker must know."""
        database = Database(url)
        SQLModel.metadata.create_all(database.engine)
        clock = SystemClock()
        seed(database, clock)
        with database.writing() as session:
            register_operator(session, "OP1", "Operator", "CI", clock.now())
            for number in range(COACHES):
                session.add(Vehicle(vehicle_id=f"COACH-{number}", operator_id="OP1", registered_at=clock.now()))
            for table in (Device, PartitionLease, BrokerSecret):
                with self.database.reading() as source:
                    rows = [row.model_dump() for row in source.exec(select(table))]
                session.connection().execute(insert(table), rows)
        return database


def _start(what: str, database_url: str, broker: Broker, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.ingest_process", what, database_url]
    endpoint = broker.endpoints[0]
    command += [f"mqtt://{endpoint.host}:{endpoint.port}", str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def _nothing(backlog: Backlog) -> float:
    with backlog.broker() as broker:
        process = _start("nothing", backlog.database.url, broker, backlog.count)
        _tell(process)
        assert process.stdout is not None
        took = float(process.stdout.readline())
        time.sleep(0.3)
        _tell(process)
        process.wait(20)
    return backlog.count / took


def _worked(backlog: Backlog, url: str, workers: int) -> float:
    database = backlog.new_database(url)
    with backlog.broker() as broker:
        processes = [_start("worker", url, broker, backlog.count) for _ in range(workers)]
        begun = time.monotonic()
        for process in processes:
            _tell(process)
        while True:
            with database.reading() as session:
                rows = session.exec(select(func.max(LogRow.seq))).one() or 0
            if rows >= backlog.count:
                break
            assert time.monotonic() - begun < 120, f"{rows} rows only"
            time.sleep(0.05)
        took = time.monotonic() - begun
        for process in processes:
            _tell(process)
            process.wait(30)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(LogRow)).one() == backlog.count
    database.close()
    return backlog.count / took


@contextmanager
def _backlog(count: int) -> Iterator[Backlog]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'broker.sqlite3'}")
        SQLModel.metadata.create_all(database.engine)
        backlog = Backlog(folder, database, count)
        backlog.fill()
        yield backlog
        database.close()


@contextmanager
def _postgres() -> Iterator[Postgres | None]:
    if _postgres_program("initdb") is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="corridor-pg-"))
    server = Postgres(folder, durable=True)
    server.prepare()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(workers: int, count: int, runs: int) -> dict[str, Any]:
    with _backlog(count) as backlog, _postgres() as postgres:
        nothing: list[float] = []
        rates: dict[str, list[float]] = {}
        for number in range(runs):
            nothing.append(_nothing(backlog))
            if workers == 1:
                sqlite = f"sqlite:///{backlog.folder / f'rows-{number}.sqlite3'}"
                rates.setdefault("sqlite", []).append(_worked(backlog, sqlite, workers))
            if postgres is not None:
                rates.setdefault("postgresql", []).append(_worked(backlog, postgres.new_database(), workers))
        against = statistics.median(nothing)
        by_database = {name: round(statistics.median(values)) for name, values in rates.items()}
        if not by_database:
            return {"value": None, "unit": "messages/s", "against": round(against), "ratio": None}
        value = min(by_database.values())  # the slower database counts
        return {
            "value": value,
            "unit": "messages/s",
            "against": round(against),
            "ratio": round(value / against, 2),
            "by_database": by_database,
        }


def ingest_mqtt_one_worker(count: int = BACKLOG, runs: int = RUNS) -> dict[str, Any]:
    """Return messages per second from the broker to committed rows, with one worker."""
    return _measure(1, count, runs)


def ingest_mqtt_two_workers(count: int = BACKLOG, runs: int = RUNS) -> dict[str, Any]:
    """Return the same for two workers that share the work, on PostgreSQL."""
    return _measure(2, count, runs)


if __name__ == "__main__":
    which = ingest_mqtt_two_workers if sys.argv[1:2] == ["two"] else ingest_mqtt_one_worker
    sys.stdout.write(f"{which(int((sys.argv[2:3] or [BACKLOG])[0]), int((sys.argv[3:4] or [RUNS])[0]))}\n")
