"""Keeps what was refused: sealed, listed with every reason, opened for those who may, marked when tried again."""

from __future__ import annotations

import builtins
import hashlib
import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from telemetry.dead_letter import DeadLetter, LetterView, NewLetter
from telemetry.seal import Sealed, Sealer
from telemetry.senders import Sender, SenderKind
from tracker.clock import Clock
from tracker.database import Database, UtcDateTime
from tracker.errors import NotFound, Reason

LETTERS_LOCK = 0x0C0881DD


class DeadLetters:
    """The dead letters of this installation. Safe to share between threads."""

    def __init__(self, database: Database, sealer: Sealer, secret: str, clock: Clock) -> None:
        """Keep letters in `database`, their messages sealed by `sealer`."""
        self._database, self._sealer, self._clock = database, sealer, clock
        self._key = hashlib.sha256(b"corridor dead letter v1\0" + secret.encode()).digest()

    def keep(self, session: Session, letters: Sequence[NewLetter]) -> None:
        """Store letters inside the open transaction; what came before is counted once more."""
        if not letters:
            return
        self._database.lock(session, LETTERS_LOCK)
        raws = [_bytes_of(letter.raw) for letter in letters]
        prints = [self._fingerprint(letter, raw) for letter, raw in zip(letters, raws, strict=True)]
        known = self._known(session, set(prints))
        again: dict[bytes, datetime] = {}
        rows: builtins.list[dict[str, Any]] = []
        keys: builtins.list[Sealed] = []
        for letter, raw, fingerprint in zip(letters, raws, prints, strict=True):
            if fingerprint in known:
                again[fingerprint] = letter.received_at
                continue
            known.add(fingerprint)
            row = _row(letter, fingerprint, len(raw))
            if letter.keep_raw:
                sealed = self._sealer.seal(raw)
                keys.append(sealed)
                row["raw"] = orjson.dumps(sealed.written)
            rows.append(row)
        self._sealer.keep(session, keys, letters[0].received_at)
        connection = session.connection()
        if rows:
            connection.execute(insert(DeadLetter), rows)
        if again:
            statement = (
                update(DeadLetter)
                .where(col(DeadLetter.fingerprint) == bindparam("known"))
                .values(
                    times=col(DeadLetter.times) + 1,
                    last_received_at=bindparam("at", type_=UtcDateTime()),
                )
            )
            connection.execute(statement, [{"known": one, "at": at} for one, at in again.items()])

    def list(
        self,
        *,
        operators: Collection[str] | None = None,
        posts: Collection[str] | None = None,
        kind: str | None = None,
        device_id: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> builtins.list[LetterView]:
        """Return letters, newest first, from the one before number `before`.

        `operators` and `posts` limit what is seen (None: no limit); a letter of nobody is seen without limits only.
        """
        query = select(DeadLetter).order_by(col(DeadLetter.id).desc()).limit(limit)
        if operators is not None:
            query = query.where(col(DeadLetter.operator_id).in_(operators))
        if posts is not None:
            query = query.where(col(DeadLetter.post_id).in_(posts))
        if kind is not None:
            query = query.where(DeadLetter.kind == kind)
        if device_id is not None:
            query = query.where(DeadLetter.device_id == device_id)
        if before is not None:
            query = query.where(col(DeadLetter.id) < before)
        with self._database.reading() as session:
            return [_view(letter) for letter in session.exec(query)]

    def get(self, letter_id: int) -> LetterView:
        """Return a letter without its message.

        Raises:
            NotFound: no such letter.
        """
        with self._database.reading() as session:
            return _view(_get(session, letter_id))

    def open_raw(self, letter_id: int) -> bytes:
        """Return the message of a letter. The caller has checked who asks.

        Raises:
            NotFound: no such letter, or its message was not kept (`letter_without_message`) or is erased.
        """
        with self._database.reading() as session:
            letter = _get(session, letter_id)
            if letter.raw is None:
                raise NotFound("letter_without_message")
            return self._sealer.open_sealed(session, orjson.loads(letter.raw))

    def sender_of(self, letter_id: int) -> Sender | None:
        """Return who sent it, as it was known then; None over MQTT.

        Raises:
            NotFound: no such letter.
        """
        with self._database.reading() as session:
            written = _get(session, letter_id).sender
        if written is None:
            return None
        fields = orjson.loads(written)
        return Sender(**fields | {"kind": SenderKind(fields["kind"])})

    def note_replay(self, letter_id: int, outcome: str) -> None:
        """Remember that a letter was tried again, and what became of it.

        Raises:
            NotFound: no such letter.
        """
        with self._database.writing() as session:
            letter = _get(session, letter_id)
            letter.replayed_at, letter.replay_outcome = self._clock.now(), outcome

    def _fingerprint(self, letter: NewLetter, raw: bytes) -> bytes:
        head = f"{letter.transport}|{letter.kind}|{letter.subject}|{letter.device_id}\0".encode()
        return hmac.digest(self._key, head + raw, "sha256")

    def _known(self, session: Session, prints: set[bytes]) -> set[bytes]:
        known: set[bytes] = set()
        wanted = list(prints)
        for start in range(0, len(wanted), 400):  # SQLite takes a limited number of parameters
            chunk = wanted[start : start + 400]
            known.update(session.exec(select(DeadLetter.fingerprint).where(col(DeadLetter.fingerprint).in_(chunk))))
        return known


def _get(session: Session, letter_id: int) -> DeadLetter:
    letter = session.get(DeadLetter, letter_id)
    if letter is None:
        raise NotFound("letter_not_found")
    return letter


def _row(letter: NewLetter, fingerprint: bytes, size: int) -> dict[str, Any]:
    owner, _, names = (letter.subject or "").partition("/")
    first = names.partition("/")[0] or None
    sender = letter.sender
    return {
        "fingerprint": fingerprint,
        "received_at": letter.received_at,
        "last_received_at": letter.received_at,
        "transport": letter.transport,
        "device_id": letter.device_id,
        "sender": orjson.dumps(asdict(sender)) if sender else None,
        "subject": letter.subject,
        "operator_id": first if owner == "vehicles" else sender.operator_id if sender else None,
        "post_id": first if owner == "posts" else sender.post_id if sender else None,
        "kind": letter.kind,
        "reasons": orjson.dumps([[r.code, r.field, r.values] for r in letter.reasons], default=str),
        "raw": None,
        "size": size,
    }


def _bytes_of(raw: Any) -> bytes:
    if isinstance(raw, bytes):
        return raw
    try:
        return orjson.dumps(raw)
    except orjson.JSONEncodeError:  # deeper than orjson writes, though it could be read
        return json.dumps(raw).encode()


def _view(letter: DeadLetter) -> LetterView:
    assert letter.id is not None
    return LetterView(
        id=letter.id,
        received_at=letter.received_at,
        last_received_at=letter.last_received_at,
        times=letter.times,
        transport=letter.transport,
        device_id=letter.device_id,
        subject=letter.subject,
        operator_id=letter.operator_id,
        post_id=letter.post_id,
        kind=letter.kind,
        reasons=tuple(Reason(code, field, values) for code, field, values in orjson.loads(letter.reasons)),
        size=letter.size,
        has_raw=letter.raw is not None,
        replayed_at=letter.replayed_at,
        replay_outcome=letter.replay_outcome,
    )
