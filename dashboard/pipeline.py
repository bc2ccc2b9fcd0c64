"""The system's table of contents: what is found out about a coach's way, what is counted of it, what is made of the log.

`STEPS` are the rules a coach's fixes go through, in their order (`tracker/steps.py`). `DERIVED` are totals over the facts
they settle. `FINDINGS` look across coaches, at slots of the log. `PROJECTIONS` are made of the log, the flags last. A new one is
written in the room of its noun and named here; `corridor rebuild` knows projections and derived ones from then on.
"""

from __future__ import annotations

from checkpoints.border_delays import BorderDelays
from checkpoints.border_flags import BorderFlags
from checkpoints.departures import Departures
from checkpoints.device_suspects import DeviceSuspects
from checkpoints.excess_controls import ExcessControls
from checkpoints.excess_points import ExcessPoints
from checkpoints.flag_keeping import Flags, Rule
from checkpoints.harassment_flags import HarassmentFlags, is_protected
from checkpoints.logged_crossings import LoggedCrossings
from checkpoints.logged_dwell import LoggedDwell
from checkpoints.payment_flags import PaymentFlags
from checkpoints.post_statuses import PostStatuses
from checkpoints.reconciled_crossings import ReconciledCrossings
from checkpoints.reported_controls import CrewReports
from checkpoints.sheet_flags import SheetFlags
from checkpoints.thresholds import DEFAULT, Thresholds
from checkpoints.touched_coaches import TouchedCoaches
from checkpoints.trip_accounts import TripAccounts
from checkpoints.unlisted_rule import UnlistedCheckpoints
from operators.trip_sheets import TripSheets
from tracker.crossings import Crossings
from tracker.database import Database
from tracker.dwell_hours import DwellHours
from tracker.fact_rows import Derived
from tracker.halts import Halts
from tracker.hub_pairs import HubPairs
from tracker.journeys import Journeys
from tracker.latest import LatestPositions
from tracker.location import Location
from tracker.paces import Paces
from tracker.passes import Passes
from tracker.pipeline import Pipeline
from tracker.plausibility import Plausibility
from tracker.projection import Projection
from tracker.section_hours import SectionHours
from tracker.settings import Settings
from tracker.silence import Silence
from tracker.silences import Silences
from tracker.steps import Step
from tracker.trips import Trips

BACKLOG_ROWS = 20_000  # a transaction while far behind: some seconds, in which others wait to write

STEPS: tuple[Step, ...] = (Plausibility(), Location(), Halts(), Crossings(), Passes(), Trips(), Silence(), Paces())

DERIVED: tuple[Derived, ...] = (SectionHours(), DwellHours(), HubPairs(), Silences(), TouchedCoaches())


def findings(thresholds: Thresholds = DEFAULT) -> tuple[Rule, ...]:
    """Return the rules of flags, with an installation's thresholds."""
    return (
        UnlistedCheckpoints(thresholds),
        ExcessPoints(thresholds),
        ExcessControls("mechanism", thresholds),
        ExcessControls("uemoa", thresholds),
        PaymentFlags(thresholds),
        HarassmentFlags(thresholds),
        DeviceSuspects(thresholds),
        BorderFlags(thresholds),
        BorderDelays(thresholds),
        SheetFlags(thresholds),
    )


def projections(thresholds: Thresholds = DEFAULT) -> tuple[Projection, ...]:
    """Return what is made of the log, in the order in which it is made."""
    return (
        LatestPositions(),
        TripSheets(),
        LoggedCrossings(),
        LoggedDwell(),
        PostStatuses(),
        CrewReports(),
        Departures(),
        Journeys(STEPS, DERIVED),
        ReconciledCrossings(),
        TripAccounts(),
        Flags(findings(thresholds), is_protected, thresholds),
    )


FINDINGS: tuple[Rule, ...] = findings()

PROJECTIONS: tuple[Projection, ...] = projections()


def list_names() -> list[str]:
    """Return the names that `corridor rebuild` takes."""
    return [*(projection.name for projection in PROJECTIONS), *(part.name for part in DERIVED)]


def make_pipeline(database: Database, settings: Settings | None = None) -> Pipeline:
    """Return the pipeline with every projection of this system, and the thresholds of `settings` (None: the defaults)."""
    thresholds = Thresholds.of(settings) if settings is not None else DEFAULT
    return Pipeline(database, projections(thresholds), backlog=BACKLOG_ROWS)
