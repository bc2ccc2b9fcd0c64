"""However positions, logs and reports of a border come, the reconciled crossings come out the same."""

import random
import re
from datetime import timedelta

import pytest

from checkpoints.crossing_rows import ReconciledCrossingRow
from checkpoints.logged_crossings import LoggedCrossings
from checkpoints.reconciled_crossings import ReconciledCrossings
from checkpoints.reported_controls import CrewReports
from dashboard.pipeline import DERIVED, STEPS
from tests.tracker.drives import START, make_fixes, straight_geography
from tests.tracker.straight_road import (
    SEQS,
    emptied_of_messages,
    log,
    messages_of,
    post_message,
    with_straight_road,
)
from tracker.journeys import Journeys
from tracker.pipeline import Pipeline

# Out through both borders, and back through the second one.
OUT = [
    ("drive", 70, 60.5), ("creep", 200, 25), ("stand", 20), ("drive", 60, 1), ("stand", 15), ("drive", 80, 84.8),
    ("stand", 30), ("drive", 75, 6.4), ("stand", 10), ("drive", 75, 20), ("stand", 90), ("turn",), ("drive", 75, 20),
    ("stand", 12), ("drive", 75, 6.4), ("stand", 25), ("drive", 75, 60), ("stand", 30),
]  # fmt: skip
(ROAD,) = straight_geography().corridors.values()
WEST, EAST = ROAD.borders


def a_day():
    fixes = make_fixes(OUT, every_s=60.0, jitter_m=8)
    start = START.timestamp()
    logged = [
        post_message(WEST.exit_place, "immigration", start + 3700, direction="exit", minutes=35),
        post_message(WEST.exit_place, "customs", start + 4600, direction="exit", minutes=12, written_after=9 * 3600),
        post_message(WEST.entry_place, "immigration", start + 6300, direction="entry", minutes=14),
        post_message(WEST.entry_place, "immigration", start + 6300, direction="entry", minutes=20, written_after=7200),
        post_message(EAST.exit_place, "police", start + 12_300, direction="exit", minutes=4),
        post_message(WEST.exit_place, "immigration", start + 90_000, direction="exit", minutes=35),
    ]
    return sorted(messages_of(fixes) + logged, key=lambda entry: (entry.received_at, entry.subject))


@pytest.fixture
def database(sqlite_database):
    return with_straight_road(sqlite_database)


def pipeline(database, batch=500):
    parts = [LoggedCrossings(), CrewReports(), Journeys(STEPS, DERIVED), ReconciledCrossings()]
    return Pipeline(database, parts, batch=batch)


def results_of(database, entries, batch=500):
    emptied_of_messages(database)
    log(database, entries)
    pipeline(database, batch).run_all()
    return found(database)


def rows_in(database):
    with database.reading() as session:
        return session.connection().execute(ReconciledCrossingRow.__table__.select()).mappings().all()


def found(database):
    """Every row, without what numbers the log gave the messages."""
    rows = ({name: value for name, value in row.items() if name not in SEQS} for row in rows_in(database))
    return sorted(re.sub(r"'seqs?': (\[[^]]*\]|\d+)", "", repr(row)) for row in rows)


def test_the_day_has_a_matched_a_disputed_a_seen_and_a_logged_side(database):
    results_of(database, a_day())
    rows = rows_in(database)
    states = {state for row in rows for state in (row.exit_state, row.entry_state)}
    assert {"matched", "disputed", "seen_only", "logged_only"} <= states
    assert len([row for row in rows if row.state == "crossed"]) >= 2


@pytest.mark.parametrize("batch", [7, 5000])
def test_batches_of_any_size_give_the_same(database, batch):
    assert results_of(database, a_day(), batch) == results_of(database, a_day())


@pytest.mark.parametrize(("kind", "seed"), [("sqlite", 1), ("sqlite", 2), ("postgres", 3)])
def test_any_order_of_arrival_gives_the_same(request, kind, seed):
    database = with_straight_road(request.getfixturevalue(f"{kind}_database"))
    shuffled = a_day()
    random.Random(seed).shuffle(shuffled)
    assert results_of(database, shuffled, 70) == results_of(database, a_day())


def test_a_coach_whose_positions_come_after_the_logs_ends_as_if_they_had_come_in_time(database):
    day = a_day()
    fixes, logs = ([e for e in day if (e.kind == "position") is wanted] for wanted in (True, False))
    assert results_of(database, logs + fixes, 200) == results_of(database, day)


def test_a_rebuild_gives_the_same(database):
    before = results_of(database, a_day(), 90)
    for name in ("reconciled_crossings", "touched_coaches"):
        pipeline(database).rebuild(name)
        assert found(database) == before


def test_a_repeated_message_changes_nothing(database):
    day = a_day()
    assert results_of(database, [*day, *day[::-1]], 150) == results_of(database, day)


def test_the_lag_of_a_log_is_by_the_senders_clock(database):
    results_of(database, a_day())
    rows = rows_in(database)
    lags = {desk["agency"]: desk["written_at"] for row in rows for desk in row.details["exit"]["desks"] if row.state}
    assert lags["customs"] == (START + timedelta(seconds=4600 + 12 * 60 + 9 * 3600)).isoformat()
