"""For tests of what is counted of facts: dull facts, taken in and taken back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import SQLModel

from tests.tracker.straight_road import rows_of
from tracker.fact_rows import Changes, Sighting

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    return request.getfixturevalue(f"{request.param}_database")


def a_fact(kind, after, took, /, **more):
    """Return a settled fact that began `after` Monday's midnight and took so long (both timedeltas)."""
    start = MONDAY + after
    end = start + took
    return kind(started_at=start, ended_at=end, settled_at=end + timedelta(minutes=1), first_seq=1, last_seq=2, **more)


def sighted(*facts, vehicle="COACH-1", operator="OP-1"):
    return [Sighting(vehicle, operator, fact) for fact in facts]


def take(database, derived, removed=(), added=()):
    with database.writing() as session:
        derived.take(session, Changes(list(removed), list(added)))


def check_taking_back(database, derived, kept, gone):
    """Check that taking back leaves what there would be without, byte for byte, and at last nothing."""
    tables: list[type[SQLModel]] = list(derived.tables)
    take(database, derived, added=kept)
    before = rows_of(database, tables, ())
    take(database, derived, added=gone)
    assert rows_of(database, tables, ()) != before
    take(database, derived, removed=gone)
    assert rows_of(database, tables, ()) == before
    take(database, derived, removed=kept, added=gone)
    take(database, derived, removed=gone)
    assert not any(rows_of(database, tables, ()).values())
