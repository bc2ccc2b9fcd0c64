"""Where along its corridor a coach is, where the line passes a place more than once: by order and continuity. Pure.

A road that goes into a town and comes out the same way lies twice under each of its fixes, a kilometre or a hundred apart
along the line. A coach goes on from where it was, in the direction in which it drove: past the end of such a branch it is
taken to drive on along the line, which is what coaches do there; one that turns round before it is seen to come back.
"""

from __future__ import annotations

from tracker.fixes import Bools
from tracker.geo import Floats, plane_m
from tracker.lines import Line
from tracker.steps import Memory

LEAP_KM, LEAP_KMH = (
    3.0,
    130.0,
)  # a kilometre farther from the one before than the coach can have driven is looked at again
NEAR_KM = 0.3  # from where it is expected; and half of the way that it came
TURNED_KM = 0.5  # it drives the other way when it has come back so far


Moments = tuple[list[float], list[float], list[float]]  # seconds, latitudes, longitudes


def follow(
    before: Memory | None, line: Line, moments: Moments, kms: Floats, offsets: Floats, is_doubled: Bools
) -> Memory:
    """Mend kilometres and metres off the line (both are changed) of fixes on one corridor, and return the memory after them.

    `before` is the memory after the fix before them, None where it was not on this corridor. `is_doubled`: the line
    passes there more than once.
    """
    ats, lats, lons = moments
    if before is None:
        before = {"km": float(kms[0]), "at_s": ats[0], "place": [lats[0], lons[0]], "way": 0, "far_km": float(kms[0])}
    last_km, last_s, (last_lat, last_lon) = before["km"], before["at_s"], before["place"]
    way, far_km = before["way"], before["far_km"]
    for i, (at_s, lat, lon, km, doubt) in enumerate(
        zip(ats, lats, lons, kms.tolist(), is_doubled.tolist(), strict=True)
    ):
        leaps = abs(km - last_km) > LEAP_KM + (at_s - last_s) / 3600 * LEAP_KMH
        if doubt or leaps:
            moved_km = plane_m(last_lat, last_lon, lat, lon) / 1000
            expected_km = last_km + way * moved_km
            if leaps or abs(km - expected_km) > NEAR_KM + moved_km / 2:
                km, offsets[i] = line.locate_near(lat, lon, expected_km, last_km, way)  # noqa: PLW2901 - the better one
                kms[i] = km
        if (km - far_km) * way > 0:
            far_km = km
        elif abs(km - far_km) >= TURNED_KM:
            way, far_km = 1 if km > far_km else -1, km
        last_km, last_s, last_lat, last_lon = km, at_s, lat, lon
    return {"km": last_km, "at_s": last_s, "place": [last_lat, last_lon], "way": way, "far_km": far_km}
