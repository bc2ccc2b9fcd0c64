"""`corridor device`, as an administrator types it."""

import pytest
from typer.testing import CliRunner

from dashboard.commands import devices
from telemetry.devices import DeviceRegistry
from tracker.clock import SystemClock
from tracker.database import Database
from tracker.errors import Conflict


def test_a_device_is_added_listed_rotated_and_disabled(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(devices, "open_database", lambda: sqlite_database)
    registry = DeviceRegistry(sqlite_database, SystemClock())

    def run(*words: str) -> str:
        result = CliRunner().invoke(devices.app, list(words), catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    added = run("add", "dev-1", "--kind", "fitted", "--operator", "OP1", "--vehicle", "COACH-1")
    first = added.splitlines()[-1]
    assert registry.authenticate(first) is not None
    assert "dev-1" in run("list")
    second = run("rotate", "dev-1").splitlines()[-1]
    run("disable", "dev-1")
    assert [DeviceRegistry(sqlite_database, SystemClock()).authenticate(token) for token in (first, second)] == [
        None,
        None,
    ]
    with pytest.raises(Conflict):
        run("rotate", "dev-1")
