"""The database: one class for SQLite (embedded) and PostgreSQL (server).

Nothing else opens a connection. Tables are SQLModel classes in the module of their noun; they do not validate (strict
models at the doors do), so each carries CHECK constraints. Times are `UtcDateTime`: aware, UTC, on both databases.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from tracker.errors import DatabaseAway

# A BIGINT primary key does not count up by itself on SQLite; its INTEGER is 64 bits wide anyway.
BigId = BigInteger().with_variant(Integer, "sqlite")


SQLITE_OUTAGES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY")
POSTGRES_OUTAGES = ("08", "53", "55P03", "57")  # connection, resources, lock not available, operator intervention


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. Naive values are refused; SQLite, which drops the offset, gets it back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes and turn the others to UTC.

        Raises:
            ValueError: `value` has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC datetime."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _tune_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # storage is promised: NORMAL may lose the last commits on a power cut
        "busy_timeout=20000",
        "foreign_keys=ON",
        "cache_size=-32000",
        "wal_autocheckpoint=4000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


class Database:
    """One database and its connections. Safe to share between threads."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        """Prepare connections to `url` (SQLAlchemy form); nothing is opened yet."""
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.engine: Engine = create_engine(
                url, pool_size=pool_size, max_overflow=16, connect_args={"check_same_thread": False}
            )
            event.listen(self.engine, "connect", _tune_sqlite)
        else:
            self.engine = create_engine(url, pool_size=pool_size, max_overflow=16, pool_pre_ping=True, pool_timeout=5)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session for reading: one consistent snapshot, never committed.

        Raises:
            DatabaseAway: the database does not answer.
        """
        with translated_outage(), Session(self.engine) as session:
            if self.is_sqlite:
                session.connection().exec_driver_sql("BEGIN")
            try:
                yield session
            finally:
                session.expunge_all()  # rows stay readable after the block; a rollback would empty them
                session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session for one transaction: committed when the block ends, rolled back when it raises.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that two writers queue instead of failing.

        Raises:
            DatabaseAway: the database does not answer.
        """
        with translated_outage(), Session(self.engine) as session:
            if self.is_sqlite:
                session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield session
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def lock(self, session: Session, key: int) -> None:
        """Hold an exclusive lock until the transaction of `session` ends.

        SQLite's writers are alone anyway; PostgreSQL takes an advisory lock on `key`.
        """
        if not self.is_sqlite:
            session.connection().execute(text("select pg_advisory_xact_lock(:key)"), {"key": key})

    def is_reachable(self) -> bool:
        """Say whether the database answers a trivial question now."""
        try:
            with self.reading() as session:
                session.connection().exec_driver_sql("select 1")
        except DatabaseAway:
            return False
        return True

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@contextmanager
def translated_outage() -> Iterator[None]:
    """Turn a lost or refused connection into `DatabaseAway`; leave every other database error alone."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or (isinstance(error, OperationalError) and _is_outage(error.orig)):
            raise DatabaseAway(retry_after_s=5) from error
        raise
    except psycopg.OperationalError as error:  # from COPY, which does not pass through SQLAlchemy
        if _is_outage(error):
            raise DatabaseAway(retry_after_s=5) from error
        raise
    except SQLAlchemyError as error:
        if type(error).__name__ == "TimeoutError":  # the pool is exhausted: everyone waits for a dead server
            raise DatabaseAway(retry_after_s=5) from error
        raise


def _is_outage(error: BaseException | None) -> bool:
    """Say whether the database was away, full or busy, as against a statement that is wrong."""
    if (name := getattr(error, "sqlite_errorname", None)) is not None:
        return str(name).startswith(SQLITE_OUTAGES)
    state = getattr(error, "sqlstate", None)  # psycopg: None when the connection could not be made or broke
    return state is None or str(state).startswith(POSTGRES_OUTAGES)
