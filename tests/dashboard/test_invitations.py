"""One-time links: once, for a time, for one person."""

from datetime import timedelta

import pytest

from dashboard.invitations import accept, get_invited, invite, withdraw
from dashboard.passwords import password_matches
from tests.dashboard.people import NOON, PASSWORD, populate
from tracker.errors import BadInput, NotFound


@pytest.fixture
def people(sqlite_database):
    with sqlite_database.writing() as session:
        yield session, populate(session)


def test_a_link_sets_the_password_once(people):
    session, everybody = people
    token, _ = invite(session, everybody["monitor"], NOON)
    user = accept(session, token, PASSWORD, NOON)
    assert password_matches(PASSWORD, user.password_hash)
    with pytest.raises(NotFound):
        accept(session, token, "another password", NOON)


def test_looking_at_it_does_not_use_it_up(people):
    session, everybody = people
    token, _ = invite(session, everybody["monitor"], NOON)
    for _ in range(3):
        assert get_invited(session, token, NOON)[1].username == "monitor"


def test_a_refused_password_leaves_the_link_good(people):
    session, everybody = people
    token, _ = invite(session, everybody["monitor"], NOON)
    with pytest.raises(BadInput):
        accept(session, token, "short", NOON)
    assert accept(session, token, PASSWORD, NOON)


def test_an_invitation_lasts_a_week_and_a_reset_a_day(people):
    session, everybody = people
    token, expires_at = invite(session, everybody["monitor"], NOON)
    assert expires_at == NOON + timedelta(days=7)
    with pytest.raises(NotFound):
        get_invited(session, token, expires_at)
    accept(session, token, PASSWORD, NOON)
    assert invite(session, everybody["monitor"], NOON)[1] == NOON + timedelta(days=1)


def test_a_newer_link_replaces_the_older_and_nobody_elses(people):
    session, everybody = people
    old, _ = invite(session, everybody["monitor"], NOON)
    other, _ = invite(session, everybody["official"], NOON)
    new, _ = invite(session, everybody["monitor"], NOON)
    with pytest.raises(NotFound):
        get_invited(session, old, NOON)
    assert get_invited(session, new, NOON)
    assert get_invited(session, other, NOON)
    withdraw(session, everybody["monitor"].key)
    with pytest.raises(NotFound):
        get_invited(session, new, NOON)


def test_the_disabled_cannot_come_back_by_a_link(people):
    session, everybody = people
    token, _ = invite(session, everybody["monitor"], NOON)
    everybody["monitor"].disabled_at = NOON
    with pytest.raises(NotFound):
        accept(session, token, PASSWORD, NOON)
