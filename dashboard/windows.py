"""The stretch of time that a page or panel speaks of: now, a day, a week, a month, or one day of the calendar (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tracker.errors import BadInput, Reason

LENGTHS = {"now": timedelta(hours=3), "24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}
WINDOWS = tuple(LENGTHS)
# Before this nothing can have been recorded, after it nothing will be: it keeps times of day within what a date can be.
FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Window:
    """`[since, until)`. `code` is one of `WINDOWS`, or `day`, and then `day` says which."""

    code: str
    since: datetime
    until: datetime
    day: date | None = None

    @property
    def query(self) -> dict[str, str]:
        """What an address says to mean the same window again."""
        return {"day": self.day.isoformat()} if self.day else {"window": self.code}

    @property
    def shift(self) -> timedelta:
        """How long it is."""
        return self.until - self.since


def read_window(window: str, day: str, now: datetime, default: str = "24h") -> Window:
    """Return the window that an address names; a day goes before a window.

    Raises:
        BadInput: it names none that there is.
    """
    if day:
        return day_window(read_day(day))
    code = window or default
    if code not in LENGTHS:
        raise BadInput(reasons=[Reason("not_in_list", "window", {"expected": ", ".join(WINDOWS)})])
    return Window(code, now - LENGTHS[code], now)


def read_day(day: str) -> date:
    """Return a day written YYYY-MM-DD.

    Raises:
        BadInput: it is not written so, or lies where no record can be.
    """
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise BadInput(reasons=[Reason("not_a_day", "day")]) from None
    if not FIRST <= found <= LAST:
        raise BadInput(reasons=[Reason("not_a_day", "day")])
    return found


def day_window(day: date) -> Window:
    """Return a whole day, from midnight to midnight UTC."""
    since = datetime.combine(day, time(), UTC)
    return Window("day", since, since + timedelta(days=1), day)
