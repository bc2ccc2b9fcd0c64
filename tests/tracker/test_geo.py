"""Geometry against geopy and against itself."""

import base64
import math

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from tracker.geo import (
    Areas,
    bearing_deg,
    distance_m,
    haversine_m,
    is_within,
    moved,
    nearest_on_path,
    path_kilometres,
    plane_m,
    planes_m,
    segment_meets_circle,
    segment_to_point_m,
)

LATITUDES, LONGITUDES = st.floats(3, 25), st.floats(-18, 16)
POINTS = st.tuples(LATITUDES, LONGITUDES)


@given(POINTS, POINTS)
def test_haversine_agrees_with_the_geodesic(a: tuple[float, float], b: tuple[float, float]) -> None:
    exact = distance_m(*a, *b)
    assert math.isclose(float(haversine_m(*a, *b)), exact, rel_tol=0.006, abs_tol=0.01)


@given(POINTS, st.floats(-5000, 5000), st.floats(-5000, 5000))
def test_moving_a_point_moves_it_that_far(a: tuple[float, float], north_m: float, east_m: float) -> None:
    there = moved(*a, north_m, east_m)
    assert math.isclose(float(haversine_m(*a, *there)), math.hypot(north_m, east_m), rel_tol=0.002, abs_tol=0.1)


@given(st.lists(POINTS, min_size=1, max_size=9), POINTS, st.floats(-20_000, 20_000), st.floats(-20_000, 20_000))
def test_on_the_plane_one_point_and_many_give_the_same_bits(points, start, north_m, east_m) -> None:
    there = moved(*start, north_m, east_m)
    assert math.isclose(plane_m(*start, *there), distance_m(*start, *there), rel_tol=0.01, abs_tol=0.1)
    here, others = np.array([start] * len(points)).T, np.array(points).T
    assert planes_m(*here, *others).tolist() == [plane_m(*start, *point) for point in points]


def test_bearings() -> None:
    assert bearing_deg(6, 1, 7, 1) == 0
    assert math.isclose(bearing_deg(6, 1, 6, 2), 90, abs_tol=0.1)
    assert math.isclose(bearing_deg(6, 1, 5, 1), 180)
    assert math.isclose(bearing_deg(6, 1, 6, 0), 270, abs_tol=0.1)


def test_a_fast_coach_does_not_jump_a_small_fence() -> None:
    before, after = moved(6.0, 1.0, -900, 0), moved(6.0, 1.0, 900, 0)
    assert segment_meets_circle(before, after, 6.0, 1.0, 120)
    beside = moved(6.0, 1.0, 0, 500)
    assert not segment_meets_circle(before, after, *beside, 120)
    assert math.isclose(segment_to_point_m(before, after, *beside), 500, rel_tol=0.001)
    assert math.isclose(segment_to_point_m(before, before, 6.0, 1.0), 900, rel_tol=0.001)


def test_nearest_on_path_gives_segment_share_and_metres() -> None:
    latitudes, longitudes = np.array([6.0, 6.0, 7.0]), np.array([1.0, 2.0, 2.0])
    index, share, away = nearest_on_path(latitudes, longitudes, [6.01, 6.5, 9.0], [1.25, 2.0, 2.0])
    assert index.tolist() == [0, 1, 1]
    assert np.allclose(share, [0.25, 0.5, 1.0])
    assert np.allclose(away, [1112, 0, 222_390], atol=5)


def test_path_kilometres_are_geodesic() -> None:
    kilometres = path_kilometres([6.0, 6.0, 6.5], [1.0, 1.5, 1.5])
    assert kilometres[0] == 0
    assert math.isclose(kilometres[2], (distance_m(6, 1, 6, 1.5) + distance_m(6, 1.5, 6.5, 1.5)) / 1000)


def test_areas_tell_which_one_holds_a_point() -> None:
    west, east = shapely.box(0, 5, 1, 7).wkb, shapely.box(1, 5, 2, 7).wkb
    areas = Areas({"W": west, "E": base64.b64decode(base64.b64encode(east))})
    assert (areas.find(6, 0.5), areas.find(6, 1.5), areas.find(9, 9)) == ("W", "E", None)
    assert areas.find(6, 1.0) == "E"  # on the shared edge: the first by name, always the same


@given(POINTS, st.floats(-0.12, 0.12), st.floats(-0.12, 0.12), st.sampled_from([400.0, 2000.0]))
def test_within_is_said_as_the_ellipsoid_says_it(here, north, east, metres):
    there = (here[0] + north, here[1] + east)
    assert is_within(*here, *there, metres) is (distance_m(*here, *there) <= metres)


@given(POINTS, st.floats(0, 2 * math.pi), st.floats(1800, 2200))
def test_within_is_exact_near_the_edge(here, angle, away_m):
    there = moved(*here, away_m * math.cos(angle), away_m * math.sin(angle))
    assert is_within(*here, *there, 2000) is (distance_m(*here, *there) <= 2000)
