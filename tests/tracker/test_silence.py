"""Silence as pictures: what is lost, what came late, and what says nothing of the network."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.drives import START, make_fixes, same_however_cut, straight_world
from tracker.facts import Gap
from tracker.location import Location
from tracker.silence import Silence

STEPS = [Location(), Silence()]


def gaps(fixes):
    run = same_however_cut(STEPS, fixes, straight_world())
    return [fact for fact in run.settled if isinstance(fact, Gap)]


def sent_late(fixes, first, end, seconds=3600.0):
    late = np.array(fixes.sent_s)
    late[first:end] += seconds
    return replace(fixes, sent_s=late)


def test_what_was_never_heard_is_lost_with_its_kilometres():
    (found,) = gaps(make_fixes([("drive", 60, 30), ("silence", 20, 60), ("drive", 60, 30)]))
    assert (found.kind, found.corridor_id, found.late) == ("lost", "LOM-LAG", False)
    assert (found.from_km, found.to_km) == (pytest.approx(30, abs=0.6), pytest.approx(50, abs=0.6))
    assert (found.started_at - START).total_seconds() == pytest.approx(1800, abs=30)
    assert (found.ended_at - found.started_at).total_seconds() == pytest.approx(1200, abs=60)
    assert found.settled_at == found.ended_at


def test_ten_minutes_are_not_yet_silence():
    assert gaps(make_fixes([("drive", 60, 30), ("silence", 9, 60), ("drive", 60, 30)])) == []


def test_a_unit_switched_off_where_it_stood_says_nothing():
    assert gaps(make_fixes([("drive", 60, 30), ("stand", 5), ("silence", 600), ("stand", 5), ("drive", 60, 30)])) == []


def test_far_from_every_corridor_nothing_is_told():
    away = [("carried", 300_000, 0), ("drive", 60, 30), ("silence", 30, 60), ("drive", 60, 30)]
    assert gaps(make_fixes(away)) == []


def test_fixes_that_were_kept_on_the_device_are_one_late_stretch():
    (found,) = gaps(sent_late(make_fixes([("drive", 60, 90)]), 40, 100))
    assert (found.kind, found.late, found.corridor_id) == ("late", True, "LOM-LAG")
    assert (found.from_km, found.to_km) == (pytest.approx(20, abs=0.6), pytest.approx(49.5, abs=0.6))
    assert (found.first_seq, found.last_seq) == (41, 100)


def test_a_few_minutes_of_lateness_are_none():
    assert gaps(sent_late(make_fixes([("drive", 60, 60)]), 40, 100, 240)) == []


def test_a_silence_within_a_late_stretch_is_lost_and_parts_it():
    fixes = make_fixes([("drive", 60, 30), ("silence", 20, 60), ("drive", 60, 60)])
    assert [found.kind for found in gaps(sent_late(fixes, 20, 100))] == ["late", "lost", "late"]


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.sampled_from([("drive", 60, 12), ("stand", 15), ("silence", 5, 60), ("silence", 25, 50), ("silence", 30)]),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_lost_time_is_never_told_twice_however_the_fixes_are_cut(picture, first, size):
    fixes = sent_late(make_fixes([("drive", 60, 5), *picture, ("drive", 60, 5)]), first, first + size)
    found = gaps(fixes)
    lost = sorted((f.started_at, f.ended_at) for f in found if f.kind == "lost")
    assert all(one[1] <= other[0] for one, other in pairwise(lost))
    heard = fixes.at_s
    for start, end in lost:
        assert not ((heard > start.timestamp()) & (heard < end.timestamp())).any()
