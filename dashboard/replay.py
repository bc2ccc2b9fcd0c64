"""Recorded messages, fed through the same front door as live ones.

A recording has one JSON object a line: `{"topic": "corridor/v1/...", "payload": <object or array>, "received_at": <RFC 3339>}`.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path

import orjson

from dashboard.parts import make_parts
from telemetry.delivery import OWNTRACKS, Delivery, Receipt
from telemetry.topics import parse
from tracker.database import Database
from tracker.errors import BadFile, Reason
from tracker.settings import Settings


def replay_file(settings: Settings, database: Database, file: Path) -> Counter[str]:
    """Feed every line of `file` through the front door; return how many messages were accepted, duplicate or rejected.

    Raises:
        BadFile: a line is no recording; nothing of the file was fed.
    """
    deliveries, reasons = [], []
    for number, line in enumerate(file.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            recorded = orjson.loads(line)
            topic = parse(recorded["topic"])
            received_at = datetime.fromisoformat(recorded["received_at"])
            if topic is None or received_at.tzinfo is None:
                raise ValueError(recorded["topic"])
            payload = orjson.dumps(recorded["payload"])
        except (ValueError, KeyError, TypeError) as error:
            reasons.append(Reason("no_recorded_message", f"line {number}", {"detail": repr(error)[:200]}))
            continue
        deliveries.append(
            Delivery(None, topic.subject, topic.kind, payload, OWNTRACKS if topic.owntracks else "replay", received_at)
        )
    if reasons:
        raise BadFile(reasons=reasons)
    parts = make_parts(settings, database)
    counts: Counter[str] = Counter()
    waiting: list[Future[list[Receipt]]] = [parts.intake.submit(delivery) for delivery in deliveries]
    for future in waiting:
        counts.update(receipt.status for receipt in future.result())
    parts.close()
    return counts
