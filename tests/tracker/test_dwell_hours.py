"""Dwell at border posts, by the side it was seen on."""

from datetime import timedelta

import pytest

from tests.tracker.counted import MONDAY, a_fact, check_taking_back, database, sighted, take
from tracker.dwell_hours import DwellHours, read_dwell, read_dwell_by_hour_of_day
from tracker.facts import BorderCrossing
from tracker.tallies import RELATIVE_ERROR

__all__ = ["database"]

NEAR = {"rel": RELATIVE_ERROR * 1.01}
DAY = timedelta(days=1)


def a_crossing(after_h, exit_min=None, entry_min=None, unsplit_min=None, **more):
    """Both sides in turn, arriving at the first `after_h` hours after Monday's midnight."""
    arrived = MONDAY + timedelta(hours=after_h)
    seconds = {"exit_s": exit_min, "entry_s": entry_min, "unsplit_s": unsplit_min}
    facts = {
        "corridor_id": "LOM-LAG", "exit_post": "TG-one", "entry_post": "BJ-one", "km": 71.0, "state": "crossed",
        "basis": "fences", **{name: None if value is None else value * 60.0 for name, value in seconds.items()},
    }  # fmt: skip
    if exit_min is not None or unsplit_min is not None:
        facts["exit_arrived_at"] = arrived
    if entry_min is not None:
        facts["entry_arrived_at"] = arrived + timedelta(minutes=exit_min or 0)
    took = timedelta(minutes=(exit_min or 0) + (entry_min or 0) + (unsplit_min or 0))
    return a_fact(BorderCrossing, timedelta(hours=after_h), took, **(facts | more))


def dwell(database, posts=None, since=MONDAY, until=MONDAY + DAY, **more):
    with database.reading() as session:
        return read_dwell(session, posts, since, until, **more)


def test_each_side_has_its_own_dwell_and_what_was_not_seen_is_not_zero(database):
    take(database, DwellHours(), added=sighted(a_crossing(6, 40, 90), a_crossing(7, 60), a_crossing(8, None, 30)))
    entry, exit_ = dwell(database)
    assert (entry.post_id, entry.direction, entry.n) == ("BJ-one", "entry", 2)
    assert (exit_.post_id, exit_.direction, exit_.n) == ("TG-one", "exit", 2)
    assert exit_.p50_s == pytest.approx(40 * 60, **NEAR)
    assert exit_.p95_s == pytest.approx(60 * 60, **NEAR)
    assert exit_.buffer_index == pytest.approx(0.5, abs=0.03)
    assert exit_.newest_at == MONDAY + timedelta(hours=8)
    assert [n for _, _, n in exit_.hist] == [1, 1]
    assert all(low <= value <= high for (low, high, _), value in zip(exit_.hist, (2400, 3600), strict=True))


def test_dwell_that_nothing_splits_stands_under_both_posts(database):
    take(database, DwellHours(), added=sighted(a_crossing(6, unsplit_min=50)))
    assert [(r.post_id, r.direction, r.n) for r in dwell(database)] == [
        ("BJ-one", "unsplit", 1),
        ("TG-one", "unsplit", 1),
    ]


def test_a_coach_that_turned_back_did_not_dwell_on_its_way_across(database):
    take(database, DwellHours(), added=sighted(a_crossing(6, 40, state="turned_back")))
    assert dwell(database) == []


def test_windows_steps_operators_and_posts_choose_what_is_read(database):
    crossings = [a_crossing(6 + 5 * n, 30 + n, 20) for n in range(60)]
    take(database, DwellHours(), added=sighted(*crossings))
    take(database, DwellHours(), added=sighted(a_crossing(6, 600, late=True), operator="OP-2"))
    until = MONDAY + timedelta(days=10)
    (whole,) = dwell(database, ["TG-one"], MONDAY, until)
    assert (whole.n, whole.late_n) == (len([n for n in range(60) if 6 + 5 * n < 240]) + 1, 1)
    by_day = dwell(database, ["TG-one"], MONDAY, until, step=DAY)
    assert len(by_day) == 10
    assert sum(reading.n for reading in by_day) == whole.n
    by_hour = dwell(database, ["TG-one"], MONDAY, until, step=timedelta(hours=1))
    assert sum(reading.n for reading in by_hour) == whole.n
    (other,) = dwell(database, ["TG-one"], MONDAY, until, operators=["OP-2"])
    assert other.n == 1
    assert other.newest_at == MONDAY + timedelta(hours=16)
    assert dwell(database, [], MONDAY, until) == []


def test_hours_of_the_day_are_those_of_arrival(database):
    take(database, DwellHours(), added=sighted(a_crossing(22.5, 300), a_crossing(46.9, 20), a_crossing(3, 20)))
    with database.reading() as session:
        readings = read_dwell_by_hour_of_day(session, ["TG-one"], MONDAY, MONDAY + 3 * DAY)
    assert [(reading.start.hour, reading.n) for reading in readings] == [(3, 1), (22, 2)]


def test_taking_back_is_exact(database):
    kept = sighted(a_crossing(6, 40, 90), a_crossing(6, 41, 90, late=True))
    gone = sighted(a_crossing(6.2, 40, 90), a_crossing(50, unsplit_min=3000))
    check_taking_back(database, DwellHours(), kept, gone)
