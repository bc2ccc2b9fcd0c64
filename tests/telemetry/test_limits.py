from datetime import timedelta

import pytest

from telemetry.limits import RateLimiter
from tests.builders import NOW
from tracker.clock import FixedClock
from tracker.errors import TooMany


def test_a_bucket_fills_again_with_time():
    clock = FixedClock(NOW)
    limiter = RateLimiter(60, clock)
    for _ in range(60):
        limiter.take("a")
    with pytest.raises(TooMany) as refused:
        limiter.take("a")
    assert refused.value.retry_after_s >= 1
    limiter.take("b")
    clock.advance(timedelta(seconds=1))
    limiter.take("a")


def test_a_limited_number_of_keys_is_remembered():
    limiter = RateLimiter(1, FixedClock(NOW), most_keys=10)
    for number in range(1000):
        limiter.take(str(number))
    assert len(limiter._buckets) == 10
