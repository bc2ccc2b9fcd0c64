"""From bytes to JSON elements: what is not sound JSON is refused whole. Pure."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import orjson

from telemetry.message_limits import MessageLimits
from tracker.errors import Reason


class Unreadable(Exception):
    """The payload as a whole cannot be read."""

    def __init__(self, reason: Reason) -> None:
        """Carry why."""
        super().__init__(reason)
        self.reason = reason


def read_elements(payload: bytes, limits: MessageLimits) -> tuple[list[Any], bool]:
    """Return the elements of `payload` and whether it was an array.

    Raises:
        Unreadable: no JSON, or JSON that is too large, too deep, too long or says one thing twice.
    """
    value = read_json(payload, limits)
    if not isinstance(value, list):
        return [value], False
    if not value:
        raise Unreadable(Reason("empty_array"))
    if len(value) > limits.array_length:
        raise Unreadable(Reason("too_many_elements", values={"limit": limits.array_length, "count": len(value)}))
    return value, True


def read_json(payload: bytes, limits: MessageLimits) -> Any:
    """Return what `payload` says.

    Raises:
        Unreadable: see `read_elements`.
    """
    if len(payload) > limits.body_bytes:
        raise Unreadable(Reason("body_too_large", values={"limit": limits.body_bytes}))
    if not payload or payload.isspace():
        raise Unreadable(Reason("empty_message"))
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise Unreadable(_why_not_json(payload, error)) from None
    strings = _count_strings(value, limits.depth)
    # A dictionary keeps one of two equal keys silently. Looking for them costs more than all the rest, so it is done
    # only where the quotes do not add up: each key and each string has two, a key that was dropped leaves some over.
    if payload.count(b'"') != 2 * strings:
        _refuse_double_keys(payload, limits.depth)
    return value


def _why_not_json(payload: bytes, error: orjson.JSONDecodeError) -> Reason:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return Reason("not_utf8")
    if "depth" in str(error) or "ecursion" in str(error):
        return Reason("too_deep")
    if any(word in payload for word in (b"NaN", b"Infinity")):
        try:
            json.loads(payload)
        except (ValueError, RecursionError):
            pass
        else:
            return Reason("not_a_number")
    return Reason("not_json", values={"line": error.lineno, "column": error.colno})


def _count_strings(value: Any, depth: int) -> int:
    count = 0
    level = [value]
    while level:
        if depth < 0:
            raise Unreadable(Reason("too_deep"))
        depth -= 1
        deeper: list[Any] = []
        for one in level:
            if type(one) is dict:
                count += len(one)
                values: Any = one.values()
            elif type(one) is list:
                values = one
            else:
                count += type(one) is str
                continue
            for inner in values:
                kind = type(inner)
                if kind is str:
                    count += 1
                elif kind is dict or kind is list:
                    deeper.append(inner)
        level = deeper
    return count


def _refuse_double_keys(payload: bytes, depth: int) -> None:
    def once(pairs: list[tuple[str, Any]]) -> None:
        if len(names := Counter(name for name, _ in pairs)) != len(pairs):
            raise Unreadable(Reason("double_key", values={"key": names.most_common(1)[0][0][:80]}))

    try:
        json.loads(payload, object_pairs_hook=once)
    except RecursionError:
        raise Unreadable(Reason("too_deep", values={"limit": depth})) from None
    except ValueError:
        pass  # orjson has read it: what Python's reader dislikes (integers of 5,000 digits) is no repetition
