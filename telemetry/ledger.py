"""Writes a group of jobs in one transaction: admission, log, keys of sealed text, dead letters, devices heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlmodel import Session

from telemetry.admission import read_windows
from telemetry.dead_letter import NewLetter
from telemetry.dead_letters import DeadLetters
from telemetry.declared_trips import is_declared
from telemetry.delivery import Receipt
from telemetry.heard import Ear, Hearing
from telemetry.job import Job, Prepared, Rejected
from telemetry.kinds import Kind
from telemetry.seal import Sealer
from tracker import log
from tracker.database import Database
from tracker.errors import Reason

DISCARDED = "discarded"


class Ledger:
    """Stores what `intake` prepared."""

    def __init__(self, database: Database, letters: DeadLetters, sealer: Sealer) -> None:
        """Write to the log of `database`, and what is refused to `letters`."""
        self._database, self._letters, self._sealer = database, letters, sealer
        self._ear = Ear()
        self.tally: Counter[tuple[str, str, str]] = Counter()

    def write(self, session: Session, jobs: Sequence[Job]) -> list[list[Receipt]]:
        """Store a group of jobs inside the open transaction and return their receipts, in order."""
        prepared = [item for job in jobs for item in job.items if type(item) is Prepared]
        outcomes = self._append(session, prepared)
        accepted = log.Outcome.ACCEPTED
        keys = [one.sealed for one in prepared if one.sealed is not None and outcomes[id(one)] == accepted]
        if keys:
            self._sealer.keep(session, keys, jobs[0].received_at)
        letters: list[NewLetter] = []
        hearings: list[Hearing] = []
        receipts = [self._receipts(job, outcomes, letters, hearings) for job in jobs]
        self._letters.keep(session, letters)
        self._ear.note(session, hearings)
        return receipts

    def _append(self, session: Session, prepared: Sequence[Prepared]) -> dict[int, str]:
        outcomes: dict[int, str] = {}
        rest = prepared
        if any(one.personal for one in prepared):
            # Trips first, so that a phone that sends its declaration and its positions together is heard.
            trips = [one for one in prepared if one.entry.kind == Kind.TRIP.value]
            self._log(session, trips, outcomes)
            rest = self._admitted(session, [one for one in prepared if id(one) not in outcomes], outcomes)
        self._log(session, rest, outcomes)
        return outcomes

    def _log(self, session: Session, prepared: Sequence[Prepared], outcomes: dict[int, str]) -> None:
        results = log.append(self._database, session, [one.entry for one in prepared])
        outcomes.update(zip(map(id, prepared), results, strict=True))

    def _admitted(self, session: Session, prepared: Sequence[Prepared], outcomes: dict[int, str]) -> list[Prepared]:
        personal = [one.entry for one in prepared if one.personal]
        moments = [entry.observed_at for entry in personal]
        trips = read_windows(session, {entry.subject for entry in personal}, min(moments), max(moments))
        admitted = []
        for one in prepared:
            if one.personal and not is_declared(one.entry.observed_at, trips.get(one.entry.subject, ())):
                outcomes[id(one)] = DISCARDED
            else:
                admitted.append(one)
        return admitted

    def _receipts(
        self, job: Job, outcomes: dict[int, str], letters: list[NewLetter], hearings: list[Hearing]
    ) -> list[Receipt]:
        receipts: list[Receipt] = []
        codes: list[str] = []
        refused = 0
        for item in job.items:
            if isinstance(item, Rejected):
                outcome, receipt = "rejected", Receipt(item.id, "rejected", item.reasons)
                if item.letter is not None:
                    letters.append(item.letter)
            else:
                outcome = outcomes[id(item)]
                receipt = _receipt(outcome, item)
                if outcome == log.Outcome.CONFLICT:
                    letters.append(_conflict(item, receipt.reasons))
            if receipt.reasons:
                refused += 1
                codes += [reason.code for reason in receipt.reasons]
            self.tally[job.transport, job.kind, outcome] += 1
            receipts.append(receipt)
        if job.device_id:
            skew = (job.sent_at - job.received_at).total_seconds() if job.sent_at else None
            hearings.append(Hearing(job.device_id, job.received_at, skew, refused, codes))
        return receipts


def _receipt(outcome: str, item: Prepared) -> Receipt:
    message_id = str(item.entry.message_id)
    if outcome == log.Outcome.ACCEPTED:
        return Receipt(message_id, "accepted")
    if outcome == log.Outcome.DUPLICATE:
        return Receipt(message_id, "duplicate")
    if outcome == DISCARDED:
        return Receipt(message_id, "rejected", (Reason("outside_declared_trip", item.path),))
    return Receipt(message_id, "rejected", (Reason("id_conflict", f"{item.path}.id" if item.path else "id"),))


def _conflict(item: Prepared, reasons: tuple[Reason, ...]) -> NewLetter:
    entry = item.entry
    return NewLetter(
        kind=entry.kind,
        transport=entry.transport,
        received_at=entry.received_at,
        sender=item.sender,
        device_id=entry.device_id,
        subject=entry.subject,
        reasons=reasons,
        raw=item.raw,
        keep_raw=True,
    )
