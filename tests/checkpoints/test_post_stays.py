"""Stays at a post: opening hours left out, coaches that stand there now, both sides together; and its log against positions."""

from dataclasses import replace
from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from checkpoints.log_states import STATES, list_disputes, tally_sides
from checkpoints.post_stays import by_hour_of_week, stays_at, waits_at
from checkpoints.reconciliation import reconcile
from tests.checkpoints.border_stories import DAY, EAST, POSTS, WEST, a_post, at, seen, wrote
from tracker.places import Hours

MINUTE = timedelta(minutes=1)
NOW = at("12:00", 3)
BY_DAY = a_post("TG-west", "TG", "BJ-east", hours=Hours(6 * 60, 18 * 60))


def crossings(*facts, logged=(), posts=POSTS, coach="BUS"):
    numbered = [(f"{n:016x}", fact) for n, fact in enumerate(facts)]
    return reconcile(coach, "op", numbered, logged, (), posts.get)


def going_on(fact, **more):
    return replace(fact, ended_at=None, settled_at=None, state="under_way", **more)


def in_queue(came="10:00", day=3):
    """It stands before the exit side since then."""
    gone = {"line_at": None, "exit_left_at": None, "exit_s": None, "entry_arrived_at": None, "entry_left_at": None}
    return going_on(seen((came, "11:00"), day=day), entry_s=None, **gone)


def test_each_side_has_its_own_stays():
    made = crossings(seen(), seen(day=1))
    assert [s.seconds(NOW) for s in stays_at(WEST, made, NOW)["exit"].stays] == [2400, 2400]
    assert [s.seconds(NOW) for s in stays_at(EAST, made, NOW)["entry"].stays] == [1200, 1200]
    assert "entry" not in stays_at(WEST, made, NOW)


def test_a_coach_in_the_queue_is_here_and_one_that_passed_the_line_stands_at_the_other_side():
    (here,) = waits_at(WEST, crossings(in_queue()), NOW, UTC)
    assert (here.direction, here.wait.here) == ("exit", (7200.0,))
    over = going_on(seen(("09:00", "10:00"), ("10:30", "11:00"), line="10:15", day=3), entry_left_at=None, entry_s=None)
    (west,), (east,) = (waits_at(post, crossings(over), NOW, UTC) for post in (WEST, EAST))
    assert (west.wait.here, west.wait.last_s) == ((), 3600)
    assert (east.direction, east.wait.here) == ("entry", (5400.0,))


def test_a_coach_that_turned_back_and_one_that_nobody_saw_leave_tell_no_stay():
    turned = seen(("10:00", "12:00"), None, state="turned_back")
    unseen = replace(seen(), exit_left_at=None, exit_s=None)
    assert stays_at(WEST, crossings(turned, replace(unseen, started_at=at("10:00", 1))), NOW) == {}


def test_the_wait_for_opening_hours_is_no_part_of_a_stay_and_is_told_apart():
    posts = POSTS | {BY_DAY.id: BY_DAY}
    made = crossings(seen(("04:00", "06:40"), ("06:45", "07:05"), line="06:42"), posts=posts)
    (one,) = waits_at(BY_DAY, made, NOW, UTC)
    assert (one.wait.last_s, one.opening_s, one.opening_n) == (2400, 7200, 1)
    night = at("04:30", 3)
    waiting = crossings(in_queue("03:00"), posts=posts)
    (before,) = waits_at(BY_DAY, waiting, night, UTC)
    assert (before.wait.here, before.before_opening) == ((), (5400.0,))
    (after,) = waits_at(BY_DAY, waiting, at("06:30", 3), UTC)
    assert (after.wait.here, after.before_opening) == ((1800.0,), ())


def test_where_nothing_tells_the_sides_apart_both_posts_have_the_whole():
    made = crossings(seen(None, None, unsplit=("10:00", "11:30")))
    for post in (WEST, EAST):
        (one,) = waits_at(post, made, NOW, UTC)
        assert (one.direction, one.wait.last_s, one.wait.last_at) == ("unsplit", 5400, at("11:30"))


def test_nothing_known_is_none_and_not_zero():
    exit_side, entry_side = waits_at(WEST, [], NOW, UTC)
    assert (exit_side.direction, entry_side.direction) == ("exit", "entry")
    for one in (exit_side, entry_side):
        assert (one.wait.here, one.wait.last_s, one.wait.expected_s, one.opening_s) == ((), None, None, None)


def test_hours_of_the_week_hold_medians_and_numbers():
    """Monday 1 June 2026 at ten, and the Monday after it; one on Tuesday."""
    made = crossings(seen(), seen(("10:10", "11:30"), None, line="11:31", day=7), seen(day=1))
    cells = by_hour_of_week(stays_at(WEST, made, at("12:00", 8)), at("12:00", 8), UTC)
    assert [(c.direction, c.weekday, c.hour, c.p50_s, c.n) for c in cells] == [
        ("exit", 0, 10, 3600, 2), ("exit", 1, 10, 2400, 1),
    ]  # fmt: skip


@given(st.permutations(range(6)))
def test_order_does_not_matter(order):
    made = crossings(*(seen(day=day) for day in range(5)), in_queue(day=5))
    shuffled = [made[number] for number in order]
    now = at("12:00", 5)
    assert waits_at(WEST, shuffled, now, UTC) == waits_at(WEST, made, now, UTC)
    assert tally_sides(WEST.id, shuffled) == tally_sides(WEST.id, made)


def test_states_are_counted_by_side_without_what_goes_on():
    log = [wrote(1, "10:05", "10:38"), wrote(2, "10:05", "10:12", day=1), wrote(3, "10:10", None, day=3)]
    made = crossings(seen(), seen(("09:00", "10:40"), day=1), seen(day=2), in_queue(), logged=log)
    (exits,) = tally_sides(WEST.id, made)
    assert (exits.direction, exits.n) == ("exit", 3)
    assert exits.counts == {"matched": 1, "disputed": 1, "seen_only": 1, "logged_only": 0, "off_post": 0}
    assert sum(exits.share(state) for state in STATES) == 1
    (dispute,) = list_disputes(WEST.id, made, 10)
    assert (dispute.direction, dispute.side.reasons) == ("exit", ("dwell_differs",))
    assert dispute.crossing.started_at.date() == (DAY + timedelta(days=1)).date()
    assert list_disputes(WEST.id, made, 0) == []
