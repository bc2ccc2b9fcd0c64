"""Tracker apps and servers over HTTP: OsmAnd's protocol, as OsmAnd and Traccar Client send it, and a Traccar server's forwarding.

Their documented forms become our positions. Units: OsmAnd's protocol says knots unless `unit` says otherwise, the newer
JSON body of Traccar Client metres per second, a Traccar server knots. Pure. Sources: traccar.org/osmand and
traccar.org/forward, read 2026-11-28.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from telemetry.message_limits import MessageLimits
from telemetry.payload import Unreadable, read_elements

MPS_PER_KNOT = 1852 / 3600
_MPS_PER = {"kn": MPS_PER_KNOT, "knots": MPS_PER_KNOT, "kmh": 1 / 3.6, "mps": 1.0, "mph": 0.44704}
# Seconds since 1970 of this year 5138: a greater number is in milliseconds.
_LATEST_SECONDS = 100_000_000_000
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")


def from_form(said: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the position of a query or form of OsmAnd's protocol; none where the app says that it has no fix.

    What is no number stays as it was written, and is refused as such with its reason.
    """
    if said.get("valid", "true").lower() in {"false", "0"}:
        return []
    latitude, longitude = said.get("lat"), said.get("lon")
    if latitude is None and "," in said.get("location", ""):
        latitude, _, longitude = said["location"].partition(",")
    if latitude is None and longitude is None and ({"cell", "wifi"} & set(said)):
        return []  # masts and access points only: nothing of use here
    factor = _MPS_PER.get(said.get("unit", "kn").lower(), MPS_PER_KNOT)
    return [
        _known(
            {
                "observed_at": _time(said.get("timestamp")),
                "latitude": _number(latitude),
                "longitude": _number(longitude),
                "speed_mps": _times(_number(said.get("speed")), factor),
                "bearing_deg": _number(said.get("bearing", said.get("heading"))),
                "accuracy_m": _number(said.get("accuracy")),
                "battery_percent": _number(said.get("batt")),
            }
        )
    ]


def from_client(payload: bytes, limits: MessageLimits) -> tuple[list[Any], bool]:
    """Return the positions of Traccar Client's JSON body, one or an array, and whether it was an array.

    Raises:
        Unreadable: no sound JSON.
    """
    elements, is_array = read_elements(payload, limits)
    return [_of_client(element) for element in elements], is_array


def device_named(payload: bytes, limits: MessageLimits) -> str | None:
    """Return the device that Traccar Client's JSON body names first, None where it names none."""
    try:
        first = read_elements(payload, limits)[0][0]
    except Unreadable:
        return None
    named = first.get("device_id") if isinstance(first, dict) else None
    return named if isinstance(named, str) else None


def _of_client(element: Any) -> Any:
    location = element.get("location") if isinstance(element, dict) else None
    coords = location.get("coords") if isinstance(location, dict) else None
    if not isinstance(location, dict) or not isinstance(coords, dict):
        return element  # not the app's form: refused as such, with its reasons
    battery = location.get("battery")
    level = battery.get("level") if isinstance(battery, dict) else None
    return _known(
        {
            "observed_at": _time(location.get("timestamp")),
            "latitude": coords.get("latitude"),
            "longitude": coords.get("longitude"),
            "speed_mps": coords.get("speed"),
            "bearing_deg": coords.get("heading"),
            "accuracy_m": coords.get("accuracy"),
            "battery_percent": _times(level, 100),
        }
    )


def from_forwarding(payload: bytes, limits: MessageLimits) -> list[tuple[str | None, Any]]:
    """Return the positions that a Traccar server forwards (`forward.type` json), each with its device's `uniqueId`.

    Positions that the server calls not valid or outdated say nothing new and are left out.

    Raises:
        Unreadable: no sound JSON.
    """
    found: list[tuple[str | None, Any]] = []
    for element in read_elements(payload, limits)[0]:
        position = element.get("position") if isinstance(element, dict) else None
        device = element.get("device") if isinstance(element, dict) else None
        if not isinstance(position, dict) or not isinstance(device, dict):
            found.append((None, element))
        elif position.get("valid") is not False and position.get("outdated") is not True:
            named = device.get("uniqueId")
            found.append((named if isinstance(named, str) else None, _of_server(position)))
    return found


def _of_server(position: dict[str, Any]) -> dict[str, Any]:
    more = position.get("attributes")
    return _known(
        {
            "observed_at": _time(position.get("fixTime")),
            "sent_at": _time(position.get("deviceTime")),
            "latitude": position.get("latitude"),
            "longitude": position.get("longitude"),
            "speed_mps": _times(position.get("speed"), MPS_PER_KNOT),
            "bearing_deg": position.get("course"),
            "accuracy_m": position.get("accuracy") or None,  # the server writes 0 for *not known*
            "battery_percent": more.get("batteryLevel") if isinstance(more, dict) else None,
        }
    )


def _known(position: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not said; receivers write -1 for a speed or course that they do not know."""
    unknown = {"speed_mps", "bearing_deg", "accuracy_m", "battery_percent"}
    return {
        name: value
        for name, value in position.items()
        if value is not None and not (name in unknown and type(value) in {int, float} and value < 0)
    }


def _times(value: Any, factor: float) -> Any:
    return value * factor if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _number(text: str | None) -> Any:
    try:
        return None if text is None or not text.strip() else float(text)
    except ValueError:
        return text


def _time(said: Any) -> Any:
    """Return a time as the wire has it: seconds, milliseconds, ISO 8601, or `yyyy-MM-dd HH:mm:ss` in UTC."""
    if isinstance(said, str):
        if spaced := _SPACED.fullmatch(said):
            return f"{spaced[1]}T{spaced[2]}Z"
        number = _number(said)
        said = number if isinstance(number, float) else said
    if type(said) in {int, float} and abs(said) >= _LATEST_SECONDS:
        return said / 1000
    # ISO 8601 without a colon in its zone, as a Traccar server writes it.
    return re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", said) if isinstance(said, str) else said
