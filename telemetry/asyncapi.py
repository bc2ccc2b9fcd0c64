"""The AsyncAPI 3 document of the MQTT doors, made from the topic grammar and the wire models."""

from __future__ import annotations

from typing import Any

from telemetry.kinds import Kind
from telemetry.schemas import body_schema, model_schema
from telemetry.topics import IDENTIFIER, POST_SEGMENTS, ROOT, VEHICLE_SEGMENTS

_RECEIPTS = {
    "type": "object",
    "required": ["receipts"],
    "properties": {
        "receipts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "status", "reasons"],
                "properties": {
                    "id": {"type": ["string", "null"], "format": "uuid"},
                    "status": {"const": "rejected"},
                    "reasons": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["code", "field", "message"],
                            "properties": {
                                "code": {"type": "string"},
                                "field": {"type": ["string", "null"]},
                                "message": {"type": "string"},
                            },
                        },
                    },
                },
            },
        }
    },
}
_OWNTRACKS = {
    "type": "object",
    "required": ["_type"],
    "properties": {
        "_type": {"type": "string"},
        "tst": {"type": "integer"},
        "lat": {"type": "number"},
        "lon": {"type": "number"},
        "acc": {"type": "number"},
        "vel": {"type": "number", "description": "km/h"},
        "cog": {"type": "number"},
        "batt": {"type": "number"},
        "created_at": {"type": "integer"},
    },
}
_EXPECTED = {
    "type": "object",
    "description": (
        "Retained. Who is expected within twelve hours, by when the band begins; a coach is cleared after its arrival, and nobody"
        " is an empty list. Sent when it changed, at most once a minute."
    ),
    "required": ["coaches"],
    "additionalProperties": False,
    "properties": {
        "coaches": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["license_plate", "operator_id", "eta_from", "eta_to", "passengers"],
                "additionalProperties": False,
                "properties": {
                    "license_plate": {"type": ["string", "null"]},
                    "operator_id": {"type": "string"},
                    "eta_from": {"type": "string", "format": "date-time"},
                    "eta_to": {"type": "string", "format": "date-time"},
                    "passengers": {"type": ["integer", "null"], "description": "as declared; null: not said"},
                },
            },
        }
    },
}


def document(array_limit: int = 500, version: str = "1") -> dict[str, Any]:
    """Return the document, as served at `/asyncapi.json`."""
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}

    def channel(
        name: str, address: str, payload: dict[str, Any], *, ours: bool = False, retained: bool = False
    ) -> None:
        """Add one topic. `ours` is one that we publish and devices read."""
        messages[name] = {"name": name, "contentType": "application/json", "payload": payload}
        channels[name] = {
            "address": address,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "parameters": {part: {"description": f"matches {IDENTIFIER}"} for part in _parameters(address)},
        }
        operations[f"{'send' if ours else 'receive'}_{name}"] = {
            "action": "send" if ours else "receive",
            "channel": {"$ref": f"#/channels/{name}"},
            "bindings": {"mqtt": {"qos": 1, "retain": retained}},
        }

    for kind, segment in VEHICLE_SEGMENTS.items():
        one = kind is Kind.VEHICLE_STATUS
        payload = model_schema(kind) if one else body_schema(kind, array_limit)
        channel(kind.value, f"{ROOT}/vehicles/{{operator_id}}/{{vehicle_id}}/{segment}", payload, retained=one)
    for kind, segment in POST_SEGMENTS.items():
        channel(kind.value, f"{ROOT}/posts/{{post_id}}/{{agency}}/{segment}", body_schema(kind, array_limit))
    channel("owntracks", "owntracks/{operator_id}/{vehicle_id}", _OWNTRACKS)
    channel("vehicle_receipts", f"{ROOT}/receipts/{{operator_id}}/{{vehicle_id}}", _RECEIPTS, ours=True)
    channel("post_receipts", f"{ROOT}/receipts/posts/{{post_id}}/{{agency}}", _RECEIPTS, ours=True)
    channel("expected", f"{ROOT}/posts/{{post_id}}/expected", _EXPECTED, ours=True, retained=True)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "ECOWAS corridor monitor: MQTT", "version": version},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _parameters(address: str) -> list[str]:
    return [part[1:-1] for part in address.split("/") if part.startswith("{")]
