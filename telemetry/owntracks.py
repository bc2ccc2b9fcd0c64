"""The OwnTracks phone app: its documented JSON becomes our position; its configuration is made here.

Of everything the app can say only locations are of use; the rest is ignored, which is what the app expects. Encrypted
payloads are refused: nobody here has the key, and acknowledging them would lose them.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import orjson

from telemetry.message_limits import MessageLimits
from telemetry.payload import Unreadable, read_elements
from telemetry.topics import owntracks_topic
from tracker.errors import Reason

KMH_PER_MPS = 3.6
MQTT_3_1_1 = 4  # the app's own default is 3.1, which our broker refuses
_MODE_MQTT, _MODE_HTTP = 0, 3


def translate(payload: bytes, limits: MessageLimits) -> tuple[list[Any], bool]:
    """Return the locations of `payload` as bodies of positions, and whether it was an array.

    Raises:
        Unreadable: no sound JSON, or encrypted.
    """
    elements, is_array = read_elements(payload, limits)
    positions = []
    for element in elements:
        kind = element.get("_type") if isinstance(element, dict) else None
        if kind == "encrypted":
            raise Unreadable(Reason("owntracks_encrypted"))
        if kind == "location":
            positions.append(_position(element))
        elif not isinstance(kind, str):
            positions.append(element)  # not the app's form: refused as such, with its reasons
    return positions, is_array


def _position(location: dict[str, Any]) -> dict[str, Any]:
    """Return a location as the body of a position; what the app marks as unknown (-1) is left out."""
    position = {
        "observed_at": location.get("tst"),
        "latitude": location.get("lat"),
        "longitude": location.get("lon"),
        "accuracy_m": _known(location.get("acc")),
        "bearing_deg": _known(location.get("cog")),
        "battery_percent": _known(location.get("batt")),
        "sent_at": location.get("created_at"),
    }
    speed = _known(location.get("vel"))
    position["speed_mps"] = speed / KMH_PER_MPS if type(speed) in {int, float} else speed
    return {name: value for name, value in position.items() if value is not None}


def _known(value: Any) -> Any:
    return None if type(value) in {int, float} and value < 0 else value


def mqtt_configuration(
    operator_id: str, vehicle_id: str, device_id: str, token: str, *, host: str, port: int, tls: bool = False
) -> dict[str, Any]:
    """Return the app's configuration (an `.otrc` file) for MQTT."""
    return {
        "_type": "configuration",
        "mode": _MODE_MQTT,
        "host": host,
        "port": port,
        "tls": tls,
        "auth": True,
        "username": device_id,
        "password": token,
        "clientId": device_id,
        "deviceId": vehicle_id,
        "tid": vehicle_id[-2:],
        "mqttProtocolLevel": MQTT_3_1_1,
        "pubTopicBase": owntracks_topic(operator_id, vehicle_id),
        "pubQos": 1,
        "pubRetain": False,
        "sub": False,
        "cleanSession": False,
        **_MANNERS,
    }


def http_configuration(vehicle_id: str, device_id: str, token: str, url: str) -> dict[str, Any]:
    """Return the app's configuration (an `.otrc` file) for HTTP; `url` is that of our `/owntracks`."""
    return {
        "_type": "configuration",
        "mode": _MODE_HTTP,
        "url": url,
        "auth": True,
        "username": device_id,
        "password": token,
        "deviceId": vehicle_id,
        "tid": vehicle_id[-2:],
        **_MANNERS,
    }


# What the app sends beside the position identifies its owner's phone and whereabouts: it is asked not to.
_MANNERS = {
    "monitoring": 2,  # move mode: a fix every few seconds while the coach moves
    "locatorInterval": 30,
    "moveModeLocatorInterval": 30,
    "extendedData": True,  # speed and course
    "cmd": False,
    "remoteConfiguration": False,
    "allowRemoteLocation": False,
}


def configuration_link(configuration: dict[str, Any]) -> str:
    """Return the link behind a QR code that sets the app up."""
    # The app reads the plain alphabet of base64, in which `+` and `/` stand: they are escaped for the link.
    return "owntracks:///config?inline=" + quote(base64.b64encode(orjson.dumps(configuration)).decode(), safe="")
