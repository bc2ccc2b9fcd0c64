"""People who send messages with a browser they are signed in with: the same bodies as devices, under their own names."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request

from dashboard import csrf
from dashboard.api_tokens import sender_of
from dashboard.viewers import SESSION_COOKIE, Gate, find_by_session
from telemetry.senders import Sender
from tracker.errors import NotAllowed


def browser_senders(gate: Gate) -> Callable[[Request], Sender | None]:
    """Return who says who sends a request, by its session's cookie; None for nobody.

    The answer raises `NotAllowed` for a request that changes something without the token of its cookie, and for people who
    send nothing.
    """

    def find(request: Request) -> Sender | None:
        cookie = request.cookies.get(SESSION_COOKIE)
        viewer = find_by_session(gate, cookie).viewer if cookie else None
        if cookie is None or viewer is None:
            return None
        if request.method not in csrf.SAFE_METHODS:
            token = request.headers.get(csrf.HEADER)
            if csrf.is_from_elsewhere(request) or token is None or not csrf.token_fits(gate.secrecy, cookie, token):
                raise NotAllowed("csrf")
        return sender_of(viewer)

    return find
