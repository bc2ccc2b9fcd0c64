"""Where a trip's time goes: every second on one thing, by state and agency, closing to the whole."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from checkpoints.reconciliation import reconcile
from checkpoints.trip_account import HERE, Incident, Piece, claims, spend
from tests.checkpoints.border_stories import EAST, POSTS, at, seen, wrote
from tracker.facts import Gap, Halt


def a_piece(rank, start, end, spent, agency=None, post_id=None, country=HERE):
    return Piece(rank, at(start), at(end), spent, agency, post_id, country)


def a_halt(start, end, post_id=None):
    return Halt(
        started_at=at(start), ended_at=at(end), settled_at=at(end), first_seq=1, last_seq=2, latitude=6.0, longitude=1.0,
        spread_m=10.0, fixes=9, post_id=post_id,
    )  # fmt: skip


def a_gap(start, end):
    return Gap(started_at=at(start), ended_at=at(end), settled_at=at(end), first_seq=1, last_seq=2, kind="lost")


def minutes(shares):
    return {(s.spent, s.country, s.agency): s.seconds / 60 for s in shares}


TOGO_BENIN = [(at("08:00"), "TG"), (at("10:42"), "BJ")]


def test_what_nothing_claims_was_driven_as_fast_as_free_flow_allows_or_slower():
    shares = spend(at("08:00"), at("11:00"), [], [(at("08:00"), "TG")], {"TG": 70_000})
    assert minutes(shares) == {("driving", "TG", None): 60.0, ("slow", "TG", None): 120.0}


def test_the_one_that_says_most_wins_and_each_state_has_its_own():
    pieces = [
        a_piece(6, "09:00", "09:30", "halt"), a_piece(0, "09:05", "09:12", "control", "police"),
        a_piece(7, "08:50", "09:10", "silent"), a_piece(6, "10:40", "10:50", "halt"),
    ]  # fmt: skip
    found = minutes(spend(at("08:00"), at("12:00"), pieces, TOGO_BENIN, {}))
    assert found[("control", "TG", "police")] == 7
    assert found[("halt", "TG", None)] == 23 + 2
    assert found[("halt", "BJ", None)] == 8
    assert found[("silent", "TG", None)] == 10
    assert sum(found.values()) == 240


def test_a_border_is_split_into_opening_desks_and_the_wait_around_them():
    logged = [
        wrote(1, "10:00", "10:15"), wrote(2, "10:20", "10:30", agency="customs"),
        wrote(3, "10:46", "11:00", post=EAST.id, direction="entry"),
    ]  # fmt: skip
    crossings = reconcile("BUS", "OP", [("fact", seen())], logged, [], POSTS.get)
    halts = [a_halt("10:00", "10:40", "TG-west"), a_halt("10:45", "11:05", EAST.id)]
    found = minutes(spend(at("09:00"), at("12:00"), claims([], crossings, halts, [], []), TOGO_BENIN, {}))
    assert found[("border", "TG", "immigration")] == 15
    assert found[("border", "TG", "customs")] == 10
    assert found[("border", "TG", None)] == 15
    assert found[("border", "BJ", "immigration")] == 14
    assert found[("border", "BJ", None)] == 6
    assert ("halt", "TG", None) not in found


def test_what_nothing_tells_apart_at_a_joint_post_belongs_to_no_state():
    fact = seen(None, None, unsplit=("10:00", "11:00"))
    crossings = reconcile("BUS", "OP", [("fact", fact)], [wrote(1, "10:00", "10:10")], [], POSTS.get)
    found = minutes(spend(at("09:00"), at("12:00"), claims([], crossings, [], [], []), TOGO_BENIN, {}))
    assert found[("border", "TG", "immigration")] == 10
    assert found[("border", None, None)] == 50


def test_a_breakdown_lasts_as_long_as_the_halt_it_was_reported_in():
    pieces = claims([], [], [a_halt("09:00", "10:30")], [a_gap("11:00", "11:20")], [Incident(at("09:10"), None)])
    found = minutes(spend(at("08:00"), at("12:00"), pieces, [(at("08:00"), "TG")], {}))
    assert found[("breakdown", "TG", None)] == 80
    assert found[("halt", "TG", None)] == 10
    assert found[("silent", "TG", None)] == 20


SPENT = st.sampled_from(["control", "border", "opening", "breakdown", "halt", "silent"])


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(-50, 400), st.integers(0, 200), SPENT), max_size=12),
    st.lists(st.integers(0, 300), max_size=3),
    st.integers(0, 400_000),
)
def test_however_claims_overlap_the_whole_is_the_whole(claimed, borders, metres):
    pieces = [
        Piece(rank, at("08:00") + timedelta(minutes=start), at("08:00") + timedelta(minutes=start + length), spent)
        for rank, start, length, spent in claimed
    ]
    countries = [(at("08:00"), "TG"), *((at("08:00") + timedelta(minutes=m), "BJ") for m in sorted(borders))]
    shares = spend(at("08:00"), at("13:00"), pieces, countries, {"TG": metres})
    assert sum(share.seconds for share in shares) == 5 * 3600
    assert all(share.seconds > 0 for share in shares)
    assert spend(at("08:00"), at("13:00"), pieces[::-1], countries, {"TG": metres}) == shares
