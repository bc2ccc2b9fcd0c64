from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.databases import emptied
from tests.tracker.entries import an_entry
from tracker.database import UtcDateTime
from tracker.log import Outcome, append, last_seq, read_after, verify


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_database")
    return request.getfixturevalue("postgres_database")


def add(database, *entries):
    with database.writing() as session:
        return append(database, session, entries)


def test_a_message_is_stored_with_its_three_clocks(database):
    entry = an_entry()
    assert add(database, entry) == [Outcome.ACCEPTED]
    with database.reading() as session:
        (row,) = read_after(session, 0, 10)
    assert (row.observed_at, row.sent_at, row.received_at) == (entry.observed_at, entry.sent_at, entry.received_at)
    assert row.body == entry.body
    assert row.observed_at.tzinfo is not None


def test_the_same_message_again_is_a_duplicate(database):
    assert add(database, an_entry(), an_entry()) == [Outcome.ACCEPTED, Outcome.DUPLICATE]
    assert add(database, an_entry()) == [Outcome.DUPLICATE]
    with database.reading() as session:
        assert last_seq(session) == 1


def test_the_same_id_with_another_body_is_a_conflict(database):
    other = an_entry("one", latitude=7.0, longitude=1.0)
    assert add(database, an_entry("one"), other) == [Outcome.ACCEPTED, Outcome.CONFLICT]
    assert add(database, other) == [Outcome.CONFLICT]


def test_two_subjects_may_use_the_same_id(database):
    mine, theirs = an_entry("one"), an_entry("one", subject="vehicles/OP/OTHER")
    assert add(database, mine, theirs) == [Outcome.ACCEPTED, Outcome.ACCEPTED]


def test_the_chain_holds_over_several_appends(database):
    for number in range(5):
        add(database, an_entry(f"{number}a"), an_entry(f"{number}b"))
    with database.reading() as session:
        assert list(verify(session, batch=3)) == [(3, True), (6, True), (9, True), (10, True)]


@pytest.mark.parametrize(
    "change", ["update message_log set device_id = 'x' where seq = 2", "delete from message_log where seq = 2"]
)
def test_a_row_that_was_changed_or_taken_out_shows(sqlite_database, change):
    add(sqlite_database, *(an_entry(str(n)) for n in range(4)))
    with sqlite_database.writing() as session:
        session.connection().execute(text(change))
    with sqlite_database.reading() as session:
        assert False in [intact for _, intact in verify(session)]


def test_a_failed_transaction_leaves_nothing(database):
    def killed():
        with database.writing() as session:
            append(database, session, [an_entry()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        killed()
    with database.reading() as session:
        assert last_seq(session) == 0


@given(st.lists(st.integers(0, 20), max_size=60), st.randoms())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_doubled_and_cut_anyhow_each_message_is_stored_once(sqlite_database, numbers, random):
    database = emptied(sqlite_database)
    at = 0
    while at < len(numbers):
        size = random.randrange(1, 8)
        add(database, *(an_entry(str(n)) for n in numbers[at : at + size]))
        at += size
    with database.reading() as session:
        stored = [row.message_id for row in read_after(session, 0, 1000)]
    first_seen = list(dict.fromkeys(numbers))
    assert stored == [an_entry(str(n)).message_id for n in first_seen]


def test_a_naive_time_is_refused():
    with pytest.raises(ValueError):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), None)  # type: ignore[arg-type]


def test_another_zone_comes_back_as_utc(sqlite_database):
    moment = datetime(2026, 6, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    assert UtcDateTime().process_bind_param(moment, None).isoformat() == "2026-06-01T12:00:00+00:00"  # type: ignore[union-attr, arg-type]
    assert moment == datetime(2026, 6, 1, 12, tzinfo=UTC)
