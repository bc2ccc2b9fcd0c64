"""A whole installation in processes of its own: `corridor serve --with-broker --with-ingest`, killed and started at will."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from dashboard.accounts import create_user
from dashboard.commands.context import open_database
from dashboard.seeding import seed
from operators.registration import register_operator, register_vehicles
from telemetry.device import NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.mqtt_endpoint import Endpoint, Identity
from telemetry.publisher import Publisher
from telemetry.senders import SenderKind
from tests.servers import free_port, until
from tracker.clock import SystemClock
from tracker.database import Database
from tracker.log import read_after
from tracker.scope import Role
from tracker.settings import load_settings

PASSWORD = "correct horse battery"


class Installation:
    """One data folder, one web port, one MQTT port; devices `unit` (coach BUS of OP) and `post` (GH-aflao, customs)."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        """Register an operator, a coach, a post's device, a phone, and a monitor; start nothing."""
        self.folder, self.web_port, self.mqtt_port = folder, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.settings = load_settings({}, data_dir=folder, database_url=database_url)
        self.database: Database = open_database(self.settings)
        clock = SystemClock()
        seed(self.database, clock)
        with self.database.writing() as session:
            register_operator(session, "OP", "Lagune", "CI", clock.now())
            register_vehicles(session, [("BUS", "OP", "1234 AB 01", 50), ("CAR", "OP", None, None)], clock.now())
            create_user(session, "monitor", "M", Role.MONITOR, now=clock.now(), password=PASSWORD)
        self.registry = DeviceRegistry(self.database, clock)
        unit, post, phone = self.registry.add_many(
            [
                NewDevice("unit", SenderKind.FITTED, "OP", "BUS"),
                NewDevice("post", SenderKind.POST, post_id="GH-aflao", agency="customs"),
                NewDevice("phone", SenderKind.PERSONAL, "OP", "CAR"),
            ]
        )
        self.tokens = {"unit": unit, "post": post, "phone": phone}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until every part is ready."""
        environment = os.environ | {
            "CORRIDOR_DATA_DIR": str(self.folder),
            "CORRIDOR_DATABASE_URL": self.settings.database_url,
            "CORRIDOR_BROKER_PORT": str(self.mqtt_port),
            "CORRIDOR_LOG_LEVEL": "error",
        }
        code = "from dashboard.cli import main; main()"
        command = [sys.executable, "-c", code, "serve", "--port", str(self.web_port), "--with-broker", "--with-ingest"]
        self._process = subprocess.Popen(command, env=environment, start_new_session=True)
        assert until(self.is_ready, 60), "not ready"

    def stand_still(self) -> None:
        """Stop every process where it is: what is sent now is neither read nor answered."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """Kill everything at once, as a power cut does."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Stop it in good order."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGCONT)
            self._process.terminate()
            self._process.wait(30)
        self.database.close()

    def is_ready(self) -> bool:
        """Say whether every part says it is ready."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def radio(self, device_id: str, filters: tuple[str, ...] = ()) -> Publisher:
        """Return a publisher that signs in as the device; a loop must serve it."""
        identity = Identity(device_id, device_id, self.tokens[device_id])
        return Publisher(identity, [Endpoint("127.0.0.1", self.mqtt_port)], filters=filters)

    def post(self, device_id: str, path: str, body: object) -> httpx.Response:
        """Send a body over HTTP as the device."""
        headers = {"Authorization": f"Bearer {self.tokens[device_id]}"}
        return httpx.post(f"{self.url}{path}", json=body, headers=headers, timeout=10)

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """Give a client that is signed in as the monitor."""
        with httpx.Client(base_url=self.url, follow_redirects=True) as client:
            page = client.get("/sign-in").text
            token = page.split('name="csrf_token" value="')[1].split('"')[0]
            client.post("/sign-in", data={"username": "monitor", "password": PASSWORD, "csrf_token": token})
            yield client

    def stored(self, kind: str) -> list[str]:
        """Return the ids of what is in the log, in order."""
        with self.database.reading() as session:
            return [str(row.message_id) for row in read_after(session, 0, 100_000, [kind])]
