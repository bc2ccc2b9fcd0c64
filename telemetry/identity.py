"""What makes two messages the same: their id, and a keyed hash of what they say."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from telemetry.kinds import Kind

# Made for this system (UUIDv4 of our own); it must never change, or old messages would be taken for new ones.
NAMESPACE = UUID("6f2d1c1e-5c0b-4b53-9a56-0f4bd1e1c2a7")
_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def canonical(body: Mapping[str, Any]) -> bytes:
    """Return the one way of writing `body`: sorted keys, no blanks, times in UTC with `Z`."""
    return orjson.dumps(body, option=_CANONICAL)


class Identifier:
    """Names and hashes messages; the key keeps short texts from being guessed from their hash."""

    def __init__(self, secret: str) -> None:
        """Derive the key from the installation's secret."""
        self._key = hashlib.sha256(b"corridor content hash v1\0" + secret.encode()).digest()

    def content_hash(self, body: bytes, free_text: Mapping[str, str]) -> bytes:
        """Return the HMAC-SHA256 of a canonical body and its free text: 32 bytes."""
        if free_text:
            body = body + b"\0" + canonical(free_text)
        return hmac.digest(self._key, body, "sha256")

    def derived_id(self, subject: str, kind: Kind, body: bytes, free_text_hash: bytes = b"") -> UUID:
        """Return the UUIDv5 of a message that brought no id.

        Free text takes part by its keyed hash: an id made from the words themselves would let somebody who guesses
        them prove it, after they have been erased.
        """
        name = f"{subject}\n{kind.value}\n".encode() + body + free_text_hash
        digest = hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).digest()
        return UUID(bytes=digest[:16], version=5)
