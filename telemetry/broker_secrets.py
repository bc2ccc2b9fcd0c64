"""Passwords that broker and workers share, made once per installation and kept in the database."""

from __future__ import annotations

import secrets

from sqlmodel import Field, SQLModel

from tracker.database import Database

SECRETS_LOCK = 0x0C0881D3
WORKER = "worker"  # the ingest workers' password
ROUTE = "route"  # by which the servers of a cluster know each other


class BrokerSecret(SQLModel, table=True):
    """One password. It opens the broker only, which holds nothing that the database does not."""

    __tablename__ = "broker_secret"

    name: str = Field(primary_key=True, max_length=20)
    secret: str = Field(max_length=100)


def broker_secret(database: Database, name: str) -> str:
    """Return the password of that name, making it when there is none.

    Raises:
        DatabaseAway: the database does not answer.
    """
    with database.writing() as session:
        database.lock(session, SECRETS_LOCK)
        row = session.get(BrokerSecret, name)
        if row is None:
            row = BrokerSecret(name=name, secret=secrets.token_urlsafe(32))
            session.add(row)
        return row.secret
