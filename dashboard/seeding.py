"""Loads the shipped facts (geography, register of control points) into a database that has none."""

from __future__ import annotations

from checkpoints.order_records import seed_orders
from checkpoints.register import seed as seed_register
from tracker.clock import Clock
from tracker.database import Database
from tracker.geography import seed as seed_geography

SEED_LOCK = 0x0C0881D9


def seed(database: Database, clock: Clock) -> None:
    """Load what is missing, once, even if several processes start together."""
    with database.writing() as session:
        database.lock(session, SEED_LOCK)
        seed_geography(session)
        seed_register(session)
        seed_orders(session)
