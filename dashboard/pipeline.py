"""The system's table of contents: what is made of the log, in order.

A new projection is written in the room of its noun and named here; `corridor rebuild` knows it from then on.
"""

from __future__ import annotations

from checkpoints.logged_crossings import LoggedCrossings
from checkpoints.post_statuses import PostStatuses
from checkpoints.reported_controls import CrewReports
from operators.trip_sheets import TripSheets
from tracker.database import Database
from tracker.latest import LatestPositions
from tracker.pipeline import Pipeline
from tracker.projection import Projection

PROJECTIONS: tuple[Projection, ...] = (
    LatestPositions(),
    TripSheets(),
    LoggedCrossings(),
    PostStatuses(),
    CrewReports(),
)


def make_pipeline(database: Database) -> Pipeline:
    """Return the pipeline with every projection of this system."""
    return Pipeline(database, PROJECTIONS)
