import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from dashboard.migrate import configuration, is_current, migrate
from dashboard.tables import METADATA
from tracker.database import Database


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request, tmp_path):
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
        yield database
        database.close()
    else:
        yield request.getfixturevalue("make_postgres_database")()


def test_migrations_make_the_tables_that_the_code_describes(empty_database):
    assert not is_current(empty_database)
    migrate(empty_database)
    assert is_current(empty_database)
    with empty_database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert differences == []


def test_migrating_again_changes_nothing(empty_database):
    migrate(empty_database)
    migrate(empty_database)
    assert is_current(empty_database)


def test_a_migration_can_be_taken_back(empty_database):
    migrate(empty_database)
    with empty_database.writing() as session:
        config = configuration()
        config.attributes["connection"] = session.connection()
        command.downgrade(config, "base")
    assert set(inspect(empty_database.engine).get_table_names()) <= {"alembic_version"}
    migrate(empty_database)
    assert is_current(empty_database)
