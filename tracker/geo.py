"""Geometry: the only doorway to geopy and shapely.

Functions take latitude before longitude, in degrees (WGS 84), and give metres and degrees; only inside, where shapely
is spoken to, is it longitude first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import shapely
from geopy.distance import geodesic
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8  # mean radius (IUGG)
METRES_PER_DEGREE = math.radians(1) * EARTH_RADIUS_M
PLANE_DOUBT = 0.05

Number = TypeVar("Number", float, Floats)  # one, or an array of them


def distance_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the metres between two points on the ellipsoid (Karney's geodesic, by geopy)."""
    return float(geodesic((latitude, longitude), (other_latitude, other_longitude)).meters)


def is_within(latitude: float, longitude: float, other_latitude: float, other_longitude: float, metres: float) -> bool:
    """Say whether `distance_m` of two points is `metres` at most, some kilometres; away from poles and the date line.

    On the local plane where that settles it, which is a hundred times faster: it errs by less than `PLANE_DOUBT`.
    """
    near_m = plane_m(latitude, longitude, other_latitude, other_longitude)
    if abs(near_m - metres) > PLANE_DOUBT * metres:
        return near_m < metres
    return distance_m(latitude, longitude, other_latitude, other_longitude) <= metres


def haversine_m(
    latitudes: ArrayLike, longitudes: ArrayLike, other_latitudes: ArrayLike, other_longitudes: ArrayLike
) -> Floats:
    """Return the metres between points on the sphere, for whole arrays; within 0.6 % of `distance_m`."""
    lat1, lon1, lat2, lon2 = (
        np.radians(np.asarray(values, dtype=np.float64))
        for values in (latitudes, longitudes, other_latitudes, other_longitudes)
    )
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    result: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return result


def plane_square(latitudes: Number, longitudes: Number, other_latitudes: Number, other_longitudes: Number) -> Number:
    """Return the squared distance, in degrees of latitude, on the plane local to the first points; see `plane_m`."""
    north = other_latitudes - latitudes
    east = (other_longitudes - longitudes) * narrowing(latitudes)
    return north * north + east * east


def plane_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the metres between two points on the plane local to the first: good to some tens of kilometres.

    In sums, products and a root only: the same bits as `planes_m` gives in an array, so that rules which look at fixes one
    by one and at many at once agree.
    """
    return math.sqrt(plane_square(latitude, longitude, other_latitude, other_longitude)) * METRES_PER_DEGREE


def planes_m(latitudes: Floats, longitudes: Floats, other_latitudes: Floats, other_longitudes: Floats) -> Floats:
    """Return what `plane_m` does, for whole arrays."""
    result: Floats = np.sqrt(plane_square(latitudes, longitudes, other_latitudes, other_longitudes)) * METRES_PER_DEGREE
    return result


def bearing_deg(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the initial bearing from one point to another, degrees clockwise from north, 0 to under 360."""
    lat1, lat2 = math.radians(latitude), math.radians(other_latitude)
    turn = math.radians(other_longitude - longitude)
    east = math.sin(turn) * math.cos(lat2)
    north = math.cos(lat1) * math.sin(lat2) - math.sin(lat1) * math.cos(lat2) * math.cos(turn)
    return math.degrees(math.atan2(east, north)) % 360.0


def moved(latitude: float, longitude: float, north_m: float, east_m: float) -> tuple[float, float]:
    """Return the point `north_m` and `east_m` away, on the local plane (good to a few kilometres)."""
    return (
        latitude + north_m / METRES_PER_DEGREE,
        longitude + east_m / (METRES_PER_DEGREE * math.cos(math.radians(latitude))),
    )


def path_kilometres(latitudes: ArrayLike, longitudes: ArrayLike) -> Floats:
    """Return the geodesic kilometres from the first vertex of a path to each of its vertices."""
    points = list(zip(np.asarray(latitudes).tolist(), np.asarray(longitudes).tolist(), strict=True))
    steps = [geodesic(a, b).km for a, b in pairwise(points)]
    result: Floats = np.concatenate(([0.0], np.cumsum(steps))) if points else np.zeros(0)
    return result


def segment_to_point_m(
    start: tuple[float, float], end: tuple[float, float], latitude: float, longitude: float
) -> float:
    """Return the shortest metres from the segment between two (latitude, longitude) fixes to a point.

    A fast coach jumps a small fence between two fixes: test the segment, never the fixes alone. On the plane local to
    the point, so for segments of up to some fifty kilometres.
    """
    shrink = math.cos(math.radians(latitude))
    ax, ay = (start[1] - longitude) * shrink, start[0] - latitude
    bx, by = (end[1] - longitude) * shrink, end[0] - latitude
    dx, dy = bx - ax, by - ay
    squared = dx * dx + dy * dy
    share = 0.0 if squared == 0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / squared))
    return math.hypot(ax + share * dx, ay + share * dy) * METRES_PER_DEGREE


def segment_meets_circle(
    start: tuple[float, float], end: tuple[float, float], latitude: float, longitude: float, radius_m: float
) -> bool:
    """Say whether the segment between two fixes touches the circle of `radius_m` around a point."""
    return segment_to_point_m(start, end, latitude, longitude) <= radius_m


def nearest_on_path(
    path_latitudes: Floats, path_longitudes: Floats, latitudes: ArrayLike, longitudes: ArrayLike
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Return, for each point, the nearest segment of a path: its index, the share along it (0 to 1), and metres off it.

    Whole arrays at once, on the plane local to each point; on ties the earlier segment. The path has two vertices or
    more.
    """
    lat = np.atleast_1d(np.asarray(latitudes, dtype=np.float64))
    lon = np.atleast_1d(np.asarray(longitudes, dtype=np.float64))
    index = np.empty(lat.size, dtype=np.intp)
    share, away = np.empty(lat.size), np.empty(lat.size)
    for first in range(0, lat.size, 2048):  # bounds the memory: 2,048 points by some hundred segments at a time
        part = slice(first, first + 2048)
        shrink = np.cos(np.radians(lat[part]))[:, None]
        x = (path_longitudes[None, :] - lon[part][:, None]) * shrink
        y = path_latitudes[None, :] - lat[part][:, None]
        ax, ay, dx, dy = x[:, :-1], y[:, :-1], np.diff(x, axis=1), np.diff(y, axis=1)
        squared = dx * dx + dy * dy
        along = np.clip(-(ax * dx + ay * dy) / np.where(squared == 0, 1.0, squared), 0.0, 1.0)
        gap = np.hypot(ax + along * dx, ay + along * dy)
        best = np.argmin(gap, axis=1)
        rows = np.arange(best.size)
        index[part], share[part], away[part] = best, along[rows, best], gap[rows, best] * METRES_PER_DEGREE
    return index, share, away


class PathIndex:
    """Many paths, asked which of their segments lies nearest to a point: a few microseconds, however many vertices.

    The tree holds pieces of `PIECE` segments on a conformal (Mercator) plane, on which the nearest piece is the nearest
    one on the ground to a thousandth of its distance; the place on it is then found exactly, on the plane local to the
    point, as `nearest_on_path` does. Every sum is made for each point alone, so that a point's answer does not depend on
    which points it is asked with. Built once, safe to share between threads.
    """

    PIECE = 8

    def __init__(self, paths: Sequence[tuple[Floats, Floats]]) -> None:
        """Cut each path (latitudes, longitudes; two vertices or more) into pieces and build the tree."""
        path_of, first_of, corners = [], [], []
        for number, (latitudes, _) in enumerate(paths):
            first = np.arange(0, latitudes.size - 1, self.PIECE)
            path_of.append(np.full(first.size, number))
            first_of.append(first)
            corners.append(np.minimum(first[:, None] + np.arange(self.PIECE + 1), latitudes.size - 1))
        self.path_of: NDArray[np.intp] = np.concatenate(path_of).astype(np.intp)
        self.first_of: NDArray[np.intp] = np.concatenate(first_of).astype(np.intp)
        self._lats = np.concatenate([lat[corner] for (lat, _), corner in zip(paths, corners, strict=True)])
        self._lons = np.concatenate([lon[corner] for (_, lon), corner in zip(paths, corners, strict=True)])
        self._last = np.concatenate(
            [np.full(c.shape[0], lat.size - 2) for (lat, _), c in zip(paths, corners, strict=True)]
        )
        plane = np.stack((self._lons, _northing(self._lats)), axis=-1)
        self._tree = shapely.STRtree(shapely.linestrings(plane))

    def nearest(
        self, latitudes: ArrayLike, longitudes: ArrayLike
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats]:
        """Return, for each point, the path, the index of its nearest segment, the share along it, and metres off it."""
        lat = np.atleast_1d(np.asarray(latitudes, dtype=np.float64))
        lon = np.atleast_1d(np.asarray(longitudes, dtype=np.float64))
        pieces = self._tree.query_nearest(_on_plane(lat, lon), all_matches=False)[1]
        share, away = self._project(lat, lon, pieces)
        best = np.argmin(away, axis=1)
        rows = np.arange(best.size)
        segment, last = self.first_of[pieces] + best, self._last[pieces]
        along = np.where(segment > last, 1.0, share[rows, best])  # past the last one: the end of the path
        return self.path_of[pieces], np.minimum(segment, last), along, away[rows, best]

    def within(
        self, latitude: float, longitude: float, radius_m: float
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats]:
        """Return every segment within a radius of one point: path, index, share along it, metres off; in path order."""
        lat, lon = np.array([latitude]), np.array([longitude])
        _, pieces, segment, share, away, chosen = self._around(lat, lon, radius_m)
        path = np.broadcast_to(self.path_of[pieces][:, None], segment.shape)
        return path[chosen], segment[chosen], share[chosen], away[chosen]

    def pairs_within(
        self, latitudes: Floats, longitudes: Floats, radius_m: float
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats, Floats]:
        """Return every pair of a point and a segment within a radius of it: point, segment, share along it, metres."""
        points, _, segment, share, away, chosen = self._around(latitudes, longitudes, radius_m)
        point = np.broadcast_to(points[:, None], segment.shape)
        return point[chosen], segment[chosen], share[chosen], away[chosen]

    def _around(self, lat: Floats, lon: Floats, radius_m: float) -> tuple[Any, Any, Any, Floats, Floats, Any]:
        """Return pairs of points and pieces near each other, in order, and of each the segments that are near enough."""
        reach = 1.02 * radius_m / METRES_PER_DEGREE / narrowing(lat)
        points, pieces = self._tree.query(_on_plane(lat, lon), predicate="dwithin", distance=reach)
        order = np.lexsort((pieces, points))
        points, pieces = points[order], pieces[order]
        share, away = self._project(lat[points], lon[points], pieces)
        segment = self.first_of[pieces][:, None] + np.arange(self.PIECE)
        return points, pieces, segment, share, away, (away <= radius_m) & (segment <= self._last[pieces][:, None])

    def _project(self, lat: Floats, lon: Floats, pieces: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return the share along, and the metres off, each segment of one piece a point."""
        x = (self._lons[pieces] - lon[:, None]) * narrowing(lat)[:, None]
        y = self._lats[pieces] - lat[:, None]
        ax, ay = x[:, :-1], y[:, :-1]
        dx, dy = x[:, 1:] - ax, y[:, 1:] - ay
        squared = dx * dx + dy * dy
        along = -(ax * dx + ay * dy) / np.where(squared == 0, 1.0, squared)
        along = np.minimum(np.maximum(along, 0.0), 1.0)  # `clip` costs more than all the rest where the points are few
        gx, gy = ax + along * dx, ay + along * dy
        return along, np.sqrt(gx * gx + gy * gy) * METRES_PER_DEGREE


def narrowing(latitudes: Number) -> Number:
    """Return the cosine of latitudes: how much shorter a degree of longitude is there (to 1e-9 below 30 degrees).

    By its series, in sums and products only: those give the same bits for a point alone and in an array, which the
    library's cosine does not promise.
    """
    angle = latitudes * (math.pi / 180)
    square = angle * angle
    return 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56)))


def _northing(latitudes: Floats) -> Floats:
    """Return Mercator's ordinate in degrees, by its series: to some metres below 30 degrees, enough to choose by."""
    angle = latitudes * (math.pi / 180)
    square = angle * angle
    result: Floats = latitudes * (
        1
        + square
        * (1 / 6 + square * (1 / 24 + square * (61 / 5040 + square * (277 / 72576 + square * 50521 / 39916800))))
    )
    return result


def _on_plane(latitudes: Floats, longitudes: Floats) -> Any:
    """Return points of Mercator's plane, in degrees. Of one array: of two, `points` makes one first, slowly."""
    places = np.empty((latitudes.size, 2))
    places[:, 0], places[:, 1] = longitudes, _northing(latitudes)
    return shapely.points(places)


class Areas:
    """Named areas, asked which of them holds a point. Built once, quick to ask, safe to share between threads."""

    def __init__(self, wkb_of: Mapping[str, bytes]) -> None:
        """Read each area from its WKB (polygon or multipolygon, longitude first)."""
        self._names = list(wkb_of)
        self._shapes: Any = shapely.from_wkb(list(wkb_of.values()))
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    def find(self, latitude: float, longitude: float) -> str | None:
        """Return the name of the area that holds the point, or None; on a shared edge the first by name."""
        near = self._tree.query(
            shapely.points((longitude, latitude))
        )  # by boxes; the prepared shapes decide, far quicker
        hits = near[shapely.intersects_xy(self._shapes[near], longitude, latitude)]
        return min((self._names[i] for i in hits), default=None)
