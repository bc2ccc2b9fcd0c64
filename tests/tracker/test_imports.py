"""Imports: every mistake by line, nothing half-imported, nothing lost."""

import json
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from tests.tracker.places_of_truth import TODAY, reload
from tracker.database import Database
from tracker.errors import BadFile
from tracker.gazetteer import BorderPostRecord, HubRecord, LineRecord
from tracker.geography import load_geography, seed
from tracker.imports import import_agency_points, import_border_posts, import_hubs, import_post_states
from tracker.line_files import import_lines

POSTS = "id,name,country,latitude,longitude,valid_from,valid_to\n"
LATER = date(2027, 3, 1)


@pytest.fixture
def filled(sqlite_database: Database) -> Database:
    with sqlite_database.writing() as session:
        seed(session)
    return sqlite_database


def codes(error: pytest.ExceptionInfo[BadFile]) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.field) for reason in error.value.reasons]


def refused(database: Database, importer: Any, data: str | bytes) -> list[tuple[str, str | None]]:
    """What an importer says against a file that it must refuse, having changed nothing."""
    with database.reading() as session:
        before = [row.model_dump() for table in (HubRecord, BorderPostRecord) for row in session.exec(select(table))]
    with pytest.raises(BadFile) as error, database.writing() as session:
        importer(session, data.encode() if isinstance(data, str) else data, TODAY)
    with database.reading() as session:
        after = [row.model_dump() for table in (HubRecord, BorderPostRecord) for row in session.exec(select(table))]
    assert after == before
    return codes(error)


def test_a_semicolon_file_with_bom_and_decimal_commas(filled: Database) -> None:
    data = "\ufeffName;Country;Lat;Lon;source\nDiffa;NE;13,3155;12,6089;a gazetteer\n".encode()
    with filled.writing() as session:
        assert import_hubs(session, data, TODAY).added == 1
        hub = reload(session).hubs["diffa"]
    assert (hub.latitude, hub.longitude, hub.source) == (13.3155, 12.6089, "a gazetteer")


def test_every_mistake_is_named_with_its_line(filled: Database) -> None:
    rows = (
        "XX-a,A,XX,6,1,,\n"
        "GH-b,,GH,6,1,,\n"
        "GH-c d,C,GH,99,1,,\n"
        "GH-e,E,GH,-1.2,7.5,,\n"
        "GH-f,F,GH,7.5,-1.2,2025-13-01,\n"
        "GH-g,G,GH,7.5,-1.2,2025-05-01,2024-05-01\n"
        "GH-h,H,GH,7.5\n"
        "TG-i,I,GH,seven,-1.2,,\n"
        "GH-j,J,GH,7.5,-1.2,,\n"
        "GH-j,J,GH,7.6,-1.2,,\n"
    )
    assert refused(filled, import_border_posts, POSTS + rows) == [
        ("unknown_country", "[2].country"),
        ("value_missing", "[3].name"),
        ("bad_identifier", "[4].id"),
        ("out_of_range", "[4].latitude"),
        ("latitude_longitude_swapped", "[5].latitude"),
        ("not_a_date", "[6].valid_from"),
        ("dates_reversed", "[7].valid_to"),
        ("wrong_number_of_cells", "[8]"),
        ("id_not_of_country", "[9].id"),
        ("not_a_number", "[9].latitude"),
    ]
    doubled = "GH-j,J,GH,7.5,-1.2,,\nGH-j,J,GH,7.6,-1.2,,\n"
    assert refused(filled, import_border_posts, POSTS + doubled) == [("duplicate_or_overlapping", "[3].id")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\n \n", "file_empty"),
        (b"name,country\nGao,ML\n", "column_missing"),
        (b"name,country,latitude,longitude,name\n", "column_twice"),
        ("name,country,latitude,longitude\nS\xe9gou,ML,13,-6\n".encode("latin-1"), "not_utf8"),
        (b'name,country,latitude,longitude\n"Gao"x,ML,16,0\n', "not_csv"),
        (b"PK\x03\x04\xff\xfe", "not_utf8"),
    ],
)
def test_files_that_are_no_sheet(filled: Database, data: bytes, code: str) -> None:
    assert refused(filled, import_hubs, data)[0][0] == code


def test_a_new_fact_closes_the_old_one_and_deletes_nothing(filled: Database) -> None:
    row = "GH-elubo,Elubo,GH,5.29,-2.77,{},\n"
    with filled.writing() as session:
        done = import_border_posts(session, (POSTS + row.format("2027-03-01")).encode(), TODAY)
        assert (done.added, done.closed) == (1, 1)
        assert import_border_posts(session, (POSTS + row.format("2027-03-01")).encode(), TODAY).unchanged == 1
        old, new = load_geography(session, TODAY), load_geography(session, LATER)
        history = session.exec(select(BorderPostRecord).where(BorderPostRecord.id == "GH-elubo")).all()
    assert (old.posts["GH-elubo"].latitude, new.posts["GH-elubo"].latitude) == (5.28515, 5.29)
    assert len(history) == 2
    overlapping = POSTS + row.format("2026-01-01").replace("5.29", "5.30")
    assert refused(filled, import_border_posts, overlapping)[0][0] == "overlapping_validity"


def test_agency_points_and_states(filled: Database) -> None:
    points = "post_id,agency,latitude,longitude,radius_m,opens,closes\nGH-paga,customs,11.001,-1.114,250,06:00,18:30\n"
    states = "post_id,status,valid_from,source\nGH-paga,suspended,2026-11-01,a decree\n"
    with filled.writing() as session:
        import_agency_points(session, points.encode(), TODAY)
        import_post_states(session, states.encode(), TODAY)
        post = reload(session).posts["GH-paga"]
    own, shared = post.find_point("customs", TODAY), post.find_point("police", TODAY)
    assert own is not None
    assert (own.radius_m, own.hours.opens, own.hours.closes) == (250, 360, 1110)
    assert shared is not None
    assert shared.agency is None
    state = post.find_state(TODAY)
    assert state is not None
    assert (state.status, state.source) == ("suspended", "a decree")
    assert refused(filled, import_agency_points, points.replace("06:00", "25:00"))[0][0] == "not_a_time"
    assert refused(filled, import_agency_points, points.replace("250", "-5"))[0][0] == "out_of_range"
    assert refused(filled, import_post_states, states.replace("GH-paga", "GH-nowhere"))[0][0] == "unknown_border_post"
    assert refused(filled, import_post_states, states.replace("suspended", "shut"))[0][0] == "not_one_of"


def collection(coordinates: Any, geometry: str = "LineString", **properties: Any) -> bytes:
    feature = {
        "type": "Feature",
        "properties": {"id": "COO-LOS", **properties},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }
    return json.dumps({"type": "FeatureCollection", "license": "ODbL 1.0", "features": [feature]}).encode()


ROAD = [[2.43, 6.37], [2.71, 6.38], [3.10, 6.50], [3.39, 6.45]]


def test_a_better_line_is_a_new_version_and_the_old_one_stays(filled: Database) -> None:
    with filled.writing() as session:
        done = import_lines(session, collection(ROAD, km=[0, 31, 80, 125], source="a survey"), TODAY)
        assert (done.added, done.closed) == (1, 1)
        assert import_lines(session, collection(ROAD, km=[0, 31, 80, 125], source="a survey"), TODAY).unchanged == 1
        line = reload(session, date(2020, 1, 1)).corridors["COO-LOS"].line
        assert len(session.exec(select(LineRecord).where(LineRecord.corridor_id == "COO-LOS")).all()) == 2
        import_lines(session, collection(ROAD, km=[0, 31, 81, 126]), TODAY, valid_from=LATER)
        assert reload(session).corridors["COO-LOS"].length_km == 125
        assert reload(session, LATER).corridors["COO-LOS"].length_km == 126
    assert (line.quality, line.version, line.source, line.licence) == ("imported", 2, "a survey", "ODbL 1.0")
    assert line.kilometres.tolist() == [0, 31, 80, 125]


def test_measures_come_from_the_third_coordinate_or_the_length_or_the_drawing(filled: Database) -> None:
    kilometres = [0, 31, 80, 125]
    with filled.writing() as session:
        import_lines(session, collection([[*p, km] for p, km in zip(ROAD, kilometres, strict=True)]), TODAY)
        assert reload(session).corridors["COO-LOS"].line.kilometres.tolist() == kilometres
        import_lines(session, collection(ROAD), TODAY)
        drawn = reload(session).corridors["COO-LOS"].length_km
        import_lines(session, collection(ROAD, length_km=130.0), TODAY)
        assert reload(session).corridors["COO-LOS"].length_km == 130
    assert 100 < drawn < 125


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        (collection(ROAD, km=[0, 80, 31, 125]), "measures_go_backwards", "[1].properties.km[2]"),
        (collection(ROAD, km=[0, 31]), "wrong_number_of_measures", "[1].properties.km"),
        (collection(ROAD, km=[0, 3, 8, 12]), "measures_do_not_fit", "[1].properties.km"),
        (collection(ROAD, km=[0, "x", 8, 12]), "bad_measure", "[1].properties.km"),
        (collection(ROAD, length_km=12_000_000), "bad_measure", "[1].properties.length_km"),
        (collection([[y, x] for x, y in ROAD][::-1], "LineString", id="DKR-BKO"), "outside_region", None),
        (collection([[14.7, -17.4], [12.6, -8.0]]), "latitude_longitude_swapped", "[1].geometry.coordinates[0]"),
        (collection([[200, 95], [201, 95]]), "outside_region", "[1].geometry.coordinates[0]"),
        (collection([ROAD], "MultiLineString"), "wrong_geometry_type", "[1].geometry.type"),
        (collection([2.4, 6.3], "Point"), "wrong_geometry_type", "[1].geometry.type"),
        (collection(ROAD[::-1]), "line_runs_backwards", "[1].geometry.coordinates"),
        (collection(ROAD[:1]), "wrong_number_of_vertices", "[1].geometry.coordinates"),
        (collection([ROAD[0], ROAD[0]]), "line_without_length", "[1].geometry.coordinates"),
        (collection([ROAD[0], ["x", 6.3]]), "bad_vertex", "[1].geometry.coordinates[1]"),
        (collection([ROAD[0], [float("nan"), 6.3]]), "outside_region", "[1].geometry.coordinates[1]"),
        (collection(ROAD, id="no good"), "bad_identifier", "[1].properties.id"),
        (collection(ROAD, valid_from="soon"), "not_a_date", "[1].properties.valid_from"),
        (collection([[-8.0, 20.0], [-7.0, 21.0]], id="NEW-1"), "no_hub_near_end", "[1].geometry.coordinates"),
        (b'{"type": "FeatureCollection"', "not_json", "[1]"),
        (b"[" * 100_000, "not_json", None),
        (b"[1, 2]", "not_a_feature_collection", None),
        (b'{"type": "FeatureCollection", "features": []}', "file_empty", None),
        (b'{"type": "FeatureCollection", "features": [3]}', "not_a_feature", "[1].type"),
    ],
)
def test_lines_that_are_refused(filled: Database, data: bytes, code: str, field: str | None) -> None:
    reasons = refused(filled, import_lines, data)
    if code == "outside_region" and field is None:
        assert reasons[0][0] in {"outside_region", "line_runs_backwards"}
    else:
        assert reasons[0] == (code, field)


def test_one_bad_feature_keeps_the_good_ones_out(filled: Database) -> None:
    document = json.loads(collection(ROAD))
    document["features"] += document["features"]
    assert refused(filled, import_lines, json.dumps(document)) == [("duplicate_id", "[2].properties.id")]
    with filled.reading() as session:
        assert reload(session).corridors["COO-LOS"].line.version == 1


def test_a_new_corridor_is_cut_at_what_it_passes(filled: Database) -> None:
    tamale_to_paga = [[-0.8393, 9.4008], [-0.8514, 10.7856], [-1.11522, 11.00201], [-1.5339, 12.3657]]
    with filled.writing() as session:
        import_lines(session, collection(tamale_to_paga, id="TML-OUA", name="Tamale–Ouagadougou"), TODAY)
        corridor = reload(session).corridors["TML-OUA"]
    assert (corridor.origin, corridor.destination, corridor.kind) == ("tamale", "ouagadougou", "international")
    assert [m.exit_place for m in corridor.milestones] == ["tamale", "bolgatanga", "GH-paga", "ouagadougou"]
    assert corridor.borders[0].entry_place == "BF-dakola"
    assert list(corridor.kilometres_by_country()) == ["GH", "BF"]
