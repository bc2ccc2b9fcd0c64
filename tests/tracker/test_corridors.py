"""Lines, sections and corridors: measures, sections that exist once, and the real lines where they may be looked at."""

import json
import time
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.places_of_truth import REAL_LINES, TODAY, reload, shipped
from tracker.database import Database
from tracker.errors import NotFound
from tracker.geo import distance_m
from tracker.geography import load_geography, seed
from tracker.line_files import import_lines
from tracker.lines import Line

CORRIDOR_IDS = st.sampled_from(sorted(shipped().corridors))
# Téra-Niamey runs up to a river crossing and back: two kilometres of it are one place.
DOUBLES_BACK = {"OUA-NIM-N"}


@settings(max_examples=200, deadline=None)
@given(CORRIDOR_IDS, st.floats(0, 1))
def test_locating_a_point_of_the_line_gives_its_kilometre_back(corridor_id: str, share: float) -> None:
    line = shipped().corridors[corridor_id].line
    km = line.start_km + share * (line.end_km - line.start_km)
    found, offset_m = line.locate_one(*line.point_at(km))
    assert offset_m < 1
    if corridor_id not in DOUBLES_BACK:
        assert abs(found - km) < 0.02


@given(CORRIDOR_IDS, st.floats(-50, 1500), st.floats(-50, 1500))
def test_chainage_never_leaves_the_line_and_passages_follow_it(corridor_id: str, one: float, other: float) -> None:
    corridor = shipped().corridors[corridor_id]
    low, high = sorted((one, other))
    order = list(corridor.passages)
    assert order.index(corridor.passage_at(low)) <= order.index(corridor.passage_at(high))
    kilometres, _ = corridor.locate(*corridor.line.points_at([low, high]))
    assert corridor.line.start_km <= kilometres.min() <= kilometres.max() <= corridor.line.end_km


def test_every_corridor_is_a_chain_of_sections() -> None:
    geography = shipped()
    assert len(geography.corridors) == 27
    for corridor in geography.corridors.values():
        assert np.all(np.diff(corridor.line.kilometres) > 0), corridor.id
        assert corridor.line.quality == "coarse"
        assert corridor.milestones[0].exit_place == corridor.origin
        assert corridor.milestones[-1].exit_place == corridor.destination
        for before, after in pairwise(corridor.passages):
            assert before.to_km == after.from_km
        for passage in corridor.passages:
            assert geography.sections[passage.section.id] is passage.section
            assert corridor.id in passage.section.corridors
            assert passage.section.country == passage.country
        for milestone in corridor.milestones:
            assert milestone.offset_m < 3_000, (corridor.id, milestone)


def test_sections_exist_once() -> None:
    geography = shipped()
    whole = {p.section.id for p in geography.corridors["ABJ-LOS"].passages}
    for part in ("ABJ-ACC", "ACC-LFW", "LFW-COO", "COO-LOS"):
        assert {p.section.id for p in geography.corridors[part].passages} <= whole, part
    shared = geography.sections["bobo-dioulasso--ouagadougou"]
    assert {"ABJ-OUA", "OUA-BKO-S", "OUA-BKO-K"} <= set(shared.corridors)
    ways = {
        c: next(p for p in geography.corridors[c].passages if p.section is shared) for c in ("ABJ-OUA", "OUA-BKO-S")
    }
    assert ways["ABJ-OUA"].is_reversed != ways["OUA-BKO-S"].is_reversed
    driven = sum(c.length_km for c in geography.corridors.values())
    assert sum(s.length_km for s in geography.sections.values()) < 0.8 * driven


def test_kinds_and_countries() -> None:
    geography = shipped()
    assert not geography.corridors["LOS-KAN"].is_international
    assert geography.corridors["DKR-NKC"].kind == "non_member"
    assert list(geography.corridors["ABJ-LOS"].kilometres_by_country()) == ["CI", "GH", "TG", "BJ", "NG"]
    assert geography.corridors["ABJ-LOS"].country_at(760.0) == "TG"
    assert [post.id for post in geography.list_posts_on("ABJ-LOS")][:2] == ["CI-noe", "GH-elubo"]
    with pytest.raises(NotFound):
        geography.get_corridor("NOWHERE")


def test_a_part_of_a_line_is_measured_from_its_own_start() -> None:
    line = Line(np.array([6.0, 6.0, 6.0]), np.array([1.0, 2.0, 3.0]), np.array([0.0, 130.0, 260.0]), "imported", "", "")
    part = line.between(65, 195)
    assert part.kilometres.tolist() == [0, 65, 130]
    back = line.between(65, 195, is_reversed=True)
    assert back.point_at(0) == part.point_at(130)
    assert line.bearing_at(10) == pytest.approx(90, abs=0.2)


def test_filling_twice_changes_nothing_and_is_quick(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        assert seed(session)
        assert not seed(session)
        started = time.perf_counter()
        load_geography(session, TODAY)
        assert time.perf_counter() - started < 5  # some 0.02 s; only a blunder takes seconds


@pytest.mark.skipif(not REAL_LINES.exists(), reason="the real lines are not on this machine")
def test_the_real_lines_pass_every_border_where_it_is(sqlite_database: Database) -> None:
    document = json.loads(REAL_LINES.read_text())
    with sqlite_database.writing() as session:
        seed(session)
        before = reload(session)
        done = import_lines(session, REAL_LINES.read_bytes(), TODAY)
        after = reload(session)
    assert (done.added, done.closed) == (len(document["features"]), len(document["features"]))
    assert set(after.sections) == set(before.sections)  # history by section survives a better line
    for feature in document["features"]:
        properties = feature["properties"]
        corridor, coarse = after.corridors[properties["id"]], before.corridors[properties["id"]]
        assert corridor.line.quality == "imported"
        assert corridor.line.version == 2
        assert "OpenStreetMap" in corridor.line.source
        assert corridor.length_km == pytest.approx(properties["length_km"], rel=0.001)
        assert coarse.length_km == pytest.approx(properties["length_km"], rel=0.025)
        for crossing in properties["border_crossings_osm"]:
            km, offset_m = corridor.line.locate_one(crossing["lat"], crossing["lon"])
            assert offset_m < 2000
            assert km == pytest.approx(crossing["km"], rel=0.01, abs=1.0)
        for border in corridor.borders:
            if border.exit_place not in {"TG-cinkasse", "BJ-porga"} and corridor.id != "ACC-LFW":
                assert border.offset_m < 2000, (corridor.id, border)
                known = coarse.find_milestone(border.exit_place)
                assert known is not None
                assert known.km == pytest.approx(border.km, abs=12)


def test_the_first_vertex_is_where_the_hub_is() -> None:
    geography = shipped()
    for corridor in geography.corridors.values():
        hub = geography.hubs[corridor.origin]
        assert distance_m(hub.latitude, hub.longitude, *corridor.point_at(corridor.line.start_km)) < 3_000
    assert geography.on == TODAY > date(2026, 1, 1)
