"""The engine: which fixes it runs again, and what it keeps of declared trips, whatever order messages come in.

With steps of its own, small enough to know what they must find; the real ones are in `tests/properties/test_journeys.py`.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.drives import START, make_fixes
from tests.tracker.straight_road import emptied_of_messages, log, messages_of, rows_of, trip_message, with_straight_road
from tracker.fact_tables import CoachNow, HaltRow
from tracker.facts import Halt, TripRun, moment
from tracker.gazetteer import HubRecord
from tracker.journeys import FAULTS, Journeys
from tracker.pipeline import Pipeline
from tracker.sightings import list_coaches_now, list_halts, list_trip_runs, refused_counts
from tracker.tracks import CoachMemory, VehicleTrack

MOVED_DEG = 0.001


class Standing:
    """Settles a halt when the coach has moved a hundred metres from where it stood for five fixes."""

    name = "standing"

    def __init__(self):
        self.ran = []

    def start(self):
        return {"place": None, "since": 0.0, "count": 0}

    def run(self, memory, leg, world, facts):
        found, memory = [], dict(memory)
        at, longitudes = leg.fixes.at_s.tolist(), leg.fixes.longitudes.tolist()
        self.ran.extend(at)
        for n, (at_s, place) in enumerate(zip(at, longitudes, strict=True)):
            if memory["place"] is not None and abs(place - memory["place"]) < MOVED_DEG:
                memory["count"] += 1
                continue
            if memory["count"] >= 5:
                found.append(_halt(memory, int(leg.fixes.seqs[n]), at_s))
            memory = {"place": place, "since": at_s, "count": 0}
        return memory, leg, found

    def under_way(self, memory, world):
        return [_halt(memory, 0, None)] if memory["count"] >= 5 else []


def _halt(memory, seq, at_s):
    ended = None if at_s is None else moment(at_s)
    return Halt(
        started_at=moment(memory["since"]), ended_at=ended, settled_at=ended, first_seq=seq, last_seq=seq,
        latitude=7.0, longitude=memory["place"], spread_m=0.0, fixes=memory["count"] + 1,
    )  # fmt: skip


class Declared:
    """Says which declared trip it sees at each moment, as a trip under way."""

    name = "declared"

    def start(self):
        return {"seen": None, "since": 0.0}

    def run(self, memory, leg, world, facts):
        for at_s in leg.fixes.at_s.tolist():
            now = [t for t in world.declared if t.starts_at.timestamp() <= at_s]
            now = [t for t in now if t.ends_at is None or t.ends_at.timestamp() > at_s]
            seen = f"{now[-1].trip_id} {now[-1].corridor_id} {now[-1].origin}" if now else None
            if seen != memory["seen"]:
                memory = {"seen": seen, "since": at_s}
        return memory, leg, []

    def under_way(self, memory, world):
        if memory["seen"] is None:
            return []
        trip_id, corridor_id, origin = memory["seen"].split(" ")
        return [
            TripRun(
                started_at=moment(memory["since"]), ended_at=None, settled_at=None, first_seq=1, last_seq=1,
                trip_id=trip_id, declared=True, corridor_id=corridor_id, direction="up", start_km=0.0, end_km=0.0,
                origin=origin, destination=None,
            )
        ]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    return with_straight_road(request.getfixturevalue(f"{request.param}_database"))


def run(database, entries, *steps, batch=1000):
    log(database, entries)
    Pipeline(database, [Journeys(steps or (Standing(), Declared()))], batch=batch).run_all()


def stands_and_drives(hours=5):
    """Every hour: fifty minutes of driving, ten of standing. One fix a minute."""
    return messages_of(make_fixes([("drive", 50, 50), ("stand", 10)] * hours, every_s=60))


def test_halts_are_found_across_hours_and_batches_and_the_last_one_is_under_way(database):
    run(database, stands_and_drives(), batch=7)
    with database.reading() as session:
        halts = list_halts(session)
        (now,) = list_coaches_now(session)
    assert [halt.ended_at is None for halt in halts] == [True, False, False, False, False]
    assert halts[0].started_at == now.standing_since
    assert [halt.fixes for halt in halts[1:]] == [11, 11, 11, 11]
    assert now.observed_at == START + timedelta(hours=5)


def test_newer_fixes_go_on_and_run_nothing_again(sqlite_database):
    entries, step = stands_and_drives(), Standing()
    log(sqlite_database, entries)
    Pipeline(sqlite_database, [Journeys([step])], batch=11).run_all()
    assert step.ran == sorted(set(step.ran))
    assert len(step.ran) == len(entries)


def test_a_late_fix_runs_again_from_its_hour_until_the_memory_comes_out_as_it_was(sqlite_database):
    entries = stands_and_drives(12)
    late = entries.pop(5 * 60 + 55)  # in the middle of the sixth halt
    log(sqlite_database, entries)
    step = Standing()
    pipeline = Pipeline(sqlite_database, [Journeys([step])])
    pipeline.run_all()
    step.ran.clear()
    log(sqlite_database, [late])
    pipeline.run_all()
    hours = sorted({int(at_s - START.timestamp()) // 3600 for at_s in step.ran})
    assert hours == [5, 6]  # the halt ends in the seventh hour; after it everything is as it was
    with sqlite_database.reading() as session:
        halts = list_halts(session)
    assert len(halts) == 12
    assert {halt.fixes for halt in halts if halt.ended_at} == {11}


def test_a_fix_of_an_hour_without_fixes_finds_its_place(database):
    entries = messages_of(make_fixes([("drive", 60, 30), ("silence", 150, 20), ("drive", 60, 30)], every_s=60))
    there = make_fixes([("drive", 20, 150)], every_s=300, start_km=30, start=START + timedelta(minutes=30))
    late = messages_of(there.take(slice(12, 16)))
    run(database, entries + late)
    once = rows_of(database, (VehicleTrack, CoachMemory, CoachNow, HaltRow), {"fixes"})
    emptied_of_messages(database)
    run(database, sorted(entries + late, key=lambda entry: entry.observed_at), batch=9)
    assert rows_of(database, (VehicleTrack, CoachMemory, CoachNow, HaltRow), {"fixes"}) == once


def test_late_and_newer_fixes_in_one_batch_are_both_taken_in(database):
    entries = stands_and_drives(9)
    log(database, entries[:100] + entries[110:400])
    pipeline = Pipeline(database, [Journeys([Standing()])])
    pipeline.run_all()
    log(database, entries[400:] + entries[100:110])
    pipeline.run_all()
    mixed = rows_of(database, (HaltRow, CoachNow))
    emptied_of_messages(database)
    run(database, entries, Standing())
    assert rows_of(database, (HaltRow, CoachNow)) == mixed


class Failing(Standing):
    """Fails as long as it is told to."""

    fails = False

    def run(self, memory, leg, world, facts):
        if self.fails:
            raise ZeroDivisionError
        return super().run(memory, leg, world, facts)


@pytest.mark.parametrize("known", [0, 100])
def test_a_coach_over_whose_fixes_a_step_fails_is_set_aside_and_counted_until_the_step_is_mended(
    sqlite_database, monkeypatch, known
):
    monkeypatch.setattr("tracker.journeys.FAULTS", FAULTS)
    tables, entries, step = (VehicleTrack, CoachMemory, CoachNow, HaltRow), stands_and_drives(), Failing()
    log(sqlite_database, entries[:known])
    pipeline = Pipeline(sqlite_database, [Journeys([step])])
    pipeline.run_all()
    before = rows_of(sqlite_database, tables)
    step.fails = True
    log(sqlite_database, entries[known:])
    pipeline.run_all()
    assert pipeline.lag() == 0
    assert rows_of(sqlite_database, tables) == before
    with sqlite_database.reading() as session:
        assert [(reason, count) for _, reason, count in refused_counts(session)] == [
            ("step_failed", len(entries) - known)
        ]
    step.fails = False
    pipeline.rebuild("journeys")
    mended = rows_of(sqlite_database, tables, {"fixes"})
    with sqlite_database.reading() as session:
        assert not refused_counts(session)
    emptied_of_messages(sqlite_database)
    run(sqlite_database, entries, Standing())
    assert rows_of(sqlite_database, tables, {"fixes"}) == mended


def trip_of(database):
    with database.reading() as session:
        return [(run.vehicle_id, run.trip_id, run.corridor_id, run.origin) for run in list_trip_runs(session)]


def test_a_declaration_that_comes_after_the_fixes_counts_from_its_start(database):
    entries = stands_and_drives(3)
    run(database, entries)
    assert trip_of(database) == []
    run(database, [trip_message("declared", START.timestamp() + 1800, origin="West")])
    assert trip_of(database) == [("COACH-1", "T-1", "LOM-LAG", "west")]
    with database.reading() as session:
        (trip,) = list_trip_runs(session)
        (now,) = list_coaches_now(session)
    assert trip.started_at == START + timedelta(minutes=30)
    assert now.trip_id == "T-1"


def test_a_trip_that_is_moved_to_another_coach_leaves_the_first(database):
    one, other = stands_and_drives(3), make_fixes([("drive", 50, 180)], every_s=60)
    at_s = START.timestamp()
    run(database, one + messages_of(other, "COACH-2") + [trip_message("declared", at_s)])
    assert [row[0] for row in trip_of(database)] == ["COACH-1"]
    run(database, [trip_message("declared", at_s + 600, vehicle_id="COACH-2")])
    assert [row[0] for row in trip_of(database)] == ["COACH-2"]


def test_a_word_about_the_manifest_alone_runs_nothing_again(sqlite_database):
    with_straight_road(sqlite_database)
    at_s = START.timestamp()
    step = Standing()
    log(sqlite_database, [*stands_and_drives(2), trip_message("declared", at_s)])
    pipeline = Pipeline(sqlite_database, [Journeys([step])])
    pipeline.run_all()
    step.ran.clear()
    log(sqlite_database, [trip_message("declared", at_s, seal_number="S-1")])
    pipeline.run_all()
    assert step.ran == []


TRIPS = [
    trip_message("declared", START.timestamp() - 600, scheduled_departure="2026-06-01T06:20:00+00:00", origin="west"),
    trip_message("departed", START.timestamp() + 1500),
    trip_message("arrived", START.timestamp() + 7000),
    trip_message("declared", START.timestamp() + 900, "T-2", scheduled_departure="2026-06-01T08:00:00+00:00"),
    trip_message("declared", START.timestamp() + 1000, "T-2", origin="middle"),
    trip_message("cancelled", START.timestamp() + 8000, "T-2"),
    trip_message("declared", START.timestamp() + 8000, "T-3", "COACH-2"),
    trip_message("declared", START.timestamp() + 8001, "T-3", origin="nowhere known"),
]


@given(st.permutations([*TRIPS, *stands_and_drives(4)[::12]]), st.integers(1, 40))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_trips_and_fixes_in_any_order_give_the_same(sqlite_database, entries, batch):
    if not hasattr(sqlite_database, "has_road"):
        with_straight_road(sqlite_database)
        sqlite_database.has_road = True
    emptied_of_messages(sqlite_database)
    run(sqlite_database, entries, batch=batch)
    # at the end T-1 has arrived, T-2 is cancelled, and T-3 belongs to the coach that was named last
    assert trip_of(sqlite_database) == [("COACH-1", "T-3", "LOM-LAG", "None")]


def test_an_import_is_noticed_by_the_next_batch(sqlite_database):
    with_straight_road(sqlite_database)
    entries = stands_and_drives(3)
    log(sqlite_database, [trip_message("declared", START.timestamp(), origin="New town"), *entries[:60]])
    pipeline = Pipeline(sqlite_database, [Journeys([Declared()])])
    pipeline.run_all()
    with sqlite_database.writing() as session:
        session.add(
            HubRecord(
                id="new-town", name="New town", country="TG", latitude=7.0, longitude=1.2, kind="city", source="s",
                licence="l",
            )
        )  # fmt: skip
    log(sqlite_database, entries[60:])
    pipeline.run_all()
    assert trip_of(sqlite_database) == [("COACH-1", "T-1", "LOM-LAG", "new-town")]


def test_trips_are_listed_page_by_page_and_by_window(sqlite_database):
    with_straight_road(sqlite_database)
    for number in range(5):
        start = START + timedelta(hours=number)
        fixes = make_fixes([("drive", 50, 20)], every_s=60, start=start)
        coach = f"COACH-{number}"
        log(sqlite_database, [trip_message("declared", start.timestamp(), f"T-{number}", coach)])
        log(sqlite_database, messages_of(fixes, coach, f"OP-{number % 2}"))
    run(sqlite_database, [])
    with sqlite_database.reading() as session:
        first = list_trip_runs(session, limit=2)
        rest = list_trip_runs(session, before=(first[-1].started_at, first[-1].fact_id))
        own = list_trip_runs(session, operators=["OP-1"])
        early = list_trip_runs(session, until=START + timedelta(hours=2))
        refused = refused_counts(session)
    assert [run.trip_id for run in first + rest] == ["T-4", "T-3", "T-2", "T-1", "T-0"]
    assert [run.trip_id for run in own] == ["T-3", "T-1"]
    assert [run.trip_id for run in early] == ["T-1", "T-0"]
    assert refused == []
