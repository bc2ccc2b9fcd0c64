"""Switching one's own second factor on and off."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from dashboard import audit, totp
from dashboard.pages.account import confirm_password, myself, viewer_of
from dashboard.rendering import Pages, PagesDep, go_to
from dashboard.viewers import Gate, GateDep, Identity, InPersonDep
from tracker.errors import BadInput, CorridorError, Reason

router = APIRouter(prefix="/account/second-factor", include_in_schema=False)
Text = Annotated[str, Form()]
SETUP = "totp-setup"


@router.get("")
def second_factor_page(request: Request, gate: GateDep, pages: PagesDep, identity: InPersonDep) -> Response:
    """Show how to switch it on, with a fresh secret, or how to switch it off."""
    return _page(request, gate, pages, identity)


@router.post("/on")
def switch_on(
    request: Request, gate: GateDep, pages: PagesDep, identity: InPersonDep, *,
    setup: Text = "", code: Text = "", current: Text = "",
) -> Response:  # fmt: skip
    """Switch it on, if the code shows that the phone has the secret, and show the recovery codes, once."""
    viewer, now = viewer_of(identity), gate.clock.now()
    owner, _, secret = (gate.secrecy.unseal(SETUP, setup) or "").partition(":")
    if owner != str(viewer.user_id):  # made for somebody else, or before the key changed: begin again
        return go_to(request, "/account/second-factor")
    try:
        confirm_password(gate, viewer, request, current)
        with gate.database.writing() as session:
            user = myself(session, identity)
            codes = totp.enable(session, gate.secrecy, user, secret=secret, code=code, now=now)
            if codes is None:
                raise BadInput(reasons=[Reason("code_wrong", "code")])
            audit.record(session, viewer, "second_factor.on", f"user:{user.username}", at=now)
    except CorridorError as error:
        return _page(request, gate, pages, identity, failure=error, secret=secret)
    return pages.render(request, "recovery_codes.html", codes=codes)


@router.post("/off")
def switch_off(request: Request, gate: GateDep, pages: PagesDep, identity: InPersonDep, current: Text = "") -> Response:
    """Switch it off."""
    viewer, now = viewer_of(identity), gate.clock.now()
    try:
        confirm_password(gate, viewer, request, current)
    except CorridorError as error:
        return _page(request, gate, pages, identity, failure=error)
    with gate.database.writing() as session:
        user = myself(session, identity)
        totp.disable(session, user)
        audit.record(session, viewer, "second_factor.off", f"user:{user.username}", at=now)
    return go_to(request, "/account", "flash.second_factor_off")


def _page(
    request: Request,
    gate: Gate,
    pages: Pages,
    identity: Identity,
    *,
    failure: CorridorError | None = None,
    secret: str | None = None,
) -> Response:
    secret = secret or totp.new_secret()
    with gate.database.reading() as session:
        user = myself(session, identity)
        is_on, username = user.totp_sealed is not None, user.username
    return pages.render(
        request, "second_factor.html", failure.status if failure else 200,
        is_on=is_on, secret=secret, failure=failure, errors=failure.reasons if failure else (),
        # Sealed into the form: the server keeps nothing until the phone has shown that it has it.
        setup=gate.secrecy.seal(SETUP, f"{viewer_of(identity).user_id}:{secret}"),
        qr=Markup(totp.qr_svg(secret, username)),
    )  # fmt: skip
