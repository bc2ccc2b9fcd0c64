from datetime import date

import pytest

from operators.companies import list_operators, list_vehicles
from operators.imports import import_operators, import_vehicles
from tracker.errors import BadFile

DAY = date(2026, 6, 1)
OPERATORS = b"operator_id,name,country\nOP,Lagune,CI\nMONO,Mono Transit,TG\n"


@pytest.fixture
def session(sqlite_database):
    with sqlite_database.writing() as session:
        yield session


def reasons(importer, session, data):
    with pytest.raises(BadFile) as caught:
        importer(session, data, DAY)
    return {(reason.code, reason.field) for reason in caught.value.reasons}


def test_companies_and_coaches_come_from_files(session):
    assert import_operators(session, OPERATORS, DAY).added == 2
    assert import_operators(session, OPERATORS, DAY).unchanged == 2
    file = b"vehicle_id;operator_id;license_plate;seats\nBUS;OP;1234 AB 01;52\nCAR;MONO;;\n"
    assert import_vehicles(session, file, DAY).added == 2
    assert [o.operator_id for o in list_operators(session)] == ["OP", "MONO"]
    assert [(v.vehicle_id, v.plate_key, v.seats) for v in list_vehicles(session)] == [
        ("BUS", "1234AB01", 52),
        ("CAR", None, None),
    ]


def test_every_mistake_is_named_and_nothing_is_imported(session):
    import_operators(session, OPERATORS, DAY)
    file = b"vehicle_id,operator_id,license_plate,seats\nBUS,OP,1234 AB 01,52\nBUS,OP,,\nCAR,NOBODY,1234-ab-01,900\n"
    assert {code for code, _ in reasons(import_vehicles, session, file)} == {
        "duplicate_id",
        "unknown_operator",
        "duplicate_plate",
        "out_of_range",
    }
    assert list_vehicles(session) == []


def test_a_company_does_not_move_to_another_country(session):
    import_operators(session, OPERATORS, DAY)
    moved = b"operator_id,name,country\nOP,Lagune,GH\n"
    assert {code for code, _ in reasons(import_operators, session, moved)} == {"operator_of_another_country"}
