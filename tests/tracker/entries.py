"""Log entries for tests: valid and dull unless told otherwise."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import orjson

from tracker.log import Entry

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMESPACE = UUID("00000000-0000-0000-0000-00000000c0de")


def an_entry(
    name: str = "one", minute: float = 0, subject: str = "vehicles/OP/BUS", kind: str = "position", **body: object
) -> Entry:
    """A message called `name`, observed `minute` minutes after noon; `body` replaces the dull one."""
    at = NOON + timedelta(minutes=minute)
    content = orjson.dumps(body or {"latitude": 6.0, "longitude": 1.0}, option=orjson.OPT_SORT_KEYS)
    return Entry(
        message_id=uuid5(NAMESPACE, name),
        subject=subject,
        kind=kind,
        device_id="unit",
        transport="test",
        observed_at=at,
        sent_at=at,
        received_at=at + timedelta(seconds=2),
        body=content,
        content_hash=hashlib.sha256(content).digest(),
    )
