"""Where the network is silent: only where three coaches were, late apart from lost, against the trips that passed."""

from datetime import timedelta

from tests.tracker.counted import MONDAY, a_fact, check_taking_back, database, sighted, take
from tracker.facts import Gap, TripRun
from tracker.silences import Silences, read_silences

__all__ = ["database"]

DAY = timedelta(days=1)


def a_gap(after_h, took_min, from_km, to_km, kind="lost", corridor="LOM-LAG"):
    return a_fact(
        Gap, timedelta(hours=after_h), timedelta(minutes=took_min), kind=kind, corridor_id=corridor, from_km=from_km,
        to_km=to_km,
    )  # fmt: skip


def a_trip(start_km, end_km, after_h=0):
    return a_fact(
        TripRun, timedelta(hours=after_h), timedelta(hours=5), trip_id="T", declared=True, corridor_id="LOM-LAG",
        direction="up", start_km=start_km, end_km=end_km, origin=None, destination=None,
    )  # fmt: skip


def silences(database, corridors=("LOM-LAG",), since=MONDAY, until=MONDAY + DAY):
    with database.reading() as session:
        return read_silences(session, corridors, since, until)


def test_two_silent_coaches_tell_of_themselves_and_three_of_the_network(database):
    for number in range(2):
        take(database, Silences(), added=sighted(a_gap(1, 30, 42, 47), vehicle=f"COACH-{number}"))
    take(database, Silences(), added=sighted(a_gap(2, 30, 43, 44), vehicle="COACH-0"))
    assert silences(database) == []
    take(database, Silences(), added=sighted(a_gap(3, 10, 49, 41, "late"), vehicle="COACH-2"))
    (reading,) = silences(database)
    assert (reading.corridor_id, reading.from_km, reading.to_km) == ("LOM-LAG", 40.0, 50.0)
    assert (reading.devices, reading.lost, reading.late) == (3, 3, 1)
    assert (reading.lost_s, reading.late_s) == (5400, 600)


def test_a_silence_over_several_stretches_shares_its_time_by_kilometres(database):
    for number in range(3):
        take(database, Silences(), added=sighted(a_gap(1, 40, 35, 55), vehicle=f"COACH-{number}"))
    assert [(r.from_km, r.lost, r.lost_s) for r in silences(database)] == [
        (30.0, 3, 1800),
        (40.0, 3, 3600),
        (50.0, 3, 1800),
    ]


def test_trips_that_passed_are_counted_whoever_drove_and_in_both_directions(database):
    take(database, Silences(), added=sighted(a_trip(0, 300), a_trip(300, 60), a_trip(0, 39.9)))
    for number in range(3):
        take(database, Silences(), added=sighted(a_gap(1, 20, 41, 45), a_gap(1, 20, 65, 65), vehicle=f"COACH-{number}"))
    assert [(r.from_km, r.passes, r.lost_s) for r in silences(database)] == [(40.0, 1, 3600), (60.0, 2, 3600)]


def test_windows_and_corridors_choose_what_is_read(database):
    for number in range(3):
        vehicle = f"COACH-{number}"
        take(
            database,
            Silences(),
            added=sighted(a_gap(30, 20, 1, 2), a_gap(30, 20, 1, 2, "lost", "X-Y"), vehicle=vehicle),
        )
    assert silences(database) == []
    assert len(silences(database, until=MONDAY + 2 * DAY)) == 1
    assert [r.corridor_id for r in silences(database, None, until=MONDAY + 2 * DAY)] == ["LOM-LAG", "X-Y"]
    assert silences(database, (), until=MONDAY + 2 * DAY) == []


def test_a_silence_nobody_can_place_is_not_counted(database):
    take(database, Silences(), added=sighted(a_gap(1, 30, None, None), a_gap(1, 30, 4, None, corridor=None)))
    assert silences(database, None) == []


def test_taking_back_is_exact(database):
    kept = sighted(a_gap(1, 33, 38, 61), a_trip(0, 80))
    gone = sighted(a_gap(1, 33, 38, 61, "late"), a_gap(1, 34, 40, 41), a_trip(30, 90))
    check_taking_back(database, Silences(), kept, gone)
