"""Browsers that their owner has signed in with before: a signed cookie that lets them pass the attacker's wait.

It opens nothing by itself. It is bound to the account and to the password in force, so that a new password makes every
old one worthless.
"""

from __future__ import annotations

import secrets

from dashboard.accounts import User
from dashboard.secrecy import Secrecy

PURPOSE = "known-browser"


def make_cookie(secrecy: Secrecy, user: User) -> str:
    """Return the cookie for a browser in which `user` has just signed in."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{secrecy.sign(PURPOSE, _text(user, nonce))}"


def read_cookie(secrecy: Secrecy, user: User | None, cookie: str | None) -> str | None:
    """Return the nonce of a genuine cookie of `user`, by which `dashboard.lockout` counts; None for any other."""
    if user is None or not cookie or len(cookie) > 200:
        return None
    nonce, _, signature = cookie.partition(".")
    return nonce if secrecy.is_signed(PURPOSE, _text(user, nonce), signature) else None


def _text(user: User, nonce: str) -> str:
    since = user.password_changed_at.isoformat() if user.password_changed_at else ""
    return f"{user.key}|{since}|{nonce}"
