"""Who sees what on the map, and what the numbers say: *no report*, *stale*, *closed* and *not shown* are four things."""

from datetime import timedelta

import pytest

from checkpoints.post_statuses import LatestPostStatus
from dashboard.map_data import COACH_COLUMNS, live_json, read_live
from dashboard.map_places import static_data
from operators.companies import Operator, Vehicle, reference
from operators.trip_sheets import TripSheet
from tests.dashboard.map_world import a_coach, a_control, a_crossing, an_incident, geography_of
from tests.dashboard.people import NOON
from tracker.geography import seed
from tracker.latest import LatestPosition
from tracker.scope import Role, Viewer, scope_of
from tracker.sightings import CoachNow

IN_CI, IN_GH = (5.2, -3.7), (5.55, -0.4)
HOUR = timedelta(hours=1)


@pytest.fixture
def road(sqlite_database):
    """The shipped geography, two companies with a coach each: `sti-1` in Côte d'Ivoire, `utb-1` in Ghana."""
    with sqlite_database.writing() as session:
        seed(session)
        for operator_id in ("sti", "utb", "mono"):
            session.add(Operator(operator_id=operator_id, name=operator_id.upper(), country="CI", registered_at=NOON))
        session.flush()
        a_coach(session, "sti-1", "sti", IN_CI, NOON)
        a_coach(session, "utb-1", "utb", IN_GH, NOON)
    return sqlite_database


def viewer(role, **names):
    return Viewer(1, "Somebody", role, **names)


MONITOR = viewer(Role.MONITOR)
STI = viewer(Role.DISPATCHER, operator_id="sti")
GHANA = viewer(Role.FOCAL_POINT, country="GH")
INSPECTORATE = viewer(Role.FOCAL_POINT, country="CI", agency="police")
NOE = viewer(Role.OFFICIAL, post_id="CI-noe", agency="police")
PROTECTION = viewer(Role.PROTECTION_OFFICER)
ADMINISTRATOR = viewer(Role.ADMINISTRATOR)


def see(database, who, now=NOON):
    with database.reading() as session:

        def find(vehicle_id):
            vehicle = session.get(Vehicle, vehicle_id)
            return reference(vehicle) if vehicle else None

        return read_live(session, geography_of(session), scope_of(who), now, find)


def post(live, post_id):
    return next(one for one in live.posts if one.post_id == post_id)


@pytest.mark.parametrize(
    ("who", "coaches"),
    [
        (MONITOR, ["sti-1", "utb-1"]),
        (ADMINISTRATOR, ["sti-1", "utb-1"]),
        (STI, ["sti-1"]),
        (GHANA, ["utb-1"]),
        (NOE, []),
        (INSPECTORATE, []),
        (None, []),
    ],
)
def test_everybody_sees_their_own_coaches_only(road, who, coaches):
    live = see(road, who)
    assert [coach.vehicle_id for coach in live.coaches] == coaches
    assert live.sees_coaches is bool(coaches)


def test_a_coach_is_placed_on_its_corridor(road):
    coach = see(road, MONITOR).coaches[0]
    assert (coach.corridor, coach.country) == ("ABJ-LOS", "CI")
    assert 20 < coach.km < 80
    assert coach.near == "abidjan"
    assert coach.section


def test_a_spike_moves_no_coach_and_lends_it_no_speed(road):
    with road.writing() as session:
        session.merge(
            LatestPosition(vehicle_id="sti-1", operator_id="sti", latitude=9.0, longitude=2.0, speed_mps=300.0,
                           observed_at=NOON + timedelta(seconds=30), received_at=NOON, seq=2)
        )  # fmt: skip
    coach = see(road, MONITOR).coaches[0]
    assert (coach.latitude, coach.longitude, coach.speed_mps) == (*IN_CI, None)


def test_a_coach_says_since_when_it_stands_and_where_it_is_bound(road):
    with road.writing() as session:
        session.add(
            TripSheet(operator_id="sti", trip_id="T-1", vehicle_id="sti-1", corridor_id="ABJ-LOS", first_seq=1,
                      last_seq=1, departed_at=NOON - HOUR, said={"destination": "lagos"})
        )  # fmt: skip
        a_coach(session, "sti-1", "sti", IN_CI, NOON, trip_id="T-1", standing_since=NOON - HOUR)
    coach = see(road, MONITOR).coaches[0]
    assert (coach.destination, coach.standing_since) == ("lagos", NOON - HOUR)
    row = dict(zip(COACH_COLUMNS, live_json(see(road, MONITOR))["coaches"]["rows"][0], strict=True))
    assert (row["standing"], row["trip"]) == (int((NOON - HOUR).timestamp()), "T-1")


def test_a_coach_whose_place_on_the_roads_is_not_known_yet_is_shown_all_the_same(road):
    with road.writing() as session:
        session.delete(session.get(CoachNow, "sti-1"))
    coach = see(road, MONITOR).coaches[0]
    assert (coach.vehicle_id, coach.country, coach.corridor) == ("sti-1", "CI", None)


def test_a_coach_far_from_every_corridor_has_none(road):
    with road.writing() as session:
        a_coach(session, "sti-1", "sti", (20.0, -1.0), NOON)
    assert see(road, MONITOR).coaches[0].corridor is None


def test_silence_is_told_apart_from_standing_still(road):
    assert not see(road, MONITOR).coaches[0].silent
    assert see(road, MONITOR, NOON + timedelta(minutes=21)).coaches[0].silent


def test_the_json_changes_with_the_content_and_not_with_the_time(road):
    one, later = live_json(see(road, MONITOR)), live_json(see(road, MONITOR, NOON + timedelta(seconds=40)))
    assert one == later
    with road.writing() as session:
        session.get(CoachNow, "sti-1").latitude += 0.01
    moved = live_json(see(road, MONITOR))
    assert moved["coaches"]["version"] != one["coaches"]["version"]
    assert moved["posts"]["version"] == one["posts"]["version"]


def test_no_report_stale_and_fresh_are_three_things(road):
    with road.writing() as session:
        a_crossing(session, 1, "CI-noe", "exit", NOON - HOUR, timedelta(minutes=20))
        a_crossing(session, 2, "GH-elubo", "entry", NOON - 9 * HOUR, timedelta(minutes=30))
    live = see(road, MONITOR)
    assert [post(live, name).freshness for name in ("CI-noe", "GH-elubo", "GH-aflao")] == [
        "fresh",
        "stale",
        "no_report",
    ]
    assert post(live, "CI-noe").crossings["exit"].dwell_s == 1200


def test_a_coach_still_held_has_no_dwell(road):
    with road.writing() as session:
        a_crossing(session, 1, "CI-noe", "exit", NOON - HOUR, None)
    assert post(see(road, MONITOR), "CI-noe").crossings["exit"].dwell_s is None


def test_an_agencys_fresh_word_counts_before_the_register_and_an_old_one_does_not(road):
    def say(post_id, agency, status, ago):
        with road.writing() as session:
            at = NOON - ago
            session.add(
                LatestPostStatus(post_id=post_id, agency=agency, status=status, observed_at=at, received_at=at, seq=1)
            )

    assert post(see(road, MONITOR), "NE-gaya").state == "closed"  # the register
    assert post(see(road, MONITOR), "CI-noe").state is None  # not known is not open
    say("NE-gaya", "customs", "open", 8 * HOUR)
    say("CI-noe", "customs", "open", HOUR)
    say("CI-noe", "police", "suspended", HOUR)
    live = see(road, MONITOR)
    assert (post(live, "NE-gaya").state, post(live, "NE-gaya").state_by) == ("closed", "register")
    assert post(live, "CI-noe").state == "suspended"  # the strictest of its agencies


def test_crossings_are_shown_at_the_own_post_and_of_the_own_coaches_only(road):
    with road.writing() as session:
        a_crossing(session, 1, "CI-noe", "exit", NOON - 2 * HOUR, HOUR, vehicle_id="sti-1")
        a_crossing(session, 2, "CI-noe", "exit", NOON - HOUR, None, vehicle_id="utb-1")
        a_crossing(session, 3, "GH-elubo", "entry", NOON - HOUR, None, vehicle_id="utb-1")
    assert post(see(road, MONITOR), "CI-noe").crossings["exit"].vehicle_id == "utb-1"
    assert post(see(road, STI), "CI-noe").crossings["exit"].vehicle_id == "sti-1"
    assert not post(see(road, STI), "GH-elubo").crossings
    official = see(road, NOE)
    assert post(official, "CI-noe").crossings
    assert (post(official, "GH-elubo").crossings, post(official, "GH-elubo").freshness) == ({}, "not_shown")
    assert not post(see(road, GHANA), "CI-noe").crossings


def test_controls_are_shown_where_they_were_reported(road):
    with road.writing() as session:
        a_control(session, 1, "sti", IN_CI, NOON - HOUR)
        a_control(session, 2, "utb", IN_GH, NOON - HOUR)
        a_control(session, 3, "sti", None, NOON - HOUR)
        a_control(session, 4, "sti", IN_CI, NOON - timedelta(days=8))
    shown = {
        who: [one.report_id for one in see(road, who).reports] for who in (MONITOR, STI, GHANA, NOE, ADMINISTRATOR)
    }
    assert shown == {MONITOR: [3, 2, 1], STI: [3, 1], GHANA: [2], NOE: [], ADMINISTRATOR: []}
    report = see(road, STI).reports[1]
    assert (report.minutes, report.payments[0].amount, report.payments[0].basis) == (6, 1000, "no_receipt")


def test_harassment_is_never_a_dot_and_never_an_officials(road):
    with road.writing() as session:
        a_control(session, 1, "sti", IN_CI, NOON - HOUR, harassment=["verbal_abuse"])
        an_incident(session, 2, "sti", IN_CI, NOON - HOUR, harassment=["stamp_fee"])
        an_incident(session, 3, "sti", None, NOON - HOUR, harassment=["stamp_fee"])
    live = see(road, MONITOR)
    assert live.reports == []
    assert [(one.place, one.reports, one.vehicles) for one in live.gathered] == [(None, 1, 1), ("abidjan", 2, 1)]
    assert str(IN_CI[1]) not in str(live_json(live)["reports"])
    for who in (NOE, ADMINISTRATOR, INSPECTORATE, None):
        assert see(road, who).gathered == []


def test_violence_is_the_protection_officers_alone(road):
    with road.writing() as session:
        an_incident(session, 1, "sti", IN_CI, NOON - HOUR, harassment=["physical_violence"])
        an_incident(session, 2, "sti", IN_CI, NOON - HOUR, harassment=["detention", "stamp_fee"])
    for who in (MONITOR, STI):
        assert [(one.reports, one.kinds) for one in see(road, who).gathered] == [(1, (("stamp_fee", 1),))]
    assert see(road, PROTECTION).gathered[0].reports == 2


def test_an_inspectorate_learns_late_and_of_no_small_numbers(road):
    def report(count, age):
        with road.writing() as session:
            for number in range(count):
                operator = ("sti", "utb", "mono")[number % 3]
                a_control(session, 10 * count + number, operator, IN_CI, NOON - age, harassment=["stamp_fee"])

    report(4, timedelta(hours=80))
    assert see(road, INSPECTORATE).gathered == []
    report(6, timedelta(hours=30))
    assert see(road, INSPECTORATE).gathered == []
    report(5, timedelta(hours=81))
    gathered = see(road, INSPECTORATE).gathered
    assert [(one.reports, one.kinds) for one in gathered] == [(9, ())]
    assert see(road, INSPECTORATE).reports == []


def test_a_stop_by_an_armed_group_is_the_own_operators_alone(road):
    with road.writing() as session:
        a_control(session, 1, "sti", IN_CI, NOON - HOUR, agency="armed_group")
    assert [see(road, who).reports == [] for who in (MONITOR, PROTECTION, STI)] == [True, True, False]


def test_sections_are_sent_once_with_length_and_quality(road):
    with road.reading() as session:
        data = static_data(geography_of(session))
    ids = [section["id"] for section in data["sections"]]
    assert len(ids) == len(set(ids))
    named = {section for corridor in data["corridors"] for section in corridor["sections"]}
    assert named <= set(ids)
    main = next(corridor for corridor in data["corridors"] if corridor["id"] == "ABJ-LOS")
    assert main["line_quality"] == "coarse"
    assert main["length_km"] > 900
    first = data["sections"][0]
    assert first["length_km"] > 0
    assert first["line"].isprintable()


def test_the_two_sides_of_a_border_are_drawn_apart(road):
    with road.reading() as session:
        posts = {post["id"]: post for post in static_data(geography_of(session))["posts"]}
    noe, elubo = posts["CI-noe"], posts["GH-elubo"]
    assert noe["at"] == elubo["at"]
    assert abs((noe["side_deg"] - elubo["side_deg"]) % 360 - 180) < 2
    assert 180 < noe["side_deg"] < 360  # Côte d'Ivoire lies west of the line
