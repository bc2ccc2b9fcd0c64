"""Signing in and out: password, second factor, and the one-time links that set a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from dashboard import audit, invitations, known_browsers, sessions, totp
from dashboard.accounts import User, find_user
from dashboard.passwords import SHORTEST, password_matches
from dashboard.rendering import YEAR_S, Pages, PagesDep, go_to, local_path, set_cookie
from dashboard.sessions import Browser
from dashboard.viewers import (
    BROWSER_COOKIE,
    SESSION_COOKIE,
    VISITOR_COOKIE,
    Gate,
    GateDep,
    IdentityDep,
    in_person,
    own_form,
)
from tracker.errors import BadInput, NotSignedIn, Reason, TooMany

router = APIRouter(include_in_schema=False)
OwnForm = Depends(own_form)
Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True)
class Knock:
    """One try to sign in: at this gate, with this request."""

    gate: Gate
    request: Request
    username: str

    @property
    def browser(self) -> Browser:
        """Where the try comes from."""
        return browser_of(self.request)

    def known_as(self, user: User | None) -> str | None:
        """Return the nonce of the browser, if `user` signed in with it before."""
        return known_browsers.read_cookie(self.gate.secrecy, user, self.request.cookies.get(BROWSER_COOKIE))


def browser_of(request: Request) -> Browser:
    """Return where a request comes from; behind a trusted proxy the server has put the real address there."""
    address = request.client.host if request.client else "unknown"
    return Browser(address, request.headers.get("user-agent", ""))


@router.get("/sign-in")
def sign_in_page(request: Request, identity: IdentityDep, pages: PagesDep, next: str = "") -> Response:
    """Show the form; who is signed in goes on."""
    if identity.viewer is not None:
        return go_to(request, local_path(next))
    return pages.render(request, "sign_in.html", next=next, username="", failure=None)


@router.post("/sign-in", dependencies=[OwnForm])
def sign_in(
    request: Request, gate: GateDep, pages: PagesDep, *, username: Text = "", password: Text = "", next: Text = ""
) -> Response:
    """Check user name and password."""
    knock = Knock(gate, request, username)
    with gate.database.reading() as session:
        user = find_user(session, username)
        session.expunge_all()
    device = knock.known_as(user)
    try:
        gate.lockout.check(username, knock.browser.address, device)
    except TooMany as error:
        return _refused(request, pages, error, next=next, username=username)
    # Verified outside of any transaction: hashing takes long, and nobody else should wait for it.
    right = password_matches(password, user.password_hash if user else None)
    if user is None or not right or user.disabled_at is not None:
        gate.lockout.failed(username, knock.browser.address, device)
        if user is not None:  # a name nobody has may be a password typed into the wrong field: not kept
            _note_failure(knock, user)
        return _refused(request, pages, NotSignedIn("wrong_password"), next=next, username=username)
    if user.totp_sealed is None:
        gate.lockout.succeeded(username, knock.browser.address, device)
    return _begin(knock, user, next)


@router.get("/sign-in/code")
def code_page(request: Request, gate: GateDep, pages: PagesDep, next: str = "") -> Response:
    """Ask for the second factor."""
    cookie = request.cookies.get(SESSION_COOKIE, "")
    with gate.database.reading() as session:
        pending = sessions.find_session(session, cookie, gate.clock.now(), gate.idle, stage="code")
    if pending is None:
        return go_to(request, "/sign-in")
    return pages.render(request, "sign_in_code.html", next=next, failure=None)


@router.post("/sign-in/code", dependencies=[OwnForm])
def sign_in_code(request: Request, gate: GateDep, pages: PagesDep, code: Text = "", next: Text = "") -> Response:
    """Check the second factor. A wrong code counts like a wrong password; five end the try."""
    cookie, now = request.cookies.get(SESSION_COOKIE, ""), gate.clock.now()
    with gate.database.writing() as session:
        pending = sessions.find_session(session, cookie, now, gate.idle, stage="code")
        if pending is None:
            return go_to(request, "/sign-in")
        row, user = pending
        knock = Knock(gate, request, user.username)
        device, account = knock.known_as(user), f"code:{user.username}"
        try:
            gate.lockout.check(account, knock.browser.address, device)
        except TooMany as error:
            return _refused(request, pages, error, "sign_in_code.html", next=next)
        if not totp.passes(session, gate.secrecy, user, code, now):
            gate.lockout.failed(account, knock.browser.address, device)
            row.attempts += 1
            audit.record(session, "@sign_in", "sign_in.code_failed", f"user:{user.username}", at=now)
            if row.attempts >= sessions.CODE_ATTEMPTS:
                sessions.end_session(session, cookie)
            return _refused(request, pages, NotSignedIn("wrong_code"), "sign_in_code.html", next=next)
        gate.lockout.succeeded(account, knock.browser.address, device)
        gate.lockout.succeeded(user.username, knock.browser.address, device)
        sessions.end_session(session, cookie)
        sessions.forget_ended(session, now, gate.idle)
        token = sessions.open_session(session, user, knock.browser, now)
        audit.record(session, user.as_viewer(), "sign_in.succeeded", f"user:{user.username}", at=now)
        return _signed_in(knock, user, token, next)


@router.post("/sign-out", dependencies=[Depends(in_person)])
def sign_out(request: Request, gate: GateDep, identity: IdentityDep) -> Response:
    """End the session of this browser."""
    with gate.database.writing() as session:
        sessions.end_session(session, identity.session_token or "")
    response = go_to(request, "/sign-in", "flash.signed_out")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.get("/welcome/{token}")
def welcome_page(request: Request, token: str, gate: GateDep, pages: PagesDep) -> Response:
    """Show the form of a one-time link; looking at it does not use it up."""
    with gate.database.reading() as session:
        invitation, user = invitations.get_invited(session, token, gate.clock.now())
        return pages.render(
            request, "welcome.html", name=user.display_name, username=user.username, purpose=invitation.purpose,
            least=SHORTEST,
        )  # fmt: skip


@router.post("/welcome/{token}", dependencies=[OwnForm])
def welcome(
    request: Request, token: str, gate: GateDep, pages: PagesDep, *, password: Text = "", again: Text = ""
) -> Response:
    """Set the password and sign in."""
    now = gate.clock.now()
    with gate.database.reading() as session:
        invitation, user = invitations.get_invited(session, token, now)
        name, username, purpose = user.display_name, user.username, invitation.purpose
    try:
        check_repeated(password, again)
        with gate.database.writing() as session:
            user = invitations.accept(session, token, password, now)
            sessions.end_sessions(session, user.key)
            audit.record(session, user.as_viewer(), "password.set", f"user:{user.username}", {"by": purpose}, at=now)
            session.flush()
            session.expunge_all()
    except BadInput as error:
        return pages.render(
            request, "welcome.html", 422, name=name, username=username, purpose=purpose, least=SHORTEST,
            errors=error.reasons,
        )  # fmt: skip
    return _begin(Knock(gate, request, user.username), user, "/")


def check_repeated(password: str, again: str) -> None:
    """Refuse a password that was typed differently the second time.

    Raises:
        BadInput: it was.
    """
    if password != again:
        raise BadInput(reasons=[Reason("passwords_differ", "again")])


def _begin(knock: Knock, user: User, next: str) -> Response:
    """Open a session for a person whose password is right; with a second factor, one that still owes it."""
    gate, now, owes = knock.gate, knock.gate.clock.now(), user.totp_sealed is not None
    with gate.database.writing() as session:
        stored = session.get(User, user.key)
        assert stored is not None  # accounts are never deleted
        sessions.forget_ended(session, now, gate.idle)
        token = sessions.open_session(session, stored, knock.browser, now, code_owed=owes)
        if not owes:
            audit.record(session, stored.as_viewer(), "sign_in.succeeded", f"user:{stored.username}", at=now)
    if not owes:
        return _signed_in(knock, user, token, next)
    response = go_to(knock.request, "/sign-in/code")
    if next:
        response.headers["Location"] += f"?{urlencode({'next': local_path(next)})}"
    set_cookie(knock.request, response, SESSION_COOKIE, token)
    return response


def _signed_in(knock: Knock, user: User, token: str, next: str) -> Response:
    response = go_to(knock.request, local_path(next))
    set_cookie(knock.request, response, SESSION_COOKIE, token)
    browser = known_browsers.make_cookie(knock.gate.secrecy, user)
    set_cookie(knock.request, response, BROWSER_COOKIE, browser, max_age=YEAR_S)
    response.delete_cookie(VISITOR_COOKIE)
    return response


def _refused(
    request: Request, pages: Pages, error: NotSignedIn | TooMany, template: str = "sign_in.html", **context: str
) -> HTMLResponse:
    response = pages.render(request, template, error.status, failure=error, **context)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _note_failure(knock: Knock, user: User) -> None:
    now = knock.gate.clock.now()
    with knock.gate.database.writing() as session:
        details = {"address": knock.browser.address}
        audit.record(session, "@sign_in", "sign_in.failed", f"user:{user.username}", details, at=now)
