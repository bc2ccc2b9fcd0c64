"""Limits at the HTTP doors: the size of a body, and how often a device or an address may knock."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telemetry.answers import error_response, language_of
from tracker.clock import Clock
from tracker.errors import BadInput, CorridorError, Reason, TooLarge, TooMany
from tracker.phrases import Phrasebook


class BodyLimit:
    """ASGI middleware that answers 413 as soon as a body grows over the limit; chunked bodies are counted too.

    A body that says it is compressed (`Content-Encoding: gzip`) is opened on the way, piece by piece: the limit holds for what
    comes out of it, and one that cannot be opened is answered 422. `limit_of(path)` may allow some paths more (imports).
    """

    def __init__(
        self, app: ASGIApp, limit: int, phrasebook: Phrasebook, limit_of: Callable[[str], int] | None = None
    ) -> None:
        """Guard `app`."""
        self._app, self._limit, self._phrasebook, self._limit_of = app, limit, phrasebook, limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"]) if self._limit_of else self._limit
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"")
        packed = _Packed() if headers.get(b"content-encoding", b"").strip().lower() in (b"gzip", b"x-gzip") else None
        if packed:
            own = [(name, value) for name, value in scope["headers"] if name not in _OF_PACKED]
            scope = {**scope, "headers": own}
        seen, started = 0, False
        fault: CorridorError | None = None
        if announced.isdigit() and int(announced) > limit:
            fault = TooLarge(limit=limit)

        async def counted() -> Message:
            nonlocal seen, fault
            message = await receive()
            if message["type"] == "http.request":
                body = message.get("body", b"")
                try:
                    if packed:
                        body = packed.opened(body, limit - seen + 1, is_last=not message.get("more_body", False))
                        message = {**message, "body": body}
                except zlib.error:
                    fault = BadInput(reasons=[Reason("not_gzip")])
                    raise _Refused from None
                seen += len(body)
                if seen > limit:
                    fault = TooLarge(limit=limit)
                    raise _Refused
            return message

        async def noted(message: Message) -> None:
            nonlocal started
            if fault and not started:
                return  # what the application makes of a body that ends too early is no answer
            started = True
            await send(message)

        if not fault:
            try:
                await self._app(scope, counted, noted)
            except _Refused:
                if started:  # too late for an answer: the server closes the connection
                    raise
        if fault and not started:
            language = language_of(Request(scope), self._phrasebook)
            response = error_response(fault, self._phrasebook, language)
            response.headers["Connection"] = "close"
            await response(scope, receive, send)


class _Refused(Exception):
    pass


_OF_PACKED = frozenset({b"content-encoding", b"content-length"})
_GZIP_BITS = 31  # of zlib: a window of 32 kB, and gzip's header


class _Packed:
    """A compressed body that is opened piece by piece."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(_GZIP_BITS)

    def opened(self, piece: bytes, most: int, *, is_last: bool) -> bytes:
        """Return what one more piece says, not more than `most` bytes of it.

        Raises:
            zlib.error: it is no gzip, it is cut off, or something follows it.
        """
        said = self._inflater.decompress(piece, most)
        if len(said) < most and (self._inflater.unused_data or (is_last and not self._inflater.eof)):
            raise zlib.error
        return said


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class RateLimiter:
    """A token bucket per key: `per_minute` on average, as many at once. Remembers a bounded number of keys.

    A key that is forgotten starts with a full bucket; the ones that knocked least recently are forgotten first.
    """

    def __init__(self, per_minute: int, clock: Clock, most_keys: int = 50_000) -> None:
        """Allow `per_minute` to each key."""
        self._per_minute, self._clock, self._most_keys = per_minute, clock, most_keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, key: str) -> None:
        """Count one request of `key`.

        Raises:
            TooMany: it was one too many.
        """
        now = self._clock.now()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._most_keys:
                self._buckets.popitem(last=False)
            bucket = self._buckets[key] = _Bucket(float(self._per_minute), now)
        else:
            self._buckets.move_to_end(key)
        passed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens = min(self._per_minute, bucket.tokens + passed * self._per_minute / 60)
        bucket.at = now
        if bucket.tokens < 1:
            wait_s = (1 - bucket.tokens) * 60 / self._per_minute
            raise TooMany(limit=self._per_minute, retry_after_s=int(wait_s) + 1)
        bucket.tokens -= 1
