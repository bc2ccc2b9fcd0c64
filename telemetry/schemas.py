"""JSON Schemas of the bodies, for the published documents (OpenAPI, AsyncAPI)."""

from __future__ import annotations

from typing import Any

from telemetry.kinds import Kind
from telemetry.wire.models import MODELS


def body_schema(kind: Kind, array_limit: int) -> dict[str, Any]:
    """Return the schema of a payload of `kind`: one body, or an array of them."""
    one = model_schema(kind)
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": array_limit}]}


def model_schema(kind: Kind) -> dict[str, Any]:
    """Return the schema of one body, complete in itself."""
    schema = MODELS[kind].model_json_schema()
    definitions = schema.pop("$defs", {})
    inlined = _inlined(schema, definitions)
    assert isinstance(inlined, dict)
    return inlined


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """Return `node` with its references replaced by what they stand for; our bodies do not contain themselves."""
    if isinstance(node, list):
        return [_inlined(one, definitions) for one in node]
    if not isinstance(node, dict):
        return node
    if (reference := node.get("$ref")) is not None:
        named = definitions[reference.rsplit("/", 1)[1]]
        return _inlined({**named, **{k: v for k, v in node.items() if k != "$ref"}}, definitions)
    return {name: _inlined(value, definitions) for name, value in node.items()}
