import shutil

import pytest

from dashboard.backup import back_up, restore
from dashboard.migrate import migrate
from tests.tracker.entries import an_entry
from tracker.database import Database
from tracker.errors import Conflict, NotFound
from tracker.log import append, last_seq, verify


def fill(database):
    migrate(database)
    with database.writing() as session:
        append(database, session, [an_entry(str(n)) for n in range(20)])


def intact(database):
    with database.reading() as session:
        return last_seq(session) == 20 and all(good for _, good in verify(session))


def test_a_copy_of_sqlite_comes_back_whole(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'one.sqlite3'}")
    fill(database)
    assert back_up(database, tmp_path / "copy") > 0
    other = Database(f"sqlite:///{tmp_path / 'two.sqlite3'}")
    restore(other, tmp_path / "copy")
    assert intact(other)
    with pytest.raises(Conflict):
        restore(database, tmp_path / "copy")
    with pytest.raises(NotFound):
        restore(other, tmp_path / "nothing")
    database.close()
    other.close()


@pytest.mark.postgres
def test_a_copy_of_postgresql_comes_back_whole(make_postgres_database, tmp_path):
    if shutil.which("pg_dump") is None:
        pytest.fail("pg_dump belongs to PostgreSQL")
    database, other = make_postgres_database(), make_postgres_database()
    fill(database)
    assert back_up(database, tmp_path / "copy") > 0
    restore(other, tmp_path / "copy")
    assert intact(other)
    with pytest.raises(Conflict):
        restore(database, tmp_path / "copy")
