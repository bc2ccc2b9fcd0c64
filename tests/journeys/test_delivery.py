"""Every message that a device was told is received lands in the log, once, whatever is killed in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from sqlmodel import func, select

from telemetry.broker import Broker
from telemetry.mqtt import Endpoint, Identity
from telemetry.publisher import Publisher
from tests.servers import Postgres, start_broker, until
from tests.telemetry.lines import POSITIONS, a_position, add_device, served
from tracker.database import Database
from tracker.errors import DatabaseAway
from tracker.log import LogRow

pytestmark = pytest.mark.broker
ROOT = Path(__file__).parents[2]


class Workers:
    """Worker processes that are killed and started at will."""

    def __init__(self, database: Database, endpoints: Sequence[Endpoint]) -> None:
        urls = ",".join(f"mqtt://{one.host}:{one.port}" for one in endpoints)
        self._command = [sys.executable, "-m", "tests.journeys.worker_process", database.url, urls]
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._processes.append(subprocess.Popen(self._command, cwd=ROOT))

    def kill(self) -> None:
        while self._processes:
            process = self._processes.pop()
            process.kill()
            process.wait()


@contextmanager
def workers_on(database: Database, endpoints: Sequence[Endpoint]) -> Iterator[Workers]:
    workers = Workers(database, endpoints)
    workers.start()
    yield workers
    workers.kill()


class Coach(threading.Thread):
    """Publishes positions all the time and remembers which ones the broker confirmed."""

    def __init__(self, token: str, endpoints: Sequence[Endpoint], pause_s: float = 0.004) -> None:
        super().__init__(daemon=True)
        self._token, self._endpoints, self._pause_s = token, endpoints, pause_s
        self._stop_asked = threading.Event()
        self.sent: list[str] = []
        self.confirmed: set[str] = set()

    def run(self) -> None:
        with served() as loop:
            publisher = Publisher(Identity("unit", "unit", self._token), self._endpoints)
            loop.add(publisher)
            while not self._stop_asked.wait(self._pause_s):
                message_id = str(uuid4())
                future = publisher.send(POSITIONS, orjson.dumps(a_position(id=message_id)), wait_s=None)
                self.sent.append(message_id)
                future.add_done_callback(lambda _f, one=message_id: self.confirmed.add(one))
            publisher.wait_empty(40)

    def finish(self) -> None:
        self._stop_asked.set()
        self.join(60)
        assert len(self.confirmed) == len(self.sent) > 100


@contextmanager
def driving(broker: Broker, database: Database, endpoints: Sequence[Endpoint] = ()) -> Iterator[Coach]:
    coach = Coach(add_device(broker, database, "unit"), endpoints or broker.endpoints)
    coach.start()
    yield coach
    coach.finish()


def logged(database: Database) -> list[str]:
    try:
        with database.reading() as session:
            return [str(one) for one in session.exec(select(LogRow.message_id))]
    except DatabaseAway:
        return []


def count(database: Database) -> int:
    try:
        with database.reading() as session:
            return session.exec(select(func.count()).select_from(LogRow)).one()
    except DatabaseAway:
        return 0


def assert_everything_arrived_once(database: Database, coach: Coach, timeout_s: float = 40) -> None:
    assert until(lambda: count(database) >= len(coach.sent), timeout_s, 0.2)
    arrived = logged(database)
    assert set(arrived) == coach.confirmed
    assert len(arrived) == len(set(arrived))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    return request.getfixturevalue(f"{request.param}_database")


def test_workers_are_killed(tmp_path, database):
    broker = start_broker(tmp_path / "broker", database)
    with workers_on(database, broker.endpoints) as workers, driving(broker, database) as coach:
        workers.start()
        for _ in range(3):
            before = count(database)
            assert until(lambda before=before: count(database) > before, 20)
            workers.kill()
            workers.start()
            workers.start()
        coach.finish()
        assert_everything_arrived_once(database, coach)
    broker.stop()


def test_the_broker_is_killed(tmp_path, sqlite_database):
    broker = start_broker(tmp_path / "broker", sqlite_database)
    with workers_on(sqlite_database, broker.endpoints), driving(broker, sqlite_database) as coach:
        for _ in range(3):
            before = len(coach.confirmed)
            assert until(lambda before=before: broker.pid and len(coach.confirmed) > before + 50, 20)
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
        coach.finish()
        assert_everything_arrived_once(sqlite_database, coach)
    broker.stop()


@pytest.mark.postgres
def test_the_database_is_away(tmp_path, postgres_database, postgres_server: Postgres):
    broker = start_broker(tmp_path / "broker", postgres_database)
    with workers_on(postgres_database, broker.endpoints), driving(broker, postgres_database) as coach:
        assert until(lambda: count(postgres_database) > 20, 20)
        for mode in ("fast", "immediate"):
            postgres_server.stop(mode)
            confirmed = len(coach.confirmed)
            time.sleep(2.5)
            assert len(coach.confirmed) > confirmed + 50  # the broker takes what comes meanwhile
            postgres_server.start()
            before = count(postgres_database)
            assert until(lambda before=before: count(postgres_database) > before, 20)
        coach.finish()
        assert_everything_arrived_once(postgres_database, coach)
    broker.stop()


def test_each_server_of_a_cluster_is_killed_in_turn(nats_cluster, sqlite_database):
    endpoints = [broker.endpoints[0] for broker in nats_cluster]
    token = add_device(nats_cluster[0], sqlite_database, "unit")
    for broker in nats_cluster:
        assert broker.wait_admitted(1, 10)
    coach = Coach(token, endpoints, 0.01)
    with workers_on(sqlite_database, endpoints):
        coach.start()
        for broker in nats_cluster:
            before = count(sqlite_database)
            assert until(lambda before=before: count(sqlite_database) > before + 50, 40)
            killed = broker.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            assert until(lambda broker=broker, killed=killed: broker.is_ready() and broker.pid != killed, 60)
        coach.finish()
        assert_everything_arrived_once(sqlite_database, coach)
