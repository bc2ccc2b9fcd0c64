"""A coach's way as the later steps tell it: kilometres, crossings, passes, trips, connections, silence."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.drives import BORDERS_KM, START, make_fixes, same_however_cut, straight_world
from tracker.crossings import Crossings
from tracker.facts import BorderCrossing, Connection, Gap, SectionPass, TripRun
from tracker.halts import Halts
from tracker.location import Location
from tracker.paces import Paces
from tracker.passes import Passes
from tracker.plausibility import Plausibility
from tracker.silence import Silence
from tracker.steps import DeclaredTrip
from tracker.trips import Trips

STEPS = [Plausibility(), Location(), Halts(), Crossings(), Passes(), Trips(), Silence(), Paces()]
BORDER = BORDERS_KM[0]
# Drives to the first border, queues and stands on the exit side, drives over the line, stands on the entry side.
TO_BORDER = [
    ("stand", 20), ("drive", 80, (BORDER - 0.9) / 80 * 60), ("creep", 500, 20), ("stand", 30), ("drive", 20, 2.7),
    ("stand", 25),
]  # fmt: skip
ON = [("drive", 80, 175)]


def found(kind, picture, world=None, **how):
    drive = same_however_cut(STEPS, make_fixes(picture, jitter_m=10, **how), world or straight_world(), seeds=2)
    return [fact for fact in drive.settled if isinstance(fact, kind)]


def declared(trip_id="T1", minutes=10, **more):
    return DeclaredTrip(trip_id, "LOM-LAG", START + timedelta(minutes=minutes), **more)


def test_a_crossing_has_exit_line_and_entry_with_the_dwell_of_each_side():
    first, second = found(BorderCrossing, TO_BORDER + ON)
    assert (first.exit_post, first.entry_post, first.state, first.basis) == ("TG-one", "BJ-one", "crossed", "fences")
    assert first.exit_s == pytest.approx(50 * 60, abs=180)
    assert first.entry_s == pytest.approx(25 * 60, abs=120)
    assert first.exit_left_at <= first.line_at <= first.entry_arrived_at
    assert (second.exit_post, second.exit_s, second.entry_s) == (
        "BJ-two",
        None,
        None,
    )  # driven through: not seen, not zero


def test_the_way_back_crosses_in_the_other_order():
    back = [("drive", 80, 90), ("stand", 3), ("turn",), ("drive", 80, 90)]
    first, second = found(BorderCrossing, back)
    assert (first.exit_post, second.exit_post, second.entry_post) == ("TG-one", "BJ-one", "TG-one")


def test_a_coach_that_turns_back_at_the_post_has_not_crossed():
    sent_back = [("drive", 80, (BORDER - 0.3) / 80 * 60), ("stand", 40), ("turn",), ("drive", 80, 40)]
    (crossing,) = found(BorderCrossing, sent_back)
    assert (crossing.state, crossing.line_at, crossing.entry_s) == ("turned_back", None, None)


def test_a_border_passed_in_a_silence_says_so():
    (crossing,) = found(BorderCrossing, [("drive", 80, 40), ("silence", 40, 60), ("drive", 80, 40)])
    assert (crossing.basis, crossing.exit_s, crossing.entry_s) == ("gap", None, None)


def test_whole_sections_are_passed_once_and_know_their_halts():
    passes = found(SectionPass, TO_BORDER + ON)
    assert [(p.section_id, p.direction) for p in passes] == [
        ("TG-one--west", "down"), ("BJ-one--middle", "up"), ("BJ-two--middle", "down"), ("NG-two--east", "up"),
    ]  # fmt: skip
    assert passes[0].border_s == pytest.approx(50 * 60, abs=180)
    assert passes[1].border_s == pytest.approx(25 * 60, abs=120)
    assert all(a.ended_at == b.started_at for a, b in pairwise(passes))


def test_a_coach_that_turns_in_mid_section_has_passed_nothing():
    assert found(SectionPass, [("drive", 80, 30), ("turn",), ("drive", 80, 20)]) == []


def test_an_undeclared_trip_is_inferred_and_dated_back_to_when_it_left():
    (trip,) = found(TripRun, TO_BORDER + ON)
    assert (trip.declared, trip.origin, trip.destination, trip.direction, trip.ending) == (
        False, "west", "east", "up", "arrived",
    )  # fmt: skip
    assert (trip.started_at - START).total_seconds() == pytest.approx(20 * 60, abs=90)
    assert trip.border_s == pytest.approx(75 * 60, abs=300)


def test_a_declared_trip_keeps_its_name_and_the_way_back_is_another():
    way = [*TO_BORDER, *ON, ("stand", 180), ("turn",), ("drive", 80, 228), ("stand", 10)]
    there, back = found(TripRun, way, straight_world(declared(origin="west", destination="east")))
    assert (there.trip_id, there.declared, there.ending) == ("T1", True, "arrived")
    assert (back.declared, back.direction, back.origin, back.destination) == (False, "down", "east", "west")


def test_a_trip_declared_twice_is_driven_once():
    world = straight_world(declared("T1", 10, destination="east"), declared("T1", 12, destination="east"))
    assert [trip.trip_id for trip in found(TripRun, TO_BORDER + ON, world)] == ["T1"]


def test_a_coach_lost_for_half_a_day_begins_anew():
    way = [("drive", 80, 40), ("silence", 800), ("drive", 80, 60)]
    (trip,) = found(TripRun, way)
    assert trip.ending == "lost"


def test_town_driving_is_no_trip():
    assert found(TripRun, [("drive", 40, 10), ("stand", 30), ("turn",), ("drive", 40, 10)] * 4) == []


def test_every_pair_of_hubs_on_the_way_is_a_connection():
    pairs = found(Connection, TO_BORDER + ON)
    assert [(p.origin, p.destination) for p in pairs] == [("west", "middle"), ("west", "east"), ("middle", "east")]
    assert pairs[1].border_s == pytest.approx(75 * 60, abs=300)


def test_silence_on_the_road_is_lost_and_a_phone_that_was_offline_is_late():
    way = [("drive", 80, 30), ("silence", 25, 70), ("drive", 80, 30)]
    (lost,) = found(Gap, way)
    assert (lost.kind, lost.from_km, lost.to_km) == ("lost", pytest.approx(40, abs=1), pytest.approx(69.2, abs=1))
    late = found(Gap, [("drive", 80, 30)], sent_after_s=3600)
    assert late == []  # it goes on being late: nothing has ended yet


def test_a_unit_switched_off_for_the_night_says_nothing_of_the_network():
    assert found(Gap, [("drive", 80, 30), ("stand", 5), ("silence", 500), ("stand", 5), ("drive", 80, 30)]) == []


@pytest.mark.parametrize("quality", ["coarse", "imported"])
def test_kilometres_are_those_of_the_road(quality):
    world = straight_world(declared(minutes=0), quality=quality)
    fixes = make_fixes([("drive", 90, 120)], jitter_m=15, offset_m=400)
    leg = same_however_cut([Plausibility(), Location()], fixes, world).leg
    assert leg.kms.tolist() == pytest.approx([i * 0.75 for i in range(len(leg))], abs=0.2)


def test_far_from_every_corridor_there_is_no_kilometre():
    leg = same_however_cut(
        [Plausibility(), Location()], make_fixes([("drive", 60, 30)], offset_m=90_000), straight_world()
    ).leg
    assert set(leg.corridors.tolist()) == {-1}


PARTS = st.sampled_from([
    ("drive", 80, 40), ("drive", 80, 12), ("stand", 4), ("stand", 150), ("creep", 300, 20), ("silence", 50, 60),
    ("silence", 900), ("spike", 700), ("turn",),
])  # fmt: skip


@given(st.lists(PARTS, min_size=2, max_size=9), st.booleans())
@settings(max_examples=40, deadline=None)
def test_however_the_fixes_are_cut_the_whole_way_is_told_the_same(picture, is_declared):
    world = straight_world(declared(destination="east")) if is_declared else straight_world()
    fixes = make_fixes([("drive", 70, 30), *picture, ("drive", 70, 30)], jitter_m=8, every_s=60)
    drive = same_however_cut(STEPS, fixes, world)
    assert all(fact.settled_at >= fact.ended_at >= fact.started_at for fact in drive.settled)
