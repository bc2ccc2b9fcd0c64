"""Where a coach stood: as short pictures a reader can check by hand."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.drives import START, make_fixes, same_however_cut, straight_world
from tracker.facts import Halt
from tracker.halts import Halts
from tracker.location import Location
from tracker.plausibility import Plausibility

STEPS = [Plausibility(), Location(), Halts()]
WORLD = straight_world()


def halts_of(picture, **how):
    drive = same_however_cut(STEPS, make_fixes(picture, **how), WORLD, seeds=2)
    return [fact for fact in drive.settled if isinstance(fact, Halt)], drive.under_way


def minutes(halt):
    return (halt.ended_at - halt.started_at).total_seconds() / 60


@pytest.mark.parametrize("every_s", [10, 30])
@pytest.mark.parametrize("stand", [1.8, 3, 12])
def test_a_halt_is_found_with_its_length(every_s, stand):
    found, _ = halts_of([("drive", 70, 20), ("stand", stand), ("drive", 70, 20)], every_s=every_s, jitter_m=10)
    assert [minutes(halt) for halt in found] == pytest.approx([stand], abs=1.0)
    assert found[0].km == pytest.approx(70 / 3, abs=0.1)


@pytest.mark.parametrize(("every_s", "stand"), [(60, 3), (120, 6)])
def test_slow_sampling_sees_longer_halts(every_s, stand):
    found, _ = halts_of([("drive", 70, 20), ("stand", stand), ("drive", 70, 20)], every_s=every_s, jitter_m=10)
    assert [minutes(halt) for halt in found] == pytest.approx([stand], abs=every_s / 60)


def test_driving_and_crawling_are_no_halts():
    assert halts_of([("drive", 80, 30), ("drive", 12, 20), ("drive", 5, 10), ("drive", 80, 30)], jitter_m=10) == (
        [],
        [],
    )


def test_stop_and_go_is_no_halt():
    jam = [part for _ in range(15) for part in (("stand", 0.6), ("drive", 20, 0.7))]
    assert halts_of([("drive", 60, 10), *jam, ("drive", 60, 10)], every_s=10, jitter_m=8) == ([], [])


def test_a_border_queue_that_creeps_is_one_halt():
    found, _ = halts_of([("drive", 70, 15), ("creep", 900, 90), ("drive", 70, 15)], jitter_m=10)
    assert len(found) == 1
    assert minutes(found[0]) == pytest.approx(90, abs=4)
    assert found[0].creep_m > 400


def test_a_spike_does_not_cut_a_halt_in_two():
    found, _ = halts_of([("drive", 70, 15), ("stand", 5), ("spike", 130), ("stand", 5), ("drive", 70, 15)], jitter_m=10)
    assert [minutes(halt) for halt in found] == pytest.approx([10], abs=1)


def test_a_silence_in_one_place_is_standing_and_says_how_long_nothing_was_heard():
    found, _ = halts_of(
        [("drive", 70, 15), ("stand", 3), ("silence", 240), ("stand", 3), ("drive", 70, 15)], jitter_m=10
    )
    assert [minutes(halt) for halt in found] == pytest.approx([246], abs=1)
    assert found[0].unheard_s == pytest.approx(240 * 60, abs=60)


def test_a_silence_from_which_it_comes_back_elsewhere_is_no_halt():
    assert halts_of([("drive", 70, 15), ("silence", 60, 70), ("drive", 70, 15)], jitter_m=10)[0] == []


def test_a_halt_that_goes_on_is_under_way():
    found, under_way = halts_of([("drive", 70, 15), ("stand", 8)], jitter_m=10)
    assert found == []
    assert [halt.ended_at for halt in under_way] == [None]
    assert (under_way[0].started_at - START).total_seconds() == pytest.approx(15 * 60, abs=45)


def test_a_week_of_standing_is_one_halt():
    found, under_way = halts_of([("drive", 70, 15), ("stand", 7 * 1440)], jitter_m=12, every_s=120)
    assert found == []
    assert len(under_way) == 1


PARTS = st.sampled_from([
    ("drive", 70, 4), ("drive", 15, 3), ("stand", 1), ("stand", 3), ("stand", 9), ("creep", 200, 15), ("silence", 30),
    ("silence", 20, 50), ("spike", 400), ("turn",),
])  # fmt: skip


@given(st.lists(PARTS, min_size=1, max_size=10), st.sampled_from([10, 30, 60]))
@settings(max_examples=40, deadline=None)
def test_however_the_fixes_are_cut_the_halts_are_the_same_and_in_order(picture, every_s):
    found, _ = halts_of([("drive", 60, 4), *picture, ("drive", 60, 10)], every_s=every_s, jitter_m=8)
    assert all(halt.started_at < halt.ended_at <= halt.settled_at for halt in found)
    assert all(a.ended_at <= b.started_at for a, b in pairwise(found))
