"""One person per role, with own and foreign data, and an application of the account pages for them to use.

`populate(session, now)` is for every test that asks *who sees what*; `Site` is a small application with a fixed clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlmodel import Session

from dashboard import sessions
from dashboard.accounts import User, create_user, find_user
from dashboard.lockout import Lockout
from dashboard.pages import account, audit, languages, patterns, second_factor, sign_in, users
from dashboard.passwords import hash_password
from dashboard.rendering import Pages
from dashboard.secrecy import Secrecy
from dashboard.translations import Translations
from dashboard.viewers import SESSION_COOKIE, Gate
from dashboard.web import make_web
from operators.companies import Operator
from tracker.clock import FixedClock
from tracker.database import Database
from tracker.scope import Role

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSWORD = "seven slow coaches"
SECRET = "a secret for tests that is long enough to be one"
OWN = {"operator_id": "sti", "post_id": "CI-noe", "agency": "police", "country": "CI"}
FOREIGN = {"operator_id": "utb", "post_id": "GH-elubo", "agency": "customs", "country": "GH"}
PAGES = (sign_in, languages, account, second_factor, users, audit, patterns)


def populate(session: Session, now: datetime = NOON, password: str | None = None) -> dict[str, User]:
    """Add a person per role, `NAME` of the own scope and `NAME_elsewhere` of the foreign one; and the two companies."""
    for operator_id in (OWN["operator_id"], FOREIGN["operator_id"]):
        session.add(Operator(operator_id=operator_id, name=operator_id.upper(), country="CI", registered_at=now))
    people = {}
    for role in Role:
        people[role.value] = create_user(session, role.value, f"A {role.value}", role, now=now, **OWN)
        if password:
            people[role.value].password_hash, people[role.value].password_changed_at = hashed(password), now
    people["inspectorate"] = create_user(session, "inspectorate", "An inspector", Role.FOCAL_POINT, now=now, **OWN)
    people["focal_point"].agency = None
    for role in (Role.DISPATCHER, Role.DRIVER, Role.OFFICIAL, Role.FOCAL_POINT):
        name = f"{role.value}_elsewhere"
        people[name] = create_user(session, name, f"Another {role.value}", role, now=now, **FOREIGN)
    session.flush()
    return people


@cache
def hashed(password: str) -> str:
    """Return a hash of a password; made once, because making it is slow on purpose."""
    return hash_password(password)


def must_find(session: Session, username: str) -> User:
    """Return a stored user that is there."""
    user = find_user(session, username)
    assert user is not None
    return user


@dataclass
class Site:
    """An application, its database and clock, and browsers to use it with."""

    database: Database
    clock: Any
    gate: Gate
    app: FastAPI

    def browser(self, person: str | None = None, **headers: str) -> TestClient:
        """Return a browser in which `person` is signed in (None: nobody)."""
        client = TestClient(
            self.app, base_url="http://testserver", headers={"accept": "text/html", **headers}, follow_redirects=False,
            raise_server_exceptions=False,
        )  # fmt: skip
        if person is not None:
            with self.database.writing() as session:
                user = must_find(session, person)
                where = sessions.Browser("192.0.2.1", "test browser")
                token = sessions.open_session(session, user, where, self.clock.now())
            client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")
        return client

    def person(self, username: str) -> User:
        """Return a stored user, apart from the database."""
        with self.database.reading() as session:
            user = must_find(session, username)
            session.expunge(user)
            return user


def make_site(database: Database, routers: Iterable[APIRouter] = (), password: str | None = None) -> Site:
    """Return an application of the account pages and `routers`, with everybody in `database`."""
    clock = FixedClock(NOON)
    gate = Gate(database, clock, Secrecy(SECRET), Lockout(clock), timedelta(hours=12), "http://testserver")
    with database.writing() as session:
        populate(session, NOON, password)
    app = make_web(gate, Pages(Translations()), [*(page.router for page in PAGES), *routers])
    return Site(database, clock, gate, app)


def token_on(page: str) -> str:
    """Return the CSRF token that stands on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, "no form on this page"
    return found[1]


def send(browser: TestClient, form_page: str, action: str, **fields: str) -> Response:
    """Fill in a form of `form_page` and send it to `action`."""
    token = token_on(browser.get(form_page).text)
    return browser.post(action, data={"csrf_token": token, **fields})
