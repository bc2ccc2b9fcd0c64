"""Trying to make the system accuse: an authorised post, a restaurant, a jam, a border's queue; and input that is bad."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints.explanations import Told
from tests.checkpoints.section_traffic import DAY, GEOGRAPHY, HOUR, MONDAY_S, SECTION, SPEED_KMH, Road
from tests.checkpoints.test_unlisted import BARRIER_KM, COACHES, at_barrier, week
from tracker.facts import Halt

BORDER = GEOGRAPHY.sections["GH-elubo--takoradi"]
SEEDS = (1, 2, 3, 4)


def near(km, reach=0.02):
    return lambda chance: km + chance.uniform(-reach, reach)


def halting(share, minutes, where, when=lambda hour: True):
    def halts(hour, rising, chance):
        return [(where(chance), chance.uniform(*minutes))] if when(hour) and chance.random() < share else []

    return halts


# -- an authorised post ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_an_authorised_post_whose_coaches_queue_in_front_of_it(seed):
    road = Road(listed_km=(BARRIER_KM,))
    looked = week(road, halting(0.9, (1.6, 9), near(BARRIER_KM, 0.45)), seed=seed, per_day=16).look()
    assert looked.findings == ()
    assert looked.left_out["authorised_place"] > 80


def test_an_authorised_post_that_crews_report_and_pay_at():
    road = week(Road(listed_km=(BARRIER_KM,)), lambda *_: [])
    for number in range(12):
        ((start, _),) = road.drive(MONDAY_S + number * 13 * HOUR, [(BARRIER_KM, 4)], *COACHES[number])
        road.tell(start + 60, COACHES[number][0])
    assert road.look().findings == ()


# -- a popular restaurant -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("minutes", [(6, 35), (10, 25), (12, 45)])
def test_a_restaurant_whatever_its_pace(seed, minutes):
    assert week(Road(), halting(0.6, minutes, near(BARRIER_KM)), seed=seed, per_day=16).look().findings == ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("alone_minutes", [(2, 8), (3, 20)])
def test_a_restaurant_on_a_road_where_coaches_that_are_alone_rest_for_minutes_only(seed, alone_minutes):
    lunch = halting(0.4, (10, 40), near(BARRIER_KM))
    assert week(Road(), lunch, seed=seed, per_day=16, alone_minutes=alone_minutes).look().findings == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_middle_of_a_town_where_passengers_get_off(seed):
    looked = week(Road(), halting(0.6, (2, 9), near(0.6)), seed=seed, per_day=16).look()
    assert looked.findings == ()
    assert looked.left_out["town_centre"] > 40


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restaurant_for_dinner_only_and_one_that_opened_on_thursday(seed):
    dinner = halting(0.8, (14, 40), near(BARRIER_KM), lambda hour: 18 <= hour % 24 < 22)
    opened = halting(0.7, (14, 40), near(BARRIER_KM), lambda hour: hour > 96)
    for halts in (dinner, opened):
        assert week(Road(), halts, seed=seed, per_day=16).look().findings == ()


# -- a traffic jam --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_jam_on_the_whole_way_through_a_town(seed):
    def jammed(hour, rising, chance):
        if not 6 <= hour % 24 <= 10:
            return []
        return [(chance.uniform(60, 64), chance.uniform(1.6, 6)) for _ in range(chance.randrange(1, 5))]

    assert week(Road(), jammed, per_day=24, seed=seed).look().findings == ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("end", ["head", "tail"])
def test_the_ends_of_a_jam_where_coaches_stand_longest(seed, end):
    """From 7 to 19 o'clock coaches creep through 2 km before a junction, and most stand at it for two minutes and more; or
    they stand where they meet the jam, and creep on."""
    jam_km = (BARRIER_KM - 2, BARRIER_KM) if end == "head" else (BARRIER_KM, BARRIER_KM + 2)
    chance, road = random.Random(seed), Road()
    for number in range(110):
        coach, operator = COACHES[chance.randrange(len(COACHES))]
        is_jammed = 7 <= number * 1.6 % 24 < 19 and chance.random() < 0.8
        halts = [(BARRIER_KM + chance.uniform(-0.02, 0.02), chance.uniform(1.6, 5))] if is_jammed else []

        def kmh(km, is_jammed=is_jammed):
            return 8.0 if is_jammed and jam_km[0] < km < jam_km[1] else SPEED_KMH

        road.drive(MONDAY_S + number * 1.6 * HOUR, halts, coach, operator, every_s=30.0, kmh=kmh)
    assert road.look().findings == ()


def road_of_halts(seed, creep_kmh):
    """Coaches that stand some of the time at four crossings of a town, and between them drive so fast."""
    chance, road = random.Random(seed), Road()
    for number in range(110):
        coach, operator = COACHES[number % len(COACHES)]
        is_jammed = 7 <= number * 1.6 % 24 < 19 and chance.random() < 0.5
        stood = [km for km in (59.0, 59.8, 60.6, 61.4) if chance.random() < 0.5] if is_jammed else []
        halts = [(km + chance.uniform(-0.06, 0.06), chance.uniform(1.6, 5)) for km in stood]

        def kmh(km, is_jammed=is_jammed):
            return creep_kmh if is_jammed and 57 < km < 63 else SPEED_KMH

        road.drive(MONDAY_S + number * 1.6 * HOUR, halts, coach, operator, every_s=30.0, kmh=kmh)
    return road.look().findings


@pytest.mark.parametrize("seed", SEEDS)
def test_a_long_jam_that_is_worst_at_its_crossings(seed):
    """Who creeps stands for as short a time as at a control, and where others stood: that tells nothing."""
    assert road_of_halts(seed, 9.0) == ()
    assert road_of_halts(seed, SPEED_KMH) != ()  # who comes and goes freely is held there


# -- a road that goes out and back ----------------------------------------------------------------------------------------


def test_the_end_of_a_spur_where_coaches_turn_between_two_fixes():
    """The fix at its end was taken for misplaced, and what is left are two at one place, two minutes apart."""
    road = Road()
    for number in range(8):
        road.drive(MONDAY_S + number * 15 * HOUR, [(BARRIER_KM, 2.0)], *COACHES[number], every_s=60.0)
    assert len(road.look().findings) == 1
    road.sightings = [
        one._replace(fact=replace(one.fact, fixes=2)) if isinstance(one.fact, Halt) else one for one in road.sightings
    ]
    looked = road.look()
    assert (looked.findings, looked.left_out["scarcely_seen"]) == ((), 8)


# -- a border's queue -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_queue_before_a_border_that_reaches_beyond_its_fence(seed):
    end_km = 0.0 if BORDER.start == "GH-elubo" else BORDER.length_km
    chance, road = random.Random(seed), Road(section=BORDER)
    for number in range(90):
        coach, operator = COACHES[chance.randrange(len(COACHES))]
        long_km = chance.choice((0.0, 0.3, 0.8, 1.6))
        queue = [
            (abs(end_km - chance.uniform(0.05, 0.05 + long_km)), chance.uniform(3, 25)) for _ in range(int(long_km * 3))
        ]
        road.drive(MONDAY_S + number * 2 * HOUR, queue, coach, operator, bool(chance.getrandbits(1)))
    assert road.look().findings == ()


# -- bad input ------------------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(1, SECTION.length_km - 1), st.floats(1.6, 40)), max_size=3), st.integers(0, 99))
def test_a_day_with_three_coaches_says_nothing_unless_all_three_stood_at_one_place(halts, seed):
    chance, road = random.Random(seed), Road()
    for number, (coach, operator) in enumerate(COACHES[:3]):
        road.drive(MONDAY_S + number * 5 * HOUR, [halts[number]] if number < len(halts) else [], coach, operator)
    for _ in range(chance.randrange(3)):
        road.tell(MONDAY_S + chance.uniform(0, DAY), COACHES[chance.randrange(3)][0])
    kms = [km for km, _ in halts]
    if len(kms) < 3 or max(kms) - min(kms) > 0.6:
        assert road.look().findings == ()


def test_devices_that_stand_still_for_a_week_are_no_control():
    road = week(Road(), lambda *_: [])
    for number in range(4):
        road.drive(MONDAY_S + number * HOUR, [(BARRIER_KM, 7 * 24 * 60)], f"left{number}", f"op{number}")
    assert road.look().findings == ()


def test_a_report_without_place_or_end_strengthens_only_the_halt_it_was_made_at():
    road = week(Road(), lambda *_: [])
    for number in range(9):
        road.drive(MONDAY_S + number * 15 * HOUR, [], f"teller{number}", f"op{number % 3}")
        road.tell(MONDAY_S + (number * 15 + 1.1) * HOUR, f"teller{number}")
    looked = road.look()
    assert looked.findings == ()


def test_an_agency_that_the_country_does_not_have_is_not_named_and_counted():
    road = week(Road(), at_barrier(0.6))
    for number in range(3):
        ((start, _),) = road.drive(MONDAY_S + (3 + 20 * number) * HOUR, [(BARRIER_KM, 4)], *COACHES[number])
        road.tell(start + 60, COACHES[number][0], agency="gendarmerie")  # Ghana has none
    looked = road.look()
    (finding,) = looked.findings
    assert (finding.agency, finding.counts["reports"]) == (None, 3)
    assert looked.left_out["agency_not_in_country"] == 3


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 500))
def test_reports_alone_never_make_a_place_however_many(seed):
    chance, road = random.Random(seed), week(Road(), lambda *_: [], seed=seed)
    latitude, longitude = SECTION.line.point_at(BARRIER_KM)
    told = Told(1, "bus0", "op0", "control", MONDAY_S, "police", latitude, longitude)
    for number in range(30):
        coach, operator = COACHES[number % len(COACHES)]
        at_s = MONDAY_S + chance.uniform(0, 7 * DAY)
        road.told.append(replace(told, seq=number + 1, vehicle_id=coach, operator_id=operator, at_s=at_s))
    assert road.look().findings == ()
