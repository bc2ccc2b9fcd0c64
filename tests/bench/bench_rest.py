"""REST arrays to committed rows, against a bare insert of the same rows; and what a serving process weighs under load."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import psutil
from sqlalchemy import insert

from dashboard.commands.context import open_database
from dashboard.seeding import seed
from operators.registration import register_operator, register_vehicles
from telemetry.device import NewDevice
from telemetry.devices import DeviceRegistry
from telemetry.senders import SenderKind
from tests.servers import free_port, until
from tracker.clock import SystemClock
from tracker.database import Database
from tracker.log import LogRow
from tracker.settings import load_settings

ARRAYS, SIZE, CLIENTS, RUNS = 40, 500, 4, 3
LIMIT_MB = 250


def rest_arrays() -> dict[str, Any]:
    """Rows per second through `POST /api/v1/positions` (arrays of 500), as a share of a bare insert of the same rows."""
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder)) as serving:
        shares, rates = [], []
        for run in range(RUNS):
            bodies = [_array(run * ARRAYS + n) for n in range(ARRAYS)]
            bare = _bare_insert(bodies)
            through = serving.post_all(bodies)
            shares.append(through / bare)
            rates.append(through)
    return {
        "value": round(statistics.median(rates)),
        "unit": "rows/s",
        "against": "bare insert of the same rows, SQLite, same transaction size",
        "ratio": round(statistics.median(shares), 3),
    }


def memory_serving() -> dict[str, Any]:
    """Resident memory of `corridor serve` while it takes arrays and answers pages, against the limit of 250 MB."""
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder)) as serving:
        peak = 0
        stop = threading.Event()

        def watch() -> None:
            nonlocal peak
            while not stop.wait(0.05):
                peak = max(peak, serving.resident_bytes())

        watcher = threading.Thread(target=watch)
        watcher.start()
        serving.post_all([_array(n) for n in range(ARRAYS)])
        with httpx.Client(base_url=serving.url) as client:
            for _ in range(200):
                client.get("/sign-in").raise_for_status()
                client.get("/docs").raise_for_status()
        stop.set()
        watcher.join()
    return {
        "value": round(peak / 1e6, 1),
        "unit": "MB resident",
        "against": f"limit of {LIMIT_MB} MB",
        "ratio": round(peak / 1e6 / LIMIT_MB, 3),
    }


class Serving:
    """A real `corridor serve` in a process of its own, with one coach and its device."""

    def __init__(self, folder: Path) -> None:
        """Prepare in `folder`."""
        self._folder, self._port = folder, free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        settings = load_settings({}, data_dir=folder)
        database = open_database(settings)
        clock = SystemClock()
        seed(database, clock)
        with database.writing() as session:
            register_operator(session, "BENCH", "Bench Lines", "TG", clock.now())
            register_vehicles(session, [("BENCH-1", "BENCH", None, None)], clock.now())
        device = NewDevice("bench", SenderKind.FITTED, "BENCH", "BENCH-1")
        self._token = DeviceRegistry(database, clock).add(device)
        database.close()

    def __enter__(self) -> Serving:
        """Start and wait until it answers."""
        environment = os.environ | {
            "CORRIDOR_DATA_DIR": str(self._folder),
            "CORRIDOR_LOG_LEVEL": "error",
            "CORRIDOR_DEVICE_RATE_PER_MINUTE": "1000000",
        }
        code = "from dashboard.cli import main; main()"
        command = [sys.executable, "-c", code, "serve", "--port", str(self._port)]
        self._process = subprocess.Popen(command, env=environment)
        if not until(self._answers, 60):
            raise RuntimeError("corridor serve does not answer")
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(30)

    def resident_bytes(self) -> int:
        """Return what the process has in memory now."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def post_all(self, bodies: list[bytes]) -> float:
        """Post every array, four at a time, and return rows per second."""
        waiting = list(bodies)
        failed: list[int] = []

        def post() -> None:
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
            with httpx.Client(base_url=self.url, headers=headers, timeout=60) as client:
                while waiting:
                    try:
                        body = waiting.pop()
                    except IndexError:
                        return
                    answer = client.post("/api/v1/positions", content=body)
                    if answer.status_code != 200:
                        failed.append(answer.status_code)

        threads = [threading.Thread(target=post) for _ in range(CLIENTS)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken = time.perf_counter() - begun
        if failed:
            raise RuntimeError(f"arrays were refused: {failed[:3]}")
        return len(bodies) * SIZE / taken

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False


def _array(number: int) -> bytes:
    begun = datetime.now(UTC) - timedelta(days=2)
    return orjson.dumps(
        [
            {
                "id": str(uuid4()),
                "observed_at": (begun + timedelta(seconds=number * SIZE + n)).isoformat(),
                "latitude": 6.1 + n / 10_000,
                "longitude": 1.2,
                "speed_mps": 20.5,
            }
            for n in range(SIZE)
        ]
    )


def _bare_insert(bodies: list[bytes]) -> float:
    now, empty = datetime.now(UTC), bytes(32)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/bare.sqlite3")
        LogRow.__table__.create(database.engine)  # type: ignore[attr-defined]
        rows = [
            [
                {
                    "message_id": uuid4(),
                    "subject": "vehicles/BENCH/BENCH-1",
                    "kind": "position",
                    "device_id": "bench",
                    "transport": "rest",
                    "observed_at": now,
                    "sent_at": None,
                    "received_at": now,
                    "body": orjson.dumps(one),
                    "content_hash": sha256(b"").digest(),
                    "chain": empty,
                }
                for one in orjson.loads(body)
            ]
            for body in bodies
        ]
        begun = time.perf_counter()
        for array in rows:
            with database.writing() as session:
                session.connection().execute(insert(LogRow), array)
        taken = time.perf_counter() - begun
        database.close()
    return len(bodies) * SIZE / taken
