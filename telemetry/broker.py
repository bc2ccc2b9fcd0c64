"""The broker: a NATS server as a child of this process, kept alive and told about devices.

Order matters. A partition without a session loses what was acknowledged, so on a new store nobody but we may sign in
until every lane's session is open; then the workers and devices are let in. Later starts know from a note beside the
store that the sessions are in it, and let everybody in at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import bcrypt
import structlog

from telemetry.broker_log import LogTail
from telemetry.broker_secrets import ROUTE, WORKER, broker_secret
from telemetry.device import Device
from telemetry.mqtt import Identity
from telemetry.mqtt_line import Line
from telemetry.mqtt_loop import Loop
from telemetry.nats_config import OPENER_USER, User, configuration, device_users, opener, worker
from telemetry.nats_plan import BrokerPlan, local_endpoints, plan_of
from telemetry.nats_server import IMPLICIT_PERMISSIONS, NatsServer, find_server, usable_server, version_of
from telemetry.partitions import Lane, lane_filters, prepare_lanes
from tracker.database import Database
from tracker.errors import BrokerAway, DatabaseAway

__all__ = ["Broker", "DeviceBook", "find_server", "local_endpoints", "plan_of"]

log = structlog.get_logger(__name__)

WATCH_S = 0.5  # how often the registry is asked for changes
READY_S, OPEN_S = 60.0, 60.0  # a cluster's servers wait for each other
LOCK_S = 15.0  # the server of a process that was killed needs a moment to end
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0


class DeviceBook(Protocol):
    """What the broker needs of the device registry."""

    def version(self) -> int:
        """Return a number that grows with every change."""
        ...

    def list(self, *, active_only: bool = False) -> Sequence[Device]:
        """Return the devices."""
        ...

    def note_refusal(self, device_id: str, code: str, topic: str, at: datetime) -> None:
        """Remember that the broker refused something."""
        ...


class Broker:
    """Starts the broker, starts it again when it dies, lets devices in and out while it runs."""

    def __init__(self, plan: BrokerPlan, database: Database, devices: DeviceBook) -> None:
        """Prepare; `start` begins."""
        self.plan, self._database, self._devices = plan, database, devices
        self.endpoints = local_endpoints(plan)
        self.lock_wait_s = LOCK_S
        self._stop = threading.Event()
        self._admitted = threading.Condition()
        self._revision = -1
        self._server: NatsServer | None = None
        self._lanes: list[Lane] = []
        self._known: list[Device] = []
        self._known_revision = 0
        self._opener_password = secrets.token_urlsafe(24)
        self._users: tuple[User, User] | None = None
        self._route_secret = ""
        self._lock_file: int | None = None
        self._thread: threading.Thread | None = None

    def start(self, wait_s: float = 0) -> bool:
        """Begin, and wait up to `wait_s` until devices may connect; say whether they may.

        Raises:
            BrokerAway: another process runs a broker on this data (`broker_runs_already`), or the program is missing.
        """
        usable_server()
        self.plan.directory.mkdir(parents=True, exist_ok=True)
        self.plan.directory.chmod(0o700)
        self._lock()
        # The child dies with the thread that starts it, so that thread does nothing else until the end.
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)
        self._thread.start()
        return self.wait_admitted(0, wait_s) if wait_s else self.is_ready()

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        server = self._server
        return server.pid if server is not None and server.is_running() else None

    def is_ready(self) -> bool:
        """Say whether it runs and devices may connect."""
        server = self._server
        return self._revision >= 0 and server is not None and server.is_running()

    def wait_admitted(self, revision: int, timeout_s: float) -> bool:
        """Wait until the broker knows the devices of that registry version and say whether it does."""
        with self._admitted:
            return self._admitted.wait_for(lambda: self._revision >= revision, timeout_s)

    def stop(self) -> None:
        """End the server and leave its data to others."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _lock(self) -> None:
        self._lock_file = os.open(self.plan.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + self.lock_wait_s
        while True:
            try:
                fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if time.monotonic() < until and not self._stop.wait(0.1):
                    continue
                os.close(self._lock_file)
                self._lock_file = None
                raise BrokerAway("broker_runs_already") from error
            return

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                self._serve()
            except DatabaseAway:
                log.warning("broker_waits_for_database")
            except Exception as error:  # the edge of the thread: whatever ended the child, it is started again
                log.error("broker_failed", error=repr(error))
            pause = FIRST_PAUSE_S if time.monotonic() - begun > 30 else min(pause * 2, LONGEST_PAUSE_S)
            if not self._stop.wait(pause):
                log.warning("broker_starts_again")

    def _serve(self) -> None:
        """Run one child until it dies or we are to stop."""
        self._learn()
        program = usable_server()
        opened = self._opened_note()
        everything_open = opened.exists() and opened.read_text() == self._lane_digest()
        self._write(open_to_all=everything_open, program=program)
        assert self._lock_file is not None
        server = NatsServer(program, self._config_file, self._lock_file)
        tail: LogTail | None = None
        try:
            self._wait_healthy(server)
            if not everything_open:
                self._open_lanes(server)
                opened.write_text(self._lane_digest())
                self._write(open_to_all=True, program=program)
                if not server.reload():
                    raise BrokerAway("broker_not_ready")
            tail = LogTail(self.plan.log_file, server.user_of, self._devices.note_refusal, self.plan.partitions)
            self._server = server
            log.info("broker_ready", host=self.plan.host, port=self.plan.port, devices=len(self._known))
            self._admit(self._known_revision)
            self._watch(server, program)
        finally:
            self._revision = -1
            if not server.is_running() and not self._stop.is_set():
                log.error("broker_died")
            server.stop()
            if tail is not None:
                tail.close()
            self._server = None

    def _watch(self, server: NatsServer, program: Path) -> None:
        while not self._stop.wait(WATCH_S) and server.is_running():
            try:
                revision = self._devices.version()
                if revision == self._known_revision:
                    continue
                self._known, self._known_revision = list(self._devices.list(active_only=True)), revision
            except DatabaseAway:
                continue  # devices that are known stay
            self._write(open_to_all=True, program=program)
            if not server.reload():
                log.error("broker_not_reloaded", revision=revision)
                self._known_revision = -1  # try again
                continue
            self._admit(revision)
            log.info("broker_reloaded", devices=len(self._known), revision=revision)

    def _admit(self, revision: int) -> None:
        with self._admitted:
            self._revision = revision
            self._admitted.notify_all()

    def _learn(self) -> None:
        """Read lanes, passwords and devices; keep those of before when the database is away."""
        try:
            self._lanes = prepare_lanes(self._database, lane_filters(self.plan.partitions))
            if self._users is None:
                self._route_secret = broker_secret(self._database, ROUTE) if self.plan.cluster else ""
                self._users = (
                    opener(_hash(self._opener_password)),
                    worker(_hash(broker_secret(self._database, WORKER))),
                )
            self._known_revision = self._devices.version()
            self._known = list(self._devices.list(active_only=True))
        except DatabaseAway:
            if self._users is None:
                raise

    def _wait_healthy(self, server: NatsServer) -> None:
        until = time.monotonic() + READY_S
        while not server.is_healthy():
            if not server.is_running() or time.monotonic() > until or self._stop.wait(0.05):
                raise BrokerAway("broker_not_ready")

    def _open_lanes(self, server: NatsServer) -> None:
        """Open every lane's session and leave it: from now on messages wait in it."""
        loop = Loop("broker-opener")
        try:
            identities = [Identity(lane.client_id, OPENER_USER, self._opener_password) for lane in self._lanes]
            lines = [Line(who, self.endpoints, lane.filters) for who, lane in zip(identities, self._lanes, strict=True)]
            for line in lines:
                loop.add(line)
            until = time.monotonic() + OPEN_S
            for line in lines:
                while not line.wait_subscribed(0.2):
                    if not server.is_running() or time.monotonic() > until or self._stop.is_set():
                        raise BrokerAway("broker_not_ready")
        finally:
            loop.close()

    @property
    def _config_file(self) -> Path:
        return self.plan.directory / "nats.conf"

    def _opened_note(self) -> Path:
        # Inside the store's folder: who deletes the store deletes the note.
        folder = self.plan.directory / "store"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "lanes_opened"

    def _lane_digest(self) -> str:
        names = "\n".join(f"{lane.name} {lane.client_id} {lane.filters}" for lane in self._lanes)
        return hashlib.sha256(names.encode()).hexdigest()

    def _write(self, *, open_to_all: bool, program: Path) -> None:
        assert self._users is not None
        opener_user, worker_user = self._users
        users = [opener_user]
        if open_to_all:
            users = [worker_user, *device_users(self._known, self.plan.partitions)]
        is_old = version_of(program) < IMPLICIT_PERMISSIONS
        text = configuration(self.plan, users, self._route_secret, old_permissions=is_old)
        new = self._config_file.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(text)
        new.replace(self._config_file)


def _hash(password: str) -> str:
    # 256 random bits: a low cost is enough, a high one would only slow reconnection.
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4, b"2a")).decode()
