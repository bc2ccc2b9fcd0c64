"""What the reading API understands of times, steps and cursors, and what it says of those it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Query

from dashboard.windows import FIRST, LAST
from tracker.errors import BadInput, Reason

SEQ_DIGITS = 18
From = Annotated[datetime | None, Query(alias="from", description="RFC 3339; without a zone it is UTC")]
To = Annotated[datetime | None, Query(alias="to", description="RFC 3339, not part of the window; default: now")]
Step = Annotated[str | None, Query(description="whole hours or days: `1h`, `6h`, `1d`; default: the whole window")]
RowCursor = Annotated[str | None, Query(max_length=60, description="`next_cursor` of the page before")]

WEEK = timedelta(days=7)
LONGEST = timedelta(days=400)
MOST_STEPS = 2000
STEP = re.compile(r"([1-9][0-9]{0,3})([hd])")
Row = TypeVar("Row", bound=Any)
ROW = re.compile(r"([0-9]{1,17})-([0-9a-f]{1,16})")


def window_of(
    begin: datetime | None, end: datetime | None, now: datetime, default: timedelta
) -> tuple[datetime, datetime]:
    """Return `[from, to)` in UTC; `to` is now unless said, `from` the `default` before it.

    Raises:
        BadInput: reversed, longer than 400 days, or out of the years that can be.
    """
    until = _utc(end, "to") if end else now
    since = _utc(begin, "from") if begin else until - default
    if since >= until:
        raise BadInput(reasons=[Reason("times_reversed", "from", {"from": since.isoformat(), "to": until.isoformat()})])
    if until - since > LONGEST:
        raise BadInput(reasons=[Reason("window_too_long", "from", {"days": LONGEST.days})])
    return since, until


def step_of(step: str | None, length: timedelta) -> timedelta | None:
    """Return the step of a reading, None for the whole window at once.

    Raises:
        BadInput: not whole hours or days, or too many of them.
    """
    if step is None:
        return None
    match = STEP.fullmatch(step)
    if match is None:
        raise BadInput(reasons=[Reason("bad_step", "step", {"step": step[:20]})])
    width = timedelta(hours=int(match[1]) * (24 if match[2] == "d" else 1))
    if length / width > MOST_STEPS:
        raise BadInput(reasons=[Reason("too_many_steps", "step", {"most": MOST_STEPS})])
    return width


def row_before(cursor: str | None) -> tuple[datetime, str] | None:
    """Return what a cursor means: the start and the id of the last row that was seen.

    Raises:
        BadInput: it is none that we gave.
    """
    if cursor is None:
        return None
    match = ROW.fullmatch(cursor)
    at = int(match[1]) if match else 0
    if match is None or at >= LAST_US:
        raise BadInput(reasons=[Reason("bad_cursor", "cursor")])
    return EPOCH + timedelta(microseconds=at), match[2]


def row_cursor(started_at: datetime, fact_id: str) -> str:
    """Return the cursor after a row."""
    return f"{(started_at - EPOCH) // timedelta(microseconds=1)}-{fact_id}"


def rows_and_cursor(
    read: Callable[[tuple[datetime, str] | None], list[Row]],
    cursor: str | None,
    limit: int,
    is_withheld: Callable[[Row], bool],
    id_of: Callable[[Row], str],
) -> tuple[list[Row], str | None]:
    """Return a page of rows with the cursor of the next one, None on the last.

    A cursor tells when its row began. One that is kept from the reader gives none: the page goes on to a row that is not, or
    to the end.
    """
    rows = found = read(row_before(cursor))
    while len(found) == limit and is_withheld(found[-1]):
        found = read((found[-1].started_at, id_of(found[-1])))
        rows = rows + found
    return rows, row_cursor(rows[-1].started_at, id_of(rows[-1])) if len(found) == limit else None


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_US = (datetime(LAST.year, 12, 31, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def _utc(moment: datetime, field: str) -> datetime:
    try:
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise BadInput(reasons=[Reason("not_a_day", field)]) from None
    if not FIRST <= aware.date() <= LAST:
        raise BadInput(reasons=[Reason("not_a_day", field)])
    return aware


def seq_of(cursor: str | None) -> int | None:
    """Return the place in the log that a cursor names.

    Raises:
        BadInput: it names none.
    """
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= SEQ_DIGITS):
        raise BadInput(reasons=[Reason("bad_cursor", "cursor")])
    return int(cursor)
