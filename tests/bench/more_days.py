"""More history for a benchmark: every row that keeps history, copied to the days before. SQLite only.

Days are whole, so that hours of the clock, days and what is packed by them stay what they were. What says how things stand
now (newest positions, memories, cursors) is left, and so are facts that are under way. Numbers of messages are moved out
of the way, names of messages and facts are changed in one letter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Column, text
from sqlmodel import SQLModel

from tracker.database import Database, UtcDateTime

HISTORY = (
    "message_log", "vehicle_track", "halt", "border_crossing", "connection", "section_pass", "trip_run", "gap", "refused_fix",
    "section_hour", "section_day", "dwell_hour", "dwell_day", "trip_cell", "silence_cell",
)  # fmt: skip
NUMBERS = ("seq", "first_seq", "last_seq")


def copy_days(database: Database, days: int, say: Callable[[str], None]) -> int:
    """Copy all history to each of so many days before it (nine at most); return how many messages there are more.

    Raises:
        ValueError: a table with hours or days in it, and rows, is not in `HISTORY`.
    """
    for table in SQLModel.metadata.sorted_tables:
        if {"hour", "day", "settled_hour"} & set(table.columns.keys()) and table.name not in HISTORY:
            with database.reading() as session:
                if session.connection().execute(text(f"SELECT count(*) FROM {table.name}")).scalar_one():
                    raise ValueError(table.name)
    tables = [SQLModel.metadata.tables[name] for name in HISTORY]
    with database.reading() as session:
        count = session.connection().execute(text("SELECT max(seq) FROM message_log")).scalar_one()
        last = {
            table.name: session.connection().execute(text(f"SELECT max(rowid) FROM {table.name}")).scalar() or 0
            for table in tables
        }
    for day in range(1, days + 1):
        say(f"copying day {day} of {days}")
        with database.writing() as session:
            for table in tables:
                values = ", ".join(_moved(column, day, count) for column in table.columns)
                where = f"rowid <= {last[table.name]}"
                if "settled_hour" in table.columns:
                    where += " AND settled_hour IS NOT NULL"
                session.connection().execute(
                    text(
                        f"INSERT INTO {table.name} ({_names(table.columns)}) SELECT {values} FROM {table.name} WHERE {where}"
                    )
                )
    return int(count) * days


def _names(columns: Iterable[Column[object]]) -> str:
    return ", ".join(column.name for column in columns)


def _moved(column: Column[object], day: int, count: int) -> str:
    """Return the SQL of a column's value, `day` days earlier."""
    name = column.name
    if isinstance(column.type, UtcDateTime):
        return f"date({name}, '-{day} days') || substr({name}, 11)"
    return {
        "hour": f"{name} - {24 * day}",
        "settled_hour": f"{name} - {24 * day}",
        "day": f"{name} - {day}",
        **dict.fromkeys(NUMBERS, f"{name} + {count * day}"),
        # the digit that says which kind of UUID it is, always 5 so far
        "message_id": f"substr({name}, 1, 12) || '{5 + day:x}' || substr({name}, 14)",
        "fact_id": f"'{chr(ord('g') + day)}' || substr({name}, 2)",  # hexadecimal so far
    }.get(name, name)
