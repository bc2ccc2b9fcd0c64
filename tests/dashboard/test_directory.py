"""Who is this coach? Asked while coaches come and go."""

import pytest

from dashboard.directory import DatabaseDirectory
from operators.companies import Vehicle
from operators.registration import register_operator, register_vehicles, retire_vehicle
from tests.dashboard.whole_site import whole_site
from tracker.clock import SystemClock


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    with whole_site(tmp_path_factory.mktemp("directory")) as site:
        yield site.database


def test_a_coach_is_known_in_the_second_it_is_registered_by_its_id_and_by_its_plate(database):
    clock = SystemClock()
    directory = DatabaseDirectory(database, clock)
    assert directory.find_vehicle("new-1") is None  # all that is known has just been read
    assert directory.find_vehicle_by_plate("AB 1234 RB") is None
    with database.writing() as session:
        register_operator(session, "new", "Nouvelle", "BJ", clock.now())
        register_vehicles(session, [("new-1", "new", "AB-1234-RB", 50)], clock.now())
    assert directory.find_vehicle("new-1").operator_id == "new"
    assert directory.find_vehicle_by_plate("ab1234rb").vehicle_id == "new-1"
    assert directory.find_vehicle_by_plate("--") is None


def test_a_coach_out_of_service_is_not_found_by_asking_again(database):
    clock = SystemClock()
    with database.writing() as session:
        register_operator(session, "gone", "Partie", "BJ", clock.now())
        register_vehicles(session, [("gone-1", "gone", None, 50)], clock.now())
        retire_vehicle(session.get_one(Vehicle, "gone-1"), clock.now())
    assert DatabaseDirectory(database, clock).find_vehicle("gone-1") is None
