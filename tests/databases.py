"""An emptied database, for properties that try many examples on one."""

from sqlmodel import SQLModel

from tracker.database import Database


def emptied(database: Database) -> Database:
    """Delete every row of every table and return the database."""
    with database.writing() as session:
        for table in reversed(SQLModel.metadata.sorted_tables):
            session.connection().execute(table.delete())
    return database
