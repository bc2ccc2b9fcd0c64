"""Border crossings as pictures: queues, nights at a closed post, turning back, jitter at the line, silence, joint posts."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.roads.traffic import drive_coach, shipped_road
from tests.tracker.drives import BORDERS_KM, START, make_fixes, same_however_cut, straight_world
from tests.tracker.places_of_truth import shipped
from tracker.border_sites import sites
from tracker.crossings import Crossings
from tracker.facts import BorderCrossing, moment
from tracker.halts import Halts
from tracker.location import Location
from tracker.plausibility import Plausibility
from tracker.steps import DeclaredTrip, World, drive

STEPS = [Plausibility(), Location(), Halts(), Crossings()]
FIRST, SECOND = BORDERS_KM
LEAVE = ("drive", 60, 30)


def drive_once(steps, fixes, world):
    return drive(steps, {}, fixes, world)


def crossings(picture, world=None, run=drive_once, **how):
    run = run(STEPS, make_fixes(picture, **how), world or straight_world())
    return [fact for fact in run.settled if isinstance(fact, BorderCrossing)]


def under_way(picture, world=None, **how):
    run = drive(STEPS, {}, make_fixes(picture, **how), world or straight_world())
    assert not [fact for fact in run.settled if isinstance(fact, BorderCrossing)]
    return [fact for fact in run.under_way if isinstance(fact, BorderCrossing)]


def km(distance, speed=60):
    """Drive so many kilometres."""
    return ("drive", speed, abs(distance) / speed * 60)


def to_line(metres_before=300, start_km=40.0, border=FIRST):
    return [km(border - start_km - metres_before / 1000)]


def minutes(since, at):
    return (at - since).total_seconds() / 60


def with_posts(world: World, **changes):
    posts = {name: replace(post, **changes) for name, post in world.geography.posts.items()}
    return World(world.vehicle_id, replace(world.geography, posts=posts))


def test_a_coach_that_only_drives_through_from_the_other_side_leaves_its_messages_in_order_however_cut():
    way = [km(40), ("turn",), km(40 + 60 - FIRST - 3), km(3, 30), km(3, 30), LEAVE]
    found = crossings(way, run=same_however_cut, start_km=60, every_s=30)[-1]
    assert (found.state, found.exit_s, found.entry_s) == ("crossed", None, None)
    assert found.first_seq < found.last_seq


@pytest.mark.parametrize("every_s", [10, 30, 120])
@pytest.mark.parametrize("quality", ["imported", "coarse"])
def test_exit_line_and_entry_at_posts_that_share_one_place(every_s, quality):
    way = [*to_line(400), ("stand", 40), km(0.8, 20), ("stand", 25), LEAVE]
    (found,) = crossings(way, straight_world(quality=quality), start_km=40, every_s=every_s, jitter_m=8)
    assert (found.exit_post, found.entry_post, found.state, found.basis) == ("TG-one", "BJ-one", "crossed", "fences")
    assert found.exit_s == pytest.approx(2400, abs=150)
    assert found.entry_s == pytest.approx(1500, abs=150)
    assert found.unsplit_s is None
    came = (FIRST - 40.4) + 40 + 0.4 / 20 * 60
    assert minutes(START, found.line_at) == pytest.approx(came, abs=2 * every_s / 60)
    assert found.exit_arrived_at < found.exit_left_at <= found.line_at <= found.entry_arrived_at < found.entry_left_at
    assert found.settled_at > found.ended_at == found.entry_left_at
    assert found.km == pytest.approx(FIRST, abs=0.01)


def test_the_other_way_the_posts_change_places():
    way = [km(40), ("turn",), km(40 + 60 - FIRST - 0.3), ("stand", 10), km(0.6, 20), ("stand", 20), LEAVE]
    (found,) = crossings(way, start_km=60, jitter_m=8)[-1:]
    assert (found.exit_post, found.entry_post, found.state) == ("BJ-one", "TG-one", "crossed")
    assert (found.exit_s, found.entry_s) == (pytest.approx(600, abs=90), pytest.approx(1200, abs=90))


def test_posts_far_from_the_line_have_their_own_dwell_and_a_control_at_the_line_counts_to_its_side():
    way = [km(SECOND - 6.0 - 150), ("stand", 30), km(5.7), ("stand", 5), km(2.3), ("stand", 45), LEAVE]
    (found,) = crossings(way, start_km=150, jitter_m=8)
    assert (found.exit_post, found.entry_post) == ("BJ-two", "NG-two")
    assert found.exit_s == pytest.approx(35 * 60, abs=120)  # without the five kilometres between
    assert found.entry_s == pytest.approx(45 * 60, abs=120)


def test_the_queue_counts_and_a_rest_before_it_does_not():
    way = [
        *to_line(2900),
        ("stand", 30),
        km(1.5, 40),
        ("creep", 1200, 50),
        ("stand", 20),
        km(0.5, 20),
        ("stand", 10),
        LEAVE,
    ]
    (found,) = crossings(way, start_km=40, every_s=20, jitter_m=5)
    assert found.exit_s == pytest.approx(70 * 60, abs=240)
    assert found.entry_s == pytest.approx(600, abs=90)


def test_a_night_at_a_closed_border_is_one_crossing_even_with_the_unit_switched_off():
    night = [*to_line(250), ("stand", 60), ("silence", 540), ("stand", 30), km(0.5, 20), ("stand", 15), LEAVE]
    (found,) = crossings(night, run=same_however_cut, start_km=40, jitter_m=8, every_s=60)
    assert found.state == "crossed"
    assert found.exit_s == pytest.approx(630 * 60, abs=180)
    assert found.basis == "fences"


def test_a_coach_sent_back_before_the_line_has_turned_back():
    (found,) = crossings([*to_line(200), ("stand", 40), ("turn",), LEAVE], start_km=40, jitter_m=8)
    assert (found.state, found.line_at, found.entry_s) == ("turned_back", None, None)
    assert found.exit_s == pytest.approx(2400, abs=120)


def test_a_coach_sent_back_behind_the_line_has_turned_back():
    way = [*to_line(300), ("stand", 20), km(0.7, 20), ("stand", 15), ("turn",), LEAVE]
    (found,) = crossings(way, start_km=40, jitter_m=8)
    assert (found.exit_post, found.entry_post, found.state) == ("TG-one", "BJ-one", "turned_back")
    assert found.entry_s == pytest.approx(900, abs=90)


def test_one_that_comes_back_later_has_crossed_twice():
    way = [*to_line(300), ("stand", 20), km(20), ("stand", 60), ("turn",), km(19.3), ("stand", 10), LEAVE]
    there, back = crossings(way, start_km=40, jitter_m=8)
    assert (there.exit_post, there.state, back.exit_post, back.state) == ("TG-one", "crossed", "BJ-one", "crossed")


def test_a_coach_that_parks_in_the_town_behind_the_border_has_crossed_half_an_hour_later():
    way = [*to_line(300), ("stand", 20), km(0.5, 20), ("stand", 10), km(2.5), ("stand", 45)]
    (found,) = crossings(way, start_km=40, jitter_m=8)
    assert minutes(found.entry_left_at, found.settled_at) == pytest.approx(32, abs=4)


def test_a_coach_that_turns_round_in_the_town_before_the_border_tells_nothing():
    assert crossings([*to_line(2500), ("stand", 60), ("turn",), LEAVE], start_km=40, jitter_m=8) == []


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 40), st.sampled_from([10.0, 30.0]))
def test_jitter_on_the_line_is_one_crossing(seed, metres_before, every_s):
    way = [*to_line(metres_before, start_km=60), ("stand", 90), LEAVE]
    (found,) = crossings(way, start_km=60, jitter_m=25, seed=seed, every_s=every_s)
    assert found.state == "crossed"
    total = [found.unsplit_s, found.exit_s, found.entry_s]
    assert sum(s for s in total if s is not None) == pytest.approx(5400, abs=240)


def test_where_all_stand_on_the_line_nothing_tells_the_sides_apart():
    (found,) = crossings([*to_line(10), ("stand", 40), LEAVE], start_km=40, jitter_m=5)
    assert (found.exit_s, found.entry_s) == (None, None)
    assert found.unsplit_s == pytest.approx(2400, abs=120)


def test_at_a_joint_post_exit_may_follow_the_line_so_the_whole_is_unsplit():
    way = [*to_line(300), ("stand", 10), km(0.6, 20), ("stand", 40), LEAVE]
    (found,) = crossings(way, with_posts(straight_world(), is_joint=True), start_km=40, jitter_m=5)
    assert (found.exit_s, found.entry_s, found.exit_arrived_at) == (None, None, None)
    assert found.unsplit_s == pytest.approx(52 * 60, abs=180)


def test_driven_through_is_not_zero_dwell():
    (found,) = crossings([km(60)], start_km=40)
    assert (found.basis, found.exit_s, found.entry_s, found.unsplit_s) == ("fences", None, None, None)
    assert minutes(START, found.line_at) == pytest.approx(FIRST - 40, abs=1)


@pytest.mark.parametrize(("minutes_silent", "basis"), [(40, "gap"), (15, "line")])
def test_a_border_leapt_in_a_silence(minutes_silent, basis):
    start = FIRST - minutes_silent / 2 - 15
    way = [km(15), ("silence", minutes_silent, 60), km(30)]
    (found,) = crossings(way, start_km=start)
    assert (found.state, found.basis, found.exit_s, found.entry_s) == ("crossed", basis, None, None)
    assert (found.line_at is None) == (basis == "gap")
    assert found.started_at < found.ended_at <= found.settled_at or basis == "line"


def test_a_stand_that_ends_in_a_silence_has_no_dwell():
    way = [*to_line(200), ("stand", 30), ("silence", 60, 20), km(20)]
    (found,) = crossings(way, start_km=40)
    assert found.basis == "gap"
    assert found.exit_arrived_at is not None
    assert (found.exit_left_at, found.exit_s, found.line_at) == (None, None, None)


def test_two_borders_in_one_silence_come_in_order():
    way = [km(20), ("silence", 150, 60), km(30)]
    one, two = crossings(way, run=same_however_cut, start_km=FIRST - 35, every_s=60)
    assert [one.exit_post, two.exit_post] == ["TG-one", "BJ-two"]
    assert one.basis == two.basis == "gap"


def test_one_spike_across_the_line_is_no_passing():
    fixes = make_fixes([*to_line(300), ("stand", 60), ("turn",), LEAVE], start_km=40)
    across = np.array(fixes.longitudes)
    across[60] += 0.012
    run = same_however_cut([Location(), Halts(), Crossings()], replace(fixes, longitudes=across), straight_world())
    (found,) = [fact for fact in run.settled if isinstance(fact, BorderCrossing)]
    assert (found.state, found.line_at) == ("turned_back", None)


def test_under_way_tells_what_is_known_so_far():
    queue = [*to_line(2000), ("creep", 1000, 40)]
    (found,) = under_way(queue, start_km=40, every_s=20)
    assert (found.state, found.exit_s, found.line_at, found.ended_at) == ("under_way", None, None, None)
    (found,) = under_way([*to_line(300), ("stand", 20), km(0.6, 20), ("stand", 10)], start_km=40, every_s=20)
    assert found.exit_s == pytest.approx(1200, abs=90)
    assert found.line_at is not None
    assert found.entry_arrived_at is not None
    assert found.entry_s is None
    assert under_way([km(20)], start_km=40) == []


def test_late_fixes_make_the_crossing_late():
    way = [*to_line(300), ("stand", 20), km(0.6, 20), ("stand", 10), LEAVE]
    (found,) = crossings(way, start_km=40, sent_after_s=900)
    assert found.late
    (found,) = crossings(way, start_km=40)
    assert not found.late


def test_a_post_without_a_known_counterpart_has_only_its_own_dwell():
    world = straight_world()
    road = world.geography.corridors["LOM-LAG"]
    stones = tuple(replace(m, entry_place="TG-one") if m.exit_place == "TG-one" else m for m in road.milestones)
    lonely = replace(world.geography, corridors={"LOM-LAG": replace(road, milestones=stones)})
    way = [*to_line(300), ("stand", 30), km(0.6, 20), ("stand", 20), LEAVE]
    (found,) = crossings(way, World("COACH-1", lonely), start_km=40)
    assert (found.exit_post, found.entry_post, found.entry_s) == ("TG-one", "TG-one", None)
    assert found.exit_s == pytest.approx(1800, abs=90)


TO_STATION = [*to_line(300), ("stand", 30), km(0.6, 20), ("stand", 20)]


@pytest.mark.parametrize(("last", "state"), [([], "under_way"), ([km(3.5)], "crossed")])
def test_a_coach_heard_no_more_behind_the_line_has_crossed_once_it_left_the_fences(last, state):
    (found,) = under_way([*TO_STATION, *last], start_km=40)
    assert (found.state, found.exit_post, found.ended_at, found.settled_at) == (state, "TG-one", None, None)


def arriving(after_minutes):
    """The world of the straight road in which the coach's trip is declared to have arrived so long after the start."""
    ends_at = START + timedelta(minutes=after_minutes)
    return straight_world(DeclaredTrip("T1", "LOM-LAG", START, ends_at=ends_at))


def test_a_trip_that_the_operator_says_has_arrived_has_crossed_though_nothing_more_is_heard():
    (found,) = under_way(TO_STATION, arriving(200), start_km=40)
    assert (found.state, found.ended_at) == ("crossed", None)
    (found,) = under_way([*to_line(300), ("stand", 30)], arriving(200), start_km=40)
    assert found.state == "under_way"  # it has not passed, whatever the operator says


def test_a_crossing_settles_with_the_first_fix_away_from_the_fences_after_the_trip_arrived():
    way = [*TO_STATION, km(3.5), ("stand", 10)]  # not half an hour away from the fences yet
    assert [fact.state for fact in under_way(way, start_km=40)] == ["crossed"]
    (found,) = crossings(way, arriving(90), run=same_however_cut, start_km=40)
    assert (found.state, found.entry_s) == ("crossed", pytest.approx(1200, abs=90))
    assert found.settled_at >= START + timedelta(minutes=90)


def test_on_the_shipped_road_to_lome_which_ends_at_the_border_the_crossing_is_told():
    corridor = shipped().corridors["ACC-LFW"]
    coach = drive_coach(shipped_road(corridor), seed=3)
    trip = DeclaredTrip("T1", "ACC-LFW", moment(float(coach.fixes.at_s[0])))
    run = same_however_cut(STEPS, coach.fixes, World("COACH-1", shipped(), (trip,)))
    found = [fact for fact in (*run.settled, *run.under_way) if isinstance(fact, BorderCrossing)]
    assert [(c.exit_post, c.entry_post, c.state) for c in found] == [("GH-aflao", "TG-kodjoviakope", "crossed")]
    assert abs(found[0].line_at.timestamp() - coach.crossings[0].line_s) <= 60


def test_nothing_is_claimed_of_a_silence_of_days():
    assert crossings([km(15), ("silence", 60 * 26, 1.5), km(20)], start_km=FIRST - 35) == []


def test_a_site_exists_once_however_many_corridors_pass_it():
    assert [site.posts for site in sites(straight_world().geography)] == [("TG-one", "BJ-one"), ("BJ-two", "NG-two")]


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.sampled_from([("stand", 12), ("creep", 500, 25), ("turn",), km(0.5, 20), km(3), ("silence", 30, 15), km(9)]),
        min_size=1,
        max_size=7,
    ),
    st.integers(0, 100),
)
def test_however_the_fixes_are_cut_and_wherever_it_wanders_the_sides_chain(picture, seed):
    way = [*to_line(1000, start_km=60), *picture, km(15)]
    found = crossings(way, run=same_however_cut, start_km=60, jitter_m=15, seed=seed, every_s=60)
    here = [f for f in found if {f.exit_post, f.entry_post} == {"TG-one", "BJ-one"}]
    side = "TG-one"
    for fact in sorted(here, key=lambda f: f.settled_at):
        assert fact.exit_post == side
        side = fact.entry_post if fact.state == "crossed" else side
        assert fact.started_at <= fact.ended_at <= fact.settled_at
