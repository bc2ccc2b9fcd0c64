"""Sessions: when they end, and whose they are."""

from datetime import timedelta

import pytest
from sqlmodel import select

from dashboard import sessions
from dashboard.sessions import Browser, WebSession, browser_name, find_session, open_session
from tests.dashboard.people import NOON, populate

IDLE = timedelta(hours=12)
PHONE = Browser("192.0.2.7", "Mozilla/5.0 (Linux; Android 14) Chrome/142 Mobile")


@pytest.fixture
def opened(sqlite_database):
    with sqlite_database.writing() as session:
        people = populate(session)
        yield session, people


def test_the_table_does_not_know_the_token(opened):
    session, people = opened
    token = open_session(session, people["monitor"], PHONE, NOON)
    row, user = find_session(session, token, NOON, IDLE)
    assert user.username == "monitor"
    assert token.encode() not in row.token_hash
    assert len(token) >= 43
    assert find_session(session, token + "x", NOON, IDLE) is None


@pytest.mark.parametrize(
    ("later", "used", "lives"),
    [
        (timedelta(hours=11), timedelta(0), True),
        (timedelta(hours=12), timedelta(0), False),
        (timedelta(hours=23), timedelta(hours=12), True),
        (timedelta(days=7), timedelta(days=7), False),
    ],
)
def test_a_session_ends_unused_and_in_any_case(opened, later, used, lives):
    session, people = opened
    token = open_session(session, people["monitor"], PHONE, NOON)
    session.exec(select(WebSession)).one().last_used_at = NOON + used
    assert (find_session(session, token, NOON + later, IDLE) is not None) is lives


def test_disabling_the_account_ends_the_session(opened):
    session, people = opened
    token = open_session(session, people["monitor"], PHONE, NOON)
    people["monitor"].disabled_at = NOON
    assert find_session(session, token, NOON, IDLE) is None


def test_a_session_that_owes_the_code_opens_nothing(opened):
    session, people = opened
    token = open_session(session, people["monitor"], PHONE, NOON, code_owed=True)
    assert find_session(session, token, NOON, IDLE) is None
    assert find_session(session, token, NOON, IDLE, stage="code") is not None
    assert find_session(session, token, NOON + timedelta(minutes=10), IDLE, stage="code") is None


def test_one_ends_ones_own_sessions_only(opened):
    session, people = opened
    mine = open_session(session, people["monitor"], PHONE, NOON)
    theirs = open_session(session, people["official"], PHONE, NOON)
    row, _ = find_session(session, theirs, NOON, IDLE)
    assert not sessions.end_own_session(session, people["monitor"].key, row.id)
    assert find_session(session, theirs, NOON, IDLE) is not None
    own, _ = find_session(session, mine, NOON, IDLE)
    assert sessions.end_own_session(session, people["monitor"].key, own.id)
    assert find_session(session, mine, NOON, IDLE) is None


def test_ending_all_others_keeps_this_one(opened):
    session, people = opened
    tokens = [open_session(session, people["monitor"], PHONE, NOON) for _ in range(3)]
    sessions.end_sessions(session, people["monitor"].key, keep=tokens[1])
    assert [find_session(session, token, NOON, IDLE) is not None for token in tokens] == [False, True, False]


def test_signing_in_over_and_over_leaves_a_bounded_table(opened):
    session, people = opened
    for minute in range(sessions.MOST_PER_USER + 5):
        open_session(session, people["monitor"], PHONE, NOON + timedelta(minutes=minute))
    assert len(session.exec(select(WebSession)).all()) == sessions.MOST_PER_USER


def test_ended_sessions_are_forgotten(opened):
    session, people = opened
    open_session(session, people["monitor"], PHONE, NOON)
    sessions.forget_ended(session, NOON + IDLE, IDLE)
    assert session.exec(select(WebSession)).all() == []


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (PHONE.name, "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", ""),
    ],
)
def test_browsers_are_called_by_their_names(agent, name):
    assert browser_name(agent) == name
