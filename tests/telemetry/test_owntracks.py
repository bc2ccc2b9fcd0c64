import base64
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from telemetry.message_limits import MessageLimits
from telemetry.owntracks import configuration_link, http_configuration, mqtt_configuration, translate
from telemetry.payload import Unreadable

LOCATION = {
    "_type": "location", "tst": 1780315140, "lat": 5.36, "lon": -4.0, "acc": 12, "vel": 72, "cog": 90, "batt": 80,
    "tid": "C1", "t": "u", "alt": 20, "created_at": 1780315150, "SSID": "home",
}  # fmt: skip


def test_a_location_becomes_a_position_in_our_units():
    (position,), is_array = translate(orjson.dumps(LOCATION), MessageLimits())
    assert not is_array
    assert position == {
        "observed_at": 1780315140, "latitude": 5.36, "longitude": -4.0, "accuracy_m": 12, "speed_mps": 20.0,
        "bearing_deg": 90, "battery_percent": 80, "sent_at": 1780315150,
    }  # fmt: skip


def test_what_the_app_marks_as_unknown_is_left_out():
    (position,), _ = translate(orjson.dumps(LOCATION | {"vel": -1, "cog": -1, "acc": -1, "batt": -1}), MessageLimits())
    assert not {"speed_mps", "bearing_deg", "accuracy_m", "battery_percent"} & set(position)


@pytest.mark.parametrize("kind", ["lwt", "waypoint", "waypoints", "transition", "card", "cmd", "steps", "status"])
def test_everything_else_the_app_says_is_ignored(kind):
    assert translate(orjson.dumps({"_type": kind, "tst": 1}), MessageLimits()) == ([], False)


def test_an_encrypted_payload_is_refused():
    with pytest.raises(Unreadable) as refused:
        translate(orjson.dumps({"_type": "encrypted", "data": "x"}), MessageLimits())
    assert refused.value.reason.code == "owntracks_encrypted"


def test_the_link_of_the_qr_code_carries_the_configuration():
    wanted = mqtt_configuration("OP1", "COACH-1", "dev-1", "cdt_x", host="192.0.2.1", port=1883)
    link = configuration_link(wanted)
    inline = parse_qs(urlsplit(link).query)["inline"][0]
    assert link.startswith("owntracks:///config?inline=")
    assert orjson.loads(base64.b64decode(inline, validate=True)) == wanted
    assert (wanted["mqttProtocolLevel"], wanted["pubTopicBase"]) == (4, "owntracks/OP1/COACH-1")


def test_the_configuration_for_http_names_our_door():
    assert http_configuration("COACH-1", "dev-1", "cdt_x", "http://h/owntracks")["url"] == "http://h/owntracks"
