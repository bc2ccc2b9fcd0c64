"""One's own account: language, password, signed-in browsers, API tokens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from dashboard import api_tokens, audit, sessions, totp
from dashboard.accounts import User, get_user, set_password
from dashboard.pages.sign_in import check_repeated
from dashboard.passwords import SHORTEST, password_matches
from dashboard.rendering import LANGUAGE_COOKIE, YEAR_S, Pages, PagesDep, go_to, set_cookie
from dashboard.viewers import Gate, GateDep, Identity, InPersonDep
from tracker.errors import BadInput, CorridorError, NotFound, Reason
from tracker.phrases import LANGUAGES
from tracker.scope import Viewer

router = APIRouter(prefix="/account", include_in_schema=False)
Text = Annotated[str, Form()]


@router.get("")
def account_page(request: Request, gate: GateDep, pages: PagesDep, identity: InPersonDep) -> Response:
    """Show the account."""
    return _page(request, gate, pages, identity)


@router.post("/language")
def change_language(request: Request, gate: GateDep, identity: InPersonDep, language: Text = "") -> Response:
    """Change the language of the person, and of this browser."""
    if language not in LANGUAGES:
        raise NotFound
    with gate.database.writing() as session:
        myself(session, identity).language = language
    response = go_to(request, "/account", "flash.language_changed")
    set_cookie(request, response, LANGUAGE_COOKIE, language, max_age=YEAR_S)
    return response


@router.post("/password")
def change_password(
    request: Request, gate: GateDep, pages: PagesDep, identity: InPersonDep, *,
    current: Text = "", password: Text = "", again: Text = "",
) -> Response:  # fmt: skip
    """Change the password; every other browser is signed out."""
    viewer, now = viewer_of(identity), gate.clock.now()
    try:
        confirm_password(gate, viewer, request, current)
        check_repeated(password, again)
        with gate.database.writing() as session:
            user = myself(session, identity)
            set_password(user, password, now)
            sessions.end_sessions(session, user.key, keep=identity.session_token)
            audit.record(session, viewer, "password.changed", f"user:{user.username}", at=now)
    except CorridorError as error:
        return _page(request, gate, pages, identity, failure=error)
    return go_to(request, "/account", "flash.password_changed")


@router.post("/sessions/{session_id}/end")
def end_session(request: Request, gate: GateDep, identity: InPersonDep, session_id: int) -> Response:
    """Sign one browser out."""
    with gate.database.writing() as session:
        if not sessions.end_own_session(session, viewer_of(identity).user_id, session_id):
            raise NotFound
    return go_to(request, "/account", "flash.session_ended")


@router.post("/sessions/end-others")
def end_other_sessions(request: Request, gate: GateDep, identity: InPersonDep) -> Response:
    """Sign every other browser out."""
    with gate.database.writing() as session:
        sessions.end_sessions(session, viewer_of(identity).user_id, keep=identity.session_token)
    return go_to(request, "/account", "flash.sessions_ended")


@router.post("/tokens")
def create_token(
    request: Request, gate: GateDep, pages: PagesDep, identity: InPersonDep, *,
    name: Text = "", days: Annotated[int, Form()] = 90, access: Text = "read",
) -> Response:  # fmt: skip
    """Make an API token and show it, once: this page is the answer itself, so that reloading cannot bring it back."""
    viewer, now = viewer_of(identity), gate.clock.now()
    try:
        with gate.database.writing() as session:
            row, words = api_tokens.create_token(
                session, viewer.user_id, name, days=days, may_write=access == "write", now=now
            )
            details = {"days": days, "may_write": row.may_write}
            audit.record(session, viewer, "token.created", f"token:{row.name}", details, at=now)
    except CorridorError as error:
        return _page(request, gate, pages, identity, failure=error)
    return _page(request, gate, pages, identity, new_token=words)


@router.post("/tokens/{token_id}/revoke")
def revoke_token(request: Request, gate: GateDep, identity: InPersonDep, token_id: int) -> Response:
    """Revoke an API token."""
    viewer, now = viewer_of(identity), gate.clock.now()
    with gate.database.writing() as session:
        if not api_tokens.revoke_token(session, viewer.user_id, token_id, now):
            raise NotFound
        audit.record(session, viewer, "token.revoked", f"token:{token_id}", at=now)
    return go_to(request, "/account", "flash.token_revoked")


def viewer_of(identity: Identity) -> Viewer:
    """Return the person behind an identity that `in_person` let pass."""
    assert identity.viewer is not None
    return identity.viewer


def myself(session: Session, identity: Identity) -> User:
    """Return the stored user behind an identity."""
    return get_user(session, viewer_of(identity).user_id)


def confirm_password(gate: Gate, viewer: Viewer, request: Request, password: str) -> None:
    """Ask for the password again before something that a borrowed phone must not do. Guessing is slowed as at sign-in.

    Raises:
        BadInput: it is wrong; TooMany: too many were.
    """
    account, address = f"confirm:{viewer.user_id}", request.client.host if request.client else "unknown"
    gate.lockout.check(account, address)
    with gate.database.reading() as session:
        hashed = get_user(session, viewer.user_id).password_hash
    if not password_matches(password, hashed):
        gate.lockout.failed(account, address)
        raise BadInput(reasons=[Reason("password_wrong", "current")])
    gate.lockout.succeeded(account, address)


def _page(
    request: Request, gate: Gate, pages: Pages, identity: Identity, failure: CorridorError | None = None, **more: Any
) -> HTMLResponse:
    viewer, now = viewer_of(identity), gate.clock.now()
    with gate.database.reading() as session:
        user = get_user(session, viewer.user_id)
        context = {
            "user": user,
            "now": now,
            "least": SHORTEST,
            "sessions": sessions.list_sessions(session, viewer.user_id, now, gate.idle),
            "browser_name": sessions.browser_name,
            "own_session_id": identity.session_id,
            "tokens": api_tokens.list_tokens(session, viewer.user_id, now),
            "recovery_left": totp.recovery_codes_left(session, viewer.user_id),
            "new_token": None,
            "failure": failure,
            "errors": failure.reasons if failure else (),
        }
        return pages.render(request, "account.html", failure.status if failure else 200, **context | more)
