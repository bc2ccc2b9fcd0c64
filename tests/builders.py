"""Valid, dull messages; a test says only what it is about."""

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def a_position(**changes: Any) -> dict[str, Any]:
    return {"observed_at": "2026-06-01T11:59:00Z", "latitude": 5.36, "longitude": -4.0, "speed_mps": 12.5} | changes


def a_trip(**changes: Any) -> dict[str, Any]:
    return {
        "event": "declared", "observed_at": "2026-06-01T11:00:00Z", "trip_id": "T-1", "corridor_id": "ABJ-LOS",
        "manifest": {"passengers": 50, "minors": 3, "by_nationality": {"own": 30, "ecowas_aes": 15, "other": 5}},
    } | changes  # fmt: skip


def a_control(**changes: Any) -> dict[str, Any]:
    return {
        "observed_at": "2026-06-01T11:30:00Z", "agency": "police", "latitude": 5.3, "longitude": -3.5,
        "payments": [{"amount": 1000, "currency": "XOF", "basis": "no_receipt", "payer": "crew"}],
    } | changes  # fmt: skip


def an_incident(**changes: Any) -> dict[str, Any]:
    return {"observed_at": "2026-06-01T11:30:00Z", "incident_type": "delay", "delay_s": 600} | changes


def a_crossing(**changes: Any) -> dict[str, Any]:
    return {
        "direction": "exit", "arrived_at": "2026-06-01T10:00:00Z", "released_at": "2026-06-01T11:00:00Z",
        "license_plate": "1234 AB 01", "passengers": 48,
    } | changes  # fmt: skip


def a_post_status(**changes: Any) -> dict[str, Any]:
    return {"observed_at": "2026-06-01T11:00:00Z", "status": "open", "queue_length": 4} | changes


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}
