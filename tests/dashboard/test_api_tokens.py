"""API tokens: a person's programs, with the person's scope."""

from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends

from dashboard.api_tokens import MOST_PER_USER, create_token, find_sender, find_token, list_tokens, revoke_token
from dashboard.viewers import require
from telemetry.senders import SenderKind
from tests.dashboard.people import NOON, make_site
from tracker.errors import BadInput, Conflict, NotAllowed
from tracker.scope import Action, Scope

Positions = Annotated[Scope, Depends(require(Action.VIEW_POSITIONS))]


@pytest.fixture
def site(sqlite_database):
    router = APIRouter()

    @router.get("/api/v1/mine")
    @router.post("/api/v1/mine")
    def mine(scope: Positions) -> str:
        return scope.viewer.name

    return make_site(sqlite_database, [router])


def make(site, person, may_write=False, days=30):
    with site.database.writing() as session:
        user = site.person(person)
        row, words = create_token(session, user.key, "a program", days=days, may_write=may_write, now=NOON)
        return row.id, words


def ask(site, words, method="GET"):
    headers = {"authorization": f"Bearer {words}", "accept": "application/json"}
    return site.browser().request(method, "/api/v1/mine", headers=headers)


def test_a_token_speaks_with_its_persons_scope(site):
    assert ask(site, make(site, "monitor")[1]).json() == "A monitor"
    assert ask(site, make(site, "official")[1]).status_code == 403


def test_a_reading_token_does_not_write(site):
    answer = ask(site, make(site, "monitor")[1], "POST")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "token_read_only")
    assert ask(site, make(site, "monitor", may_write=True)[1], "POST").status_code == 200


def test_unknown_ended_and_revoked_tokens_are_told_apart_from_nobody(site):
    assert ask(site, "corr_unknown").json()["error"]["code"] == "token_unknown"
    number, words = make(site, "monitor")
    with site.database.writing() as session:
        assert not revoke_token(session, site.person("official").key, number, NOON)
        assert revoke_token(session, site.person("monitor").key, number, NOON)
    assert ask(site, words).status_code == 401
    _, words = make(site, "monitor", days=1)
    site.clock.advance(timedelta(days=1))
    assert ask(site, words).status_code == 401


def test_a_token_opens_no_account_page(site):
    _, words = make(site, "administrator", may_write=True)
    headers = {"authorization": f"Bearer {words}", "accept": "application/json"}
    assert site.browser().get("/account", headers=headers).status_code == 401
    assert site.browser().get("/users", headers=headers).status_code == 403


def test_the_disabled_lose_their_tokens(site):
    _, words = make(site, "monitor")
    with site.database.writing() as session:
        session.merge(site.person("monitor")).disabled_at = NOON
    assert ask(site, words).status_code == 401


def test_the_table_does_not_know_the_words(site):
    _, words = make(site, "monitor")
    with site.database.reading() as session:
        token, _ = find_token(session, words, NOON)
        assert words.encode() not in token.token_hash


def test_limits(site):
    user_id = site.person("monitor").key
    with site.database.writing() as session:
        with pytest.raises(BadInput) as error:
            create_token(session, user_id, " ", days=0, may_write=False, now=NOON)
        assert [reason.field for reason in error.value.reasons] == ["name", "days"]
        for _ in range(MOST_PER_USER):
            create_token(session, user_id, "one", days=1, may_write=False, now=NOON)
        with pytest.raises(Conflict):
            create_token(session, user_id, "one too many", days=1, may_write=False, now=NOON)
        assert list_tokens(session, user_id, NOON + timedelta(days=1)) == []


def test_people_send_messages_as_what_they_are(site):
    sender = find_sender(site.database, make(site, "driver", may_write=True)[1], NOON)
    assert (sender.kind, sender.operator_id, sender.post_id) == (SenderKind.PERSON, "sti", None)
    sender = find_sender(site.database, make(site, "official", may_write=True)[1], NOON)
    assert (sender.operator_id, sender.post_id, sender.agency) == (None, "CI-noe", "police")
    assert find_sender(site.database, "a device's token", NOON) is None
    for person, may_write in (("driver", False), ("monitor", True)):
        with pytest.raises(NotAllowed):
            find_sender(site.database, make(site, person, may_write=may_write)[1], NOON)
