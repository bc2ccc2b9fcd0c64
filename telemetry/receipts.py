"""Receipts as they are written for people and devices: every reason with its sentence in the caller's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from telemetry.delivery import Receipt
from tracker.errors import Reason
from tracker.phrases import Phrasebook


def written_reasons(reasons: Sequence[Reason], phrasebook: Phrasebook, language: str) -> list[dict[str, Any]]:
    """Return reasons with their sentences."""
    return [
        {
            "code": reason.code,
            "field": reason.field,
            "message": phrasebook.say(f"reason.{reason.code}", reason.values, language),
        }
        for reason in reasons
    ]


def written(receipts: Sequence[Receipt], phrasebook: Phrasebook, language: str) -> dict[str, Any]:
    """Return the answer to a request: one receipt per message, in order."""
    return {
        "receipts": [
            {
                "id": receipt.id,
                "status": receipt.status,
                "reasons": written_reasons(receipt.reasons, phrasebook, language),
            }
            for receipt in receipts
        ]
    }


def http_answer(
    receipts: Sequence[Receipt], phrasebook: Phrasebook, language: str, *, is_minimal: bool = False
) -> dict[str, Any]:
    """Return the answer to a request; `is_minimal`: only the rejected ones (`Prefer: return=minimal`)."""
    shown = [receipt for receipt in receipts if receipt.status == "rejected"] if is_minimal else receipts
    return written(shown, phrasebook, language)


def http_status(receipts: Sequence[Receipt]) -> int:
    """Return 200 when none is rejected, 207 when some are, 422 when all are."""
    rejected = sum(receipt.status == "rejected" for receipt in receipts)
    if rejected == 0:
        return 200
    return 422 if rejected == len(receipts) else 207


def mqtt_answer(receipts: Sequence[Receipt], phrasebook: Phrasebook, language: str) -> bytes | None:
    """Return what is published on the receipt topic: the rejected messages; None when there are none."""
    rejected = [receipt for receipt in receipts if receipt.status == "rejected"]
    return orjson.dumps(written(rejected, phrasebook, language)) if rejected else None
