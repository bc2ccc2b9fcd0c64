"""Trips planned by a company: one, a list, a timetable; plates in any style, local times, every bad line named."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.planned_trips import new_of, read_trips
from tests.tracker.places_of_truth import shipped
from tracker.directory import VehicleRef
from tracker.errors import BadFile
from tracker.slugs import plate_key

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 30), date(2026, 12, 13)  # two weeks from a Monday
COACH = VehicleRef("bus-7", "sti", "1234 AB 01")
ROADS = shipped()


def find(named):
    return COACH if named == "bus-7" or plate_key(named) == plate_key("1234 AB 01") else None


def read(*lines, columns="coach,corridor,origin,destination,departure,weekdays,time,passengers,minors,seal_number"):
    data = "\n".join((columns, *lines)).encode()
    return read_trips(data, find, ROADS, NOW, FIRST, LAST)


def codes(*lines):
    with pytest.raises(BadFile) as refused:
        read(*lines)
    return [(reason.values.get("line"), reason.code) for reason in refused.value.reasons]


@pytest.mark.parametrize("plate", ["1234 AB 01", "1234-ab-01", "1234ab01", "bus-7"])
def test_a_coach_is_found_by_its_plate_in_any_style(plate):
    (trip,) = read(f"{plate},ABJ-LOS,Abidjan,Lagos,2026-12-01 07:30,,,52,3,S-1")
    assert (trip.vehicle_id, trip.origin, trip.destination) == ("bus-7", "abidjan", "lagos")
    assert trip.said()["manifest"] == {"passengers": 52, "minors": 3}
    assert trip.trip_id == "bus-7-20261201T0730"


def test_a_departure_is_local_time_of_its_place_unless_it_has_a_zone():
    there, back, zoned = read(
        "bus-7,ABJ-LOS,abidjan,lagos,2026-12-01 07:30,,,,,", "bus-7,ABJ-LOS,lagos,abidjan,2026-12-02 07:30,,,,,",
        "bus-7,ABJ-LOS,,lagos,2026-12-03T07:30+01:00,,,,,",
    )  # fmt: skip
    assert [trip.departs_at.hour for trip in (there, back, zoned)] == [7, 6, 6]  # Lagos is an hour ahead
    assert (back.origin, zoned.origin) == ("lagos", "abidjan")


def test_a_timetable_gives_a_trip_for_each_of_its_weekdays():
    trips = read('bus-7,ABJ-LOS,,lagos,,"1 3",06:15,,,')
    assert [f"{trip.departs_at:%a %d %H:%M}" for trip in trips] == [
        "Mon 30 06:15", "Wed 02 06:15", "Mon 07 06:15", "Wed 09 06:15",
    ]  # fmt: skip


def test_every_bad_line_is_named_and_nothing_is_declared():
    assert codes(
        "bus-7,ABJ-LOS,abidjan,lagos,2026-12-01 07:30,,,52,3,",
        "bus-9,ABJ-LOS,abidjan,lagos,2026-12-01 07:30,,,,,",
        "bus-7,NOWHERE,abidjan,lagos,2026-12-01 07:30,,,,,",
        "bus-7,ABJ-LOS,abidjan,timbuktu,2026-12-01 07:30,,,,,",
        "bus-7,ABJ-LOS,lagos,lagos,2026-12-01 07:30,,,,,",
        "bus-7,ABJ-LOS,abidjan,lagos,next monday,,,,,",
        "bus-7,ABJ-LOS,abidjan,lagos,2019-01-01 00:00,,,,,",
        "bus-7,ABJ-LOS,abidjan,lagos,,8,07:00,,,",
        "bus-7,ABJ-LOS,abidjan,lagos,,,,,,",
        "bus-7,ABJ-LOS,abidjan,lagos,2026-12-02 07:30,,,400,,",
        "bus-7,ABJ-LOS,abidjan,lagos,2026-12-03 07:30,,,10,20,",
        "bus-7,ABJ-LOS,abidjan,lagos,2026-12-01 07:30,,,52,3,",
    ) == [
        (3, "unknown_coach"), (4, "unknown_corridor"), (5, "not_on_corridor"), (6, "same_ends"), (7, "not_a_moment"),
        (8, "departure_far_off"), (9, "not_weekdays"), (10, "departure_missing"), (11, "out_of_range"),
        (12, "more_than_passengers"), (13, "trip_twice"),
    ]  # fmt: skip


def test_what_was_said_before_is_not_said_again_and_a_change_is():
    (trip,) = read("bus-7,ABJ-LOS,abidjan,lagos,2026-12-01 07:30,,,52,,")
    assert new_of([trip], {}) == [trip]
    assert new_of([trip], {trip.trip_id: trip.said()}) == []
    assert new_of([trip], {trip.trip_id: trip.said() | {"grouped_control": {}, "scheduled_departure": "other"}}) == []
    (fuller,) = read("bus-7,ABJ-LOS,abidjan,lagos,2026-12-01 07:30,,,55,,")
    assert new_of([fuller], {trip.trip_id: trip.said()}) == [fuller]


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_with_reasons(text):
    reasons, trips = (), []
    try:
        trips = read_trips(("coach,corridor,destination,departure\n" + text).encode(), find, ROADS, NOW, FIRST, LAST)
    except BadFile as refused:
        reasons = refused.reasons
    assert bool(reasons) is not bool(trips) or not text.strip()
    assert all(len(trip.trip_id) <= 64 for trip in trips)
