"""Arrivals and approaching coaches: one coach is one line however many wrote it down; bands, not minutes; own post only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlmodel import SQLModel

from checkpoints.logged_crossings import LoggedCrossing, coach_of
from checkpoints.reconciled_crossings import entry_of
from checkpoints.reconciliation import reconcile
from dashboard.approaching import OpenTrip, Roads, list_approaching
from dashboard.arrivals import list_arrivals
from tests.dashboard.map_world import geography_of
from tests.dashboard.restricted_world import restrictions_on
from tracker.database import Database
from tracker.directory import VehicleRef
from tracker.facts import BorderCrossing
from tracker.geography import seed
from tracker.scope import Role, Viewer, scope_of
from tracker.usual_times import UsualTimes

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
COACHES = {"sti-1": VehicleRef("sti-1", "sti", "1200 ST 01"), "utb-1": VehicleRef("utb-1", "utb", None)}
MONITOR = scope_of(Viewer(1, "M", Role.MONITOR))
OFFICIAL = scope_of(Viewer(2, "O", Role.OFFICIAL, post_id="CI-noe", agency="police"))
STI = scope_of(Viewer(3, "D", Role.DISPATCHER, operator_id="sti"))


@pytest.fixture(scope="module")
def geography(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('arrivals') / 'roads.sqlite3'}")
    SQLModel.metadata.create_all(database.engine)
    with database.writing() as session:
        seed(session)
        found = geography_of(session)
    database.close()
    return found


def crossing(vehicle="sti-1", **more):
    row = {
        "started_at": NOW - 3 * HOUR, "ended_at": NOW - HOUR, "settled_at": NOW - HOUR, "first_seq": 1, "last_seq": 9,
        "corridor_id": "ABJ-LOS", "exit_post": "CI-noe", "entry_post": "GH-elubo", "km": 176.0, "state": "crossed",
        "basis": "fences", "exit_arrived_at": NOW - 3 * HOUR, "exit_left_at": NOW - 2 * HOUR, "exit_s": 3600.0,
        "entry_arrived_at": NOW - 2 * HOUR, "entry_left_at": NOW - HOUR, "entry_s": 3600.0,
    }  # fmt: skip
    return vehicle, BorderCrossing(**row | more)


def logged(seq=1, agency="customs", arrived=NOW - 3 * HOUR, dwell=20 * MINUTE, direction="exit", **more):
    who = {"vehicle_id": "sti-1"} | more
    who["operator_id"] = who["vehicle_id"][:3] if who["vehicle_id"] else None
    return LoggedCrossing(
        seq=seq, post_id="CI-noe", agency=agency, direction=direction, coach=coach_of(who), arrived_at=arrived,
        written_at=arrived, received_at=arrived, released_at=arrived + dwell if dwell else None, **who,
    )  # fmt: skip


def arrivals(geography, seen=(), log=(), scope=MONITOR, since=NOW - 12 * HOUR, post="CI-noe"):
    made = [
        one
        for coach in sorted({vehicle for vehicle, _ in seen} | {row.coach for row in log})
        for one in reconcile(
            coach, coach[:3] if any(vehicle == coach for vehicle, _ in seen) else None,
            [(str(n), fact) for n, (vehicle, fact) in enumerate(seen) if vehicle == coach],
            [entry_of(row) for row in log if row.coach == coach], (), geography.find_post,
        )
    ]  # fmt: skip
    return list_arrivals(geography.get_post(post), made, COACHES.get, scope, since)


def coach_in(arrival):
    return arrival.crossing.coach


def test_a_coach_that_positions_and_two_agencies_saw_is_one_line(geography):
    log = [logged(1), logged(2, "police", NOW - 3 * HOUR + 15 * MINUTE, 30 * MINUTE)]
    (one,) = arrivals(geography, [crossing()], log)
    assert (one.seen_s, one.is_here, one.license_plate) == (3600.0, False, "1200 ST 01")
    assert one.logged_s == 45 * 60  # from the first arrival to the last release
    assert {desk.agency for desk in one.desks} == {"customs", "police"}


def test_a_coach_only_the_log_knows_is_not_seen_and_one_only_positions_know_is_not_logged(geography):
    only_logged, only_seen = arrivals(geography, [crossing("utb-1")], [logged(arrived=NOW - HOUR)])
    assert (only_logged.crossing.seen_id, only_logged.seen_s, coach_in(only_logged)) == (None, None, "sti-1")
    assert (only_seen.desks, only_seen.logged_s, coach_in(only_seen)) == ((), None, "utb-1")


def test_an_entry_without_release_has_no_dwell_and_the_coach_is_still_here(geography):
    (one,) = arrivals(geography, [], [logged(dwell=None, arrived=NOW - HOUR)])
    assert (one.is_here, one.logged_s) == (True, None)


def test_the_log_of_yesterday_does_not_belong_to_the_visit_of_today(geography):
    old = logged(arrived=NOW - 11 * HOUR)
    today, before = arrivals(geography, [crossing()], [old])
    assert (today.desks, before.crossing.seen_id) == ((), None)


def test_a_coach_in_the_queue_is_one_line_with_what_the_first_desk_wrote(geography):
    """It stands at the exit side; customs has released it, the police not yet."""
    going_on = {"ended_at": None, "state": "under_way", "line_at": None, "exit_left_at": None, "exit_s": None,
                "entry_arrived_at": None, "entry_left_at": None, "entry_s": None}  # fmt: skip
    log = [logged(1), logged(2, "police", NOW - HOUR, None)]
    (one,) = arrivals(geography, [crossing(**going_on)], log)
    assert (one.is_here, one.seen_s, one.logged_s, one.left_at) == (True, None, None, None)
    assert [desk.agency for desk in one.desks] == ["customs", "police"]
    assert arrivals(geography, [crossing(**going_on)], log, post="GH-elubo") == []


def test_the_other_side_tells_its_own_dwell(geography):
    (entry,) = arrivals(geography, [crossing(exit_s=None, entry_s=1200.0)], post="GH-elubo")
    assert (entry.direction, entry.seen_s) == ("entry", 1200.0)
    (unsplit,) = arrivals(geography, [crossing(exit_s=None, entry_s=None, unsplit_s=5000.0)])
    assert (unsplit.seen_s, unsplit.is_unsplit) == (5000.0, True)


def test_nobody_learns_of_coaches_out_of_reach(geography):
    both = [crossing("sti-1"), crossing("utb-1")]
    assert {coach_in(a) for a in arrivals(geography, both, scope=STI)} == {"sti-1"}
    assert {coach_in(a) for a in arrivals(geography, both, scope=OFFICIAL)} == {"sti-1", "utb-1"}
    assert arrivals(geography, both, scope=OFFICIAL, post="GH-elubo") == []
    # whose coach it is nobody knows, so no dispatcher may see it
    stranger = logged(vehicle_id=None, license_plate="AB 1", arrived=NOW - HOUR)
    assert arrivals(geography, [], [stranger], scope=STI) == []
    assert len(arrivals(geography, [], [stranger], scope=OFFICIAL)) == 1


def coach(km, direction="up", vehicle="sti-1", **more):
    row = {
        "vehicle_id": vehicle, "operator_id": vehicle[:3], "observed_at": NOW, "corridor_id": "ABJ-LOS", "km": km,
        "direction": direction, "section_id": "CI-noe--abidjan", "country": "CI", "standing_since": None,
        "trip_id": None,
    }  # fmt: skip
    return SimpleNamespace(**row | more)


def approaching(geography, coaches, scope=MONITOR, trips=(), post="CI-noe", arrived=(), now=NOW):
    roads = Roads(geography=geography, usual=UsualTimes(), find_vehicle=COACHES.get)
    return list_approaching(geography.get_post(post), coaches, trips, set(arrived), roads, scope, now)


def trip(destination="lagos", vehicle="sti-1", trip_id="T-1", **more):
    return OpenTrip(trip_id, vehicle, vehicle[:3], "ABJ-LOS", "abidjan", destination, **more)


def test_only_who_drives_towards_the_post_approaches_it(geography):
    border = geography.get_corridor("ABJ-LOS").borders[0].km
    coming, going = coach(border - 90), coach(border - 90, "down", "utb-1")
    (one,) = approaching(geography, [coming, going])
    assert (one.vehicle_id, one.direction, one.km) == ("sti-1", "exit", 90.0)
    assert one.eta.middle == NOW + 2 * HOUR  # 90 km at the assumed 45 km/h
    assert one.eta.low < one.eta.middle < one.eta.high
    (back,) = approaching(geography, [coach(border + 45, "down")])
    assert back.direction == "entry"
    assert approaching(geography, [coach(border + 900, "down")]) == []  # comes later than in twelve hours


def test_who_is_silent_stays_expected_until_its_band_is_long_past(geography):
    border = geography.get_corridor("ABJ-LOS").borders[0].km
    silent = coach(border - 90, observed_at=NOW - 3 * HOUR)
    (one,) = approaching(geography, [silent])
    assert one.eta.silent_since == NOW - 3 * HOUR
    assert approaching(geography, [silent], now=NOW + 6 * HOUR) == []


def test_who_has_arrived_is_expected_no_more(geography):
    """It stands in the queue, a few hundred metres before the post; positions or the log know that it is there."""
    border = geography.get_corridor("ABJ-LOS").borders[0].km
    queueing = [coach(border - 0.4)]
    assert len(approaching(geography, queueing)) == 1
    assert approaching(geography, queueing, arrived=[("sti-1", "exit")]) == []
    assert len(approaching(geography, queueing, arrived=[("sti-1", "entry")])) == 1


def test_a_trip_that_ends_before_the_post_is_not_on_its_way_there(geography):
    accra = geography.get_corridor("ABJ-LOS").find_milestone("accra").km
    there = [coach(accra - 50, trip_id="T-1")]
    assert len(approaching(geography, there, post="GH-aflao")) == 1
    assert approaching(geography, there, trips=[trip("accra")], post="GH-aflao") == []
    assert len(approaching(geography, there, trips=[trip()], post="GH-aflao")) == 1


def test_a_declared_trip_that_has_not_left_is_expected_by_its_hour(geography):
    plan = {"scheduled_departure": NOW + HOUR, "passengers": 48}
    (one,) = approaching(geography, [], trips=[trip(**plan)])
    assert (one.eta.is_planned, one.passengers, one.km, one.observed_at) == (True, 48, None, None)
    assert one.eta.low > NOW + HOUR
    assert approaching(geography, [], trips=[trip(**plan, has_departed=True)]) == []
    assert approaching(geography, [], trips=[trip(scheduled_departure=NOW - 4 * HOUR)]) == []
    assert approaching(geography, [], trips=[trip("abidjan", **plan)]) == []
    driving = coach(30.0, trip_id="T-1")
    (one,) = approaching(geography, [driving], trips=[trip(**plan)])
    assert (one.eta.is_planned, one.passengers) == (False, 48)  # it has left; the operator has not said so


def test_an_official_gets_a_band_and_in_a_restricted_section_nothing(geography):
    border = geography.get_corridor("ABJ-LOS").borders[0].km
    there = [coach(border - 30)]
    (one,) = approaching(geography, there, OFFICIAL)
    assert (one.km, one.license_plate) == (None, "1200 ST 01")
    restricted = restrictions_on(geography, NOW, "CI-noe--abidjan")
    assert approaching(geography, there, replace(OFFICIAL, restrictions=restricted)) == []
    assert approaching(geography, there, replace(MONITOR, restrictions=restricted)) == []
    assert len(approaching(geography, there, replace(STI, restrictions=restricted))) == 1
    # Its counterpart lies beside the section: nothing is told of a coach inside it, until it has left it.
    elsewhere = scope_of(Viewer(2, "O", Role.OFFICIAL, post_id="GH-elubo", agency="police"), restricted)
    assert approaching(geography, there, elsewhere, post="GH-elubo") == []


def test_nothing_is_told_of_a_coach_whose_way_leads_through_a_restricted_section(geography):
    """It is in Ghana and drives to Noé, which lies behind the border; or it is to leave Abidjan for Aflao."""
    border = geography.get_corridor("ABJ-LOS").borders[0].km
    restricted = restrictions_on(geography, NOW, "CI-noe--abidjan")
    coming = [coach(border + 30, "down", section_id="GH-elubo--takoradi", country="GH")]
    assert len(approaching(geography, coming, OFFICIAL)) == 1
    assert approaching(geography, coming, replace(OFFICIAL, restrictions=restricted)) == []
    plan = [trip(scheduled_departure=NOW + HOUR)]
    elubo = Viewer(2, "O", Role.OFFICIAL, post_id="GH-elubo", agency="police")
    assert len(approaching(geography, [], scope_of(elubo), plan, "GH-elubo")) == 1
    assert approaching(geography, [], scope_of(elubo, restricted), plan, "GH-elubo") == []
