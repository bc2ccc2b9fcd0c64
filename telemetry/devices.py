"""The registry of devices: adds them, rotates and revokes their tokens, knows who a token is, remembers what they did.

A token is 256 random bits, shown once. Because nobody can guess it, a plain SHA-256 is hash enough for REST, and for
the broker a bcrypt of the least cost (the broker asks for bcrypt; a high cost would only slow a fleet's reconnection).
"""

from __future__ import annotations

import builtins
import secrets
import threading
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import bcrypt
from sqlalchemy import func
from sqlmodel import Session, col, select

from telemetry.device import TOPIC_LENGTH, Device, DeviceRefusal, NewDevice, token_digest
from telemetry.senders import Sender
from telemetry.speakers import Speakers, speakers_of
from tracker.clock import Clock
from tracker.database import Database
from tracker.errors import BadInput, Conflict, DatabaseAway, NotFound, Reason

TOKEN_PREFIX = "cdt_"  # lets secret scanners find a leaked one
BCRYPT_ROUNDS = 4
FRESH = timedelta(seconds=5)  # a revoked token may live that long in another process
CACHE_SIZE = 20_000
REFUSALS_PER_DEVICE = 100
DEVICES_LOCK = 0x0C0881D1


class DeviceRegistry:
    """Every device of this installation. Safe to share between threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep devices in `database`."""
        self._database, self._clock = database, clock
        self._guard = threading.Lock()
        self._tokens: dict[bytes, tuple[Sender, datetime]] = {}
        self._speakers: Speakers | None = None
        self._speakers_until = datetime.min.replace(tzinfo=clock.now().tzinfo)

    def add(self, new: NewDevice, token: str | None = None) -> str:
        """Add a device and return its token, which is shown this once; `token`: one that was handed over already.

        Raises:
            BadInput: with every reason.
            Conflict: there is one of that id (`device_exists`).
        """
        return self.add_many([new], None if token is None else [token])[0]

    def add_many(self, new: Sequence[NewDevice], tokens: Sequence[str] | None = None) -> builtins.list[str]:
        """Add devices, all or none, and return their tokens in order; `tokens`: those that were handed over already.

        Raises:
            BadInput: with every reason.
            Conflict: there is one of that id (`device_exists`).
        """
        reasons = [reason for one in new for reason in one.reasons_against()]
        if reasons:
            raise BadInput(reasons=reasons)
        tokens = list(tokens) if tokens else [_new_token() for _ in new]
        hashes = [(token_digest(token), _mqtt_hash(token)) for token in tokens]  # slow: before the lock is taken
        with self._database.writing() as session:
            revision = self._next_revision(session)
            for one, (token_hash, mqtt_hash) in zip(new, hashes, strict=True):
                if session.get(Device, one.device_id) is not None:
                    raise Conflict("device_exists", device_id=one.device_id)
                if session.exec(select(Device.device_id).where(Device.token_hash == token_hash)).first() is not None:
                    raise BadInput(reasons=[Reason("token_used", "token")])
                session.add(
                    Device(
                        device_id=one.device_id,
                        kind=one.kind.value,
                        operator_id=one.operator_id,
                        vehicle_id=one.vehicle_id,
                        post_id=one.post_id,
                        agency=one.agency,
                        language=one.language,
                        token_hash=token_hash,
                        mqtt_hash=mqtt_hash,
                        revision=revision,
                        created_at=self._clock.now(),
                    )
                )
        self._forget()
        return tokens

    def rotate(self, device_id: str) -> str:
        """Give a device a new token, shown this once; the old one is worth nothing any more.

        Raises:
            NotFound: no such device.
            Conflict: it is disabled.
        """
        token = _new_token()
        mqtt_hash = _mqtt_hash(token)
        with self._database.writing() as session:
            device = self._to_change(session, device_id)
            if device.disabled_at is not None:
                raise Conflict("device_disabled", device_id=device_id)
            device.token_hash, device.mqtt_hash = token_digest(token), mqtt_hash
            device.rotated_at = self._clock.now()
        self._forget()
        return token

    def disable(self, device_id: str) -> None:
        """Revoke a device; what it sent stays.

        Raises:
            NotFound: no such device.
        """
        with self._database.writing() as session:
            device = self._to_change(session, device_id)
            device.disabled_at = device.disabled_at or self._clock.now()
        self._forget()

    def find(self, device_id: str) -> Device | None:
        """Return the device of that id."""
        with self._database.reading() as session:
            device = session.get(Device, device_id)
            session.expunge_all()
            return device

    def list(
        self,
        *,
        active_only: bool = False,
        operators: Collection[str] | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> builtins.list[Device]:
        """Return devices in the order of their ids, from the one after `after`; of `operators` only, if given."""
        query = select(Device).where(col(Device.device_id) > after).order_by(col(Device.device_id)).limit(limit)
        if operators is not None:
            query = query.where(col(Device.operator_id).in_(operators))
        if active_only:
            query = query.where(col(Device.disabled_at).is_(None))
        with self._database.reading() as session:
            devices = list(session.exec(query))
            session.expunge_all()
            return devices

    def version(self) -> int:
        """Return a number that grows with every device that is added, rotated or disabled."""
        with self._database.reading() as session:
            return session.exec(select(func.max(Device.revision))).one() or 0

    def authenticate(self, token: str) -> Sender | None:
        """Return whose token it is, None for an unknown or revoked one; remembered for five seconds.

        The database compares hashes of 256 random bits: how long that takes tells nothing about a token.

        Raises:
            DatabaseAway: nobody can say now.
        """
        if not token.startswith(TOKEN_PREFIX):
            return None
        digest, now = token_digest(token), self._clock.now()
        known = self._tokens.get(digest)
        if known is not None and known[1] > now:
            return known[0]
        with self._database.reading() as session:
            device = session.exec(
                select(Device).where(col(Device.token_hash) == digest, col(Device.disabled_at).is_(None))
            ).first()
            sender = device.as_sender() if device is not None else None
        with self._guard:
            self._tokens.pop(digest, None)
            if sender is not None:
                if len(self._tokens) >= CACHE_SIZE:
                    self._tokens.clear()
                self._tokens[digest] = (sender, now + FRESH)
        return sender

    def speakers(self) -> Speakers:
        """Return who speaks for whom, at most five seconds old; older while the database is away.

        Raises:
            DatabaseAway: it was never read.
        """
        known, now = self._speakers, self._clock.now()
        if known is not None and now < self._speakers_until:
            return known
        try:
            revision = self.version()
            if known is None or known.revision != revision:
                known = speakers_of(revision, self.list())
        except DatabaseAway:
            if known is None:
                raise
        with self._guard:
            self._speakers, self._speakers_until = known, now + FRESH
        return known

    def language_of(self, subject: str) -> str:
        """Return the language in which the devices of a coach or point are answered."""
        return self.speakers().of(subject).language

    def note_refusal(self, device_id: str, code: str, topic: str, at: datetime) -> None:
        """Remember that the broker refused something: a foreign topic, an illegal one, a body over the size.

        What a device repeats is counted in one row, and a device has a limited number of rows: a broken one must not
        fill the disk. A name that is no device's is not listed.
        """
        topic = topic.replace("\0", "")[:TOPIC_LENGTH]
        with self._database.writing() as session:
            device = session.get(Device, device_id, with_for_update=True)
            if device is None:
                return
            device.refused_count += 1
            device.last_refusal_codes, device.last_refusal_at = code, at
            refusal = session.get(DeviceRefusal, (device_id, code, topic))
            if refusal is not None:
                refusal.times += 1
                refusal.last_at = at
                return
            mine = select(DeviceRefusal).where(DeviceRefusal.device_id == device_id)
            kept = session.exec(mine.order_by(col(DeviceRefusal.last_at))).all()
            for oldest in kept[: max(0, len(kept) - REFUSALS_PER_DEVICE + 1)]:
                session.delete(oldest)
            session.add(DeviceRefusal(device_id=device_id, code=code, topic=topic, first_at=at, last_at=at))

    def list_refusals(self, device_id: str) -> builtins.list[DeviceRefusal]:
        """Return what the broker refused of a device, newest first."""
        query = select(DeviceRefusal).where(DeviceRefusal.device_id == device_id)
        with self._database.reading() as session:
            refusals = list(session.exec(query.order_by(col(DeviceRefusal.last_at).desc())))
            session.expunge_all()
            return refusals

    def _to_change(self, session: Session, device_id: str) -> Device:
        revision = self._next_revision(session)
        device = session.get(Device, device_id)
        if device is None:
            raise NotFound("device_not_found", [Reason("unknown_device", "device_id")], device_id=device_id)
        device.revision = revision
        return device

    def _next_revision(self, session: Session) -> int:
        # Under a lock until the commit: two changes at once must not share a number, or a watcher would miss one.
        self._database.lock(session, DEVICES_LOCK)
        return (session.exec(select(func.max(Device.revision))).one() or 0) + 1

    def _forget(self) -> None:
        with self._guard:
            self._tokens.clear()
            self._speakers = None


def _new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def _mqtt_hash(token: str) -> str:
    # 47 characters: well under the 72 bytes that bcrypt reads. `2a` is the form every version of the broker knows.
    return bcrypt.hashpw(token.encode(), bcrypt.gensalt(BCRYPT_ROUNDS, b"2a")).decode()
