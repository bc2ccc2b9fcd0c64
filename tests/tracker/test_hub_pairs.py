"""Which hubs are joined: coaches per week, journey times, and pairs that nobody serves any more."""

from datetime import timedelta

import pytest

from tests.tracker.counted import MONDAY, a_fact, check_taking_back, database, sighted, take
from tracker.facts import Connection
from tracker.hub_pairs import HubPairs, read_pair_weeks, read_pairs
from tracker.tallies import RELATIVE_ERROR

__all__ = ["database"]

NEAR = {"rel": RELATIVE_ERROR * 1.01}
WEEK = timedelta(weeks=1)


def a_connection(after_d, took_h, origin="lome", destination="lagos", **more):
    facts = {"origin": origin, "destination": destination, "corridor_id": "LOM-LAG"}
    return a_fact(Connection, timedelta(days=after_d), timedelta(hours=took_h), **(facts | more))


def pairs(database, since, until, **more):
    with database.reading() as session:
        return read_pairs(session, since, until, **more)


def test_coaches_per_week_operators_times_and_shares(database):
    one = [a_connection(n, 8, halted_s=4 * 3600.0, border_s=2 * 3600.0) for n in (0, 2, 7, 9)]
    take(database, HubPairs(), added=sighted(*one))
    take(database, HubPairs(), added=sighted(a_connection(3, 16), a_connection(4, 16), operator="OP-2"))
    (reading,) = pairs(database, MONDAY, MONDAY + 2 * WEEK)
    assert (reading.origin, reading.destination, reading.trips, reading.operators) == ("lome", "lagos", 6, 2)
    assert reading.coaches_per_week == 3.0
    assert reading.median_s == pytest.approx(8 * 3600, **NEAR)
    assert reading.p95_s == pytest.approx(16 * 3600, **NEAR)
    assert reading.border_share == pytest.approx(8 / 64)
    assert reading.halted_share == pytest.approx(16 / 64)
    assert reading.last_at == MONDAY + timedelta(days=9, hours=8)
    assert not reading.severed
    (own,) = pairs(database, MONDAY, MONDAY + 2 * WEEK, operators=["OP-2"])
    assert (own.trips, own.operators) == (2, 1)


def test_there_and_back_are_two_pairs(database):
    take(database, HubPairs(), added=sighted(a_connection(0, 8), a_connection(1, 9, "lagos", "lome")))
    assert [(r.origin, r.destination) for r in pairs(database, MONDAY, MONDAY + WEEK)] == [
        ("lagos", "lome"),
        ("lome", "lagos"),
    ]


def test_a_pair_that_nobody_served_for_a_fortnight_is_severed_even_when_the_window_is_younger(database):
    take(database, HubPairs(), added=sighted(a_connection(1, 8)))
    arrived = MONDAY + timedelta(days=1, hours=8)
    (reading,) = pairs(database, MONDAY, arrived + timedelta(days=14))
    assert not reading.severed
    (reading,) = pairs(database, MONDAY, arrived + timedelta(days=14, minutes=1))
    assert (reading.severed, reading.trips) == (True, 1)
    (reading,) = pairs(database, MONDAY + 9 * WEEK, MONDAY + 10 * WEEK)
    assert (reading.severed, reading.trips, reading.coaches_per_week, reading.median_s) == (True, 0, 0.0, None)
    assert reading.last_at == arrived
    assert pairs(database, MONDAY + 60 * WEEK, MONDAY + 61 * WEEK) == []


def test_one_pair_week_by_week(database):
    days = [0, 1, 6.9, 8, 22]
    take(database, HubPairs(), added=sighted(*(a_connection(day, 1) for day in days)))
    with database.reading() as session:
        weeks = read_pair_weeks(session, "lome", "lagos", MONDAY, MONDAY + 4 * WEEK)
        none = read_pair_weeks(session, "lome", "accra", MONDAY, MONDAY + 4 * WEEK)
    assert [(w.start, w.trips) for w in weeks] == [(MONDAY, 3), (MONDAY + WEEK, 1), (MONDAY + 3 * WEEK, 1)]
    assert not any(week.severed for week in weeks)
    assert none == []


def test_taking_back_is_exact(database):
    kept = sighted(a_connection(0, 8), a_connection(0, 8, halted_s=60.6))
    gone = sighted(a_connection(0, 8), a_connection(30, 200, border_s=0.4))
    check_taking_back(database, HubPairs(), kept, gone)
