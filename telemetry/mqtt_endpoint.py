"""Where a broker is, who signs in there, and what it says for whoever breaks off."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PORT, TLS_PORT = 1883, 8883


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker listens. `ca` is the authority to trust, or with `pinned` the broker's own certificate."""

    host: str
    port: int
    tls: bool = False
    ca: Path | None = None
    pinned: bool = False

    def tls_context(self) -> ssl.SSLContext:
        """Return how the broker's certificate is checked."""
        context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        if self.pinned:  # we reach our own child by its loopback address, which no certificate names
            context.check_hostname = False
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context


def parse_endpoints(url: str, ca: Path | None = None) -> tuple[Endpoint, ...]:
    """Read `mqtt://host:port` or `mqtts://host`, several with commas between (a cluster: any of them will do).

    Raises:
        ValueError: not such a URL.
    """
    endpoints = []
    for part in url.split(","):
        parts = urlsplit(part.strip())
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            raise ValueError(part)
        tls = parts.scheme == "mqtts"
        endpoints.append(Endpoint(parts.hostname, parts.port or (TLS_PORT if tls else PORT), tls, ca if tls else None))
    return tuple(endpoints)


@dataclass(frozen=True, slots=True)
class Identity:
    """How a connection signs in. `client_id` names the session at the broker."""

    client_id: str = field(repr=False)
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for a connection that breaks."""

    topic: str
    payload: bytes
    retain: bool = True
