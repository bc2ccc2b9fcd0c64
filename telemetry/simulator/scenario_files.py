"""Scenario files: reading one (YAML 1.1, UTF-8), with every mistake named by its path; and the shipped ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from telemetry.simulator.scenario import Scenario
from telemetry.verdicts import reason_of
from tracker.errors import BadFile, NotFound, Reason

SHIPPED = files("telemetry.simulator").joinpath("scenarios")
EVALUATION = "evaluation"
DEFAULT = "demo"
LARGEST_BYTES = 4 * 1024 * 1024


class _Loader(yaml.SafeLoader):
    """YAML's safe loader; a key that stands twice is a mistake, and there are no references (they can explode)."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("alias")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            keys = [key.value for key, _ in node.value]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise _TwiceError(str(twice), node.start_mark.line + 1)
        return mapping


class _TwiceError(Exception):
    pass


def list_shipped() -> list[str]:
    """Return the names of the scenarios that come with the package."""
    return sorted(_shipped())


def list_evaluated() -> list[str]:
    """Return the names of those that are hard in different ways, made for `corridor evaluate`."""
    return [name for name in list_shipped() if name.startswith(f"{EVALUATION}/")]


def _shipped() -> dict[str, Any]:
    folders = (("", SHIPPED), (f"{EVALUATION}/", SHIPPED.joinpath(EVALUATION)))
    return {
        prefix + entry.name.removesuffix(".yaml"): entry
        for prefix, folder in folders
        for entry in folder.iterdir()
        if entry.name.endswith(".yaml")
    }


def load_scenario(name_or_path: str) -> Scenario:
    """Read a shipped scenario by its name, or a file by its path.

    Raises:
        NotFound: neither is there.
        BadFile: with every reason.
    """
    if (shipped := _shipped().get(name_or_path)) is not None:
        return parse_scenario(shipped.read_bytes())
    path = Path(name_or_path)
    if not path.is_file():
        raise NotFound("unknown_scenario", scenario=name_or_path, shipped=", ".join(list_shipped()))
    if path.stat().st_size > LARGEST_BYTES:
        raise BadFile(reasons=[Reason("file_too_large", None, {"limit_mb": LARGEST_BYTES // 2**20})])
    return parse_scenario(path.read_bytes())


def parse_scenario(content: bytes) -> Scenario:
    """Return the scenario that a file says.

    Raises:
        BadFile: with every reason: what is no YAML, unknown keys (with the one that was probably meant), wrong values,
            corridors that its own list does not name.
    """
    try:
        said = yaml.load(content.decode("utf-8-sig"), _Loader)
    except UnicodeDecodeError:
        raise BadFile(reasons=[Reason("not_utf8")]) from None
    except _TwiceError as error:
        raise BadFile(reasons=[Reason("double_key", f"line {error.args[1]}", {"key": error.args[0]})]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise BadFile(reasons=[Reason("not_yaml", f"line {mark.line + 1}" if mark else None)]) from None
    if not isinstance(said, dict):
        raise BadFile(reasons=[Reason("not_a_scenario")])
    reasons: list[Reason] = []
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate(said)
    except ValidationError as error:
        reasons = [_reason(detail) for detail in error.errors(include_url=False, include_input=False)]
    reasons += _foreign_corridors(said)
    if scenario is None or reasons:
        raise BadFile(reasons=reasons)
    return scenario


def _foreign_corridors(said: Mapping[str, Any]) -> Iterator[Reason]:
    """Yield a reason for every part on a corridor that `corridors` does not name, in whatever state the rest is."""
    named = said.get("corridors")
    if not isinstance(named, list):
        return
    halts = said.get("halts")
    parts = [("checkpoints", said.get("checkpoints")), ("services", said.get("services"))]
    parts.append(("halts.congestion", halts.get("congestion") if isinstance(halts, dict) else None))
    for path, listed in parts:
        for number, part in enumerate(listed if isinstance(listed, list) else []):
            corridor = part.get("corridor") if isinstance(part, dict) else None
            if isinstance(corridor, str) and corridor not in named:
                where = f"{path}[{number}].corridor"
                yield Reason("corridor_not_in_scenario", where, {"corridor": corridor[:40]})


def _reason(detail: ErrorDetails) -> Reason:
    plain, values = reason_of(detail), dict(detail.get("ctx", {}))
    match detail["type"]:
        case "range_reversed":
            return Reason("range_reversed", plain.field)
        case "time_before" | "below_limit" as code:
            return Reason(code, plain.field, values)
        case "too_short":
            return Reason("too_few_elements", plain.field, {"limit": values["min_length"]})
        case "extra_forbidden":
            return _unknown_key(detail, plain)
    return plain


def _unknown_key(detail: ErrorDetails, plain: Reason) -> Reason:
    key, known = str(detail["loc"][-1]), _keys_at(detail["loc"][:-1])
    meant = difflib.get_close_matches(key, known, 1, 0.6)
    if meant:
        return Reason("unknown_key_meant", plain.field, {"meant": meant[0]})
    return Reason("unknown_key", plain.field, {"known": ", ".join(known)})


def _keys_at(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand at a place of the file, by the schema that the model publishes."""
    schema = Scenario.model_json_schema()
    at: Mapping[str, Any] = schema
    for part in location:
        at = at["items"] if isinstance(part, int) else at["properties"][part]
        for choice in (at, *at.get("anyOf", ())):
            if "$ref" in choice:
                at = schema["$defs"][choice["$ref"].rsplit("/", 1)[1]]
                break
    return sorted(at.get("properties", ()))
