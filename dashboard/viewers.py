"""Who is asking? The dependencies by which routes learn it, and refuse.

A person comes with a session cookie or an API token (`Authorization: Bearer corr_...`); devices come with tokens of
their own, which `telemetry` knows. Whatever changes something by the power of the cookie has its CSRF token checked
right here, so that no route can forget it.

    @router.get("/devices")
    def devices(scope: Annotated[Scope, Depends(require(Action.VIEW_DEVICES))]) -> ...:
        query.where(col(Device.operator_id).in_(...))   # by scope.operators(Action.VIEW_DEVICES)
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from dashboard import api_tokens, csrf, sessions
from dashboard.lockout import Lockout
from dashboard.secrecy import Secrecy
from tracker.clock import Clock
from tracker.database import Database
from tracker.errors import NotAllowed, NotSignedIn
from tracker.restrictions import NONE, Restrictions
from tracker.scope import Action, Scope, Viewer, scope_of

SESSION_COOKIE = "corridor_session"
VISITOR_COOKIE = "corridor_visitor"
BROWSER_COOKIE = "corridor_browser"


@dataclass(frozen=True, slots=True)
class Gate:
    """What recognising people needs. One per application, in `app.state.gate`."""

    database: Database
    clock: Clock
    secrecy: Secrecy
    lockout: Lockout
    idle: timedelta
    public_url: str
    restrictions: Callable[[], Restrictions] = field(default=lambda: NONE)

    @property
    def https(self) -> bool:
        """Whether people come over HTTPS; then cookies are sent over nothing else."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, and by what: a session (with its token), an API token, or neither."""

    viewer: Viewer | None = None
    session_token: str | None = None
    session_id: int | None = None
    api_token_id: int | None = None


NOBODY = Identity()


def get_gate(request: Request) -> Gate:
    """Return the gate of the application."""
    gate: Gate = request.app.state.gate
    return gate


GateDep = Annotated[Gate, Depends(get_gate)]


async def identify(request: Request) -> Identity:
    """Return who asks; once per request.

    Raises:
        NotSignedIn: an API token that is not good; NotAllowed: a forged request, or a reading token that writes.
    """
    known: Identity | None = getattr(request.state, "identity", None)
    if known is not None:
        return known
    gate = get_gate(request)
    scheme, _, words = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and words.startswith(api_tokens.PREFIX):
        identity, may_write = await run_in_threadpool(_by_token, gate, words)
        if not may_write and request.method not in csrf.SAFE_METHODS:
            raise NotAllowed("token_read_only")
    elif scheme.lower() != "bearer" and (cookie := request.cookies.get(SESSION_COOKIE)):
        identity = await run_in_threadpool(find_by_session, gate, cookie)
        if identity.viewer is not None:
            request.state.identity = identity  # before the check: the page that refuses still knows whose it is
            await csrf.check(request, gate.secrecy, cookie)
    else:
        identity = NOBODY
    request.state.identity = identity
    return identity


IdentityDep = Annotated[Identity, Depends(identify)]


def current_scope(request: Request, identity: IdentityDep) -> Scope:
    """Return the scope of who asks; the public's for nobody."""
    return scope_of(identity.viewer, get_gate(request).restrictions())


ScopeDep = Annotated[Scope, Depends(current_scope)]


def require(action: Action, *, in_person: bool = False) -> Callable[[Request, Identity], Coroutine[Any, Any, Scope]]:
    """Return a dependency that lets only those pass who may do `action`, and gives their scope.

    `in_person` refuses API tokens: what a stolen token must not do (make users, read the audit trail).
    Whether a particular thing is theirs the route asks again with its names: `scope.may(action, operator_id=...)`.
    """

    async def allowed(request: Request, identity: IdentityDep) -> Scope:
        if identity.viewer is None:
            raise NotSignedIn
        # Reading them may ask the database; the loop must not wait for it.
        scope = scope_of(identity.viewer, await run_in_threadpool(get_gate(request).restrictions))
        if not scope.may(action) or (in_person and identity.session_token is None):
            raise NotAllowed
        return scope

    return allowed


def in_person(identity: IdentityDep) -> Identity:
    """Let only people pass who signed in at this browser: their own account is not an API token's business.

    Raises:
        NotSignedIn: nobody, or a program.
    """
    if identity.viewer is None or identity.session_token is None:
        raise NotSignedIn
    return identity


InPersonDep = Annotated[Identity, Depends(in_person)]


async def own_form(request: Request) -> None:
    """Let a form pass that somebody who is not signed in sends from a page of ours.

    Raises:
        NotAllowed: it is forged.
    """
    cookie = request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISITOR_COOKIE)
    await csrf.check(request, get_gate(request).secrecy, cookie)


def _by_token(gate: Gate, words: str) -> tuple[Identity, bool]:
    with gate.database.reading() as session:
        found = api_tokens.find_token(session, words, gate.clock.now())
        if found is None:
            raise NotSignedIn("token_unknown")
        token, user = found
        return Identity(user.as_viewer(), api_token_id=token.id), token.may_write


def find_by_session(gate: Gate, cookie: str) -> Identity:
    """Return who has the session of a cookie; nobody when it has ended. The session's use is noted."""
    now = gate.clock.now()
    with gate.database.reading() as session:
        found = sessions.find_session(session, cookie, now, gate.idle)
        if found is None:
            return NOBODY
        row, user = found
        identity = Identity(user.as_viewer(), cookie, row.id)
        stale = now - row.last_used_at >= sessions.TOUCH_EVERY
    if stale and identity.session_id is not None:
        sessions.touch(gate.database, identity.session_id, now)
    return identity
