"""The whole application on a fortnight of invented journeys, with everybody of `people.py` to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from checkpoints.reconciled_crossings import refresh
from dashboard.main import create_app
from dashboard.migrate import migrate
from dashboard.secrecy import new_token
from tests.dashboard.journey_fortnight import populate_journeys
from tests.dashboard.map_world import geography_of
from tests.dashboard.people import Site, populate
from tracker.atlas import Atlas
from tracker.database import Database
from tracker.fact_tables import BorderCrossingRow
from tracker.settings import load_settings


def reconcile_all(session: Session) -> dict[str, list[datetime]]:
    """Reconcile every crossing that has settled; return the moments of each coach's."""
    moments: dict[str, list[datetime]] = {}
    for row in session.connection().execute(BorderCrossingRow.__table__.select()):
        moments.setdefault(row.vehicle_id, []).append(row.started_at)
    refresh(session, moments, Atlas())
    return moments


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
        reconcile_all(session)
    yield Site(database, parts.clock, app.state.gate, app)
    parts.close()
    database.close()
