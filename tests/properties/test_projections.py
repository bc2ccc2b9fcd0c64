"""What is made of the log does not depend on how it was cut, and can be made again with the same result."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.pipeline import PROJECTIONS
from tests.databases import emptied
from tests.tracker.entries import NOON, an_entry
from tracker.errors import NotFound
from tracker.log import append
from tracker.pipeline import Pipeline, tick

AT = NOON.isoformat()


def a_day():
    """One message of every kind and more, as one coach and two posts would send them."""
    trip = {"trip_id": "T1", "corridor_id": "ABJ-LOS"}
    later = (NOON + timedelta(hours=3)).isoformat()
    yield from (an_entry(f"fix{n}", n, latitude=6 + n / 100, longitude=1.0) for n in range(5))
    yield from (
        an_entry(event, minute, kind="trip", event=event, observed_at=AT, **trip, **more)
        for event, minute, more in (
            ("declared", -30, {"manifest": {"passengers": 40}, "seal_number": "S1"}),
            ("departed", 0, {"seal_number": "S2"}),
            ("arrived", 300, {}),
        )
    )
    yield an_entry(
        "control", 60, kind="control", agency="police", observed_at=AT, payments=[{"amount": 1000, "currency": "XOF"}]
    )
    yield an_entry(
        "incident", 70, kind="incident", incident_type="harassment", observed_at=AT, harassment=["verbal_abuse"]
    )
    yield an_entry("online", 0, kind="vehicle_status", status="online")
    for number, post in enumerate(("GH-aflao", "TG-kodjoviakope")):
        subject = f"posts/{post}/customs"
        yield an_entry(
            f"crossing{number}", 90 + number, subject, "crossing", direction="exit", vehicle_id="BUS", released_at=later
        )
        yield an_entry(f"state{number}", 10 + number, subject, "post_status", status="open", queue_length=3)
        yield an_entry(f"later{number}", 20 + number, subject, "post_status", status="closed")
    yield an_entry("slot", 100, "ticks", "slot")
    yield an_entry("decision", 110, "flags/f1", "decision", decision="review", by="ama", role="monitor")


def contents(database):
    with database.reading() as session:
        return {
            table.__tablename__: sorted(map(repr, session.connection().execute(table.__table__.select()).all()))
            for projection in PROJECTIONS
            for table in projection.tables
        }


def all_have_something(database):
    """Say whether each projection has rows in one of its tables at least; accounts need a road (`test_accounts.py`)."""
    rows = contents(database)
    projections = [projection for projection in PROJECTIONS if projection.name != "trip_accounts"]
    return all(any(rows[table.__tablename__] for table in projection.tables) for projection in projections)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    return request.getfixturevalue(f"{request.param}_database")


def load(database, entries):
    with database.writing() as session:
        append(database, session, entries)


def test_every_projection_has_something_of_a_day(database):
    load(database, list(a_day()))
    Pipeline(database, PROJECTIONS).run_all()
    assert all_have_something(database)


def test_a_rebuild_gives_the_same_bytes(database):
    load(database, list(a_day()))
    tick(database, NOON + timedelta(hours=3), 60)
    pipeline = Pipeline(database, PROJECTIONS)
    pipeline.run_all()
    before = contents(database)
    pipeline.rebuild()
    assert contents(database) == before
    pipeline.rebuild("trip_sheets")
    assert contents(database) == before
    pipeline.rebuild("flags")
    assert contents(database) == before


@given(st.integers(1, 30))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_of_any_size_give_the_same_bytes(sqlite_database, batch):
    database = emptied(sqlite_database)
    load(database, list(a_day()))
    Pipeline(database, PROJECTIONS, batch=batch).run_all()
    once = contents(database)
    Pipeline(database, PROJECTIONS, batch=1000).rebuild()
    assert contents(database) == once


@given(st.permutations(list(a_day())))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_another_order_of_arrival_tells_the_same_trip_and_posts(sqlite_database, entries):
    database = emptied(sqlite_database)
    load(database, entries + entries[:5])
    Pipeline(database, PROJECTIONS).run_all()
    with database.reading() as session:
        run = session.connection().exec_driver_sql
        sheet = run("select declared_at, departed_at, arrived_at, said from trip_sheet").one()
        states = run("select post_id, status from latest_post_status order by post_id").all()
        place = run("select latitude from latest_position").one()
    assert '"S2"' in sheet[3]
    assert '"passengers"' in sheet[3]
    assert None not in sheet[:3]
    assert [tuple(row) for row in states] == [("GH-aflao", "closed"), ("TG-kodjoviakope", "closed")]
    assert place[0] == 6.04


def test_a_killed_batch_leaves_cursor_and_tables_as_they_were(sqlite_database, monkeypatch):
    load(sqlite_database, list(a_day()))
    pipeline = Pipeline(sqlite_database, PROJECTIONS)

    def killed(*_args):
        raise KeyboardInterrupt

    monkeypatch.setattr(PROJECTIONS[-1], "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        pipeline.run_once()
    assert not any(contents(sqlite_database).values())
    monkeypatch.undo()
    pipeline.run_all()
    assert all_have_something(sqlite_database)


def test_an_unknown_projection_is_not_found(sqlite_database):
    with pytest.raises(NotFound):
        Pipeline(sqlite_database, PROJECTIONS).rebuild("nothing")
