"""Lock-out without lock-up."""

from datetime import timedelta

import pytest

from dashboard.lockout import Lockout, Patience, network_of
from tests.dashboard.people import NOON
from tracker.clock import FixedClock
from tracker.errors import TooMany

HERE, THERE = "192.0.2.1", "198.51.100.9"


@pytest.fixture
def clock():
    return FixedClock(NOON)


@pytest.fixture
def lockout(clock):
    return Lockout(clock)


def wait(lockout, account="aminata", address=HERE, device=None):
    try:
        lockout.check(account, address, device)
    except TooMany as error:
        return error.retry_after_s
    return 0


def fail(lockout, times, account="aminata", address=HERE, device=None):
    for _ in range(times):
        lockout.failed(account, address, device)


def test_waits_double_up_to_their_limit():
    patience = Patience(free=5, first_s=2, longest_s=900)
    seconds = [patience.wait(failures).total_seconds() for failures in (0, 4, 5, 6, 7, 13, 14, 10_000)]
    assert seconds == [0, 0, 2, 4, 8, 512, 900, 900]


def test_a_few_wrong_tries_cost_nothing_then_it_gets_slow(lockout, clock):
    fail(lockout, 4)
    assert wait(lockout) == 0
    fail(lockout, 3)
    assert wait(lockout) == 8
    clock.advance(timedelta(seconds=8))
    assert wait(lockout) == 0


def test_the_owner_elsewhere_is_not_locked_out(lockout):
    fail(lockout, 40)
    assert wait(lockout) == 900
    assert wait(lockout, address=THERE) == 0


def test_a_botnet_slows_strangers_but_not_the_known_browser(lockout):
    for number in range(200):
        lockout.failed("aminata", f"203.0.113.{number}")
    assert wait(lockout, address=THERE) == 60
    assert wait(lockout, address=THERE, device="known") == 0


def test_a_stolen_known_browser_is_slowed_by_itself(lockout):
    fail(lockout, 8, device="stolen")
    assert wait(lockout, device="stolen") == 16
    assert wait(lockout, device="other") == 0
    assert wait(lockout) == 0


def test_one_address_guessing_many_accounts_is_slowed(lockout):
    for number in range(52):
        lockout.failed(f"user{number}", HERE)
    assert wait(lockout, account="fresh") == 8
    assert wait(lockout, account="fresh", address=THERE) == 0


def test_success_forgets_the_pair_but_not_the_address(lockout):
    for number in range(60):
        lockout.failed(f"user{number}", HERE)
    lockout.succeeded("attacker", HERE)
    assert wait(lockout, account="fresh") > 0
    fail(lockout, 6, address=THERE)
    lockout.succeeded("aminata", THERE)
    assert wait(lockout, address=THERE) == 0


def test_failures_are_forgotten_after_an_hour(lockout, clock):
    fail(lockout, 40)
    clock.advance(timedelta(hours=1))
    assert wait(lockout) == 0
    fail(lockout, 1)
    assert wait(lockout) == 0


def test_memory_is_bounded(clock):
    lockout = Lockout(clock, most_keys=30)
    for number in range(500):
        lockout.failed(f"user{number}", f"203.0.113.{number % 250}")
    assert len(lockout) == 30


def test_an_attacker_has_a_whole_ipv6_network():
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("testclient") == "testclient"
