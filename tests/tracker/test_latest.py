from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import emptied
from tests.tracker.entries import NOON, an_entry
from tracker.latest import SILENT_AFTER, LatestPositions, list_latest
from tracker.log import append
from tracker.pipeline import Pipeline, tick


def a_fix(minute, latitude, vehicle="BUS"):
    return an_entry(f"{vehicle}{minute}", minute, f"vehicles/OP/{vehicle}", latitude=latitude, longitude=1.0)


def drive(database, *entries):
    with database.writing() as session:
        append(database, session, entries)
    Pipeline(database, [LatestPositions()]).run_all()


def shown(database, operators=None):
    with database.reading() as session:
        return {p.vehicle_id: (p.latitude, c.silent_since is not None) for p, c in list_latest(session, operators)}


def test_the_newest_fix_is_shown(sqlite_database):
    drive(sqlite_database, a_fix(0, 6.0), a_fix(1, 6.1))
    assert shown(sqlite_database) == {"BUS": (6.1, False)}


def test_a_fix_that_comes_late_does_not_take_the_coach_back(sqlite_database):
    drive(sqlite_database, a_fix(10, 6.5))
    drive(sqlite_database, a_fix(2, 6.0))
    assert shown(sqlite_database) == {"BUS": (6.5, False)}


def test_an_operator_is_shown_its_own_coaches(sqlite_database):
    drive(sqlite_database, a_fix(0, 6.0), an_entry("x", 0, "vehicles/OTHER/CAR", latitude=5.0, longitude=1.0))
    assert set(shown(sqlite_database, ["OP"])) == {"BUS"}


def test_a_coach_that_says_nothing_falls_silent_and_speaks_again(sqlite_database):
    drive(sqlite_database, a_fix(0, 6.0))
    tick(sqlite_database, NOON + SILENT_AFTER + timedelta(minutes=2), 60)
    drive(sqlite_database)
    assert shown(sqlite_database) == {"BUS": (6.0, True)}
    drive(sqlite_database, a_fix(40, 6.2))
    assert shown(sqlite_database) == {"BUS": (6.2, False)}


def test_a_tick_is_appended_once_whoever_asks(sqlite_database):
    assert tick(sqlite_database, NOON, 60)
    assert not tick(sqlite_database, NOON + timedelta(seconds=30), 60)
    assert tick(sqlite_database, NOON + timedelta(seconds=60), 60)


FIXES = [a_fix(minute, 5 + minute / 100, vehicle) for minute in range(6) for vehicle in ("A", "B", "C")]


@given(st.permutations(FIXES + FIXES[:5]), st.integers(1, 7))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_repetition_and_batches_change_nothing(sqlite_database, entries, batch):
    database = emptied(sqlite_database)
    with database.writing() as session:
        append(database, session, entries)
    Pipeline(database, [LatestPositions()], batch=batch).run_all()
    assert shown(database) == dict.fromkeys("ABC", (5.05, False))
