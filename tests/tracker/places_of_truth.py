"""Shared by the geography tests: a filled database's snapshot, and where real lines may lie."""

import os
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

from sqlmodel import Session, SQLModel

from tracker.database import Database
from tracker.geography import Geography, load_geography, seed

TODAY = date(2026, 11, 23)
# Real road lines that may be looked at but not shipped; absent on most machines.
SHARED = Path(os.environ.get("CORRIDOR_TEST_SHARED", Path(__file__).resolve().parents[3] / "shared" / "data"))
REAL_LINES = SHARED / "corridors.geojson"


@cache
def shipped() -> Geography:
    """The snapshot of the shipped tables, read once."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/shipped.sqlite3")
        SQLModel.metadata.create_all(database.engine)
        with database.writing() as session:
            assert seed(session)
            geography = load_geography(session, TODAY)
        database.close()
    return geography


def reload(session: Session, on: date = TODAY) -> Geography:
    """The snapshot as the session sees it now."""
    session.flush()
    return load_geography(session, on)
