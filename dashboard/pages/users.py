"""The administrator's page of users: list, invite, reset, disable, change the role."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from dashboard import accounts, audit, invitations, sessions, totp
from dashboard.accounts import SCOPE_FIELDS, User, get_user, scope_fields
from dashboard.rendering import Pages, PagesDep, go_to
from dashboard.scope_choices import ScopeChoices, list_choices
from dashboard.viewers import Gate, GateDep, require
from tracker.errors import BadInput, Conflict, CorridorError, Reason
from tracker.scope import Action, Role, Scope, Viewer

router = APIRouter(prefix="/users", include_in_schema=False)
Text = Annotated[str, Form()]
Administrator = Annotated[Scope, Depends(require(Action.MANAGE_USERS, in_person=True))]


@router.get("")
def users_page(request: Request, gate: GateDep, pages: PagesDep, scope: Administrator) -> Response:
    """List everybody."""
    with gate.database.reading() as session:
        return pages.render(request, "users.html", users=accounts.list_users(session), now=gate.clock.now())


@router.get("/new")
def new_user_page(request: Request, gate: GateDep, pages: PagesDep, scope: Administrator) -> Response:
    """Show the form for a new user."""
    with gate.database.reading() as session:
        choices = list_choices(session)
    given = dict.fromkeys(("username", "display_name", "role", *SCOPE_FIELDS), "") | {"language": "fr"}
    return pages.render(request, "user_new.html", given=given, failure=None, roles=list(Role), choices=choices)


@router.post("")
async def create_user(request: Request, gate: GateDep, pages: PagesDep, scope: Administrator) -> Response:
    """Add a user and show the link to hand over."""
    form = await request.form()
    given = {name: str(form.get(name, "")) for name in ("username", "display_name", "role", "language", *SCOPE_FIELDS)}
    return await run_in_threadpool(_create, request, gate, pages, viewer_of(scope), given)


@router.get("/{user_id}")
def user_page(request: Request, user_id: int, gate: GateDep, pages: PagesDep, scope: Administrator) -> Response:
    """Show one user."""
    return _page(request, gate, pages, user_id)


@router.post("/{user_id}/link")
def make_link(request: Request, user_id: int, gate: GateDep, pages: PagesDep, scope: Administrator) -> Response:
    """Make a one-time link (invitation, or reset of the password) and show it, once."""
    now = gate.clock.now()
    with gate.database.writing() as session:
        user = _active(get_user(session, user_id))
        token, expires_at = invitations.invite(session, user, now)
        audit.record(session, viewer_of(scope), "user.link_made", f"user:{user.username}", at=now)
    return _page(request, gate, pages, user_id, link=link_of(gate, token), expires_at=expires_at)


@router.post("/{user_id}/role")
async def change_role(request: Request, user_id: int, gate: GateDep, pages: PagesDep, scope: Administrator) -> Response:
    """Give a user another role or scope."""
    form = await request.form()
    given = {name: str(form.get(name, "")) for name in ("role", *SCOPE_FIELDS)}
    change = partial(_change_role, request, gate, pages, viewer=viewer_of(scope), user_id=user_id, given=given)
    return await run_in_threadpool(change)


@router.post("/{user_id}/disable")
def disable(request: Request, user_id: int, gate: GateDep, scope: Administrator) -> Response:
    """Close an account: sessions, tokens and links stop at once."""
    viewer, now = viewer_of(scope), gate.clock.now()
    _not_oneself(viewer, user_id)
    with gate.database.writing() as session:
        user = get_user(session, user_id)
        user.disabled_at = user.disabled_at or now
        sessions.end_sessions(session, user_id)
        invitations.withdraw(session, user_id)
        audit.record(session, viewer, "user.disabled", f"user:{user.username}", at=now)
    return go_to(request, f"/users/{user_id}", "flash.user_disabled")


@router.post("/{user_id}/enable")
def enable(request: Request, user_id: int, gate: GateDep, scope: Administrator) -> Response:
    """Open an account again."""
    now = gate.clock.now()
    with gate.database.writing() as session:
        user = get_user(session, user_id)
        user.disabled_at = None
        audit.record(session, viewer_of(scope), "user.enabled", f"user:{user.username}", at=now)
    return go_to(request, f"/users/{user_id}", "flash.user_enabled")


@router.post("/{user_id}/second-factor/off")
def second_factor_off(request: Request, user_id: int, gate: GateDep, scope: Administrator) -> Response:
    """Switch the second factor of a person off who has lost phone and recovery codes."""
    now = gate.clock.now()
    with gate.database.writing() as session:
        user = get_user(session, user_id)
        totp.disable(session, user)
        audit.record(session, viewer_of(scope), "second_factor.reset", f"user:{user.username}", at=now)
    return go_to(request, f"/users/{user_id}", "flash.second_factor_off")


def viewer_of(scope: Scope) -> Viewer:
    """Return the person behind a scope that `require` let pass."""
    assert scope.viewer is not None
    return scope.viewer


def link_of(gate: Gate, token: str) -> str:
    """Return the address of a one-time link."""
    return f"{gate.public_url}/welcome/{token}"


def _known_role(given: dict[str, str], choices: ScopeChoices) -> Role:
    """Return the role of a form, after a look at what the role is for."""
    try:
        role = Role(given["role"])
    except ValueError:
        raise BadInput(reasons=[Reason("role_unknown", "role")]) from None
    fields, _ = scope_fields(role, dict(given))
    if unknown := choices.unknown(fields):
        raise BadInput(reasons=unknown)
    return role


def _create(request: Request, gate: Gate, pages: Pages, viewer: Viewer, given: dict[str, str]) -> Response:
    now = gate.clock.now()
    with gate.database.reading() as session:
        choices = list_choices(session)
    try:
        role = _known_role(given, choices)
        with gate.database.writing() as session:
            user = accounts.create_user(
                session, given["username"], given["display_name"], role, now=now,
                language=given["language"], **{name: given[name] for name in SCOPE_FIELDS},
            )  # fmt: skip
            token, expires_at = invitations.invite(session, user, now)
            audit.record(session, viewer, "user.created", f"user:{user.username}", _described(user), at=now)
            user_id = user.key
    except CorridorError as error:
        return pages.render(
            request, "user_new.html", error.status, given=given, failure=error, errors=error.reasons,
            roles=list(Role), choices=choices,
        )  # fmt: skip
    return _page(request, gate, pages, user_id, link=link_of(gate, token), expires_at=expires_at)


def _change_role(
    request: Request, gate: Gate, pages: Pages, *, viewer: Viewer, user_id: int, given: dict[str, str]
) -> Response:
    now = gate.clock.now()
    try:
        _not_oneself(viewer, user_id)
        with gate.database.writing() as session:
            role = _known_role(given, list_choices(session))
            user = get_user(session, user_id)
            before = _described(user)
            accounts.change_role(user, role, **{name: given[name] for name in SCOPE_FIELDS})
            details = {"before": before, "after": _described(user)}
            audit.record(session, viewer, "user.role_changed", f"user:{user.username}", details, at=now)
    except (BadInput, Conflict) as error:
        return _page(request, gate, pages, user_id, failure=error)
    return go_to(request, f"/users/{user_id}", "flash.role_changed")


def _page(
    request: Request, gate: Gate, pages: Pages, user_id: int, failure: CorridorError | None = None, **more: Any
) -> HTMLResponse:
    with gate.database.reading() as session:
        user = get_user(session, user_id)
        context: dict[str, Any] = {
            "user": user,
            "now": gate.clock.now(),
            "roles": list(Role),
            "choices": list_choices(session),
            "link": None,
            "expires_at": None,
            "failure": failure,
            "errors": failure.reasons if failure else (),
        }
        return pages.render(request, "user.html", failure.status if failure else 200, **context | more)


def _described(user: User) -> dict[str, Any]:
    return {name: value for name in ("role", *SCOPE_FIELDS) if (value := getattr(user, name))}


def _active(user: User) -> User:
    if user.disabled_at is not None:
        raise Conflict("user_disabled")
    return user


def _not_oneself(viewer: Viewer, user_id: int) -> None:
    """Refuse to close or change one's own account: so there is always an administrator left."""
    if viewer.user_id == user_id:
        raise Conflict("not_oneself")
