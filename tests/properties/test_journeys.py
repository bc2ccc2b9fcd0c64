"""However messages come, coaches' journeys and everything that is counted of them come out the same."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.pipeline import DERIVED, STEPS
from tests.tracker.drives import make_fixes, merged
from tests.tracker.straight_road import emptied_of_messages, log, messages_of, rows_of, trip_message, with_straight_road
from tracker.fact_rows import TABLES
from tracker.fact_tables import CoachNow, RefusedFixRow
from tracker.journeys import Journeys
from tracker.pipeline import Pipeline

EVERY_S = 60.0
THROUGH = [
    ("drive", 70, 40), ("stand", 6), ("drive", 80, 18.3), ("creep", 300, 35), ("spike", 900), ("drive", 60, 30),
    ("silence", 25, 60), ("drive", 75, 45), ("stand", 3), ("drive", 70, 2), ("stand", 40), ("drive", 70, 7),
    ("creep", 300, 50), ("drive", 70, 92), ("stand", 150),
]  # fmt: skip
SHORT = [("drive", 60, 25), ("stand", 8), ("drive", 60, 30), ("turn",), ("drive", 60, 20), ("stand", 30)]
QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

RESULTS = (
    *TABLES.values(), RefusedFixRow, CoachNow, *(table for part in DERIVED for table in part.tables),
)  # fmt: skip


def journeys():
    return Journeys(STEPS, DERIVED)


def a_day():
    """Two coaches: one through two borders with a declared trip, one that turns back; both with spikes or silences."""
    through = make_fixes(THROUGH, every_s=EVERY_S, jitter_m=8)
    short = make_fixes(SHORT, every_s=EVERY_S, jitter_m=8, seed=2, start_km=20, device="unit-2")
    start = float(through.at_s[0])
    trips = [
        trip_message("declared", start - 1800, scheduled_departure="2026-06-01T06:00:00+00:00", origin="west"),
        trip_message("departed", start + 120),
        trip_message("arrived", float(through.at_s[-1]) - 7200),
    ]
    entries = messages_of(through) + messages_of(short, "COACH-2", "OP-2") + trips
    return sorted(entries, key=lambda entry: (entry.received_at, entry.subject))


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    return with_straight_road(request.getfixturevalue(f"{request.param}_database"))


def results_of(database, entries, batch=500, backlog=0):
    emptied_of_messages(database)
    log(database, entries)
    Pipeline(database, [journeys()], batch=batch, backlog=backlog).run_all()
    return rows_of(database, RESULTS)


def test_a_day_leaves_something_in_every_table(sqlite_database):
    results = results_of(with_straight_road(sqlite_database), a_day())
    assert [name for name, rows in results.items() if not rows] == []


@pytest.mark.parametrize("batch", [1, 7, 100])
def test_batches_of_any_size_give_the_same(database, batch):
    day = a_day()
    assert results_of(database, day, batch) == results_of(database, day, len(day))


@pytest.mark.parametrize("together", [13, 10_000])
def test_a_backlog_taken_in_at_once_gives_the_same(database, together, monkeypatch):
    monkeypatch.setattr("tracker.pipeline.TOGETHER", together)
    day = a_day()
    assert results_of(database, day, 10, backlog=100_000) == results_of(database, day, 100)


@given(st.randoms(use_true_random=False), st.integers(1, 400))
@settings(QUIET, max_examples=8)
def test_any_order_of_arrival_gives_the_same(sqlite_database, chance, batch):
    if not hasattr(sqlite_database, "has_road"):
        with_straight_road(sqlite_database)
        sqlite_database.has_road = True
    day = a_day()
    shuffled = list(day)
    chance.shuffle(shuffled)
    assert results_of(sqlite_database, shuffled, batch) == results_of(sqlite_database, day)


def test_shuffled_messages_give_the_same_on_both_databases(database):
    day = a_day()
    shuffled = list(day)
    random.Random(3).shuffle(shuffled)
    assert results_of(database, shuffled, 90) == results_of(database, day)


def test_messages_that_come_twice_change_nothing(database):
    day = a_day()
    assert results_of(database, [*day, *day[::-1]], 150) == results_of(database, day)


@pytest.mark.parametrize("late", ["COACH-1", "COACH-2"])
def test_a_coach_that_comes_hours_late_gives_the_same(database, late):
    day = a_day()
    offline = [entry for entry in day if entry.subject.endswith(late) and entry.kind == "position"]
    middle = offline[len(offline) // 4 : -len(offline) // 4]
    rest = [entry for entry in day if entry not in middle]
    assert results_of(database, rest + middle, 60) == results_of(database, day)


def test_a_rebuild_gives_the_same_bytes(database):
    day = a_day()
    random.Random(5).shuffle(day)
    results_of(database, day, 60)
    projection = journeys()
    before = rows_of(database, projection.tables, ())
    pipeline = Pipeline(database, [projection], batch=1000)
    pipeline.rebuild()
    assert rows_of(database, projection.tables, ()) == before
    for part in projection.part_names:
        pipeline.rebuild(part)
        assert rows_of(database, projection.tables, ()) == before


def test_a_killed_batch_leaves_everything_as_it_was(database, monkeypatch):
    day = a_day()
    log(database, day[:300])
    projection = journeys()
    pipeline = Pipeline(database, [projection], batch=100)
    pipeline.run_all()
    before = rows_of(database, projection.tables, ())
    log(database, day[300:])

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(DERIVED[-1], "take", killed)
        with pytest.raises(KeyboardInterrupt):
            Pipeline(database, [projection], batch=len(day)).run_all()
    assert rows_of(database, projection.tables, ()) == before
    pipeline.run_all()
    after = rows_of(database, RESULTS)
    assert after == results_of(database, day)


def test_a_device_that_moves_to_another_coach_leaves_two_coaches_as_two_would(database):
    one = make_fixes(SHORT, every_s=EVERY_S, device="unit-9")
    other = make_fixes(SHORT, every_s=EVERY_S, device="unit-9", start_km=40)
    half = len(one) // 2
    moved = messages_of(one.take(slice(0, half))) + messages_of(other.take(slice(half, None)), "COACH-2", "OP-2")
    random.Random(1).shuffle(moved)
    separate = messages_of(one.take(slice(0, half)))
    alone = results_of(database, separate)
    both = results_of(database, moved, 30)
    for name in TABLES.values():
        mine = [row for row in both[name.__tablename__] if "COACH-1" in row]
        assert mine == alone[name.__tablename__]


def test_two_phones_in_one_coach_give_the_same_in_any_order(database):
    one = make_fixes(SHORT, every_s=EVERY_S, device="phone-a", jitter_m=5)
    other = make_fixes(SHORT, every_s=EVERY_S, device="phone-b", jitter_m=12, seed=4)
    entries = messages_of(merged(one, other))
    backwards = entries[::-1]
    assert results_of(database, backwards, 40) == results_of(database, entries, 500)


def test_a_fix_every_second_gives_the_same_in_any_batches(sqlite_database):
    database = with_straight_road(sqlite_database)
    entries = messages_of(make_fixes(SHORT, every_s=1.0, jitter_m=4))
    assert results_of(database, entries, 900) == results_of(database, entries, 20_000)
