"""However messages come, accounts and the cells that indicators are sums of come out the same."""

import random

import pytest

from checkpoints.account_tables import IndicatorCell, IndicatorMoney, TripAccountRow
from checkpoints.departures import Departure, Departures
from checkpoints.logged_crossings import LoggedCrossings
from checkpoints.reconciled_crossings import ReconciledCrossings
from checkpoints.reported_controls import CrewReports
from checkpoints.trip_accounts import TripAccounts
from dashboard.pipeline import DERIVED, STEPS
from tests.properties.test_crossings import a_day as a_day_at_borders
from tests.tracker.drives import START
from tests.tracker.straight_road import (
    SEQS,
    control_message,
    emptied_of_messages,
    log,
    trip_message,
    with_straight_road,
)
from tracker.journeys import Journeys
from tracker.pipeline import Pipeline

TABLES = (TripAccountRow, IndicatorCell, IndicatorMoney)


def a_day():
    """Out and back through two borders, with a declared trip, logs, and controls that the crew reports."""
    start = START.timestamp()
    told = [
        trip_message("declared", start - 1800, origin="west", in_order=True, manifest={"passengers": 40}),
        trip_message("departed", start + 60),
        trip_message("arrived", start + 6 * 3600),
        control_message(start + 3700, "police", minutes=6, amount=1000),
        control_message(start + 8000, "customs", minutes=4, amount=500),
        control_message(start + 8200, "police", minutes=3),
    ]
    return sorted(a_day_at_borders() + told, key=lambda entry: (entry.received_at, entry.subject, entry.kind))


@pytest.fixture
def database(sqlite_database):
    return with_straight_road(sqlite_database)


def pipeline(database, batch=500):
    parts = [
        LoggedCrossings(), CrewReports(), Departures(), Journeys(STEPS, DERIVED), ReconciledCrossings(), TripAccounts(),
    ]  # fmt: skip
    return Pipeline(database, parts, batch=batch)


def found(database):
    """Every row of the tables, without what numbers the log gave the messages."""
    with database.reading() as session:
        return {
            table.__tablename__: sorted(
                repr({name: value for name, value in row.items() if name not in SEQS})
                for row in session.connection().execute(table.__table__.select()).mappings()
            )
            for table in TABLES
        }


def results_of(database, entries, batch=500):
    emptied_of_messages(database)
    log(database, entries)
    pipeline(database, batch).run_all()
    return found(database)


def test_the_day_leaves_an_account_that_closes(database):
    results = results_of(database, a_day())
    assert all(results.values())
    with database.reading() as session:
        rows = session.connection().execute(TripAccountRow.__table__.select()).all()
        assert session.get(Departure, ("OP-1", "T-1")).is_closed
    for row in rows:
        spent = sum(share[-1] for share in row.details["time"])
        assert spent == round(row.ended_at.timestamp()) - round(row.started_at.timestamp())
    assert any(row.is_closed and row.in_order and row.details["money"] for row in rows)


@pytest.mark.parametrize("batch", [7, 5000])
def test_batches_of_any_size_give_the_same(database, batch):
    assert results_of(database, a_day(), batch) == results_of(database, a_day())


@pytest.mark.parametrize(("kind", "seed"), [("sqlite", 1), ("sqlite", 2), ("postgres", 3)])
def test_any_order_of_arrival_gives_the_same(request, kind, seed):
    database = with_straight_road(request.getfixturevalue(f"{kind}_database"))
    shuffled = a_day()
    random.Random(seed).shuffle(shuffled)
    assert results_of(database, shuffled, 70) == results_of(database, a_day())


def test_a_rebuild_gives_the_same_numbers(database):
    before = results_of(database, a_day(), 90)
    for name in ("trip_accounts", "touched_coaches"):
        pipeline(database).rebuild(name)
        assert found(database) == before


def test_repeated_messages_change_nothing(database):
    day = a_day()
    assert results_of(database, [*day, *day[::-1]], 150) == results_of(database, day)
