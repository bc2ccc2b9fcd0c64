"""Flags of border posts, of delay there, and of sheets that differ: invented weeks that a reader can picture."""

from datetime import timedelta

import pytest

from checkpoints.border_delays import find_delays
from checkpoints.border_flags import find_at_posts, wilson_low
from checkpoints.departures import Departure
from checkpoints.reconciliation import reconcile
from checkpoints.sheet_flags import find_mismatches
from tests.checkpoints.border_stories import DAY, EAST, POSTS, WEST, seen, wrote
from tracker.geography import Geography

GEOGRAPHY = Geography(DAY.date(), {}, {}, {}, POSTS)
ENTRY = {"post": EAST.id, "direction": "entry"}


def a_coach(number, *facts, logged=()):
    """One coach of one of three operators."""
    named = [(f"fact-{number}-{n}", fact) for n, fact in enumerate(facts)]
    return reconcile(f"BUS-{number}", f"OP-{number % 3}", named, logged, [], POSTS.get)


def weeks(coaches, days, logged=lambda _coach, _day: True, minutes=lambda _coach, _day: 38):
    """Every coach leaves each day at ten; what the exit post logs of it, and for how long it stands, says the story."""
    found = []
    for coach in range(coaches):
        facts, entries = [], []
        for day in range(days):
            until = f"{10 + minutes(coach, day) // 60}:{minutes(coach, day) % 60:02d}"
            facts.append(seen(exit=("10:00", until), entry=None, line="13:00", day=day))
            if logged(coach, day):
                entries.append(wrote(100 * coach + day, "10:01", until, day=day))
        found += a_coach(coach, *facts, logged=entries)
    return found


def kinds(findings):
    return [(finding.kind, finding.post_id) for finding in findings]


def test_a_log_that_misses_one_coach_in_three_is_told_with_its_share():
    findings = find_at_posts(weeks(6, 20, logged=lambda _c, day: day % 3 > 0), GEOGRAPHY)
    (missing,) = [f for f in findings if f.kind == "crossing_unlogged"]
    assert (missing.post_id, missing.country) == (WEST.id, "TG")
    assert missing.counts == {"crossings": 42, "coaches": 6, "operators": 3}
    assert missing.grounds[0].values == {"missing": 42, "seen": 120, "share": 0.35}


def test_a_log_that_misses_a_few_or_a_post_that_keeps_none_is_left_alone():
    assert find_at_posts(weeks(6, 20, logged=lambda _c, day: day % 10 > 0), GEOGRAPHY) == []
    assert find_at_posts(weeks(6, 20, logged=lambda _c, _day: False), GEOGRAPHY) == []


def test_two_coaches_whose_wait_the_log_halves_are_a_dispute_and_one_is_not():
    def story(coaches):
        found = []
        for coach in range(coaches):
            facts = [seen(exit=("09:05", "10:40"), entry=None, day=day) for day in range(3)]
            found += a_coach(coach, *facts, logged=[wrote(day, "10:18", "10:38", day=day) for day in range(3)])
        return find_at_posts(found, GEOGRAPHY)

    assert story(1) == []
    (finding,) = story(2)
    assert kinds([finding]) == [("crossing_disputed", WEST.id)]
    assert (finding.severity, finding.confidence) == ("medium", 0.75)
    assert finding.grounds[1].values == {"minutes": 75, "longer": "seen"}
    assert {piece.kind for piece in finding.evidence} == {"crossing", "log"}


def test_who_is_logged_out_and_never_comes_is_told_where_the_other_side_keeps_a_log():
    lost = [c for n in range(4) for c in a_coach(50 + n, logged=[wrote(n, "10:00", "10:20")])]
    assert find_at_posts(lost, GEOGRAPHY) == []
    others = []
    for coach in range(3):
        facts = [seen(day=day) for day in range(5)]
        entries = [wrote(day, "10:46", "11:04", day=day, **ENTRY) for day in range(5)]
        others += a_coach(coach, *facts, logged=entries)
    (finding,) = [f for f in find_at_posts(lost + others, GEOGRAPHY) if f.kind == "crossing_unmatched"]
    assert finding.post_id == WEST.id
    assert finding.grounds[0].values == {"crossings": 4, "post": EAST.id}


def test_a_crossing_away_from_the_posts_is_worth_a_look_and_no_more():
    (finding,) = find_at_posts(a_coach(1, seen(None, None, basis="line")), GEOGRAPHY)
    assert kinds([finding]) == [("off_post_crossing", EAST.id)]
    assert (finding.severity, finding.confidence) == ("low", 0.5)


def test_a_week_twice_as_long_is_a_delay_and_a_week_like_others_is_not():
    recent = DAY + timedelta(days=28)

    def after(minutes):
        return find_delays(
            weeks(6, 35, minutes=lambda coach, day: minutes if day >= 28 else 30 + coach), recent, GEOGRAPHY
        )

    assert after(34) == []
    assert after(44) == []  # ten minutes longer is no delay
    (finding,) = after(90)
    assert kinds([finding]) == [("border_delay", WEST.id)]
    (ground,) = finding.grounds
    assert (ground.values["direction"], ground.values["now_minutes"]) == ("exit", 90)
    assert finding.confidence > 0.9


def test_one_coach_that_broke_down_is_no_delay_of_the_post():
    recent = DAY + timedelta(days=28)
    story = weeks(6, 35, minutes=lambda coach, day: 160 if coach == 0 and day >= 28 else 30)
    assert find_delays(story, recent, GEOGRAPHY) == []


def a_sheet(**said):
    told = {name: [DAY.isoformat(), value] for name, value in (said | {"departed": True}).items()}
    return Departure(operator_id="OP-1", trip_id="T-1", vehicle_id="BUS-1", said=told, seqs={"departed": 3})


def logged(**more):
    return a_coach(1, seen(), logged=[wrote(1, "10:02", "10:38", trip_id="T-1", **more)])


@pytest.mark.parametrize(
    ("said", "wrote_down", "found"),
    [
        ({"seal_number": "S-0042"}, {"seal_number": "s 42"}, []),
        ({"seal_number": "S-0042"}, {"seal_number": "S 43"}, ["seal_mismatch"]),
        ({"seal_number": "S-0042"}, {"seal_intact": False}, ["seal_mismatch"]),
        ({"manifest": {"passengers": 52}}, {"passengers": 49}, []),
        ({"manifest": {"passengers": 52}}, {"passengers": 40}, ["manifest_mismatch"]),
        ({}, {"passengers": 40, "seal_number": "X"}, []),
    ],
)
def test_seal_and_passengers_are_compared_with_the_sheet(said, wrote_down, found):
    findings = find_mismatches(logged(**wrote_down), [a_sheet(**said)])
    assert [finding.kind for finding in findings] == found
    assert all((f.severity, f.vehicle_id, f.operator_id) == ("low", "BUS-1", "OP-1") for f in findings)
    assert all([piece.kind for piece in f.evidence] == ["trip", "log"] for f in findings)


def test_a_share_is_told_with_its_doubt():
    assert wilson_low(0, 0) == 0.0
    assert wilson_low(5, 10) < 0.5
    assert wilson_low(500, 1000) == pytest.approx(0.469, abs=0.001)
