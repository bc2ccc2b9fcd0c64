"""Stops by armed groups, and by soldiers in restricted sections, are safety alerts: no rule makes anything else of them."""

from datetime import UTC, datetime, timedelta

import pytest

from checkpoints import register
from checkpoints.control_stop_reading import read_stops
from checkpoints.harassment_flags import HarassmentFlags
from checkpoints.reported_controls import ReportedControl
from checkpoints.unlisted_rule import UnlistedCheckpoints
from tests.checkpoints.section_traffic import Road
from tests.checkpoints.test_unlisted import at_barrier, week
from tests.checkpoints.test_unlisted_rule import found, keep
from tests.dashboard.map_world import a_control, geography_of
from tests.dashboard.restricted_world import said
from tracker import geography
from tracker.facts import Halt

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(sqlite_database):
    with sqlite_database.writing() as session:
        geography.seed(session)
        register.seed(session)
    return sqlite_database


def test_halts_at_which_crews_met_an_armed_group_make_no_checkpoint(database):
    road = week(Road(), at_barrier(0.6))
    keep(database, road)
    rule = UnlistedCheckpoints()
    assert found(database, rule) != []
    halts = [s for s in road.sightings if isinstance(s.fact, Halt) and abs((s.fact.km or 0) - road_km(road)) < 3]
    with database.writing() as session:
        for number, one in enumerate(halts):
            a_control(
                session, number + 1, one.operator_id, None, one.fact.started_at, vehicle_id=one.vehicle_id,
                agency="armed_group",
            )  # fmt: skip
    assert found(database, rule) == found(database, UnlistedCheckpoints()) == []
    by_section = {name: n for name, n in rule.left_out.items() if name.startswith("safety_alert@")}
    assert (len(by_section), sum(by_section.values())) == (1, len(halts))
    assert rule.left_out["armed_group"] == len(halts)


def road_km(road):
    """Return the barrier's kilometre on the road's corridor."""
    near = [s.fact.km for s in road.sightings if isinstance(s.fact, Halt)]
    return max(set(map(round, near)), key=[round(km) for km in near].count)


def stops(database, operators=None):
    with database.reading() as session:
        return read_stops(session, NOON - 12 * HOUR, NOON + HOUR, operators=operators)


def test_soldiers_on_a_free_road_control_and_on_a_restricted_one_they_are_counted_only(database):
    with database.writing() as session:
        corridor = geography_of(session).get_corridor("ABJ-LOS")
        for seq, agency in enumerate(("military", "police", "armed_group"), 1):
            a_control(session, seq, "sti", corridor.point_at(600), NOON - seq * HOUR, agency=agency)
        a_control(session, 4, "sti", corridor.point_at(450), NOON - 5 * HOUR, agency="military")
        a_control(session, 5, "sti", None, NOON - 7 * HOUR, agency="military")
    before = stops(database)
    agencies = [control.agency for stop in before.stops for control in stop.controls]
    assert (sorted(agencies), before.left_out) == (
        ["military", "military", "police"],
        {"armed_group": 1, "no_place": 1},
    )
    with database.writing() as session:
        session.add(said("accra--akatsi"))
    after = stops(database)
    told = [(control.agency, stop.place.section_id) for stop in after.stops for control in stop.controls]
    assert sorted(told) == [("military", "accra--takoradi"), ("police", "accra--akatsi")]
    # One of them was inside, of the other nobody said where it was.
    assert after.left_out == {"armed_group": 1, "restricted_military": 2}


def test_what_soldiers_did_to_a_crew_in_a_restricted_section_is_no_case(database):
    with database.writing() as session:
        at = geography_of(session).get_corridor("ABJ-LOS").point_at(600)
        for seq in range(1, 6):
            who = {"vehicle_id": f"sti-{seq}", "agency": "military", "harassment": ["verbal_abuse"]}
            a_control(session, seq, "sti", at, NOON - seq * HOUR, **who)
    with database.reading() as session:
        assert HarassmentFlags().find(session, NOON) != []
    with database.writing() as session:
        session.add(said("accra--akatsi"))
    with database.reading() as session:
        assert HarassmentFlags().find(session, NOON) == []
        assert session.get(ReportedControl, 1) is not None
