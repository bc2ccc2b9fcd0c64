"""Corridors that share a road and part, and a road that goes into a town and comes out the same way."""

from datetime import timedelta
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracker.drives import (
    DAY,
    ROAD_LATITUDE,
    START,
    make_fixes,
    road_points,
    same_however_cut,
    straight_geography,
)
from tests.tracker.test_way import STEPS
from tracker.corridors import Corridor, Milestone, cut, measured
from tracker.facts import Connection, SectionPass, TripRun
from tracker.geo import METRES_PER_DEGREE
from tracker.geography import Geography
from tracker.hubs import Hub
from tracker.lines import Line
from tracker.location import Location
from tracker.plausibility import Plausibility
from tracker.steps import DeclaredTrip, World, drive

FORK_KM, NORTH_KM = 130.0, 230.0
SPUR_KM, TOWN_KM = 60.0, 20.0


def line_of(kilometres, east_km, north_km, quality="imported"):
    """A road by how far east and north of the west end it is at each kilometre."""
    _, longitudes = road_points(east_km)
    north = np.asarray(north_km) * 1000 / METRES_PER_DEGREE
    return Line(ROAD_LATITUDE + north, longitudes, np.asarray(kilometres), quality, "drawn for a test", "none")


def fork() -> Geography:
    """The straight road, `LOM-LAG`, and `LOM-NOR`, which leaves it at km 130 and runs to the north, in Benin."""
    straight = straight_geography()
    (road,) = straight.corridors.values()
    km = np.arange(0, NORTH_KM + 1)
    line = line_of(km, np.minimum(km, FORK_KM), np.maximum(km - FORK_KM, 0.0))
    latitude, longitude = line.point_at(NORTH_KM)
    hub = Hub("north", "North", "BJ", latitude, longitude, "junction", "drawn for a test", "none")
    milestones = [*road.milestones[:3], Milestone("hub", "north", "north", latitude, longitude)]
    other = Corridor("LOM-NOR", "Road north", "international", "west", "north", line, measured(milestones, line))
    countries = {"west": "TG", "middle": "BJ", "east": "NG", "north": "BJ"}
    corridors, sections = cut([road, other], countries)
    return Geography(
        DAY,
        {c.id: c for c in corridors},
        dict(sorted(sections.items())),
        {**straight.hubs, "north": hub},
        straight.posts,
    )


FORK = fork()


def driven(picture, corridor_id, *declared, **how):
    fixes = make_fixes(picture, along=FORK.corridors[corridor_id].line, jitter_m=8, every_s=60, **how)
    return same_however_cut(STEPS, fixes, World("COACH-1", FORK, declared), seeds=2)


def facts(found, kind):
    return [fact for fact in found.settled if isinstance(fact, kind)]


TO_NORTH = [("stand", 20), ("drive", 80, 50), ("stand", 15), ("drive", 80, 122), ("stand", 180)]
TO_WEST = [("stand", 20), ("turn",), ("drive", 80, 172), ("stand", 180)]


def test_where_the_roads_part_the_whole_trip_is_one_of_the_corridor_that_is_driven():
    (trip,) = facts(driven(TO_NORTH, "LOM-NOR"), TripRun)
    assert (trip.corridor_id, trip.direction, trip.origin, trip.destination) == ("LOM-NOR", "up", "west", "north")
    assert (trip.start_km, trip.end_km) == (pytest.approx(0, abs=1), pytest.approx(NORTH_KM, abs=6))
    assert trip.remarks == ()


def test_before_the_roads_part_it_is_one_trip_of_the_first_corridor_and_under_way():
    found = driven([("stand", 20), ("drive", 80, 80)], "LOM-NOR")
    assert facts(found, TripRun) == []
    (trip,) = [fact for fact in found.under_way if isinstance(fact, TripRun)]
    assert (trip.corridor_id, trip.settled_at) == ("LOM-LAG", None)


def test_the_way_back_is_one_trip_too_and_no_corridor_is_taken_up_again():
    found = driven(TO_WEST, "LOM-NOR", start_km=NORTH_KM)
    (trip,) = facts(found, TripRun)
    assert (trip.corridor_id, trip.direction, trip.start_km) == ("LOM-NOR", "down", pytest.approx(NORTH_KM, abs=1))
    assert [number for number, _ in groupby(found.leg.corridors.tolist())] == [1]


def test_the_shared_road_is_the_same_sections_whichever_corridor_it_is_taken_for():
    north, east = (driven([*TO_NORTH[:3], ("drive", 80, 122)], name) for name in ("LOM-NOR", "LOM-LAG"))
    shared = [
        [(p.section_id, p.direction, p.started_at, p.ended_at, p.halted_s) for p in facts(found, SectionPass)][:2]
        for found in (north, east)
    ]
    assert shared[0] == shared[1]
    assert [section for section, *_ in shared[0]] == ["TG-one--west", "BJ-one--middle"]
    hubs = [[(c.origin, c.destination) for c in facts(found, Connection)] for found in (north, east)]
    assert hubs[0][0] == hubs[1][0] == ("west", "middle")


def test_a_trip_whose_coach_drives_the_other_corridor_says_so_and_is_told_where_it_was_driven():
    trip = DeclaredTrip("T1", "LOM-LAG", START + timedelta(minutes=15), origin="west", destination="east")
    (told,) = facts(driven([*TO_NORTH, ("drive", 5, 1)], "LOM-NOR", trip), TripRun)
    assert (told.trip_id, told.declared, told.corridor_id) == ("T1", True, "LOM-NOR")
    assert told.remarks == ("corridor_not_driven",)
    assert (told.start_km, told.end_km) == (pytest.approx(0, abs=1), pytest.approx(NORTH_KM, abs=6))
    assert (told.origin, told.destination) == ("west", "east")  # as declared


def test_a_trip_over_two_corridors_is_one_of_the_corridor_it_drove_most():
    km = np.arange(0.0, 271.0)
    from_east = line_of(
        km, np.maximum(300 - km, FORK_KM), np.maximum(km - 170, 0.0)
    )  # 170 km of the one, 100 of the other
    fixes = make_fixes([("drive", 80, 202), ("stand", 180)], along=from_east, jitter_m=8, every_s=60)
    found = same_however_cut(STEPS, fixes, World("COACH-1", FORK), seeds=2)
    (trip,) = facts(found, TripRun)
    assert (trip.corridor_id, trip.direction, trip.origin, trip.destination) == ("LOM-LAG", "down", "east", "north")
    assert (trip.start_km, trip.end_km) == (pytest.approx(300, abs=1), pytest.approx(FORK_KM, abs=3))
    assert ("east", "north") in [(c.origin, c.destination) for c in facts(found, Connection)]


def spur(quality="imported"):
    """A road of 160 km that at km 60 goes 20 km north into a town, and comes back the same way before it goes on east."""
    km = np.arange(0.0, 161.0)
    east = np.interp(km, [0, SPUR_KM, SPUR_KM + 2 * TOWN_KM, 160], [0, SPUR_KM, SPUR_KM, 120])
    north = np.interp(km, [0, SPUR_KM, SPUR_KM + TOWN_KM, SPUR_KM + 2 * TOWN_KM, 160], [0, 0, TOWN_KM, 0, 0])
    line = line_of(km, east, north, quality)
    road = Corridor("SPUR", "Into town", "international", "west", "east", line, ())
    return World("COACH-1", Geography(DAY, {"SPUR": road}, {}, {}, {}))


@pytest.mark.parametrize("every_s", [20, 60])
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_road_that_comes_out_of_town_the_same_way_has_its_kilometres_in_order(every_s, way):
    world = spur()
    line = world.corridors[0].line
    picture = [("drive", 60, 76), ("stand", 20), ("drive", 60, 82)]
    start_km = 1.0 if way == "up" else 159.0
    picture = picture if way == "up" else [("turn",), *picture]
    fixes = make_fixes(picture, along=line, start_km=start_km, jitter_m=10, every_s=every_s)
    leg = same_however_cut([Plausibility(), Location()], fixes, world).leg
    smooth = np.diff(leg.kms) * (1 if way == "up" else -1)
    assert smooth.min() > -0.5  # never back: what it trembles, and what is rounded at the end of the branch
    assert abs(leg.kms[-1] - (159.0 if way == "up" else 1.0)) < 1.5


def test_a_coach_that_turns_round_on_the_branch_is_seen_to_come_back():
    world = spur()
    fixes = make_fixes(
        [("drive", 60, 68), ("stand", 5), ("turn",), ("drive", 60, 60)],
        along=world.corridors[0].line,
        start_km=1.0,
        every_s=60,
    )
    leg = same_however_cut([Plausibility(), Location()], fixes, world).leg
    assert leg.kms.max() == pytest.approx(69, abs=1)
    assert leg.kms[-1] == pytest.approx(10, abs=1)


PARTS = st.sampled_from([
    ("drive", 80, 40), ("drive", 60, 12), ("stand", 4), ("stand", 150), ("silence", 50, 60), ("silence", 900), ("turn",),
])  # fmt: skip


@given(st.lists(PARTS, min_size=2, max_size=8), st.sampled_from(["LOM-LAG", "LOM-NOR"]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_however_the_fixes_are_cut_the_trips_are_the_same(picture, corridor_id, is_declared):
    trip = DeclaredTrip("T1", "LOM-LAG", START + timedelta(minutes=20), destination="east")
    found = driven([("drive", 70, 90), *picture, ("drive", 70, 30)], corridor_id, *([trip] if is_declared else []))
    assert all(fact.settled_at >= fact.ended_at >= fact.started_at for fact in found.settled)


@given(st.lists(PARTS, min_size=1, max_size=6), st.sampled_from(["imported", "coarse"]))
@settings(max_examples=25, deadline=None)
def test_however_the_fixes_are_cut_the_kilometres_are_the_same(picture, quality):
    world = spur(quality)
    fixes = make_fixes(
        [("drive", 60, 65), *picture, ("drive", 60, 30)], along=world.corridors[0].line, jitter_m=8, every_s=60
    )
    steps = [Plausibility(), Location()]
    leg = same_however_cut(steps, fixes, world).leg
    cuts = [drive(steps, {}, fixes.take(slice(0, end)), world).leg for end in (len(fixes) // 2, len(fixes))]
    assert leg.kms.tolist() == cuts[1].kms.tolist()
    assert leg.kms[: len(cuts[0])].tolist() == cuts[0].kms.tolist()
