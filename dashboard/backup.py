"""Copies of the whole database, taken while it runs, and put back into an empty one.

SQLite is copied by its own online backup; PostgreSQL by `pg_dump` and `pg_restore`, which must be on the path. A copy holds
sealed texts but not the secret key that opens them: keep `CORRIDOR_SECRET_KEY` (or `secret_key` in the data directory)
somewhere else.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from tracker.database import Database
from tracker.errors import Conflict, NotFound, Unavailable


def back_up(database: Database, file: Path) -> int:
    """Write a copy of the database to `file` and return its size in bytes. An older copy is replaced only when it is whole.

    Raises:
        Unavailable: `pg_dump` is missing or failed.
    """
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    if database.is_sqlite:
        source = sqlite3.connect(f"file:{_sqlite_file(database)}?mode=ro", uri=True)
        target = sqlite3.connect(part)
        with source, target:
            source.backup(target, pages=2000)
        source.close()
        target.close()
    else:
        _run("pg_dump", database, "--format=custom", "--no-owner", f"--file={part}")
    with part.open("rb+") as handle:
        os.fsync(handle.fileno())
    part.replace(file)
    return file.stat().st_size


def restore(database: Database, file: Path) -> None:
    """Put a copy back. The database must be empty: a restore never overwrites.

    Raises:
        NotFound: there is no such file.
        Conflict: the database holds tables already.
        Unavailable: `pg_restore` is missing or failed.
    """
    if not file.is_file():
        raise NotFound("no_such_file", file=str(file))
    if database.is_sqlite:
        target = _sqlite_file(database)
        if target.exists():
            raise Conflict("database_not_empty", database=str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        return
    with database.engine.connect() as connection:
        count = connection.exec_driver_sql(
            "select count(*) from information_schema.tables where table_schema = 'public' and table_name = 'message_log'"
        ).scalar_one()
    if count:
        raise Conflict("database_not_empty", database=database.engine.url.database)
    _run("pg_restore", database, "--no-owner", "--exit-on-error", "--single-transaction", str(file))


def _sqlite_file(database: Database) -> Path:
    return Path(make_url(database.url).database or "")


def _run(program: str, database: Database, *arguments: str) -> None:
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        done = subprocess.run(
            [program, f"--dbname={url}", *arguments], check=False, capture_output=True, text=True, timeout=6 * 3600
        )
    except FileNotFoundError as error:
        raise Unavailable("program_missing", program=program, retry_after_s=0) from error
    if done.returncode:
        raise Unavailable("program_failed", program=program, detail=done.stderr.strip()[-500:], retry_after_s=0)
