"""Posts that stand too close together to be told apart are one finding, with how many there are; a jam is none."""

import pytest

from dashboard.evaluation.matching import TrueCheckpoint, match, place_of
from tests.checkpoints.section_traffic import MONDAY_S, Road
from tests.checkpoints.test_unlisted import at_barrier, week
from tracker.facts import moment

POSTS_KM = (60.0, 60.4, 61.1, 61.6, 62.4, 62.9, 63.7)


def at_posts(share, kms=POSTS_KM):
    barriers = [at_barrier(share, km=km) for km in kms]

    def halts(hour, rising, chance):
        return [halt for barrier in barriers for halt in barrier(hour, rising, chance)]

    return halts


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_dense_stretch_is_one_finding_with_the_number_of_its_posts(seed):
    (finding,) = week(Road(), at_posts(0.3), per_day=16, seed=seed).look().findings
    number, low, high = finding.estimate
    assert low <= len(POSTS_KM) <= high
    assert abs(number - len(POSTS_KM)) <= 1
    half = (finding.to_km - finding.from_km) / 2
    assert finding.section_km - half <= min(POSTS_KM)
    assert max(POSTS_KM) <= finding.section_km + half
    assert {"posts_estimated", "places_repeat", "short_halts"} <= {ground.code for ground in finding.grounds}


def test_it_matches_as_many_true_posts_as_it_names():
    (finding,) = week(Road(), at_posts(0.3), per_day=16).look().findings
    start, end = moment(MONDAY_S), moment(MONDAY_S + 8 * 86400)
    shift = finding.km - finding.section_km
    truths = [TrueCheckpoint(n, km + shift, start, end, 9) for n, km in enumerate((*POSTS_KM, 90.0))]
    result = match([place_of(finding, finding.km, (finding.from_km, finding.to_km))], truths)
    assert (result.right, sum(one is not None for one in result.found)) == ((True,), len(POSTS_KM))
    assert result.found[-1] is None


def test_posts_seldom_seen_widen_the_interval():
    few = week(Road(), at_posts(0.12), per_day=12, days=6).look().findings
    stretches = [finding for finding in few if finding.estimate is not None]
    for finding in stretches:
        number, low, high = finding.estimate
        assert low <= number <= high
    often = week(Road(), at_posts(0.5), per_day=16).look().findings[0].estimate
    assert often[1] == often[2] == len(POSTS_KM)


def test_a_jam_as_long_with_as_many_halts_is_no_stretch():
    def jammed(hour, rising, chance):
        return [(chance.uniform(59.5, 64.2), chance.uniform(2, 6)) for _ in range(2)]

    for seed in range(4):
        assert week(Road(), jammed, per_day=16, seed=seed).look().findings == ()


def test_three_places_to_rest_near_each_other_are_no_stretch():
    def resting(hour, rising, chance):
        km = chance.choice((60.0, 60.6, 61.3))
        return [(km + chance.uniform(-0.02, 0.02), chance.uniform(9, 35))] if chance.random() < 0.5 else []

    assert week(Road(), resting, per_day=16).look().findings == ()
