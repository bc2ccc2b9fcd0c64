"""The dated register of control points."""

from datetime import date

import pytest

from checkpoints.control_points import Stretch, format_stretches, parse_stretches
from checkpoints.imports import import_control_acts, import_control_points
from checkpoints.register import control_points_on, load_register, seed
from tracker.database import Database
from tracker.errors import BadFile
from tracker.geography import seed as seed_geography

TODAY = date(2026, 11, 23)
HEADER = "name,country,act,intervals,valid_from,valid_to\n"


@pytest.fixture
def filled(sqlite_database: Database) -> Database:
    with sqlite_database.writing() as session:
        seed_geography(session)
        assert seed(session)
        assert not seed(session)
    return sqlite_database


def test_the_register_is_dated(filled: Database) -> None:
    with filled.reading() as session:
        register = load_register(session)
        assert {p.country for p in control_points_on(session, TODAY)} == {"CI", "GH", "NG"}
    assert len(register.control_points_on(TODAY)) == 43
    assert {p.country for p in register.control_points_on(date(2016, 1, 1))} == {"CI", "GH"}
    assert register.control_points_on(date(2010, 1, 1)) == []


def test_towns_are_intervals_and_every_point_has_its_act(filled: Database) -> None:
    with filled.reading() as session:
        register = load_register(session)
    for point in register.points:
        assert register.acts[point.act_id].source
        for stretch in point.stretches:
            assert stretch.from_km is not None
            assert stretch.to_km is not None
            assert stretch.from_km < stretch.to_km
    assert [p.name for p in register.find_points("ABJ-ACC", 112.0, TODAY)] == ["Aboisso"]
    assert register.find_points("ABJ-ACC", 140.0, TODAY) == []
    assert [p.name for p in register.find_points("COO-LOS", 50.5, TODAY)] == ["Gbaji Point"]
    assert any(not point.stretches for point in register.points)  # not located on a corridor: kept, and says so


def test_where_no_register_is_known_nothing_is_unlisted(filled: Database) -> None:
    with filled.reading() as session:
        register = load_register(session)
    assert register.is_known("CI", "ABJ-LOS", 140.0, TODAY)
    assert register.is_known("NG", "ABJ-LOS", 940.0, TODAY)
    assert not register.is_known("NG", "ABJ-LOS", 940.0, date(2025, 1, 13))
    assert not register.is_known("NG", "ABJ-LOS", 1005.0, TODAY)
    assert not register.is_known("TG", "ABJ-LOS", 760.0, TODAY)
    assert register.is_known("GH", "TEM-OUA", 400.0, TODAY)
    assert not register.is_known("BF", "TEM-OUA", 900.0, TODAY)
    assert not register.is_known("GH", "ABJ-LOS", 400.0, TODAY)


def test_stretches_are_written_and_read() -> None:
    stretches = (Stretch("ABJ-LOS", 1.5, 20.0), Stretch("TEM-OUA"))
    assert parse_stretches(format_stretches(stretches)) == stretches
    for wrong in ("ABJ-LOS@9-3", "ABJ-LOS@x-y", "ABJ-LOS@7"):
        with pytest.raises(ValueError):
            parse_stretches(wrong)


def test_a_new_order_closes_the_old_entry(filled: Database) -> None:
    row = "Apa Point,NG,An order of 2027,COO-LOS@40.0-42.0,2027-01-01,\n"
    with filled.writing() as session:
        done = import_control_points(session, (HEADER + row).encode(), TODAY)
        register = load_register(session)
    assert (done.added, done.closed) == (1, 1)
    assert register.find_points("COO-LOS", 41.0, date(2027, 1, 1))[0].act_id == "ng-an-order-of-2027"
    assert register.find_points("COO-LOS", 41.0, TODAY) == []


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ("A,XX,x,,,\n", ["unknown_country"]),
        ("A,NG,x,COO-LOS@9-3,,\n", ["bad_interval"]),
        ("A,NG,x,NOWHERE@3-9,,\n", ["unknown_corridor"]),
        ("A,NG,x,,2025-02-01,2025-01-01\n", ["dates_reversed"]),
        ("A,NG,,,,\n,NG,x,,,\n", ["value_missing", "value_missing"]),
        ("A,NG,x,,,\nA,NG,x,,2025-01-01,\n", ["duplicate_or_overlapping"]),
        ("Gbaji Point,NG,x,,2025-01-14,2025-02-14\n", []),
        ("Gbaji Point,NG,x,,2024-01-14,2025-02-14\n", ["overlapping_validity"]),
    ],
)
def test_what_is_refused(filled: Database, rows: str, codes: list[str]) -> None:
    if not codes:
        with filled.writing() as session:
            assert import_control_points(session, (HEADER + rows).encode(), TODAY).closed == 1
        return
    with pytest.raises(BadFile) as error, filled.writing() as session:
        import_control_points(session, (HEADER + rows).encode(), TODAY)
    assert [reason.code for reason in error.value.reasons] == codes
    with filled.reading() as session:
        assert len(load_register(session).points) == 43


def test_acts_are_imported_once(filled: Database) -> None:
    data = b"id,title,country,coverage\ntg-1,An act,TG,*\n"
    with filled.writing() as session:
        assert import_control_acts(session, data, TODAY).added == 1
        assert import_control_acts(session, data, TODAY).unchanged == 1
        assert load_register(session).is_known("TG", "ABJ-LOS", 760.0, TODAY)
    with pytest.raises(BadFile), filled.writing() as session:
        import_control_acts(session, b"id,title,country,coverage,agency\nx,A,TG,ABJ-LOS@5,wizards\n", TODAY)
