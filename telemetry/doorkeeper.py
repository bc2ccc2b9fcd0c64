"""Who knocks at an HTTP door: finds the sender of a request, and slows down those who guess or hurry."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from telemetry.limits import RateLimiter
from telemetry.senders import Authenticator, Sender
from tracker.errors import NotSignedIn


class Doorkeeper:
    """Finds senders by `Authorization: Bearer TOKEN`, or `Basic DEVICE:TOKEN` as the OwnTracks app sends it."""

    def __init__(
        self,
        authenticator: Authenticator,
        per_device: RateLimiter,
        per_address: RateLimiter,
        session_sender: Callable[[Request], Sender | None] | None = None,
    ) -> None:
        """Ask `authenticator` about tokens; `session_sender` knows people who are signed in with a browser."""
        self._authenticator = authenticator
        self._per_device, self._per_address = per_device, per_address
        self._session_sender = session_sender

    async def sender(self, request: Request, *, basic: bool = False, key: str | None = None) -> Sender:
        """Return who sends `request`; `key` is a token that stands elsewhere in it, "" for none where sessions do not count.

        Raises:
            NotSignedIn: no valid token.
            TooMany: too many requests of this device, or too many without a valid token from this address.
            DatabaseAway: nobody can say now.
        """
        user, token = _credentials(request.headers.get("authorization", ""))
        token = token or key or ""
        sender: Sender | None = None
        if token:
            sender = await run_in_threadpool(self._authenticator.authenticate, token)
            if sender is not None and user is not None and user != sender.device_id:
                sender = None
        elif self._session_sender is not None and not basic and key is None:
            sender = await run_in_threadpool(self._session_sender, request)
        if sender is None:
            self._per_address.take(request.client.host if request.client else "")
            raise NotSignedIn(basic=basic)
        self._per_device.take(sender.device_id)
        request.state.language = sender.language
        return sender


def _credentials(header: str) -> tuple[str | None, str]:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return None, value.strip()
    if scheme.lower() == "basic":
        try:
            user, _, token = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None, ""
        return user, token
    return None, ""
