"""The whole application on a fortnight of invented journeys, with everybody of `people.py` to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.main import create_app
from dashboard.migrate import migrate
from dashboard.secrecy import new_token
from tests.dashboard.journey_fortnight import populate_journeys
from tests.dashboard.map_world import geography_of
from tests.dashboard.people import Site, populate
from tracker.database import Database
from tracker.settings import load_settings


@contextmanager
def journey_site(folder: Path) -> Iterator[Site]:
    """Give the application on a new database in a folder; its history ends now."""
    settings = load_settings({}, data_dir=folder, secret_key=new_token())
    database = Database(settings.resolved_database_url)
    migrate(database)
    app = create_app(settings, database, with_pipeline=False)
    parts = app.state.parts
    now = parts.clock.now()
    with database.writing() as session:
        populate(session, now)
        populate_journeys(session, geography_of(session), now)
    yield Site(database, parts.clock, app.state.gate, app)
    parts.close()
    database.close()
