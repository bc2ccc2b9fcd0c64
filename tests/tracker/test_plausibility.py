"""Which fixes are believed: spikes, carried devices, two phones, clocks that were reset."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.drives import bare_world, in_order, make_fixes, merged, same_however_cut
from tracker.facts import RefusedFixes
from tracker.plausibility import Plausibility

STEPS = [Plausibility()]


def judged(fixes):
    drive = same_however_cut(STEPS, fixes, bare_world())
    reasons = Counter(fact.reason for fact in drive.settled if isinstance(fact, RefusedFixes))
    return drive.leg, reasons


def test_a_plain_drive_is_believed_but_for_the_newest_fix_which_waits():
    fixes = make_fixes([("drive", 80, 30)], jitter_m=12)
    leg, reasons = judged(fixes)
    assert len(leg) == len(fixes) - 1
    assert not reasons


@pytest.mark.parametrize("metres", [200, 700, 1300, 30_000])
def test_a_spike_while_standing_is_refused(metres):
    _, reasons = judged(make_fixes([("stand", 10), ("spike", metres), ("stand", 10)]))
    assert sum(reasons.values()) == 1
    assert set(reasons) <= {"spike", "teleport"}


def test_a_device_that_was_carried_is_believed_after_three_fixes():
    leg, reasons = judged(make_fixes([("drive", 60, 10), ("carried", 40_000, 0), ("drive", 60, 10)]))
    assert not reasons
    assert np.ptp(leg.fixes.latitudes) > 0.3


def test_of_a_day_of_fixes_at_one_second_one_is_used():
    fixes = make_fixes([("stand", 60)])
    fixes = in_order(replace(fixes, at_s=np.full(len(fixes), fixes.at_s[0])))
    leg, reasons = judged(fixes)
    assert len(leg) == 0  # it waits for the next
    assert reasons == {"same_time": len(fixes) - 1}


def test_of_two_phones_in_one_coach_one_has_the_word_until_it_is_silent():
    first = make_fixes([("drive", 60, 20)], device="one")
    second = make_fixes([("drive", 60, 60)], device="two", offset_m=40, every_s=31)
    leg, reasons = judged(merged(first, second))
    assert set(leg.fixes.devices.tolist()) == {"one", "two"}
    assert reasons["other_device"] > 30


def test_clocks_that_were_reset_and_vague_fixes_are_refused_with_their_reason():
    fixes = make_fixes([("drive", 60, 10)])
    ahead = replace(fixes.take(slice(0, 1)), at_s=fixes.at_s[:1] + 86_400)
    stale = replace(fixes.take(slice(0, 1)), at_s=fixes.at_s[:1] - 300 * 86_400)
    vague = replace(fixes.take(slice(3, 4)), at_s=fixes.at_s[3:4] + 1, accuracies_m=np.array([900.0]))
    leg, reasons = judged(merged(fixes, ahead, stale, vague))
    assert reasons == {"clock_ahead": 1, "clock_stale": 1, "inaccurate": 1}
    assert len(leg) == len(fixes) - 1


@given(
    st.lists(
        st.sampled_from([("drive", 70, 3), ("stand", 4), ("spike", 900), ("spike", 20_000), ("turn",)]), max_size=12
    )
)
@settings(max_examples=40, deadline=None)
def test_what_is_believed_does_not_depend_on_where_the_fixes_are_cut(picture):
    fixes = make_fixes([("drive", 50, 3), *picture, ("drive", 50, 3)], jitter_m=10)
    leg, reasons = judged(fixes)
    assert len(leg) + sum(reasons.values()) + 1 >= len(fixes) - 2  # nothing vanishes but what is still in doubt
