import pytest

from operators.companies import list_operators, list_vehicles
from operators.registration import register_operator, register_vehicles
from tests.tracker.entries import NOON
from tracker.errors import BadInput, Conflict
from tracker.slugs import plate_key


@pytest.mark.parametrize("written", ["1234 AB 01", "1234-ab-01", " 1234ab01", "1234·AB.01"])
def test_a_plate_is_the_same_in_every_style(written):
    assert plate_key(written) == "1234AB01"


@pytest.fixture
def session(sqlite_database):
    with sqlite_database.writing() as session:
        register_operator(session, "OP", "Lagune", "CI", NOON)
        yield session


def test_a_coach_is_registered_once_and_brought_up_to_date(session):
    register_vehicles(session, [("BUS", "OP", "1234 AB 01", 50)], NOON)
    register_vehicles(session, [("BUS", "OP", "9999 AB 01", 55)], NOON)
    (vehicle,) = list_vehicles(session, "OP")
    assert (vehicle.license_plate, vehicle.plate_key, vehicle.seats) == ("9999 AB 01", "9999AB01", 55)


def test_every_reason_is_told_at_once(session):
    register_operator(session, "OTHER", "Mono", "TG", NOON)
    register_vehicles(session, [("BUS", "OP", None, None)], NOON)
    with pytest.raises(BadInput) as caught:
        register_vehicles(session, [("BUS", "OTHER", None, 500), ("CAR", "NOBODY", None, None)], NOON)
    assert {(r.code, r.field) for r in caught.value.reasons} == {
        ("vehicle_of_another_operator", "[0].vehicle_id"),
        ("seats_impossible", "[0].seats"),
        ("unknown_operator", "[1].operator_id"),
    }


def test_an_operator_does_not_move_to_another_country(session):
    with pytest.raises(Conflict):
        register_operator(session, "OP", "Lagune", "GH", NOON)
    assert [o.country for o in list_operators(session)] == ["CI"]
