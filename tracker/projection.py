"""What a projection is: a table that answers a page's question, made from events, droppable and rebuildable.

Two rules keep a rebuild equal to the first run: `apply` reads nothing but its own tables and the events, and its result
does not depend on how the events were cut into batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from tracker.events import Event


class Projection(Protocol):
    """One or more tables kept up to date from events. `name` is what `corridor rebuild` takes."""

    name: str
    tables: Sequence[type[SQLModel]]

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Take in `events` (in the order of the log) inside the open transaction."""
        ...


def clear(session: Session, projection: Projection) -> None:
    """Empty the projection's tables."""
    for table in projection.tables:
        session.connection().execute(delete(table))


def upsert(
    session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]], key: Sequence[str], newer: Sequence[str]
) -> None:
    """Insert `rows`; where `key` exists, overwrite when the tuple of columns `newer` is greater than the stored one.

    A row must name every column it may overwrite. Within `rows`, keys must be distinct.
    """
    if not rows:
        return
    dialect = session.connection().dialect.name
    statement: Any = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    columns = table.__table__.c  # type: ignore[attr-defined]
    changes = {name: statement.excluded[name] for name in rows[0] if name not in key}
    condition: Any = None
    for name in reversed(newer):  # (a, b) > (c, d) spelled out: row values compare differently on the two databases
        new, old = statement.excluded[name], columns[name]
        condition = new > old if condition is None else (new > old) | ((new == old) & condition)
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=changes, where=condition), rows
    )
