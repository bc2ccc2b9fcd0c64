"""Crossings from both sides: what positions, crews and logs say of one coach at a border, as one sequence."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.reconciliation import reconcile
from tests.checkpoints.border_stories import EAST, POSTS, WEST, a_post, at, seen, told, wrote
from tracker.places import Hours

ENTRY = {"post": EAST.id, "direction": "entry"}


def crossings(*facts, logged=(), said=(), posts=POSTS):
    named = [(f"fact-{number}", fact) for number, fact in enumerate(facts)]
    return reconcile("BUS", "OP", named, logged, said, posts.get)


def states(crossing):
    return crossing.exit.state, crossing.entry.state


def test_a_coach_that_everybody_saw_alike_is_matched():
    (one,) = crossings(seen(), logged=[wrote(1, "10:02", "10:38"), wrote(2, "10:46", "11:04", **ENTRY)])
    assert states(one) == ("matched", "matched")
    assert (one.exit.difference_s, one.entry.difference_s) == (240.0, 120.0)
    assert (one.vehicle_id, one.operator_id, one.state) == ("BUS", "OP", "crossed")


def test_ninety_five_minutes_that_were_logged_as_twenty_are_disputed_with_the_difference():
    (one,) = crossings(seen(exit=("09:05", "10:40")), logged=[wrote(1, "10:18", "10:38")])
    assert states(one) == ("disputed", "seen_only")
    assert one.exit.reasons == ("dwell_differs",)
    assert one.exit.difference_s == 75 * 60


@pytest.mark.parametrize(("minutes", "state"), [(10, "matched"), (14, "matched"), (15, "disputed"), (35, "disputed")])
def test_a_quarter_of_an_hour_apart_is_a_dispute(minutes, state):
    logged = (at("10:40") - timedelta(minutes=minutes)).strftime("%H:%M")
    (one,) = crossings(seen(), logged=[wrote(1, "10:00", logged)])
    assert one.exit.state == state


def test_of_a_long_wait_a_fifth_may_be_in_doubt():
    (one,) = crossings(seen(exit=("06:00", "10:40")), logged=[wrote(1, "06:50", "10:40")])
    assert one.exit.state == "matched"


def test_each_agency_has_its_own_desk_and_the_side_lasts_from_the_first_to_the_last():
    logged = [wrote(1, "10:00", "10:15"), wrote(2, "10:20", "10:38", agency="customs")]
    (one,) = crossings(seen(), logged=logged)
    assert [(desk.agency, desk.seconds) for desk in one.exit.desks] == [("immigration", 900.0), ("customs", 1080.0)]
    assert one.exit.logged_s == 38 * 60


def test_a_later_entry_completes_an_earlier_one_and_both_are_kept():
    first, then = wrote(1, "10:00", None, passengers=48), wrote(5, "10:00", "10:38", outcome="released")
    (one,) = crossings(seen(), logged=[then, first])
    (desk,) = one.exit.desks
    assert (desk.passengers, desk.outcome, desk.seqs, desk.is_doubled) == (48, "released", (1, 5), False)


def test_two_officers_who_log_the_same_coach_are_one_desk_that_says_so():
    (one,) = crossings(seen(), logged=[wrote(1, "10:00", "10:30"), wrote(2, "10:12", "10:38")])
    (desk,) = one.exit.desks
    assert desk.is_doubled
    assert desk.arrived_at == at("10:12")


def test_a_log_without_positions_is_a_crossing_of_its_own_from_exit_to_entry():
    (one,) = crossings(logged=[wrote(1, "10:00", "10:30"), wrote(2, "10:40", "11:00", **ENTRY)])
    assert states(one) == ("logged_only", "logged_only")
    assert (one.state, one.seen_id) == (None, None)


def test_who_left_and_was_never_logged_again_lacks_the_other_side():
    (one,) = crossings(logged=[wrote(1, "10:00", "10:30")])
    assert states(one) == ("logged_only", "nothing")
    assert one.entry.post_id == EAST.id


def test_a_night_between_two_posts_is_one_crossing_and_the_next_day_another():
    logged = [
        wrote(1, "20:00", "20:30"), wrote(2, "06:10", "06:40", day=1, **ENTRY),
        wrote(3, "20:00", "20:30", day=1),
    ]  # fmt: skip
    assert [states(one) for one in crossings(logged=logged)] == [
        ("logged_only", "logged_only"),
        ("logged_only", "nothing"),
    ]


def test_there_and_back_on_one_day_are_two_crossings():
    back = seen(("15:00", "15:30"), ("15:40", "16:00"), line="15:35", back=True)
    logged = [
        wrote(1, "10:02", "10:38"), wrote(2, "15:02", "15:28", post=EAST.id),
        wrote(3, "15:41", "15:58", direction="entry"),
    ]  # fmt: skip
    there, again = crossings(seen(), back, logged=logged)
    assert states(there) == ("matched", "seen_only")
    assert states(again) == ("matched", "matched")


def test_an_entry_with_the_wrong_direction_is_the_posts_word_and_disputed():
    (one,) = crossings(seen(), logged=[wrote(1, "10:02", "10:38", direction="entry")])
    assert one.exit.state == "disputed"
    assert one.exit.reasons == ("direction_differs",)


def test_an_entry_of_another_hour_speaks_of_another_time():
    (one,) = crossings(seen(), logged=[wrote(1, "12:30", "13:08")])
    assert one.exit.reasons == ("times_differ",)
    alone, other = crossings(seen(), logged=[wrote(1, "15:30", "15:50")])
    assert (states(alone), states(other)) == (("seen_only", "seen_only"), ("logged_only", "nothing"))


def test_a_coach_that_turned_back_was_refused_or_else_it_is_disputed():
    turned = seen(entry=None, state="turned_back")
    (refused,) = crossings(turned, logged=[wrote(1, "10:00", "10:38", outcome="refused")])
    assert states(refused) == ("matched", "nothing")
    (released,) = crossings(turned, logged=[wrote(1, "10:00", "10:38", outcome="released")])
    assert released.exit.reasons == ("outcome_differs",)


def test_a_coach_that_was_held_and_went_on_is_disputed():
    (one,) = crossings(seen(), logged=[wrote(1, "10:00", "10:38", outcome="held")])
    assert one.exit.reasons == ("outcome_differs",)


def test_the_wait_for_opening_is_nobodys_slowness():
    west = a_post(WEST.id, "TG", EAST.id, hours=Hours(360, 1320))
    night = seen(exit=("00:10", "06:40"), entry=None, line="06:42")
    (one,) = crossings(night, logged=[wrote(1, "06:05", "06:38")], posts=POSTS | {west.id: west})
    assert one.exit.waited_s == 350 * 60
    assert (one.exit.state, one.exit.difference_s) == ("matched", (390 - 350 - 33) * 60)
    (unknown,) = crossings(night, logged=[wrote(1, "06:05", "06:38")])
    assert (unknown.exit.waited_s, unknown.exit.state) == (0.0, "disputed")


def test_at_a_joint_post_the_whole_is_compared_and_either_order_is_right():
    joint = {p.id: a_post(p.id, p.country, p.counterpart_id, is_joint=True) for p in POSTS.values()}
    fact = seen(None, None, unsplit=("10:00", "11:00"))
    logged = [wrote(1, "10:02", "10:25", **ENTRY), wrote(2, "10:30", "10:58")]
    (one,) = crossings(fact, logged=logged, posts=joint)
    assert states(one) == ("matched", "matched")
    assert (one.unsplit_s, one.unsplit_difference_s, one.order_contradicts) == (3600.0, 240.0, False)
    (apart,) = crossings(fact, logged=logged)
    assert apart.order_contradicts
    short = [wrote(1, "10:32", "10:40", **ENTRY), wrote(2, "10:45", "10:55")]
    (halved,) = crossings(fact, logged=short, posts=joint)
    assert states(halved) == ("disputed", "disputed")
    assert (halved.exit.reasons, halved.unsplit_difference_s) == (("dwell_differs",), 37 * 60)


def test_passing_the_line_away_from_both_posts_is_off_post_only_where_nobody_wrote_it_down():
    fact = seen(None, None, basis="line")
    (away,) = crossings(fact)
    assert states(away) == ("off_post", "off_post")
    (logged,) = crossings(fact, logged=[wrote(1, "10:30", "10:40")])
    assert states(logged) == ("matched", "seen_only")
    (silent,) = crossings(seen(None, None, basis="gap"))
    assert states(silent) == ("seen_only", "seen_only")


def test_what_crews_report_at_the_post_belongs_to_the_crossing():
    said = [(WEST.id, told(7, "10:20")), (EAST.id, told(8, "10:50", "customs")), (None, told(9, "10:41", "health"))]
    (one,) = crossings(seen(), said=said)
    assert [c.seq for c in one.exit.told] == [7, 9]
    assert [c.seq for c in one.entry.told] == [8]
    assert crossings(said=[(WEST.id, told(7, "10:20"))]) == []


STORY = [
    wrote(1, "10:02", "10:38"), wrote(2, "10:12", "10:39", agency="customs"), wrote(3, "10:46", "11:04", **ENTRY),
    wrote(4, "15:02", "15:28", post=EAST.id), wrote(5, "20:00", "20:30"), wrote(6, "06:10", "06:40", day=1, **ENTRY),
]  # fmt: skip


@given(order=st.permutations(range(len(STORY))))
def test_the_order_in_which_entries_come_changes_nothing(order):
    fact, back = seen(), seen(("15:00", "15:30"), None, line="15:35", back=True)
    assert crossings(fact, back, logged=[STORY[i] for i in order]) == crossings(fact, back, logged=STORY)
