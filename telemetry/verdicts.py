"""From pydantic's errors to our own reasons: codes that can be said in every language, with the path of the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from telemetry.wire.envelope import Envelope
from tracker.errors import Reason

_EXPECTED = {
    "string_type": "string",
    "float_type": "number",
    "int_type": "integer",
    "int_from_float": "integer",
    "bool_type": "boolean",
    "list_type": "array",
    "model_type": "object",
    "model_attributes_type": "object",
    "dict_type": "object",
}
_BOUNDS = {
    "greater_than": ("below_limit", "gt"),
    "greater_than_equal": ("below_limit", "ge"),
    "less_than": ("above_limit", "lt"),
    "less_than_equal": ("above_limit", "le"),
    "too_long": ("too_many_elements", "max_length"),
    "string_too_long": ("text_too_long", "max_length"),
    "string_too_short": ("text_too_short", "min_length"),
}
# Bounds that deserve a sentence of their own.
_SPECIAL = {
    "latitude": "latitude_out_of_range",
    "longitude": "longitude_out_of_range",
    "speed_mps": "speed_implausible",
    "passengers": "passengers_implausible",
}
_PLAIN = {"missing": "field_missing", "string_pattern_mismatch": "characters_not_allowed"}
_OURS = frozenset({"time_not_understood", "time_without_zone", "time_too_old", "time_in_future"})


def reasons_of(error: ValidationError) -> list[Reason]:
    """Return every reason that `error` holds."""
    return [reason_of(detail) for detail in error.errors(include_url=False, include_input=False)]


def sound_fields(model: type[Envelope], element: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `element` that are right taken one by one; nested bodies as dictionaries."""
    validator = model.__pydantic_validator__
    sound: dict[str, Any] = {}
    blank = model.model_construct()
    for name in model.model_fields:
        if (value := element.get(name)) is None:
            continue
        try:
            validator.validate_assignment(blank, name, value)
        except ValidationError:
            continue
        sound[name] = getattr(blank, name)
    return {
        name: value.model_dump(exclude_none=True) if hasattr(value, "model_dump") else value
        for name, value in sound.items()
    }


def reason_of(detail: ErrorDetails) -> Reason:
    """Return one of the reasons that `reasons_of` returns."""
    path = _path(detail["loc"])
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _BOUNDS:
        return _bound(kind, context, path, str(detail["loc"][-1]))
    if kind in _OURS:
        return Reason(kind, path, dict(context))
    if kind == "literal_error":
        return Reason("not_in_list", path, {"expected": _listed(context["expected"])})
    code = "not_a_uuid" if kind.startswith("uuid") else _PLAIN.get(kind)
    if code is not None:
        return Reason(code, path)
    return Reason("wrong_type", path, {"expected": _EXPECTED.get(kind, "other")})


def _bound(kind: str, context: Mapping[str, Any], path: str, name: str) -> Reason:
    code, key = _BOUNDS[kind]
    limit = context[key]
    if isinstance(limit, float) and limit.is_integer():
        limit = int(limit)
    if code in {"below_limit", "above_limit"}:
        code = _SPECIAL.get(name, code)
    return Reason(code, path, {"limit": abs(limit) if code.endswith("_out_of_range") else limit})


def _listed(expected: str) -> str:
    """Return pydantic's "'a', 'b' or 'c'" without its English."""
    return expected.replace("' or '", "', '").replace("'", "")


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
