"""The strip of a day: lines through what is known, cut at midnight, carried over shared roads, hidden where they must be."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from dashboard.along import carry, countries_between, related, spot_at
from dashboard.strip_drawing import draw
from dashboard.strips import make_strip
from dashboard.windows import day_window
from tests.dashboard.journey_world import Journey
from tests.dashboard.map_world import geography_of
from tracker.database import Database
from tracker.fact_rows import TABLES
from tracker.facts import Gap, Halt, SectionPass, TripRun
from tracker.geography import seed

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def geography(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('strips') / 'roads.sqlite3'}")
    SQLModel.metadata.create_all(database.engine)
    with database.writing() as session:
        seed(session)
        found = geography_of(session)
    database.close()
    return found


def rows(facts, kind, vehicle="sti-1", operator="sti"):
    """Rows of the facts of a kind, as the tables would give them."""
    found = []
    for number, fact in enumerate(f for f in facts if isinstance(f, kind)):
        values = {name: getattr(fact, name) for name in fact.__dataclass_fields__}
        found.append(TABLES[kind](fact_id=str(number), vehicle_id=vehicle, operator_id=operator, **values))
    return found


def strip_of(geography, drive, day=DAY, now=NOW, sees=lambda *_where: True, corridor="ABJ-LOS", coaches=()):
    facts = drive.facts(now)
    kinds = (TripRun, Halt, SectionPass, Gap)
    return make_strip(
        geography.get_corridor(corridor),
        day_window(day),
        now,
        *(rows(facts, kind) for kind in kinds),
        coaches,
        geography,
        sees,
    )


def test_a_coach_that_stands_for_an_hour_draws_a_mark_of_an_hour(geography):
    drive = Journey(geography, "ABJ-LOS", "T-1", MIDNIGHT + timedelta(hours=6), 100, 400, [(310, 60)])
    (line,) = strip_of(geography, drive).lines
    (mark,) = line.marks
    assert (mark.km, mark.minutes, mark.at_border, mark.is_over) == (310, 60, False, True)
    assert mark.since == drive.at(310, after=False)
    assert (line.direction, line.ends) == ("up", (100, 400))
    assert line.halted_s == 3600


def test_the_way_back_is_drawn_the_other_way(geography):
    drive = Journey(geography, "ABJ-LOS", "T-1", MIDNIGHT + timedelta(hours=6), 400, 100, [(310, 60)])
    (line,) = strip_of(geography, drive).lines
    assert (line.direction, line.ends) == ("down", (400, 100))


def test_a_line_is_cut_at_midnight_where_the_coach_then_was(geography):
    drive = Journey(geography, "ABJ-LOS", "T-1", MIDNIGHT - timedelta(hours=2), 200, 500, kmh=60)
    (before,) = strip_of(geography, drive, DAY - timedelta(days=1)).lines
    (after,) = strip_of(geography, drive).lines
    assert before.until == after.since == MIDNIGHT
    assert before.ends[1] == pytest.approx(320, abs=2)
    assert after.ends[0] == pytest.approx(before.ends[1], abs=1e-6)


def test_silence_is_its_own_stroke_and_is_counted(geography):
    drive = Journey(geography, "ABJ-LOS", "T-1", MIDNIGHT + timedelta(hours=1), 200, 500, silence=(350, 380))
    (line,) = strip_of(geography, drive).lines
    (silent,) = [stroke for stroke in line.strokes if stroke.kind == "silent"]
    assert (silent.from_km, silent.to_km) == (350, 380)
    assert line.silent_s == pytest.approx(1800)


def test_a_trip_on_a_corridor_inside_is_seen_on_the_corridor_around_it(geography):
    inner = next(c for c in related(geography, geography.get_corridor("ABJ-LOS")) if c.id == "ABJ-ACC")
    drive = Journey(geography, inner.id, "T-1", MIDNIGHT + timedelta(hours=1), 20, 400, [(300, 30)])
    (line,) = strip_of(geography, drive, corridor="ABJ-LOS").lines
    around = geography.get_corridor("ABJ-LOS")
    assert line.marks[0].km == pytest.approx(carry(inner, 300, around))
    assert geography.corridors["ABJ-LOS"].passage_at(line.marks[0].km).section.id == inner.passage_at(300).section.id


def test_nothing_is_drawn_where_the_viewer_may_not_see(geography):
    corridor = geography.get_corridor("ABJ-LOS")
    drive = Journey(geography, "ABJ-LOS", "T-1", MIDNIGHT + timedelta(hours=1), 20, 900, [(100, 30), (600, 30)])
    ghana = strip_of(
        geography,
        drive,
        sees=lambda _operator, _since, _until, low, high: corridor.country_at((low + high) / 2) == "GH",
    )
    (line,) = ghana.lines
    assert [mark.km for mark in line.marks] == [600]
    assert all("GH" in countries_between(corridor, s.from_km, s.to_km) for s in line.strokes)
    assert strip_of(geography, drive, sees=lambda operator, *_where: operator == "utb").lines == []


def test_a_coach_under_way_is_drawn_to_its_last_position(geography):
    now = MIDNIGHT + timedelta(hours=5)
    drive = Journey(geography, "ABJ-LOS", "T-1", MIDNIGHT + timedelta(hours=1), 200, 800)
    coach = SimpleNamespace(vehicle_id="sti-1", observed_at=now, corridor_id="ABJ-LOS", km=440.0)
    (line,) = strip_of(geography, drive, now=now, coaches=[coach]).lines
    assert (line.until, line.ends[1]) == (now, 440.0)


def test_places_of_the_drawing_do_not_collide(geography):
    for corridor in geography.list_corridors():
        drive = Journey(geography, corridor.id, "T-1", MIDNIGHT, corridor.line.start_km, corridor.line.end_km)
        drawing = draw(strip_of(geography, drive, corridor=corridor.id), geography)
        boxes = [(p.label_y, p.label_x - 3.3 * len(p.words), p.label_x + 3.3 * len(p.words)) for p in drawing.places]
        for index, (y, left, right) in enumerate(boxes):
            assert left >= 0
            assert right <= drawing.width
            assert not [b for b in boxes[index + 1 :] if b[0] == y and b[1] < right and b[2] > left]


def test_both_zones_of_a_corridor_are_named(geography):
    drive = Journey(geography, "ABJ-LOS", "T-1", MIDNIGHT, 20, 900)
    drawing = draw(strip_of(geography, drive), geography)
    assert drawing.zones[1].utcoffset(None) == timedelta(hours=1)
    assert (drawing.hours[0].left, drawing.hours[0].right) == ("00:00", "01:00")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_line_never_leaves_its_day_nor_goes_back_in_time(geography, data):
    corridor = geography.get_corridor("ABJ-LOS")
    kms = st.floats(corridor.line.start_km, corridor.line.end_km)
    start, end = data.draw(kms), data.draw(kms)
    low, high = sorted((start, end))
    stands = data.draw(
        st.lists(st.tuples(st.floats(low, high), st.floats(2, 300)), max_size=6, unique_by=lambda s: s[0])
    )
    begin = MIDNIGHT + timedelta(hours=data.draw(st.floats(-30, 24)))
    drive = Journey(geography, "ABJ-LOS", "T-1", begin, start, end, stands)
    window = day_window(DAY)
    for line in strip_of(geography, drive).lines:
        times = [(s.since, s.until) for s in line.strokes]
        assert times == sorted(times)
        assert all(window.since <= since < until <= window.until for since, until in times)
        assert all(window.since <= m.since < m.until <= window.until for m in line.marks)
        assert all(low - 1e-6 <= s.from_km <= high + 1e-6 for s in line.strokes)


@given(share=st.floats(0, 1))
def test_carrying_a_kilometre_over_and_back_gives_it_again(geography, share):
    corridor = geography.get_corridor("ABJ-LOS")
    for other in related(geography, corridor)[1:]:
        shared = [p for p in other.passages if carry(other, (p.from_km + p.to_km) / 2, corridor) is not None]
        for passage in shared:
            km = passage.from_km + (0.001 + 0.998 * share) * passage.length_km
            there = carry(other, km, corridor)
            assert carry(corridor, there, other) == pytest.approx(km, abs=1e-6)


def test_a_spot_says_the_nearest_place_of_its_own_side(geography):
    corridor = geography.get_corridor("ABJ-LOS")
    border = corridor.borders[0]
    assert spot_at(geography, "ABJ-LOS", border.km - 1).near == border.exit_place
    assert spot_at(geography, "ABJ-LOS", border.km + 1).near == border.entry_place
    assert spot_at(geography, "no-such", 5) is None
    assert spot_at(geography, "ABJ-LOS", None) is None
