"""Which positions of personal phones are admitted: those inside a trip that was declared for the coach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import orjson
from sqlmodel import Session, col, select

from telemetry.declared_trips import Declaration, Window, windows
from telemetry.kinds import Kind
from telemetry.wire.times import parse_time
from tracker.log import LogRow

DECLARED_AHEAD = timedelta(days=35)  # a timetable of a month
DECLARED_LATE = timedelta(days=7)  # a trip that was declared afterwards, when the network came back


def read_windows(
    session: Session, subjects: Collection[str], first: datetime, last: datetime
) -> dict[str, Sequence[Window]]:
    """Return the windows of the trips declared for `subjects` that can touch the time from `first` to `last`.

    Reads inside the caller's transaction, so that declarations written a moment ago count.
    """
    declared: dict[str, list[Declaration]] = defaultdict(list)
    wanted = sorted(subjects)
    for start in range(0, len(wanted), 400):  # SQLite takes a limited number of parameters
        query = select(LogRow.subject, LogRow.observed_at, LogRow.body).where(
            col(LogRow.subject).in_(wanted[start : start + 400]),
            LogRow.kind == Kind.TRIP.value,
            col(LogRow.observed_at) >= first - DECLARED_AHEAD,
            col(LogRow.observed_at) <= last + DECLARED_LATE,
        )
        for subject, observed_at, body in session.exec(query):
            said = orjson.loads(body)
            planned = said.get("scheduled_departure")
            declared[subject].append(
                Declaration(said["trip_id"], said["event"], observed_at, parse_time(planned) if planned else None)
            )
    return {subject: windows(declarations) for subject, declarations in declared.items()}
