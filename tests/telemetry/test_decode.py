"""Every bad input has its reasons; nothing is raised, whatever comes."""

from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.decode import Decoded, Refused, decode
from telemetry.kinds import Kind
from telemetry.message_limits import MessageLimits
from tests.builders import (
    NOW,
    a_control,
    a_crossing,
    a_position,
    a_post_status,
    a_trip,
    an_incident,
    without,
)

LIMITS = MessageLimits()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [*a_position(), *a_trip(), *a_control(), *a_crossing(), "id", "sent_at", "note", "vehicle_id", "grouped_control"]
)


def judged(kind: Kind, body: object, limits: MessageLimits = LIMITS) -> list[Decoded | Refused]:
    return decode(kind, body if isinstance(body, bytes) else orjson.dumps(body), limits, NOW)


def reasons_against(kind: Kind, body: object) -> set[tuple[str, str | None]]:
    (verdict,) = judged(kind, body)
    return {(reason.code, reason.field) for reason in verdict.reasons} if isinstance(verdict, Refused) else set()


@given(st.sampled_from(Kind), st.binary())
def test_any_bytes_have_a_verdict(kind, payload):
    verdicts = judged(kind, payload)
    assert verdicts
    assert all(isinstance(one, Decoded) or one.reasons for one in verdicts)


@given(st.sampled_from(Kind), json_values | st.dictionaries(FIELDS, json_values) | st.lists(json_values, max_size=3))
def test_any_json_has_a_verdict_per_element(kind, value):
    payload = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_DATACLASS)
    verdicts = judged(kind, payload)
    assert len(verdicts) == (len(value) if isinstance(value, list) and value else 1)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.POSITION, a_position()),
        (Kind.TRIP, a_trip()),
        (Kind.CONTROL, a_control()),
        (Kind.INCIDENT, an_incident()),
        (Kind.CROSSING, a_crossing()),
        (Kind.POST_STATUS, a_post_status()),
        (Kind.VEHICLE_STATUS, {"status": "offline"}),
    ],
)
def test_the_bodies_of_the_contract_are_sound(kind, body):
    (verdict,) = judged(kind, body)
    assert isinstance(verdict, Decoded)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty_message"),
        (b" \n", "empty_message"),
        (b"{not json", "not_json"),
        (b"\xff\xfe{}", "not_utf8"),
        (b'{"latitude": NaN}', "not_a_number"),
        (b'{"latitude": -Infinity}', "not_a_number"),
        (b'{"latitude": 5, "latitude": 6}', "double_key"),
        (b'[{"note": {"a": 1, "a": 2}}]', "double_key"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b"[" * 20 + b"]" * 20, "too_deep"),
        (b"[]", "empty_array"),
        (b"12", "not_an_object"),
        (b"1" * 5000, "not_json"),
        (b"[" + b",".join([b"{}"] * 501) + b"]", "too_many_elements"),
        (b'"' + b"x" * (4 * 1024 * 1024) + b'"', "body_too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_whole(payload, code):
    (verdict,) = judged(Kind.POSITION, payload)
    assert isinstance(verdict, Refused)
    assert [reason.code for reason in verdict.reasons] == [code]


def test_quotes_in_a_text_are_no_repeated_key():
    (verdict,) = judged(Kind.CONTROL, a_control(note='he said "pay" and "\\"'))
    assert isinstance(verdict, Decoded)


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        (Kind.POSITION, a_position(latitude=90.1), {("latitude_out_of_range", "latitude")}),
        (Kind.POSITION, a_position(longitude=-180.1), {("longitude_out_of_range", "longitude")}),
        (Kind.POSITION, a_position(latitude=0, longitude=0.0), {("null_island", "latitude")}),
        (Kind.POSITION, a_position(latitude="5.3"), {("wrong_type", "latitude")}),
        (Kind.POSITION, a_position(latitude=True), {("wrong_type", "latitude")}),
        (Kind.POSITION, a_position(latitude=1e40), {("latitude_out_of_range", "latitude")}),
        (Kind.POSITION, a_position(speed_mps=-1), {("speed_implausible", "speed_mps")}),
        (Kind.POSITION, a_position(speed_mps=71), {("speed_implausible", "speed_mps")}),
        (Kind.POSITION, a_position(battery_percent=101), {("above_limit", "battery_percent")}),
        (Kind.POSITION, a_position(bearing_deg=-0.1), {("below_limit", "bearing_deg")}),
        (Kind.POSITION, a_position(id="not-a-uuid"), {("not_a_uuid", "id")}),
        (Kind.POSITION, a_position(trip_id="a b"), {("characters_not_allowed", "trip_id")}),
        (Kind.POSITION, a_position(vehicle_id="a*"), {("characters_not_allowed", "vehicle_id")}),
        (Kind.POSITION, a_position(observed_at="2026-06-01T11:59:00"), {("time_without_zone", "observed_at")}),
        (Kind.POSITION, a_position(observed_at="yesterday"), {("time_not_understood", "observed_at")}),
        (Kind.POSITION, a_position(observed_at="2026-02-30T00:00:00Z"), {("time_not_understood", "observed_at")}),
        (Kind.POSITION, a_position(observed_at=True), {("time_not_understood", "observed_at")}),
        (Kind.POSITION, a_position(observed_at=0), {("time_too_old", "observed_at")}),
        (Kind.POSITION, a_position(observed_at=-1e300), {("time_too_old", "observed_at")}),
        (Kind.POSITION, a_position(observed_at="1970-01-01T00:00:10Z"), {("time_too_old", "observed_at")}),
        (Kind.POSITION, a_position(observed_at="2014-12-31T23:59:59Z"), {("time_too_old", "observed_at")}),
        (Kind.POSITION, a_position(observed_at="2026-06-01T12:05:01Z"), {("time_in_future", "observed_at")}),
        (Kind.POSITION, a_position(observed_at=1780315140000), {("time_in_future", "observed_at")}),
        (Kind.POSITION, {}, {("field_missing", name) for name in ("observed_at", "latitude", "longitude")}),
        (Kind.TRIP, a_trip(event="began"), {("not_in_list", "event")}),
        (Kind.TRIP, a_trip(manifest={"passengers": 400}), {("passengers_implausible", "manifest.passengers")}),
        (Kind.TRIP, a_trip(manifest={"passengers": 2, "minors": 3}), {("more_than_passengers", "manifest.minors")}),
        (Kind.TRIP, a_trip(manifest={"passengers": 9, "by_nationality": {"own": 9, "ecowas_aes": 1}}),
         {("nationalities_do_not_add_up", "manifest.by_nationality")}),
        (Kind.TRIP, a_trip(manifest={"passengers": 9, "by_nationality": {"own": 1, "ecowas_aes": 1, "other": 1}}),
         {("nationalities_do_not_add_up", "manifest.by_nationality")}),
        (Kind.TRIP, a_trip(grouped_control={"started_at": "2026-06-01T10:00:00Z", "ended_at": "2026-06-01T09:00:00Z"}),
         {("time_before", "grouped_control.ended_at")}),
        (Kind.TRIP, a_trip(grouped_control={"ended_at": "2026-06-02T09:00:00Z"}),
         {("time_in_future", "grouped_control.ended_at")}),
        (Kind.CONTROL, a_control(agency="pirates"), {("not_in_list", "agency")}),
        (Kind.CONTROL, a_control(harassment=["tickling"]), {("not_in_list", "harassment[0]")}),
        (Kind.CONTROL, a_control(reasons=["toll", "whim"]), {("not_in_list", "reasons[1]")}),
        (Kind.CONTROL, a_control(payments=[{"amount": 1, "currency": "FCFA"}]),
         {("not_in_list", "payments[0].currency")}),
        (Kind.CONTROL, a_control(payments=[{"amount": 0, "currency": "XOF"}]), {("below_limit", "payments[0].amount")}),
        (Kind.CONTROL, without(a_control(), "longitude"), {("field_missing", "longitude")}),
        (Kind.CONTROL, a_control(ended_at="2026-06-01T11:29:00Z"), {("time_before", "ended_at")}),
        (Kind.CONTROL, a_control(note="x" * 4001), {("text_too_long", "note")}),
        (Kind.INCIDENT, an_incident(incident_type="boredom"), {("not_in_list", "incident_type")}),
        (Kind.INCIDENT, an_incident(delay_s=-1), {("below_limit", "delay_s")}),
        (Kind.CROSSING, a_crossing(released_at="2026-06-01T09:00:00Z"), {("time_before", "released_at")}),
        (Kind.CROSSING, a_crossing(passengers=400), {("passengers_implausible", "passengers")}),
        (Kind.CROSSING, a_crossing(minors=49), {("more_than_passengers", "minors")}),
        (Kind.CROSSING, a_crossing(direction="through"), {("not_in_list", "direction")}),
        (Kind.CROSSING, a_crossing(passengers=1.5), {("wrong_type", "passengers")}),
        (Kind.POST_STATUS, a_post_status(status="asleep"), {("not_in_list", "status")}),
        (Kind.POST_STATUS, a_post_status(queue_length=-1), {("below_limit", "queue_length")}),
        (Kind.VEHICLE_STATUS, {"status": "lost"}, {("not_in_list", "status")}),
    ],
)  # fmt: skip
def test_a_bad_body_has_its_reason(kind, body, expected):
    assert reasons_against(kind, body) == expected


def test_every_reason_is_given_not_the_first():
    crossing = a_crossing(
        passengers=400, released_at="2026-06-01T09:00:00Z", arrived_at="2026-06-01T10:00:00Z", minors="two"
    )
    assert reasons_against(Kind.CROSSING, [crossing]) == {
        ("passengers_implausible", "[0].passengers"),
        ("wrong_type", "[0].minors"),
        ("time_before", "[0].released_at"),
    }


def test_one_bad_element_stops_no_other():
    verdicts = judged(Kind.POSITION, [a_position(), 5, a_position(latitude=91), a_position(latitude=7)])
    assert [type(one) for one in verdicts] == [Decoded, Refused, Refused, Decoded]


@pytest.mark.parametrize(
    "written",
    ["2026-06-01T11:59:00Z", "2026-06-01t12:59:00+01:00", 1780315140, 1780315140.0, "2026-06-01 11:59:00.000z"],
)
def test_every_way_of_writing_a_time_is_the_same_time(written):
    (verdict,) = judged(Kind.POSITION, a_position(observed_at=written))
    assert isinstance(verdict, Decoded)
    assert verdict.observed_at == NOW - timedelta(minutes=1)


def test_a_device_whose_clock_woke_up_in_1970_is_still_heard():
    (verdict,) = judged(Kind.POSITION, a_position(sent_at=12))
    assert isinstance(verdict, Decoded)


def test_unknown_fields_and_nulls_are_not_kept():
    (verdict,) = judged(
        Kind.TRIP, a_trip(passenger_names=["Ama"], seal_number=None, manifest={"passengers": 1, "names": ["x"]})
    )
    assert isinstance(verdict, Decoded)
    assert verdict.body["manifest"] == {"passengers": 1}
    assert not {"passenger_names", "seal_number"} & set(verdict.body)


def test_a_reason_that_is_a_code_stays_readable_and_words_are_free_text():
    (code,) = judged(Kind.CROSSING, a_crossing(reason="luggage_search"))
    (words,) = judged(Kind.CROSSING, a_crossing(reason="waiting for the chief"))
    assert isinstance(code, Decoded)
    assert isinstance(words, Decoded)
    assert (code.body["reason"], code.free_text) == ("luggage_search", {})
    assert ("reason" in words.body, words.free_text) == (False, {"reason": "waiting for the chief"})
