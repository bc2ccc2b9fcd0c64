"""The pace of passes: stretches of a straight road, driven, stood on and unseen."""

from itertools import pairwise

import pytest

from tests.tracker.drives import make_fixes, same_however_cut, straight_world
from tracker.facts import STRETCH_KM, UNSEEN_S, SectionPace, SectionPass
from tracker.halts import Halts
from tracker.location import Location
from tracker.paces import Paces
from tracker.passes import Passes
from tracker.plausibility import Plausibility

STEPS = [Plausibility(), Location(), Halts(), Passes(), Paces()]
ROAD = straight_world().corridors[0].passages[0]
DRIVEN_S = STRETCH_KM / 60 * 3600  # at 60 km/h


def stretch_at(km):
    return int(ROAD.on_section(km) / STRETCH_KM)


def seconds(fact):
    """How long each stretch took."""
    cuts = fact.cuts_s
    return [UNSEEN_S if UNSEEN_S in pair else abs(pair[1] - pair[0]) for pair in pairwise(cuts)]


def paces(picture, **how):
    drive = same_however_cut(STEPS, make_fixes(picture, jitter_m=5, **how), straight_world(), seeds=2)
    found = [fact for fact in drive.settled if isinstance(fact, SectionPace)]
    passes = [fact for fact in drive.settled if isinstance(fact, SectionPass)]
    assert [(f.section_id, f.started_at) for f in found] == [(f.section_id, f.started_at) for f in passes]
    return found


@pytest.mark.parametrize("every_s", [10, 30, 60])
def test_a_stop_of_twenty_seconds_shows_where_it_was(every_s):
    driven, *_ = paces([("drive", 60, 40.2), ("stand", 1 / 3), ("drive", 60, 130)], every_s=every_s)
    first = seconds(driven)
    assert driven.every_s == every_s
    at = stretch_at(40.2)
    smeared = max(1, round(every_s / 60 / STRETCH_KM))
    near = first[at - smeared : at + smeared + 1]
    assert sum(near) - len(near) * DRIVEN_S == pytest.approx(20, abs=6)
    elsewhere = [s for s in (*first[30 : at - smeared], *first[at + smeared + 1 : 240]) if s != UNSEEN_S]
    assert len(elsewhere) > 150
    assert sum(elsewhere) / len(elsewhere) == pytest.approx(DRIVEN_S, rel=0.03)


def test_both_directions_speak_of_the_section_s_own_stretches():
    there = [("drive", 60, 40.2), ("stand", 1), ("drive", 60, 60)]
    up, *_ = paces([*there, ("stand", 30)], every_s=10)
    back = paces(
        [("drive", 60, 100), ("stand", 30), ("turn",), ("drive", 60, 59.8), ("stand", 1), ("drive", 60, 40)], every_s=10
    )
    down = next(fact for fact in back if fact.section_id == up.section_id and fact.direction != up.direction)
    at = stretch_at(40.2)
    assert [max(range(60, 200), key=seconds(fact).__getitem__) for fact in (up, down)] == [at, at]


def test_what_was_not_seen_is_not_known_and_a_fix_in_two_minutes_shows_nothing():
    (first, *_) = paces([("drive", 60, 20), ("silence", 10, 60), ("drive", 60, 120)], every_s=10)
    assert {seconds(first)[stretch_at(km)] for km in range(21, 29)} == {UNSEEN_S}
    coarse = same_however_cut(STEPS, make_fixes([("drive", 60, 150)], every_s=120), straight_world())
    assert {type(fact) for fact in coarse.settled} == {SectionPass}


def test_a_coach_that_turns_at_the_end_of_a_section_has_a_pace_both_ways():
    down, up, *_ = paces(
        [("turn",), ("drive", 60, 98), ("stand", 30), ("turn",), ("drive", 60, 120)], every_s=30, start_km=100
    )
    low, high = sorted((stretch_at(15), stretch_at(65)))
    for fact in (down, up):
        assert seconds(fact)[low:high] == pytest.approx([DRIVEN_S] * (high - low), abs=3)


def test_a_coach_that_goes_back_for_something_has_passed_each_place_when_it_first_came():
    (driven, *_) = paces(
        [("drive", 60, 40), ("stand", 3), ("turn",), ("drive", 60, 4), ("turn",), ("drive", 60, 100)], every_s=10
    )
    took = dict(enumerate(seconds(driven)))
    slow = {n for n, s in took.items() if s != UNSEEN_S and s > 2 * DRIVEN_S}
    assert slow <= {stretch_at(40) - 1, stretch_at(40), stretch_at(40) + 1}
    assert len([s for s in took.values() if s != UNSEEN_S]) > 150
