"""Tries a dead letter again, through the same front door as everything else."""

from __future__ import annotations

from concurrent.futures import Future

from telemetry.dead_letters import DeadLetters
from telemetry.delivery import OWNTRACKS, Delivery, Receipt
from telemetry.intake import Intake
from telemetry.kinds import Kind


def replay(letter_id: int, letters: DeadLetters, intake: Intake, timeout_s: float = 30) -> list[Receipt]:
    """Deliver a dead letter again, as of when it came, and remember what became of it.

    Its time of receipt stays what it was: a time that lay in the future then is not right because it has passed.

    Raises:
        NotFound: no such letter, or its message was not kept.
        DatabaseAway, Unavailable: not now.
    """
    letter, raw = letters.get(letter_id), letters.open_raw(letter_id)
    sender = letters.sender_of(letter_id)
    delivery = Delivery(
        sender=sender,
        subject=letter.subject if sender is None or letter.transport == OWNTRACKS else None,
        kind=Kind(letter.kind),
        payload=raw,
        transport=letter.transport,
        received_at=letter.received_at,
        replay_of=letter_id,
    )
    future: Future[list[Receipt]] = intake.submit(delivery, wait_s=timeout_s)
    receipts = future.result(timeout_s)
    statuses = {receipt.status for receipt in receipts}
    letters.note_replay(letter_id, statuses.pop() if len(statuses) == 1 else "mixed")
    return receipts
