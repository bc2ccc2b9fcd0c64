"""Brings the tables up to this version: Alembic, one history for SQLite and PostgreSQL, run by code, not by hand."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tracker.database import Database, translated_outage

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x0C0881DB


def configuration() -> Config:
    """Return Alembic's configuration for the migrations of this package."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def is_current(database: Database) -> bool:
    """Say whether the tables are those of this version."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    with translated_outage(), database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def migrate(database: Database) -> None:
    """Run what is missing, once, even if several processes start together.

    Raises:
        DatabaseAway: it does not answer.
    """
    if is_current(database):
        return
    with database.writing() as session:  # SQLite: the write lock; PostgreSQL: an advisory lock
        database.lock(session, MIGRATION_LOCK)
        config = configuration()
        config.attributes["connection"] = session.connection()
        command.upgrade(config, "head")
