"""The second factor."""

from datetime import timedelta

import pyotp
import pytest

from dashboard import totp
from dashboard.secrecy import Secrecy
from tests.dashboard.people import NOON, SECRET, populate

SECRECY = Secrecy(SECRET)
HALF_MINUTE = timedelta(seconds=30)


@pytest.fixture
def enabled(sqlite_database):
    with sqlite_database.writing() as session:
        user = populate(session)["monitor"]
        secret = totp.new_secret()
        codes = totp.enable(session, SECRECY, user, secret=secret, code=pyotp.TOTP(secret).at(NOON), now=NOON)
        yield session, user, pyotp.TOTP(secret), codes


def passes(session, user, code, now):
    return totp.passes(session, SECRECY, user, code, now)


def test_a_wrong_code_does_not_switch_it_on(sqlite_database):
    with sqlite_database.writing() as session:
        user = populate(session)["monitor"]
        assert totp.enable(session, SECRECY, user, secret=totp.new_secret(), code="000000", now=NOON) is None
        assert user.totp_sealed is None


def test_the_secret_is_sealed(enabled):
    _, user, app, _ = enabled
    assert app.secret not in user.totp_sealed
    assert SECRECY.unseal(totp.PURPOSE, user.totp_sealed) == app.secret
    assert Secrecy("another secret").unseal(totp.PURPOSE, user.totp_sealed) is None


def test_each_code_is_good_once(enabled):
    session, user, app, _ = enabled
    assert not passes(session, user, app.at(NOON), NOON)
    later = NOON + HALF_MINUTE
    assert passes(session, user, app.at(later), later)
    assert not passes(session, user, app.at(later), later)


def test_a_clock_may_be_half_a_minute_off_and_no_more(enabled):
    session, user, app, _ = enabled
    now = NOON + timedelta(minutes=10)
    assert not passes(session, user, app.at(now - 2 * HALF_MINUTE), now)
    assert not passes(session, user, app.at(now + 2 * HALF_MINUTE), now)
    assert passes(session, user, app.at(now - HALF_MINUTE), now)
    assert passes(session, user, app.at(now + HALF_MINUTE), now)
    assert not passes(session, user, app.at(now), now)


def test_a_recovery_code_is_good_once_and_in_any_spelling(enabled):
    session, user, _, codes = enabled
    assert len(set(codes)) == totp.RECOVERY_CODES
    assert passes(session, user, codes[0].upper().replace("-", " "), NOON)
    assert not passes(session, user, codes[0], NOON)
    assert totp.recovery_codes_left(session, user.key) == totp.RECOVERY_CODES - 1


@pytest.mark.parametrize("code", ["", "12345", "1234567", "é" * 6, "x" * 5000])
def test_nonsense_passes_nothing(enabled, code):
    session, user, _, _ = enabled
    assert not passes(session, user, code, NOON)


def test_switching_off_forgets_everything(enabled):
    session, user, _, codes = enabled
    totp.disable(session, user)
    assert user.totp_sealed is None
    assert not passes(session, user, codes[1], NOON)


def test_the_picture_needs_no_style_attribute(enabled):
    picture = totp.qr_svg(totp.new_secret(), "monitor")
    assert picture.startswith("<svg")
    assert "style=" not in picture
