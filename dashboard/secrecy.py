"""Secrets we hand out, and how little of them we keep.

Tokens carry 256 random bits, so a plain SHA-256 is enough to store them by: nobody guesses one from its hash. What must
be read again (a TOTP secret) is sealed with a key derived from the installation's secret; what only must be recognised
is signed with another. Each purpose has its own key, so that a signature made for one is worthless for the next.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def new_token() -> str:
    """Return 256 random bits as 43 characters that are safe in a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).digest()


class Secrecy:
    """Signs and seals with keys derived from the secret of the installation."""

    def __init__(self, secret: str) -> None:
        """Derive nothing yet; `secret` is `tracker.settings.secret_of`."""
        self._secret = secret.encode()

    def key(self, purpose: str) -> bytes:
        """Return the 256-bit key of one purpose."""
        return HKDF(SHA256(), 32, None, f"corridor/{purpose}".encode()).derive(self._secret)

    def sign(self, purpose: str, text: str) -> str:
        """Return the signature of `text`, good for this purpose only."""
        mac = hmac.digest(self.key(purpose), text.encode(), "sha256")
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Say whether `signature` is that of `text`."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode())

    def seal(self, purpose: str, text: str) -> str:
        """Encrypt `text` so that it can be read again, and not changed."""
        return self._fernet(purpose).encrypt(text.encode()).decode()

    def unseal(self, purpose: str, sealed: str) -> str | None:
        """Return the sealed text; None when it was changed or sealed under another secret."""
        try:
            return self._fernet(purpose).decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def _fernet(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self.key(purpose)))
