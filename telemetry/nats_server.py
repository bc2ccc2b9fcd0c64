"""The broker's program: where it is, which version, and one running child of it."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tracker.errors import BrokerAway

LEAST_VERSION = (2, 11)  # older ones cannot sync each message to the disk
IMPLICIT_PERMISSIONS = (2, 14)  # from here on a subscriber needs no leave for the server's own deliveries
STOP_S, RELOAD_S = 10.0, 5.0
_WISH = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 15)  # PR_SET_PDEATHSIG, SIGTERM
os.execv(sys.argv[1], sys.argv[1:])
"""


def find_server() -> Path | None:
    """Return the program: the wheel's, beside this interpreter, or one on the path; None when there is none."""
    for folder in (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent):
        for name in ("nats-server", "nats-server.exe"):
            if (folder / name).is_file():
                return folder / name
    found = shutil.which("nats-server")
    return Path(found) if found else None


@cache
def version_of(program: Path) -> tuple[int, int]:
    """Return the version of a program, (0, 0) when it does not say."""
    answer = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=20, check=False)
    match = re.search(r"v(\d+)\.(\d+)", answer.stdout + answer.stderr)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def usable_server() -> Path:
    """Return the program.

    Raises:
        BrokerAway: there is none (`broker_program_missing`), or it is too old (`broker_program_too_old`).
    """
    program = find_server()
    if program is None:
        raise BrokerAway("broker_program_missing")
    if version_of(program) < LEAST_VERSION:
        raise BrokerAway("broker_program_too_old", version=".".join(map(str, version_of(program))))
    return program


class NatsServer:
    """One child process. It must be started by a thread that lives as long as it should."""

    def __init__(self, program: Path, config: Path, lock_file: int) -> None:
        """Start it on a configuration that stands in `config`; its ports file and log go where that says.

        It holds the lock of `lock_file` too: when we are killed it needs a moment to end, and until then nobody else may
        open its store.
        """
        self._folder = config.parent
        for old in self._folder.glob("nats-server_*.ports"):
            old.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            _with_death_wish([str(program), "-c", str(config)]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock_file,),
            start_new_session=True,  # Ctrl-C in a terminal is for us; we stop it when our connections are closed
        )
        self._monitor: str | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def is_running(self) -> bool:
        """Say whether it has not ended."""
        return self._process.poll() is None

    def reload(self) -> bool:
        """Have it read its configuration again and say whether it has; it refuses a faulty one and keeps the old."""
        before = self._ask("varz").get("config_load_time")
        self._process.send_signal(signal.SIGHUP)
        until = time.monotonic() + RELOAD_S
        while self.is_running() and time.monotonic() < until:
            if self._ask("varz").get("config_load_time", before) != before:
                return True
            time.sleep(0.02)
        return False

    def stop(self) -> None:
        """End it, gently first."""
        if self.is_running():
            self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def user_of(self, connection: int) -> str | None:
        """Return who signed in on a connection, open or closed."""
        rows = self._ask(f"connz?auth=1&state=any&cid={connection}").get("connections") or []
        return rows[0].get("authorized_user") if rows else None

    def is_healthy(self) -> bool:
        """Say whether it says so itself: its store is open, and in a cluster it has a leader."""
        return self._ask("healthz").get("status") == "ok"

    def _ask(self, path: str) -> dict[str, Any]:
        """Return what it says of itself; nothing when it does not answer."""
        try:
            with urlopen(f"{self._monitor_url()}/{path}", timeout=2) as answer:
                return dict(json.load(answer))
        except (OSError, ValueError):
            return {}

    def _monitor_url(self) -> str:
        if self._monitor is None:
            ports = json.loads((self._folder / f"nats-server_{self.pid}.ports").read_text())
            self._monitor = str(ports["monitoring"][0])
        return self._monitor


def _with_death_wish(command: list[str]) -> list[str]:
    """Return a command that on Linux dies with the thread that started it, even when that is killed."""
    if not sys.platform.startswith("linux"):
        return command
    # Not `preexec_fn`: Python may not run between fork and exec in a process with threads.
    return [sys.executable, "-I", "-S", "-c", _WISH, *command]
