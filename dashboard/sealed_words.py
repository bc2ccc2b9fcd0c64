"""Words that people wrote into reports and comments, sealed in the log: which messages have some, and erasing them.

Nobody reads them here. Erasing destroys the keys; the log and its chain stay as they are (`telemetry/seal.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session, col, select

from checkpoints.reported_controls import ReportedControl, ReportedIncident, list_controls, list_incidents
from telemetry.seal import SealKey, erase
from tracker.errors import NotFound
from tracker.log import LogRow
from tracker.scope import Scope


@dataclass(frozen=True, slots=True)
class Words:
    """The sealed texts of one message of the log: how many there are, and how many are not erased yet.

    `observed_at` is None where the message was asked for by its number alone.
    """

    seq: int
    texts: int
    readable: int
    observed_at: datetime | None = None


def find_words(session: Session, seq: int, observed_at: datetime | None = None) -> Words | None:
    """Return the sealed texts of a message; None where there is no such message, or it has none."""
    row = session.get(LogRow, seq)
    keys = list(_keys(orjson.loads(row.body))) if row is not None else []
    if not keys:
        return None
    left = session.exec(select(SealKey.key_id).where(col(SealKey.key_id).in_(keys), col(SealKey.erased_at).is_(None)))
    return Words(seq, len(keys), len(left.all()), observed_at)


def list_words(session: Session, scope: Scope, vehicle_id: str, day: date) -> list[Words]:
    """Return the reports with words that a coach's crew made on a day (UTC), as far as the viewer may know of them; by time."""
    since = datetime.combine(day, time(), UTC)
    asked: dict[str, Any] = {"vehicle_id": vehicle_id, "until": since + timedelta(days=1)}
    reports: list[ReportedControl | ReportedIncident] = [
        *list_controls(session, since, **asked), *list_incidents(session, since, **asked)
    ]  # fmt: skip
    found = [find_words(session, row.seq, row.observed_at) for row in reports if not scope.withholds(row)]
    return sorted((one for one in found if one is not None), key=lambda one: (one.observed_at, one.seq))


def erase_words(session: Session, seq: int, at: datetime) -> int:
    """Destroy the keys of a message's texts and return how many there were.

    Raises:
        NotFound: it has none, or all of them were erased before.
    """
    row = session.get(LogRow, seq)
    erased = sum(erase(session, key, at) for key in _keys(orjson.loads(row.body))) if row is not None else 0
    if not erased:
        raise NotFound("sealed_text_erased")
    return erased


def _keys(body: Any) -> Iterator[UUID]:
    """Yield the keys of the sealed texts in a message, however deep they stand."""
    if isinstance(body, dict):
        if body.keys() == {"key_id", "nonce", "text"}:
            yield UUID(body["key_id"])
        else:
            for part in body.values():
                yield from _keys(part)
    elif isinstance(body, list):
        for part in body:
            yield from _keys(part)
