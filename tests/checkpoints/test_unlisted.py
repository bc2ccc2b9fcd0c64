"""Unlisted checkpoints as short weeks on one road that a reader can picture."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checkpoints.section_traffic import DAY, HOUR, MONDAY_S, SECTION, Road

BARRIER_KM = 62.0
COACHES = [(f"bus{n}", f"op{n % 4}") for n in range(12)]


def week(road, halts_of, days=7, per_day=8, seed=1, alone_minutes=(8, 30)):
    """Drive coaches through for days, in both directions; `halts_of(hour of the week, rising, chance)` says where one halts.
    Three in ten rest somewhere alone."""
    chance = random.Random(seed)
    for number in range(days * per_day):
        hour = number * 24 / per_day
        coach, operator = COACHES[chance.randrange(len(COACHES))]
        rising = bool(chance.getrandbits(1))
        lonely = (
            [(chance.uniform(5, road.section.length_km - 5), chance.uniform(*alone_minutes))]
            if chance.random() < 0.3
            else []
        )
        road.drive(MONDAY_S + hour * HOUR, lonely + halts_of(hour, rising, chance), coach, operator, rising)
    return road


def at_barrier(share, minutes=(2, 8), km=BARRIER_KM, when=lambda hour, rising: True):
    def halts(hour, rising, chance):
        standing = chance.random() < share and when(hour, rising)
        return [(km + chance.uniform(-0.02, 0.02), chance.uniform(*minutes))] if standing else []

    return halts


def test_a_barrier_is_found_at_its_place_with_its_coaches_and_what_speaks_for_it():
    (finding,) = week(Road(), at_barrier(0.6)).look().findings
    assert finding.kind == "unlisted_checkpoint"
    assert abs(finding.section_km - BARRIER_KM) < 0.1
    assert finding.confidence > 0.9
    assert finding.counts["halts"] == len([e for e in finding.evidence if e.kind == "halt"])
    assert finding.counts["operators"] >= 2
    assert {"halts_many", "base_rate", "short_halts", "concentrated"} <= {ground.code for ground in finding.grounds}


def test_where_no_register_is_known_it_is_a_control_en_route_and_never_unlisted():
    (finding,) = week(Road(known=False), at_barrier(0.6)).look().findings
    assert finding.kind == "en_route_control"
    assert "no_register" in {ground.code for ground in finding.grounds}


def test_the_road_alone_gives_no_finding():
    for seed in range(5):
        assert week(Road(), lambda *_: [], seed=seed).look().findings == ()


def test_an_authorised_place_is_left_alone_and_counted():
    looked = week(Road(listed_km=(BARRIER_KM,)), at_barrier(0.8)).look()
    assert looked.findings == ()
    assert looked.left_out["authorised_place"] > 20


@pytest.mark.parametrize("away_km", [0.4, 0.5, 0.8, -0.45])
def test_a_barrier_beside_a_popular_restaurant_is_found_and_the_restaurant_is_not(away_km):
    def halts(hour, rising, chance):
        found = [(BARRIER_KM + chance.uniform(-0.03, 0.03), chance.uniform(12, 40))] if chance.random() < 0.5 else []
        return found + at_barrier(0.5, km=BARRIER_KM + away_km)(hour, rising, chance)

    (finding,) = week(Road(), halts, per_day=16).look().findings
    assert abs(finding.section_km - BARRIER_KM - away_km) < 0.1


def test_a_popular_restaurant_is_a_hotspot_but_no_finding():
    looked = week(Road(), at_barrier(0.7, (6, 35))).look()
    assert looked.findings == ()
    ((_, judgement),) = [one for one in looked.spots if abs(one[0].km - BARRIER_KM) < 0.3]
    assert judgement.confidence < 0.5
    assert "like_rest_place" in {ground.code for ground in judgement.grounds}


def test_a_jam_is_no_barrier():
    def jammed(hour, rising, chance):
        if not 6 <= hour % 24 <= 10:
            return []
        return [(BARRIER_KM + chance.uniform(-3, 3), chance.uniform(1.6, 6)) for _ in range(4)]

    assert week(Road(), jammed, per_day=24).look().findings == ()


def test_one_company_s_own_stop_is_no_barrier_while_others_drive_by():
    def own(hour, rising, chance):
        return []

    road = week(Road(), own)
    for number in range(14):
        road.drive(MONDAY_S + number * 11 * HOUR, [(BARRIER_KM, 5.0)], f"own{number % 5}", "op0")
    assert road.look().findings == ()


def test_a_barrier_of_two_days_and_one_of_the_night_are_found_with_their_times():
    road = week(Road(), at_barrier(0.9, when=lambda hour, rising: 48 <= hour < 96))
    (finding,) = road.look().findings
    assert MONDAY_S + 2 * DAY <= finding.started_at.timestamp() < finding.ended_at.timestamp() <= MONDAY_S + 4.3 * DAY
    night = week(
        Road(), at_barrier(0.9, when=lambda hour, rising: hour % 24 >= 20 or hour % 24 < 4), days=14, per_day=16
    )
    (finding,) = night.look().findings
    assert finding.hours is not None
    start, end = finding.hours
    assert start >= 18
    assert end <= 8


def test_a_barrier_for_one_direction_says_which():
    (finding,) = week(Road(), at_barrier(0.9, when=lambda hour, rising: rising), days=10).look().findings
    assert finding.direction in ("up", "down")


def test_barriers_three_kilometres_apart_are_two():
    def both(hour, rising, chance):
        return at_barrier(0.5)(hour, rising, chance) + at_barrier(0.5, km=BARRIER_KM + 3)(hour, rising, chance)

    found = week(Road(), both).look().findings
    assert [round(finding.section_km) for finding in found] == [62, 65]


def test_three_coaches_in_a_day_are_not_enough_but_a_report_strengthens_what_is():
    few = Road()
    for number, (coach, operator) in enumerate(COACHES[:2]):
        few.drive(MONDAY_S + number * HOUR, [(BARRIER_KM, 5.0)], coach, operator)
    assert few.look().findings == ()
    silent, telling = Road(), Road()
    for road in (silent, telling):
        week(road, at_barrier(0.4, (4, 16)))
        for number in range(3):
            times = road.drive(MONDAY_S + number * 20 * HOUR, [(BARRIER_KM, 7.0)], "teller", "sti")
            if road is telling:
                road.tell(times[0][0] + 60, "teller")
    odds = [max(judgement.odds for _, judgement in road.look().spots) for road in (silent, telling)]
    assert odds[1] > odds[0] + 2
    (finding,) = telling.look().findings
    assert finding.agency == "police"
    assert [e.ref for e in finding.evidence if e.kind == "control"] == ["1", "2", "3"]


def test_what_a_crew_says_was_a_breakdown_is_one():
    road = week(Road(), lambda *_: [])
    for number in range(6):
        times = road.drive(MONDAY_S + number * 20 * HOUR, [(BARRIER_KM, 5.0)], f"lame{number}", f"op{number % 3}")
        road.tell(times[0][0], f"lame{number}", kind="breakdown")
    looked = road.look()
    assert looked.findings == ()
    assert looked.left_out["reported_breakdown"] == 6


def test_a_coach_that_was_silent_there_is_not_counted_as_driving_by():
    def passes(road):
        return max(len(spot.drives) for spot, _ in road.look().spots)

    heard, silent = (week(Road(), at_barrier(1.0)) for _ in range(2))
    for number in range(10):
        start = MONDAY_S + (3 + number * 15) * HOUR
        for road in (heard, silent):
            road.drive(start, [], f"mute{number}", "op1")
        silent.silence(start + 0.5 * HOUR, start + 1.5 * HOUR, f"mute{number}", "op1")
    assert passes(heard) - passes(silent) >= 8


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_in_which_facts_come_changes_nothing(chance):
    road = week(Road(), at_barrier(0.6), days=4)
    before = road.look().findings
    chance.shuffle(road.sightings)
    assert road.look().findings == before


@settings(max_examples=15, deadline=None)
@given(st.floats(5, SECTION.length_km - 5), st.integers(0, 1000))
def test_a_barrier_is_found_wherever_it_stands(km, seed):
    (finding,) = week(Road(), at_barrier(0.8, km=km), seed=seed).look().findings
    assert abs(finding.section_km - km) < 0.2
