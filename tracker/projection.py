"""What a projection is: a table that answers a page's question, made from events, droppable and rebuildable.

Two rules keep a rebuild equal to the first run: `apply` reads nothing but its own tables, those it names in `reads`, and the
events; and its result does not depend on how the events were cut into batches.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import delete, tuple_
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


@runtime_checkable
class Gathering(Protocol):
    """A projection that does better with many events at once than memory holds: it gathers them, and is applied once.

    What it gathered is the caller's to keep, so that a transaction that fails leaves nothing behind.
    """

    def gather(self, events: Sequence[Event], so_far: Any) -> Any:
        """Return what is needed of `events` and of those gathered `so_far` (None: none yet)."""
        ...

    def finish(self, session: Session, gathered: Any) -> None:
        """Take in what was gathered, inside the open transaction."""
        ...


@runtime_checkable
class Composite(Protocol):
    """A projection with parts that can be made anew alone, from its own tables and without the log."""

    name: str
    part_names: Sequence[str]

    def rebuild_part(self, session: Session, name: str) -> None:
        """Empty the tables of one part and fill them again, inside the open transaction."""
        ...


@runtime_checkable
class Reading(Protocol):
    """A projection that reads the tables of others, which stand before it: it is rebuilt together with them."""

    reads: Sequence[str]


def clear(session: Session, tables: Sequence[type[SQLModel]]) -> None:
    """Empty the tables of a projection."""
    for table in tables:
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


Rows = Sequence[tuple[Any, ...]]
PLACES = 30_000  # SQLite takes 32,766 parameters a statement


def insert_rows(session: Session, table: type[SQLModel], columns: Sequence[str], rows: Rows) -> None:
    """Insert many rows (tuples in the order of `columns`) with few calls to the driver, as `tracker.log` does.

    Values are written as SQLAlchemy's types would write them: times aware, lists and dicts as JSON.
    """
    if not rows:
        return
    connection = session.connection()
    name = table.__tablename__
    if connection.dialect.name != "sqlite":
        cursor: Any = connection.connection.cursor()
        with cursor, cursor.copy(f"copy {name} ({', '.join(columns)}) from stdin") as copy:
            for row in rows:
                copy.write_row([json.dumps(v) if isinstance(v, (list, dict)) else v for v in row])
        return
    together, width = max(1, min(500, PLACES // len(columns))), len(columns)
    for start in range(0, len(rows), together):
        chunk = rows[start : start + together]
        places = ", ".join([f"({', '.join('?' * width)})"] * len(chunk))
        values = tuple(_SQLITE.get(type(v), _same)(v) for row in chunk for v in row)
        connection.exec_driver_sql(f"insert into {name} ({', '.join(columns)}) values {places}", values)


def _same(value: Any) -> Any:
    return value


def _sqlite_time(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a stored time needs a zone")
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


_SQLITE: dict[type, Callable[[Any], Any]] = {datetime: _sqlite_time, list: json.dumps, dict: json.dumps}


def with_keys(columns: Sequence[Any], keys: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """Yield conditions that together name the rows with those values in `columns`; few enough parameters each."""
    together = max(1, 6000 // len(columns))
    for start in range(0, len(keys), together):
        chunk = keys[start : start + together]
        if len(columns) == 1:
            yield columns[0].in_([key[0] for key in chunk])
        else:
            yield tuple_(*columns).in_(chunk)
