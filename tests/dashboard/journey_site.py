"""The whole application on a fortnight of invented journeys, with everybody of `people.py` to look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from checkpoints.reconciled_crossings import refresh
from tests.dashboard.journey_fortnight import populate_journeys
from tests.dashboard.map_world import geography_of
from tests.dashboard.people import Site
from tests.dashboard.whole_site import whole_site
from tracker.atlas import Atlas
from tracker.fact_tables import BorderCrossingRow


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
    with whole_site(folder) as made:
        with made.database.writing() as session:
            populate_journeys(session, geography_of(session), made.clock.now())
            reconcile_all(session)
        yield made
