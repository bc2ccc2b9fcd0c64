"""Sealed text: encrypted before it is logged, erased by destroying its key.

The log is append-only and chained, so nothing in it can be taken out. Words that identify people are therefore written
there only as ciphertext, each under a data key of its own. The data key lies beside the log, wrapped with a key derived
from the installation's secret; `erase` destroys it, and the ciphertext stays behind as noise in an unbroken chain.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import CheckConstraint, Column, LargeBinary, insert, update
from sqlmodel import Field, Session, SQLModel, col

from tracker.database import UtcDateTime
from tracker.errors import NotFound

NONCE_BYTES = 12


class SealKey(SQLModel, table=True):
    """The data key of one sealed text, wrapped; none any more once it was erased."""

    __tablename__ = "seal_key"
    __table_args__ = (
        CheckConstraint("(wrapped is null) = (erased_at is not null)", name="ck_seal_key_erased"),
        CheckConstraint("wrapped is null or length(wrapped) = 60", name="ck_seal_key_wrapped"),
    )

    key_id: UUID = Field(primary_key=True)
    wrapped: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    created_at: datetime = Field(sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed text and its wrapped key; `written` goes into the log, `wrapped` into `seal_key`."""

    key_id: UUID
    nonce: bytes
    ciphertext: bytes
    wrapped: bytes

    @property
    def written(self) -> dict[str, str]:
        """The form that is stored: key id, nonce and ciphertext."""
        return {
            "key_id": str(self.key_id),
            "nonce": base64.b64encode(self.nonce).decode(),
            "text": base64.b64encode(self.ciphertext).decode(),
        }


class Sealer:
    """Seals and opens texts."""

    def __init__(self, secret: str) -> None:
        """Derive the wrapping key from the installation's secret."""
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"corridor seal v1").derive(secret.encode())
        self._wrapping = AESGCM(derived)

    def seal(self, text: bytes) -> Sealed:
        """Return `text` sealed under a new key; nothing is stored yet."""
        key_id = uuid4()
        data_key = AESGCM.generate_key(256)
        nonce, wrap_nonce = os.urandom(NONCE_BYTES), os.urandom(NONCE_BYTES)
        ciphertext = AESGCM(data_key).encrypt(nonce, text, key_id.bytes)
        wrapped = wrap_nonce + self._wrapping.encrypt(wrap_nonce, data_key, key_id.bytes)
        return Sealed(key_id, nonce, ciphertext, wrapped)

    def keep(self, session: Session, sealed: Sequence[Sealed], at: datetime) -> None:
        """Store the keys, in the transaction that stores the texts."""
        if sealed:
            rows = [{"key_id": one.key_id, "wrapped": one.wrapped, "created_at": at} for one in sealed]
            session.connection().execute(insert(SealKey), rows)

    def open_sealed(self, session: Session, written: Mapping[str, str]) -> bytes:
        """Return the text behind `written`.

        Raises:
            NotFound: its key was erased (`sealed_text_erased`), or is not the one it was sealed with
                (`sealed_text_unreadable`).
        """
        key_id = UUID(written["key_id"])
        key = session.get(SealKey, key_id)
        if key is None or key.wrapped is None:
            raise NotFound("sealed_text_erased")
        try:
            data_key = self._wrapping.decrypt(key.wrapped[:NONCE_BYTES], key.wrapped[NONCE_BYTES:], key_id.bytes)
            nonce, ciphertext = base64.b64decode(written["nonce"]), base64.b64decode(written["text"])
            return AESGCM(data_key).decrypt(nonce, ciphertext, key_id.bytes)
        except InvalidTag:
            raise NotFound("sealed_text_unreadable") from None


def erase(session: Session, key_id: UUID, at: datetime) -> bool:
    """Destroy the key, and with it the text; say whether there was one."""
    statement = (
        update(SealKey)
        .where(col(SealKey.key_id) == key_id, col(SealKey.erased_at).is_(None))
        .values(wrapped=None, erased_at=at)
    )
    return session.connection().execute(statement).rowcount == 1
