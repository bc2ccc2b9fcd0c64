"""Judgement: is a hotspot a control, or a rest place, a jam, one company's own stop? Log odds, each with its ground. Pure.

Every ground is a code with values and a weight (natural log odds); the logistic of their sum is the confidence: how often
such a finding is right. `docs/evaluation.md` says how well that holds on simulated scenarios; it is not fitted to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from checkpoints.dwell_shape import CONTROL, REST, Shape, corrected, ln_likelihood
from checkpoints.findings import Ground
from checkpoints.hotspots import Hotspot
from checkpoints.traffic import Stand, Traffic
from tracker.geo import METRES_PER_DEGREE

MOST = 6.0  # one ground alone never says more
SUREST = 0.99  # no finding is certain
BESIDE_M = 18.0  # farther across the road than receivers tremble
# Of the halts within `AROUND_KM` of a barrier this share is within `PLACE_KM`; in a jam they are spread evenly.
AROUND_KM, PLACE_KM, AT_PLACE = 0.25, 0.07, 0.8
LONELY_KM, JAM_KM, LONGEST_REST_MIN = 0.25, 3.0, 60.0
MOST_LONELY = 40


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a hotspot is taken for: `confidence` that it is a control, and the grounds for and against."""

    confidence: float
    odds: float
    grounds: tuple[Ground, ...]


def rest_shape(traffic: Traffic) -> Shape:
    """Return how long coaches rest on this road, corrected by halts that are alone: no other coach's halt beside them, and
    none of the same coach near them, as a jam would have."""
    stands = sorted((s for s in traffic.stands if s.cause is None), key=lambda stand: stand.km)
    kms = np.array([stand.km for stand in stands])
    drives = np.array([stand.drive for stand in stands])
    minutes = []
    for stand in stands:
        low, high = np.searchsorted(kms, (stand.km - JAM_KM, stand.km + JAM_KM))
        beside = np.abs(kms[low:high] - stand.km) < LONELY_KM
        same = drives[low:high] == stand.drive
        if same.sum() == 1 and beside.sum() == 1 and stand.minutes <= LONGEST_REST_MIN:
            minutes.append(stand.minutes)
    return corrected(REST, np.array(minutes[:MOST_LONELY]))


def judge(spot: Hotspot, traffic: Traffic, rest: Shape, reporting: int, near_border: bool) -> Judgement:
    """Return what a hotspot is taken for.

    `rest`: how long coaches rest on this road; `reporting`: coaches whose crew reported a control there;
    `near_border`: it lies where a border's queue may reach.
    """
    grounds = [
        _durations(spot, rest),
        *_where(spot, traffic),
        *_when(spot),
        *_whose(spot, traffic),
    ]
    if reporting:
        grounds.append(Ground("reported", {"reports": reporting}, min(MOST, 1.5 + 1.0 * min(reporting, 4))))
    if near_border:
        grounds.append(Ground("near_border", {}, -1.5))
    odds = sum(ground.weight or 0.0 for ground in grounds)
    confidence = 1 / (1 + exp(-max(-30.0, min(30.0, odds))))
    return Judgement(round(min(SUREST, confidence), 3), round(odds, 2), tuple(grounds))


def _durations(spot: Hotspot, rest: Shape) -> Ground:
    minutes = np.array([stand.minutes for stand in spot.stands])
    as_control, as_rest = ln_likelihood(minutes, CONTROL), ln_likelihood(minutes, rest)
    weight = max(-MOST, min(MOST, as_control - as_rest))
    median = round(float(np.median(minutes)), 1)
    if weight >= 0:
        return Ground(
            "short_halts",
            {"median_minutes": median, "rest_median_minutes": round(rest.median_min, 1)},
            round(weight, 2),
        )
    return Ground("like_rest_place", {"median_minutes": median}, round(weight, 2))


def _where(spot: Hotspot, traffic: Traffic) -> list[Ground]:
    """Coaches at a barrier stand at one place of the road, in a jam all along it, at a rest place beside it, here and there."""
    away = np.array([s.km - spot.km for s in _unexplained(spot, traffic) if abs(s.km - spot.km) <= AROUND_KM])
    at_place = int((np.abs(away) <= PLACE_KM).sum())
    weight = at_place * log(AT_PLACE / (PLACE_KM / AROUND_KM)) + (away.size - at_place) * log(
        (1 - AT_PLACE) / (1 - PLACE_KM / AROUND_KM)
    )
    along, across = _scatter(spot.stands, traffic, spot.km)
    if weight < 0:
        return [Ground("like_congestion", {"spread_m": round(along)}, round(max(-2 * MOST, weight), 2))]
    if across > BESIDE_M:
        return [Ground("beside_the_road", {"spread_m": round(across)}, -2.5)]
    return [Ground("concentrated", {"spread_m": round(max(along, across))}, 0.5 if len(spot.stands) >= 6 else 0.0)]


def _unexplained(spot: Hotspot, traffic: Traffic) -> list[Stand]:
    drives = set(spot.drives)
    return [stand for stand in traffic.stands if stand.cause is None and stand.drive in drives]


def _scatter(stands: Sequence[Stand], traffic: Traffic, km: float) -> tuple[float, float]:
    """Return the median distance of stands from their middle in metres, along the road and across it."""
    line = traffic.section.line
    before, after = line.point_at(max(0.0, km - 0.3)), line.point_at(min(traffic.section.length_km, km + 0.3))
    narrow = float(np.cos(np.radians(before[0])))
    north = np.array([stand.latitude for stand in stands]) * METRES_PER_DEGREE
    east = np.array([stand.longitude for stand in stands]) * METRES_PER_DEGREE * narrow
    ahead = np.array([after[0] - before[0], (after[1] - before[1]) * narrow])
    ahead = ahead / (float(np.hypot(*ahead)) or 1.0)
    north, east = north - np.median(north), east - np.median(east)
    along, across = north * ahead[0] + east * ahead[1], east * ahead[0] - north * ahead[1]
    return float(np.median(np.abs(along))), float(np.median(np.abs(across)))


def _when(spot: Hotspot) -> list[Ground]:
    """A popular place is there every day, before and after; a barrier comes and goes, and keeps hours."""
    found = []
    beyond = spot.gain - log(max(2.0, spot.stood_at_all * (spot.stood_at_all + 1) / 2))
    if beyond > 0:
        weight = round(min(4.0, 0.6 * beyond), 2)
        code = "hours" if spot.window.hours is not None else "came_and_went"
        values = {"from": spot.window.hours[0], "to": spot.window.hours[1]} if spot.window.hours is not None else {}
        found.append(Ground(code, values | {"gain": round(spot.gain, 1)}, weight))
    return found


def _whose(spot: Hotspot, traffic: Traffic) -> list[Ground]:
    """A place where one company's coaches alone stand, while others drive by, is that company's own."""
    operators = traffic.companies(stand.drive for stand in spot.stands)
    if len(operators) > 1:
        return [Ground("several_operators", {"operators": len(operators)}, 0.3 if len(operators) > 2 else 0.0)]
    others = sum(traffic.operators[drive] not in operators for drive in spot.drives)
    if others >= 3:
        return [Ground("one_operator", {"operator_count": 1, "others_passed": others}, -3.0)]
    return [Ground("one_operator", {"operator_count": 1, "others_passed": others}, -0.7)]
