from datetime import timedelta

import pytest

from checkpoints.logged_crossings import LoggedCrossings, list_crossings, list_last_by_post
from checkpoints.post_statuses import PostStatuses, list_statuses
from checkpoints.reported_controls import CrewReports, list_controls, list_incidents
from tests.tracker.entries import NOON, an_entry
from tracker.log import append
from tracker.pipeline import Pipeline

AT = NOON.isoformat()


@pytest.fixture
def told(sqlite_database):
    def tell(*entries):
        with sqlite_database.writing() as session:
            append(sqlite_database, session, entries)
        Pipeline(sqlite_database, [LoggedCrossings(), PostStatuses(), CrewReports()]).run_all()
        return sqlite_database.reading()

    return tell


def a_crossing(name, minute, direction="exit", post="GH-aflao", **more):
    return an_entry(name, minute, f"posts/{post}/customs", "crossing", direction=direction, **more)


def a_control(name, agency, operator="OP"):
    return an_entry(name, 0, f"vehicles/{operator}/BUS", "control", agency=agency, observed_at=AT)


def test_the_last_crossing_is_the_one_that_arrived_last_not_the_one_logged_last(told):
    with told(
        a_crossing("new", 50, vehicle_id="B"), a_crossing("late", 10, vehicle_id="A"), a_crossing("in", 5, "entry")
    ) as session:
        last = {(c.post_id, c.direction): c.vehicle_id for c in list_last_by_post(session)}
    assert last == {("GH-aflao", "exit"): "B", ("GH-aflao", "entry"): None}


def test_crossings_are_listed_by_post_by_coach_and_by_page(told):
    entries = [
        a_crossing(str(n), n, post=post, vehicle_id="B") for n, post in enumerate(("GH-aflao", "TG-x", "GH-aflao"))
    ]
    with told(*entries) as session:
        assert [c.seq for c in list_crossings(session)] == [3, 2, 1]
        assert [c.seq for c in list_crossings(session, posts=["GH-aflao"])] == [3, 1]
        assert [c.seq for c in list_crossings(session, before_seq=3, limit=1)] == [2]
        assert list_crossings(session, vehicles=[]) == []


def test_a_queue_nobody_spoke_of_is_not_empty(told):
    said = an_entry("s", 0, "posts/GH-aflao/customs", "post_status", status="open")
    with told(said) as session:
        assert [(s.status, s.queue_length) for s in list_statuses(session)] == [("open", None)]
        assert list_statuses(session, ["TG-x"]) == []


def test_a_stop_by_an_armed_group_is_its_operators_alone(told):
    day_before = NOON - timedelta(days=1)
    with told(
        a_control("1", "armed_group"), a_control("2", "police"), a_control("3", "armed_group", "RIVAL")
    ) as session:
        assert [c.agency for c in list_controls(session, day_before)] == ["police"]
        assert [c.agency for c in list_controls(session, day_before, ["OP"], own="OP")] == ["police", "armed_group"]
        assert [c.agency for c in list_controls(session, day_before, ["RIVAL"], own="OP")] == []


def test_incidents_without_an_agency_are_listed_and_armed_ones_are_not(told):
    harassed = an_entry("h", 0, kind="incident", incident_type="harassment", harassment=["verbal_abuse"])
    armed = an_entry("a", 0, kind="incident", incident_type="insecurity", agency="armed_group")
    with told(harassed, armed) as session:
        assert [i.incident_type for i in list_incidents(session, NOON - timedelta(days=1))] == ["harassment"]
