"""The wait at a post, and how plausible its log is: stories of a few coaches."""

import random
from datetime import UTC, timedelta

import pytest

from checkpoints.border_waits import Stay, forecast_s, survival_median_s, usual_s, wait_at
from checkpoints.log_quality import qualities_of
from checkpoints.reconciliation import reconcile
from tests.checkpoints.border_stories import DAY, EAST, POSTS, WEST, at, seen, wrote

HOUR = timedelta(hours=1)


def stays(days=28, every_h=2, minutes=lambda hour, _day: 60 if 8 <= hour < 12 else 20, until=None):
    """A coach every two hours for four weeks; in the mornings it takes an hour, else twenty minutes."""
    found = []
    for day in range(days):
        for hour in range(0, 24, every_h):
            came = DAY + timedelta(days=day, hours=hour)
            if until is None or came < until:
                found.append(Stay(came, came + timedelta(minutes=minutes(hour, day))))
    return found


def test_what_is_usual_depends_on_the_hour():
    known = stays()
    assert usual_s(known, DAY + timedelta(days=27, hours=10), UTC)[0] == 3600
    assert usual_s(known, DAY + timedelta(days=27, hours=20), UTC)[0] == 1200
    assert usual_s(known[:4], DAY + timedelta(days=27), UTC) == (None, 0)


def test_a_queue_that_has_stood_for_three_hours_makes_the_next_coach_wait_longer():
    now = DAY + timedelta(days=27, hours=20)
    known = stays(until=now - timedelta(hours=4))
    quiet = forecast_s(known, now, UTC)
    queue = [Stay(now - timedelta(hours=h), None) for h in (4, 3.5, 3, 2)]
    crowded = forecast_s([*known, *queue], now, UTC)
    assert quiet is not None
    assert crowded is not None
    assert crowded > 2 * quiet
    wait = wait_at([*known, *queue], now, UTC)
    assert wait.here == (14400.0, 12600.0, 10800.0, 7200.0)
    assert wait.usual_s == 1200


def test_the_median_of_stays_that_go_on_is_never_less_than_they_have_lasted():
    assert survival_median_s([(600, True), (1200, True), (1800, True)]) == 1200
    assert survival_median_s([(600, True), (7200, False), (7000, False)]) == 7200
    assert survival_median_s([]) is None


def test_the_band_holds_four_forecasts_of_five():
    chance = random.Random(4)
    known = stays(days=56, every_h=1, minutes=lambda _h, _d: chance.lognormvariate(3.5, 0.5))
    inside = 0
    tries = range(40, 56)
    for day in tries:
        now = DAY + timedelta(days=day, hours=9)
        wait = wait_at([s for s in known if s.arrived_at < now], now, UTC)
        (actual,) = [s for s in known if s.arrived_at == now]
        assert wait.low_s is not None
        assert wait.high_s is not None
        assert wait.tested > 100
        inside += wait.low_s <= (actual.left_at - now).total_seconds() <= wait.high_s
    assert 0.6 <= inside / len(tries) <= 1.0


def test_nothing_heard_for_long_is_an_update_that_is_pending_and_no_wait_of_zero():
    known = stays()
    last = DAY + timedelta(days=28)
    assert not wait_at(known, last, UTC).is_pending
    assert wait_at(known, last + timedelta(hours=9), UTC).is_pending
    assert wait_at([], last, UTC).expected_s is None
    assert wait_at([], last, UTC).last_s is None


def test_a_log_written_in_the_evening_in_round_minutes_says_so():
    evening = at("19:00")
    entries = []
    for n in range(12):
        came = at("08:00") + n * timedelta(minutes=30)
        clock, left = (f"{when:%H:%M}" for when in (came, came + timedelta(minutes=20)))
        entries.append(wrote(n, clock, left, written=evening + n * timedelta(seconds=5)))
    (quality,) = qualities_of(WEST.id, entries, [])
    assert (quality.n, quality.bulk, quality.on_tens, quality.is_heaped) == (12, 1.0, 1.0, True)
    assert quality.late == 1.0
    assert (quality.compared, quality.log_less_seen_s) == (0, None)


def test_a_log_written_as_coaches_come_is_plausible():
    chance = random.Random(2)
    entries = [
        wrote(n, f"{n:02d}:{chance.randrange(30):02d}", f"{n:02d}:{30 + chance.randrange(30):02d}") for n in range(24)
    ]
    (quality,) = qualities_of(WEST.id, entries, [])
    assert (quality.bulk, quality.is_heaped, quality.late, quality.unreleased) == (0.0, False, 0.0, 0.0)
    assert quality.lag_median_s == 120


def test_the_difference_from_positions_is_of_the_own_side():
    logged = [wrote(1, "10:10", "10:38"), wrote(2, "10:46", "11:04", post=EAST.id, direction="entry")]
    crossings = reconcile("BUS", "OP", [("fact", seen())], logged, [], POSTS.get)
    (west,) = qualities_of(WEST.id, logged, crossings)
    assert west.log_less_seen_s == pytest.approx(-12 * 60)
    assert west.compared == 1
