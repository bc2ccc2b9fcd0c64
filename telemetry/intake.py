"""The one way in: every door hands its deliveries to `Intake.submit`, and answers when its future does.

decode -> who is it, may it say that, does it exist -> seal -> one transaction with what else has arrived -> receipt.
Nothing is answered before its transaction is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

from sqlmodel import Session

from telemetry.addressing import Addressing
from telemetry.dead_letter import NewLetter
from telemetry.dead_letters import DeadLetters
from telemetry.decode import Decoded, Refused, decode, judge
from telemetry.delivery import OWNTRACKS, Delivery, Receipt
from telemetry.devices import DeviceRegistry
from telemetry.identity import Identifier, canonical
from telemetry.job import Job, Prepared, Rejected
from telemetry.kinds import Kind
from telemetry.ledger import Ledger
from telemetry.message_limits import MessageLimits
from telemetry.owntracks import translate
from telemetry.payload import Unreadable
from telemetry.seal import Sealer
from telemetry.senders import SenderKind
from tracker.database import Database
from tracker.directory import Directory
from tracker.log import Entry
from tracker.writer import Writer

_ALL_FITTED = frozenset({SenderKind.FITTED.value})
_ALL_PERSONAL = frozenset({SenderKind.PERSONAL.value})


class Intake:
    """Takes deliveries of every transport. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        *,
        devices: DeviceRegistry,
        letters: DeadLetters,
        sealer: Sealer,
        secret: str,
        limits: MessageLimits,
        capacity: int = 20_000,
    ) -> None:
        """Start the writer; at most `capacity` messages wait for it."""
        self._devices, self._sealer, self.limits = devices, sealer, limits
        self._addressing = Addressing(directory)
        self._identifier = Identifier(secret)
        self._ledger = Ledger(database, letters, sealer)
        self._writer: Writer[Sequence[Job], list[list[Receipt]]] = Writer(database, self.write, _weigh, capacity)

    @property
    def waiting(self) -> int:
        """Messages that wait for their commit."""
        return self._writer.waiting

    @property
    def tally(self) -> dict[tuple[str, str, str], int]:
        """How many messages became what, by transport, kind and outcome, since this process started.

        Outcomes: accepted, duplicate, conflict, rejected, and discarded (positions of personal phones outside a trip).
        """
        return dict(self._ledger.tally)

    def submit(self, delivery: Delivery, wait_s: float | None = None) -> Future[list[Receipt]]:
        """Take a delivery; the future gives one receipt per message, in order, after the commit.

        Waits up to `wait_s` for room in the queue (None: as long as it takes). The future raises DatabaseAway when the
        database goes away: nothing was stored, send it again.

        Raises:
            Unavailable: no room.
            DatabaseAway: who sends cannot be told now.
        """
        answer: Future[list[Receipt]] = Future()
        self.submit_many([delivery], wait_s).add_done_callback(partial(_pass_on, answer))
        return answer

    def submit_many(self, deliveries: Sequence[Delivery], wait_s: float | None = None) -> Future[list[list[Receipt]]]:
        """Take what arrived together, for the price of one: the future gives the receipts of each delivery, in order.

        They are stored together or not at all.

        Raises:
            Unavailable: no room.
            DatabaseAway: who sends cannot be told now.
        """
        return self._writer.submit([self.prepare(delivery) for delivery in deliveries], wait_s)

    def write(self, session: Session, groups: Sequence[Sequence[Job]]) -> list[list[list[Receipt]]]:
        """Store groups of jobs inside the open transaction and return their receipts. The writer calls it."""
        receipts = iter(self._ledger.write(session, [job for group in groups for job in group]))
        return [[next(receipts) for _ in group] for group in groups]

    def close(self) -> None:
        """Store what waits, then stop."""
        self._writer.close()

    def prepare(self, delivery: Delivery) -> Job:
        """Return everything that is to be stored of a delivery; stores nothing.

        Raises:
            DatabaseAway: who sends cannot be told now.
        """
        device_id, personal = self._who(delivery)
        # Positions of personal phones leave no trace unless they are accepted: not even a sealed one.
        keep_raw = not (personal and delivery.kind is Kind.POSITION)
        sent_at = None
        items: list[Prepared | Rejected] = []
        for verdict in _verdicts(delivery, self.limits):
            if isinstance(verdict, Refused):
                items.append(_rejected(delivery, device_id, delivery.subject, verdict, keep_raw))
                continue
            sent_at = verdict.sent_at or sent_at
            items.append(self._prepared(delivery, device_id, verdict, keep_raw))
        return Job(
            items=items,
            sender=delivery.sender,
            device_id=device_id,
            transport=delivery.transport,
            kind=delivery.kind.value,
            received_at=delivery.received_at,
            # A message that is tried again says nothing about the device now.
            sent_at=sent_at if delivery.replay_of is None else None,
        )

    def _who(self, delivery: Delivery) -> tuple[str, bool]:
        sender = delivery.sender
        if sender is not None:
            return sender.device_id, sender.is_phone_of_a_person
        assert delivery.subject is not None, "a delivery names its sender or its subject"
        # Over MQTT the topic tells the coach, not which of its devices spoke: if all of those that may sign in are
        # fitted it was one of them, if all are personal likewise; else the app's topic decides.
        voice = self._devices.speakers().of(delivery.subject)
        if delivery.transport == OWNTRACKS:
            return voice.device_id, voice.kinds != _ALL_FITTED
        return voice.device_id, voice.kinds == _ALL_PERSONAL

    def _prepared(self, delivery: Delivery, device_id: str, decoded: Decoded, keep_raw: bool) -> Prepared | Rejected:
        subject, reasons = self._addressing.address(delivery, decoded)
        if reasons or subject is None:
            refused = Refused(decoded.index, str(decoded.id) if decoded.id else None, reasons, decoded.raw)
            return _rejected(delivery, device_id, subject or delivery.subject, refused, keep_raw)
        kind = delivery.kind
        body = canonical(decoded.body)
        content_hash = self._identifier.content_hash(body, decoded.free_text)
        message_id = decoded.id or self._identifier.derived_id(
            subject, kind, body, content_hash if decoded.free_text else b""
        )
        sealed = None
        if decoded.free_text:
            sealed = self._sealer.seal(canonical(decoded.free_text))
            decoded.body["sealed"] = sealed.written
        if kind is Kind.CROSSING:
            self._addressing.find_crossing_vehicle(decoded.body)
        if sealed is not None or kind is Kind.CROSSING:
            body = canonical(decoded.body)
        entry = Entry(
            message_id,
            subject,
            kind.value,
            device_id,
            delivery.transport,
            decoded.observed_at,
            decoded.sent_at,
            delivery.received_at,
            body,
            content_hash,
        )
        return Prepared(entry, sealed, not keep_raw, delivery.sender, decoded.raw, decoded.path[:-1] or None)


def _verdicts(delivery: Delivery, limits: MessageLimits) -> list[Decoded | Refused]:
    if delivery.transport != OWNTRACKS:
        return decode(delivery.kind, delivery.payload, limits, delivery.received_at)
    try:
        elements, is_array = translate(delivery.payload, limits)
    except Unreadable as error:
        return [Refused(None, None, [error.reason], delivery.payload)]
    return judge(delivery.kind, elements, is_array, limits, delivery.received_at)


def _rejected(delivery: Delivery, device_id: str, subject: str | None, refused: Refused, keep_raw: bool) -> Rejected:
    letter = None
    if delivery.replay_of is None:  # else it is a dead letter already
        letter = NewLetter(
            kind=delivery.kind.value,
            transport=delivery.transport,
            received_at=delivery.received_at,
            sender=delivery.sender,
            device_id=device_id,
            subject=subject,
            reasons=tuple(refused.reasons),
            raw=refused.raw,
            keep_raw=keep_raw,
        )
    return Rejected(refused.id, tuple(refused.reasons), letter)


def _weigh(jobs: Sequence[Job]) -> int:
    return sum(len(job.items) or 1 for job in jobs)


def _pass_on(answer: Future[list[Receipt]], group: Future[list[list[Receipt]]]) -> None:
    if not answer.set_running_or_notify_cancel():
        return  # whoever asked has gone; the message is stored all the same
    if (error := group.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(group.result()[0])
