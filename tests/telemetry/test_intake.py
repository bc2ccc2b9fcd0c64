"""The one way in: what is stored, what is refused, and what is said about it."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry.delivery import Delivery
from telemetry.kinds import Kind
from telemetry.senders import Sender, SenderKind
from tests.builders import a_control, a_crossing, a_position, a_post_status, a_trip, without
from tests.databases import emptied
from tests.telemetry.doors import COACH, DISPATCHER, FLEET, PHONE, POST, SUBJECT, Doors, codes

UUID_A = "7d0f9b3c-40a8-4c0e-9d6f-1f3f7a0c9c11"


def test_a_position_is_in_the_log_when_its_receipt_is_given(doors: Doors):
    (receipt,) = doors.send(Kind.POSITION, a_position(id=UUID_A))
    assert (receipt.id, receipt.status) == (UUID_A, "accepted")
    (row,) = doors.rows()
    assert (row.subject, row.kind, row.device_id) == (SUBJECT, "position", "dev-1")
    assert orjson.loads(row.body) == a_position()


def test_the_same_message_twice_is_a_duplicate_over_any_transport(doors: Doors):
    doors.send(Kind.POSITION, a_position())
    (again,) = doors.send(Kind.POSITION, a_position(vehicle_id="COACH-1", sent_at=1780315200), FLEET)
    (mqtt,) = doors.send(Kind.POSITION, [a_position(unknown="x")], None, SUBJECT, "mqtt")
    assert (again.status, mqtt.status, len(doors.rows())) == ("duplicate", "duplicate", 1)


def test_the_same_id_with_other_content_is_a_conflict_and_is_kept(doors: Doors):
    doors.send(Kind.POSITION, a_position(id=UUID_A))
    (receipt,) = doors.send(Kind.POSITION, a_position(id=UUID_A, latitude=6.0))
    assert (receipt.status, codes(receipt)) == ("rejected", {"id_conflict"})
    (letter,) = doors.letters.list()
    assert orjson.loads(doors.letters.open_raw(letter.id))["latitude"] == 6.0


def test_one_bad_element_does_not_stop_the_others(doors: Doors):
    sent = [a_position(), a_position(latitude=91, longitude=181), a_position(latitude=6.0)]
    receipts = doors.send(Kind.POSITION, sent)
    assert [one.status for one in receipts] == ["accepted", "rejected", "accepted"]
    fields = {(reason.code, reason.field) for reason in receipts[1].reasons}
    assert fields == {("latitude_out_of_range", "[1].latitude"), ("longitude_out_of_range", "[1].longitude")}
    assert len(doors.letters.list()) == 1


def test_free_text_is_sealed_and_identities_are_dropped_before_the_log(doors: Doors):
    doors.send(Kind.CONTROL, a_control(note="Sgt. Kofi Mensah took my card, call +225 07 08 09 10 11, he was rude"))
    (body,) = doors.bodies()
    assert "note" not in body
    assert b"rude" not in doors.rows()[0].body
    with doors.database.reading() as session:
        said = orjson.loads(doors.sealer.open_sealed(session, body["sealed"]))["note"]
    assert "rude" in said
    assert not any(word in said for word in ("Kofi", "Mensah", "225", "09 10"))


def test_a_sealed_message_sent_twice_is_a_duplicate_and_leaves_one_key(doors: Doors):
    first = doors.send(Kind.CONTROL, a_control(note="rude"))[0]
    again = doors.send(Kind.CONTROL, a_control(note="rude"))[0]
    other = doors.send(Kind.CONTROL, a_control(note="polite"))[0]
    assert (first.id == again.id, again.status, other.status) == (True, "duplicate", "accepted")
    assert first.id != other.id


@pytest.mark.parametrize(
    ("kind", "body", "sender", "expected"),
    [
        (Kind.POSITION, a_position(vehicle_id="NOBODY"), FLEET, "unknown_vehicle"),
        (Kind.POSITION, a_position(vehicle_id="OTHER-1"), FLEET, "vehicle_of_other_operator"),
        (Kind.POSITION, a_position(vehicle_id="COACH-2"), COACH, "outside_scope"),
        (Kind.POSITION, a_position(), FLEET, "field_missing"),
        (Kind.POSITION, a_position(), POST, "outside_scope"),
        (Kind.CROSSING, a_crossing(), COACH, "outside_scope"),
        (Kind.CROSSING, a_crossing(post_id="GH-elubo"), POST, "outside_scope"),
        (Kind.CROSSING, a_crossing(agency="customs"), POST, "outside_scope"),
        (Kind.CROSSING, without(a_crossing(), "license_plate"), POST, "vehicle_or_plate_missing"),
        (Kind.CROSSING, a_crossing(vehicle_id="NOBODY"), POST, "unknown_vehicle"),
        (Kind.TRIP, a_trip(corridor_id="NO-WAY"), COACH, "unknown_corridor"),
        (Kind.CONTROL, a_control(agency="gendarmerie", longitude=-1.0), COACH, "agency_not_in_country"),
    ],
)
def test_who_and_what_is_checked(doors: Doors, kind, body, sender, expected):
    (receipt,) = doors.send(kind, body, sender)
    assert (receipt.status, codes(receipt), doors.rows()) == ("rejected", {expected}, [])


def test_an_agency_must_exist_in_the_country_of_the_post(doors: Doors):
    elubo = Sender("post-9", SenderKind.POST, post_id="GH-elubo", agency="gendarmerie")
    assert codes(doors.send(Kind.POST_STATUS, a_post_status(), elubo)[0]) == {"agency_not_in_country"}


def test_a_control_beside_a_border_may_be_by_an_agency_of_the_other_side(doors: Doors):
    (receipt,) = doors.send(Kind.CONTROL, a_control(agency="gendarmerie", longitude=-2.76))
    assert receipt.status == "accepted"


def test_a_topic_that_says_otherwise_than_its_body_is_refused(doors: Doors):
    (coach,) = doors.send(Kind.POSITION, a_position(vehicle_id="COACH-2"), None, SUBJECT, "mqtt")
    (post,) = doors.send(Kind.CROSSING, a_crossing(post_id="GH-elubo"), None, "posts/CI-noe/police", "mqtt")
    assert (codes(coach), codes(post)) == ({"vehicle_differs_from_topic"}, {"post_differs_from_topic"})


def test_a_plate_in_any_style_finds_its_coach_and_an_unknown_one_is_kept(doors: Doors):
    doors.send(Kind.CROSSING, a_crossing(license_plate="1234-ab-01"), POST)
    doors.send(Kind.CROSSING, a_crossing(license_plate="ZZ 999"), POST)
    known, unknown = doors.bodies()
    assert (known["vehicle_id"], known["operator_id"], known["post_id"]) == ("COACH-1", "OP1", "CI-noe")
    assert ("vehicle_id" in unknown, unknown["license_plate"]) == (False, "ZZ 999")


@pytest.mark.parametrize("sender", [PHONE, DISPATCHER])
def test_a_personal_phone_outside_a_declared_trip_leaves_no_trace(doors: Doors, sender):
    (receipt,) = doors.send(Kind.POSITION, a_position(vehicle_id="COACH-1"), sender)
    assert (codes(receipt), doors.rows(), doors.letters.list()) == ({"outside_declared_trip"}, [], [])
    assert doors.intake.tally["rest", "position", "discarded"] == 1


def test_a_personal_phone_inside_a_declared_trip_is_followed(doors: Doors):
    doors.send(Kind.TRIP, a_trip(), PHONE)
    assert doors.send(Kind.POSITION, a_position(), PHONE)[0].status == "accepted"
    doors.send(Kind.TRIP, a_trip(event="arrived", observed_at="2026-06-01T11:30:00Z"), PHONE)
    (late,) = doors.send(Kind.POSITION, a_position(latitude=6.1), PHONE)
    assert codes(late) == {"outside_declared_trip"}
    (backlog,) = doors.send(Kind.POSITION, a_position(observed_at="2026-06-01T11:20:00Z"), PHONE)
    assert backlog.status == "accepted"


def test_a_refused_position_of_a_personal_phone_is_listed_without_its_message(doors: Doors):
    doors.send(Kind.POSITION, a_position(speed_mps=900), PHONE)
    (letter,) = doors.letters.list()
    assert (letter.has_raw, letter.reasons[0].code) == (False, "speed_implausible")


def test_over_mqtt_the_coachs_devices_tell_whether_a_phone_is_personal(doors: Doors):
    send = lambda body, transport="mqtt": codes(doors.send(Kind.POSITION, body, None, SUBJECT, transport)[0])  # noqa: E731
    located = {"_type": "location", "tst": 1780315140, "lat": 5.36, "lon": -4.0}
    assert send(located, "owntracks") == {"outside_declared_trip"}
    doors.add(PHONE)
    assert send(a_position()) == {"outside_declared_trip"}
    doors.add(COACH)
    assert send(a_position()) == set()
    doors.devices.disable("phone-1")
    assert send(located | {"lat": 5.5}, "owntracks") == set()


def test_the_registry_knows_when_a_device_was_last_heard_and_how_wrong_its_clock_is(doors: Doors):
    doors.add(COACH)
    doors.send(Kind.POSITION, a_position(sent_at="2026-06-01T12:02:00Z"))
    doors.send(Kind.POSITION, a_position(latitude=95))
    device = doors.devices.find("dev-1")
    assert device is not None
    assert (device.last_heard_at, device.clock_skew_s, device.usual_clock_skew_s) == (doors.clock.now(), 120, 120)
    assert (device.refused_count, device.last_refusal_codes) == (1, "latitude_out_of_range")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"a":NaN}', b'{"a":1,"a":2}', b"[" * 3000])
def test_what_is_no_json_is_kept_whole_once_however_often_it_comes(doors: Doors, body):
    for _ in range(2):
        (receipt,) = doors.send(Kind.POSITION, body)
        assert (receipt.id, receipt.status) == (None, "rejected")
    (letter,) = doors.letters.list()
    assert (letter.times, letter.size) == (2, len(body))
    assert doors.letters.open_raw(letter.id) == body


def test_what_arrived_together_is_answered_together_in_order(doors: Doors):
    deliveries = [
        Delivery(None, SUBJECT, Kind.POSITION, orjson.dumps(body), "mqtt", doors.clock.now())
        for body in (a_position(), [a_position(), a_position(latitude=91)], a_position(latitude=6))
    ]
    receipts = doors.intake.submit_many(deliveries).result(20)
    statuses = [[receipt.status for receipt in one] for one in receipts]
    assert statuses == [["accepted"], ["duplicate", "rejected"], ["accepted"]]


def test_a_caller_who_gives_up_leaves_the_writer_at_work(doors: Doors):
    delivery = Delivery(COACH, None, Kind.POSITION, orjson.dumps(a_position()), "rest", doors.clock.now())
    doors.intake.submit(delivery).cancel()
    assert doors.send(Kind.POSITION, a_position())[0].status == "duplicate"


@given(st.lists(st.sampled_from(range(6)), max_size=12))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_repetitions_in_any_order_change_nothing(doors: Doors, order):
    emptied(doors.database)
    for number in [*order, *range(6)]:
        doors.send(Kind.POSITION, a_position(latitude=number + 1))
    assert sorted(body["latitude"] for body in doors.bodies()) == [1, 2, 3, 4, 5, 6]
