"""Atlas: the geography of any day, read once and kept; read anew when somebody imported something.

The geography tables are dated facts, not a projection: rules that are run again over old fixes see them as they were
entered by then. After an import of better lines old trips stay as they were found until `corridor rebuild journeys`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from tracker.gazetteer import (
    AgencyPointRecord,
    BorderPostRecord,
    CorridorRecord,
    HubRecord,
    LineRecord,
    MilestoneRecord,
    PostStateRecord,
)
from tracker.geography import Geography, load_geography

DATED: tuple[Any, ...] = (AgencyPointRecord, BorderPostRecord, HubRecord, PostStateRecord)
KEPT = 3  # geographies in memory; late fixes rarely reach back over more changes than that
Version = tuple[Any, ...]


class Atlas:
    """Geographies by day. Not to be shared between threads."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._version: Version | None = None
        self._changes: list[date] = []
        self._kept: OrderedDict[date, Geography] = OrderedDict()

    def open(self, session: Session) -> None:
        """Look whether the tables have changed; to be called once in each transaction, before `on`."""
        version = _version(session)
        if version != self._version:
            self._version, self._changes = version, _changes(session)
            self._kept.clear()

    def on(self, session: Session, day: date) -> Geography:
        """Return the geography of a day: one and the same for all days between two changes."""
        place = bisect_right(self._changes, day)
        first = self._changes[place - 1] if place else date.min
        if (known := self._kept.get(first)) is None:
            known = self._kept[first] = load_geography(session, first)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(first)
        return known


def _version(session: Session) -> Version:
    """Return something that another import changes: rows are only added to these tables, and closed by a date."""
    connection = session.connection()
    found: list[Any] = [str(connection.engine.url)]
    for table in (*DATED, LineRecord):
        columns = table.__table__.c
        numbers: list[Any] = [func.count(), func.max(columns.row_id), func.count(columns.valid_from)]
        if "valid_to" in columns:
            numbers.append(func.count(columns.valid_to))
        found.append(tuple(connection.execute(select(*numbers).select_from(table)).one()))
    for other in (CorridorRecord, MilestoneRecord):
        found.append(connection.execute(select(func.count()).select_from(other)).scalar_one())
    return tuple(found)


def _changes(session: Session) -> list[date]:
    """Return the days on which anything begins or ceases to hold."""
    connection = session.connection()
    days: set[date] = set()
    for table in (*DATED, LineRecord):
        for name in ("valid_from", "valid_to"):
            if name in table.__table__.c:
                days.update(connection.execute(select(table.__table__.c[name]).distinct()).scalars())
    return sorted(day for day in days if day is not None)
