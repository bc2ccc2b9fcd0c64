"""Protection against forged requests: what changes something by the power of a cookie must carry a token made from it.

The token is a keyed hash of the cookie, so nothing is stored, and it is masked anew for each page, so that compressing
the page tells nothing about it. It travels in the form field `csrf_token` or the header `X-CSRF-Token`. Somebody who is
not signed in has a `visitor` cookie for it: signing a victim in to the attacker's account is a forgery too. API tokens
travel in a header that no other site can set and need none of this.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import UploadFile
from starlette.requests import Request

from dashboard.secrecy import Secrecy
from tracker.errors import NotAllowed

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
SIZE = 32


def make_token(secrecy: Secrecy, cookie: str) -> str:
    """Return a token for the bearer of `cookie`; each call gives another that is as good."""
    mask = secrets.token_bytes(SIZE)
    masked = bytes(a ^ b for a, b in zip(mask, _mac(secrecy, cookie), strict=True))
    return base64.urlsafe_b64encode(mask + masked).decode()


def token_fits(secrecy: Secrecy, cookie: str, token: str) -> bool:
    """Say whether `token` was made for the bearer of `cookie`."""
    try:
        raw = base64.urlsafe_b64decode(token.encode())
    except ValueError:
        return False
    if len(raw) != 2 * SIZE:
        return False
    unmasked = bytes(a ^ b for a, b in zip(raw[:SIZE], raw[SIZE:], strict=True))
    return hmac.compare_digest(unmasked, _mac(secrecy, cookie))


async def check(request: Request, secrecy: Secrecy, cookie: str | None) -> None:
    """Let a request pass that changes nothing, or that carries the token of its cookie.

    Raises:
        NotAllowed: the token is missing or another's, or the browser says that the form stood on another site.
    """
    if request.method in SAFE_METHODS:
        return
    if is_from_elsewhere(request) or not cookie:
        raise NotAllowed("csrf")
    token = request.headers.get(HEADER)
    if token is None and request.headers.get("content-type", "").split(";")[0].strip() in FORM_TYPES:
        field = (await request.form()).get(FIELD)
        token = None if isinstance(field, UploadFile) else field
    if token is None or not token_fits(secrecy, cookie, token):
        raise NotAllowed("csrf")


def is_from_elsewhere(request: Request) -> bool:
    """Say whether the browser names another site as the origin of the request.

    Browsers that name none are left to the token.
    """
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return True
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def _mac(secrecy: Secrecy, cookie: str) -> bytes:
    return hmac.digest(secrecy.key("csrf"), cookie.encode(), "sha256")
