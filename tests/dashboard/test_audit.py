"""The audit trail: nobody can edit it, and who does is found out."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dashboard import audit
from tests.dashboard.people import NOON, populate
from tracker.scope import Role, Viewer

AMINATA = Viewer(7, "Aminata", Role.ADMINISTRATOR)


@pytest.fixture
def trail(sqlite_database):
    with sqlite_database.writing() as session:
        for number in range(5):
            at = NOON + timedelta(minutes=number)
            audit.record(session, AMINATA, "user.created", f"user:{number}", {"role": "driver"}, at=at)
        audit.record(session, "@command_line", "user.disabled", "user:3", at=NOON + timedelta(hours=1))
    return sqlite_database


def broken(database, batch=2):
    with database.reading() as session:
        return sorted({number for number, intact in audit.verify(session, batch) if not intact})


def tamper(database, statement):
    """Change the table as somebody would who owns the database: without its triggers."""
    with database.writing() as session:
        for verb in ("update", "delete"):
            session.connection().execute(text(f"drop trigger audit_entry_no_{verb}"))
        session.connection().execute(text(statement))


@pytest.mark.parametrize("statement", ["update audit_entry set actor = 'nobody'", "delete from audit_entry"])
def test_the_database_itself_refuses_to_change_it(trail, statement):
    with pytest.raises(DBAPIError, match="append-only"), trail.writing() as session:
        session.connection().execute(text(statement))
    assert broken(trail) == []


@pytest.mark.postgres
@pytest.mark.parametrize(
    "statement", ["update audit_entry set actor = 'x'", "delete from audit_entry", "truncate audit_entry"]
)
def test_postgresql_refuses_it_too(postgres_database, statement):
    with postgres_database.writing() as session:
        populate(session)
        audit.record(session, AMINATA, "user.created", "user:1", at=NOON)
        audit.record(session, AMINATA, "user.created", "user:2", at=NOON)
    with pytest.raises(DBAPIError, match="append-only"), postgres_database.writing() as session:
        session.connection().execute(text(statement))
    assert broken(postgres_database) == []
    with postgres_database.reading() as session:
        assert audit.head(session)[0] == 2


@pytest.mark.parametrize(
    "change", ["actor = 'x'", "details = '{}'", "object = 'user:9'", "at = '2020-01-01 00:00:00.000000'"]
)
def test_a_changed_entry_is_found(trail, change):
    tamper(trail, f"update audit_entry set {change} where seq = 3")
    assert broken(trail) == [3]


def test_an_entry_taken_out_is_found_at_the_next(trail):
    tamper(trail, "delete from audit_entry where seq = 3")
    assert broken(trail) == [4]


def test_the_head_shows_a_tail_that_was_cut_off(trail):
    with trail.reading() as session:
        noted = audit.head(session)
    tamper(trail, "delete from audit_entry where seq > 4")
    assert broken(trail) == []
    with trail.reading() as session:
        assert audit.head(session) != noted


def test_filters_and_pages(trail):
    with trail.reading() as session:
        assert [e.seq for e in audit.list_entries(session, limit=2)] == [6, 5]
        assert [e.seq for e in audit.list_entries(session, before=3)] == [2, 1]
        assert [e.seq for e in audit.list_entries(session, actor="aminata", object="user:3")] == [4]
        assert [e.seq for e in audit.list_entries(session, action="user.disabled")] == [6]
        assert audit.list_entries(session, actor="%") == []
        assert audit.list_actions(session) == ["user.created", "user.disabled"]


def test_it_is_stored_together_with_what_was_done(sqlite_database):
    def fail_halfway():
        with sqlite_database.writing() as session:
            audit.record(session, AMINATA, "user.created", "user:x", at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with sqlite_database.reading() as session:
        assert audit.head(session)[0] == 0
