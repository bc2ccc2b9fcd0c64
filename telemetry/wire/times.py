"""Times on the wire: RFC 3339 with a zone, or Unix seconds; nothing else is understood, nothing is guessed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

OLDEST = datetime(2015, 1, 1, tzinfo=UTC)  # no device of ours is older: what says so has lost its clock
_OLDEST_S = OLDEST.timestamp()
_NEWEST_S = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_NEWEST = datetime(2100, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,12})?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII
)  # fmt: skip


def parse_time(value: Any) -> datetime:
    """Return the aware UTC datetime that `value` says.

    Raises:
        PydanticCustomError: `time_not_understood`, `time_without_zone`, `time_too_old` or `time_in_future`.
    """
    moment = _read(value)
    if moment < OLDEST:
        raise PydanticCustomError("time_too_old", "before {limit}", {"limit": OLDEST.year})
    return moment


def parse_device_clock(value: Any) -> datetime:
    """Return the aware UTC datetime of a device's own clock, however wrong it is.

    A phone that woke up in 1970 still has the satellites' time for its positions; its `sent_at` only tells the skew.

    Raises:
        PydanticCustomError: `time_not_understood`, `time_without_zone` or `time_in_future`.
    """
    return _read(value)


def _read(value: Any) -> datetime:
    if type(value) is str:
        match = _RFC3339.fullmatch(value)
        if match is None:
            raise PydanticCustomError("time_not_understood", "neither RFC 3339 nor Unix seconds")
        if match["zone"] is None:
            raise PydanticCustomError("time_without_zone", "no zone")
        try:
            moment = datetime.fromisoformat(value if value[-1] != "z" else value.upper())
            if moment.tzinfo is not UTC:
                moment = moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise PydanticCustomError("time_not_understood", "no such day or hour") from None
        if moment >= _NEWEST:
            raise PydanticCustomError("time_in_future", "after 2100")
        return moment
    if type(value) is int or type(value) is float:
        if value >= _NEWEST_S:  # milliseconds, most likely: say so by saying what was understood
            raise PydanticCustomError("time_in_future", "after 2100")
        if value < 0:
            raise PydanticCustomError("time_too_old", "before {limit}", {"limit": OLDEST.year})
        return datetime.fromtimestamp(value, UTC)
    raise PydanticCustomError("time_not_understood", "neither RFC 3339 nor Unix seconds")


_SCHEMA = {
    "anyOf": [
        {"type": "string", "format": "date-time"},
        {"type": "number", "minimum": _OLDEST_S, "exclusiveMaximum": _NEWEST_S},
    ],
    "description": "RFC 3339 with a zone, or Unix seconds",
}

Time = Annotated[datetime, PlainValidator(parse_time), WithJsonSchema(_SCHEMA)]
DeviceClock = Annotated[datetime, PlainValidator(parse_device_clock), WithJsonSchema(_SCHEMA)]
