"""Payments in passing: coaches lose some seconds at one place, others drive by; what the road does is none."""

import random

import pytest

from tests.checkpoints.section_traffic import HOUR, MONDAY_S, SECTION, SPEED_KMH, Road
from tests.checkpoints.test_unlisted import COACHES

PLACE_KM = 62.1


def fortnight(lost, every_s=10.0, kmh=lambda km: SPEED_KMH, known=True, seed=1, listed=()):
    """Ten coaches a day for nine days, in both directions, each a little faster or slower; `lost(chance)` are its losses."""
    chance, road = random.Random(seed), Road(known=known, listed_km=listed)
    for number in range(90):
        coach, operator = COACHES[chance.randrange(len(COACHES))]
        own, tremble = chance.uniform(0.92, 1.08), random.Random(number)

        def speed(km, own=own, tremble=tremble):
            return kmh(km) * own * tremble.uniform(0.95, 1.05)

        road.drive(
            MONDAY_S + number * 2.4 * HOUR, (), coach, operator, bool(chance.getrandbits(1)), slow=lost(chance),
            every_s=every_s, kmh=speed,
        )  # fmt: skip
    return road


def paying(share, seconds=(10, 40), km=PLACE_KM):
    def lost(chance):
        return [(km, chance.triangular(*seconds))] if chance.random() < share else []

    return lost


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_payments_of_ten_to_forty_seconds_are_found_and_not_called_sure(seed):
    (finding,) = fortnight(paying(0.6), seed=seed).look().findings
    assert abs(finding.section_km - PLACE_KM) < 0.3
    assert 0.5 <= finding.confidence < 0.9
    assert {"slow_many", "slow_passes", "others_drive_freely"} <= {ground.code for ground in finding.grounds}
    assert {piece.kind for piece in finding.evidence} == {"slow_pass"}


def test_a_bad_spot_at_which_every_coach_is_slow_is_the_road():
    assert fortnight(paying(1.0, (15, 25))).look().findings == ()


def test_a_town_on_the_way_is_the_road_at_its_edges_and_in_its_middle():
    for length_km in (0.5, 1.2, 2.5, 6):
        town = fortnight(lambda chance: [], kmh=lambda km, to=60 + length_km: 25.0 if 60 < km < to else 70.0)
        assert town.look().findings == ()


def test_a_road_on_which_coaches_lose_some_seconds_anywhere_has_no_place():
    for seed in range(5):
        road = fortnight(lambda chance: [(chance.uniform(5, SECTION.length_km - 5), 20) for _ in range(4)], seed=seed)
        assert road.look().findings == ()


def test_a_listed_place_and_a_town_s_streets_are_left_alone_and_counted():
    looked = fortnight(paying(0.6), listed=(PLACE_KM,)).look()
    assert (looked.findings, looked.left_out["slow_at_authorised_place"] > 30) == ((), True)
    looked = fortnight(paying(0.6, km=2.0)).look()
    assert (looked.findings, looked.left_out["slow_in_town"] > 30) == ((), True)


def test_fixes_a_minute_apart_show_no_payment_and_claim_none():
    assert fortnight(paying(0.6), every_s=60.0).look().findings == ()


def test_where_coaches_halt_their_slowing_down_is_no_second_finding():
    chance, road = random.Random(4), Road()
    for number in range(90):
        coach, operator = COACHES[chance.randrange(len(COACHES))]
        drawn = chance.random()
        halts = [(PLACE_KM + chance.uniform(-0.02, 0.02), chance.uniform(2, 7))] if drawn < 0.4 else []
        slow = [(PLACE_KM, 30)] if 0.4 < drawn < 0.8 else []
        road.drive(MONDAY_S + number * 2.4 * HOUR, halts, coach, operator, slow=slow, every_s=10.0)
    (finding,) = road.look().findings
    assert finding.grounds[0].code == "halts_many"
