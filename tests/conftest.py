"""Fixtures every test may use. Real servers are in `tests/servers.py`."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlmodel import SQLModel

import dashboard.tables
from tests.servers import *  # noqa: F403 - fixtures of real servers
from tracker.database import Database

# The default prints every local variable of every frame, which takes a test's server ten seconds.
structlog.configure(processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)])

assert dashboard.tables.METADATA is SQLModel.metadata


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite database with every table."""
    database = Database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    SQLModel.metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own CORRIDOR_ settings out of the tests."""
    for name in list(os.environ):
        if name.startswith("CORRIDOR_") and not name.startswith("CORRIDOR_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def failing_steps_are_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a step that fails fail its test, instead of setting the coach aside."""
    monkeypatch.setattr("tracker.journeys.FAULTS", ())


@pytest.fixture
def make_postgres_database(postgres_server):  # type: ignore[no-untyped-def]
    """A function that makes another empty PostgreSQL database, without tables."""
    made: list[Database] = []

    def make() -> Database:
        made.append(Database(postgres_server.new_database()))
        return made[-1]

    yield make
    for database in made:
        database.close()
