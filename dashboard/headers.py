"""Security headers of every answer: pages load from ourselves only, run our scripts only, and stand in no frame."""

from __future__ import annotations

import secrets

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Styles of elements are set by script (Leaflet does), never by attributes in the page.
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # addresses of one-time links must not travel
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Of data, which no browser shows as a page: it runs nothing and stands in no frame. Phones pay for each byte.
OF_DATA = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def secure(headers: MutableHeaders, nonce: str, https: bool) -> None:
    """Add the security headers that are not there yet; with `https`, browsers come back over HTTPS only."""
    policy = {"Content-Security-Policy": POLICY.format(nonce=nonce)}
    wanted = OF_DATA if headers.get("content-type", "").startswith("application/json") else HEADERS | policy
    for name, value in (wanted | (HTTPS_ONLY if https else {})).items():
        headers.setdefault(name, value)


class SecurityHeaders:
    """ASGI middleware: gives each request a nonce (`request.state.nonce`) and each answer its security headers."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        """Wrap `app`, which people reach over HTTPS or not."""
        self._app, self._https = app, https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), nonce, self._https)
            await send(message)

        await self._app(scope, receive, send_with_headers)
