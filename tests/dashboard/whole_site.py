"""The whole application on a new database, with everybody of `people.py`; its pipeline runs when a test says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dashboard.main import create_app
from dashboard.migrate import migrate
from dashboard.secrecy import new_token
from tests.dashboard.people import Site, populate
from tracker.database import Database
from tracker.settings import load_settings


@contextmanager
def whole_site(folder: Path, **settings: Any) -> Iterator[Site]:
    """Give the application on a new database in a folder; `settings` as in the manual, without the prefix."""
    loaded = load_settings({}, data_dir=folder, secret_key=new_token(), **settings)
    database = Database(loaded.resolved_database_url)
    migrate(database)
    app = create_app(loaded, database, with_pipeline=False)
    with database.writing() as session:
        populate(session, app.state.parts.clock.now())
    yield Site(database, app.state.parts.clock, app.state.gate, app)
    app.state.parts.close()
    database.close()
