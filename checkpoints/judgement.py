"""Judgement: is a hotspot a control, or a rest place, a jam, one company's own stop? Log odds, each with its ground. Pure.

Every ground is a code with values and a weight (natural log odds); what is as true of the alternatives (a restaurant stands
at one place too, and serves every company) has none. The logistic of their sum is the confidence: how often
such a finding is right. `docs/evaluation.md` says how well that holds on simulated scenarios; it is not fitted to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np

from checkpoints.dwell_shape import CONTROL, REST, Shape, corrected, ln_as_rest, ln_likelihood
from checkpoints.findings import Ground
from checkpoints.hotspots import Hotspot
from checkpoints.stretches import Stretch
from checkpoints.traffic import Stand, Traffic
from tracker.geo import METRES_PER_DEGREE

MOST = 6.0  # one ground alone never says more
SUREST = 0.99  # no finding is certain
BESIDE_M = 18.0  # farther across the road than receivers tremble
# Of the halts within `AROUND_KM` of a barrier this share is within `PLACE_KM`; in a jam they are spread evenly.
AROUND_KM, PLACE_KM, AT_PLACE = 0.25, 0.07, 0.8
LONELY_KM, JAM_KM, LONGEST_REST_MIN = 0.25, 3.0, 60.0
MOST_LONELY = 40
# Log odds, assumptions: every second barrier keeps hours or comes and goes; so do one place to rest in five, and one in fourteen.
HOURS_TELL, COMING_TELLS = 1.0, 2.0
SLIGHT = 0.1  # one section in ten has a control of which only just enough is seen: an assumption
# Of coaches that lose some seconds at one place: a light or a market is half as likely again as a hand held out, which
# others driving by without a loss outweighs: assumptions.
SLOW, MOST_SLOW, LEAST_FREE = -0.5, 0.85, 3
SLOW_PLACE_KM = (0.3, 1.0)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a hotspot is taken for: `confidence` that it is a control, and the grounds for and against.

    `ln_false_alarms`: how many places like this chance makes on a section. Durations and reports, which the scan has not
    looked at, weigh in as e-values (Vovk and Wang, *E-values: calibration, combination and applications*, 2021): what chance
    gives of them is 1 at most on average, so a number of false alarms may be divided by one. Whether durations, reports, both
    or neither tell is not known before; the mean of the four is one again.
    """

    confidence: float
    odds: float
    grounds: tuple[Ground, ...]
    ln_false_alarms: float


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
    durations, reported = _durations(spot.stands, traffic, rest), _reported(reporting)
    others = [_chance(spot), *_where(spot, traffic), *_when(spot), *_whose(spot.stands, spot.drives, traffic)]
    return _judged(spot.ln_false_alarms, durations, [*others, *_beside_border(near_border)], reported)


def judge_slow(spot: Hotspot, traffic: Traffic, reporting: int, near_border: bool) -> Judgement:
    """Return what a place is taken for at which coaches lose some seconds. That it comes and goes tells nothing: so do market
    days and road works."""
    seconds = round(float(np.median([stand.minutes for stand in spot.stands])) * 60)
    grounds = [Ground("slow_passes", {"median_seconds": seconds}, SLOW)]
    free = len(spot.drives) - spot.window.stood
    share = spot.window.stood / max(1, len(spot.drives))
    if share > MOST_SLOW:
        grounds.append(Ground("like_road", {"slow": spot.window.stood, "passes": len(spot.drives)}, -MOST))
    else:
        grounds.append(Ground("others_drive_freely", {"others": free}, 1.0 if free >= LEAST_FREE else 0.0))
    others = [
        _chance(spot),
        *_where(spot, traffic, *SLOW_PLACE_KM),
        *_whose(spot.stands, spot.drives, traffic),
    ]
    return _judged(spot.ln_false_alarms, [], [*grounds, *others, *_beside_border(near_border)], _reported(reporting))


def judge_stretch(stretch: Stretch, traffic: Traffic, rest: Shape, reporting: int) -> Judgement:
    """Return what a dense stretch is taken for."""
    values = {"inside": stretch.inside, "halts": stretch.tested, "percent": round(100 * stretch.covered)}
    concentrated = Ground("places_repeat", values, min(MOST, stretch.weight))
    others = [concentrated, *_whose(stretch.stands, stretch.drives, traffic)]
    return _judged(stretch.ln_false_alarms, _durations(stretch.stands, traffic, rest), others, _reported(reporting))


def _judged(alarms: float, durations: list[Ground], others: list[Ground], reported: list[Ground]) -> Judgement:
    """Add up. `alarms` are the scan's; durations and reports make them fewer."""
    grounds = [*durations, *others, *reported]
    odds = sum(ground.weight or 0.0 for ground in grounds)
    confidence = 1 / (1 + exp(-max(-30.0, min(30.0, odds))))
    by_time, by_word = (exp(sum(ground.weight or 0.0 for ground in some)) for some in (durations, reported))
    beside = log((1 + by_time + by_word + by_time * by_word) / 4)
    return Judgement(round(min(SUREST, confidence), 3), round(odds, 2), tuple(grounds), alarms - beside)


def _chance(spot: Hotspot) -> Ground:
    """How often chance alone makes such a place, against how often a control so slight is all there is to see."""
    weight = min(0.0, log(SLIGHT) - spot.ln_false_alarms)
    return Ground(
        "base_rate", {"expected": round(spot.window.expected, 1), "sections": _sections(spot)}, round(weight, 2)
    )


def _sections(spot: Hotspot) -> int:
    """Return on how many sections one would see one such place by chance, a million at most."""
    return max(1, int(exp(min(log(1e6), -spot.ln_false_alarms))))


def _reported(reporting: int) -> list[Ground]:
    return [Ground("reported", {"reports": reporting}, min(MOST, 1.5 + 1.0 * min(reporting, 4)))] if reporting else []


def _beside_border(near_border: bool) -> list[Ground]:
    return [Ground("near_border", {}, -1.5)] if near_border else []


def _durations(stands: Sequence[Stand], traffic: Traffic, rest: Shape) -> list[Ground]:
    """Short halts are a control's rather than a rest's; those of coaches that creep are a jam's, and as short."""
    minutes = np.array([stand.minutes for stand in traffic.not_creeping(stands)])
    if not minutes.size:
        return []
    as_control, as_rest = ln_likelihood(minutes, CONTROL), ln_as_rest(minutes, rest)
    weight = max(-MOST, min(MOST, as_control - as_rest))
    median = round(float(np.median(minutes)), 1)
    if weight >= 0:
        values = {"median_minutes": median, "rest_median_minutes": round(rest.median_min, 1)}
        return [Ground("short_halts", values, round(weight, 2))]
    return [Ground("like_rest_place", {"median_minutes": median}, round(weight, 2))]


def _where(spot: Hotspot, traffic: Traffic, place_km: float = PLACE_KM, around_km: float = AROUND_KM) -> list[Ground]:
    """Coaches at a barrier stand at one place of the road, in a jam all along it, at a rest place beside it, here and there."""
    away = np.array([s.km - spot.km for s in _unexplained(spot, traffic) if abs(s.km - spot.km) <= around_km])
    at_place, even = int((np.abs(away) <= place_km).sum()), place_km / around_km
    weight = at_place * log(AT_PLACE / even) + (away.size - at_place) * log((1 - AT_PLACE) / (1 - even))
    along, across = _scatter(spot.stands, traffic, spot.km)
    if weight < 0:
        return [Ground("like_congestion", {"spread_m": round(along)}, round(max(-2 * MOST, weight), 2))]
    if across > BESIDE_M:
        return [Ground("beside_the_road", {"spread_m": round(across)}, -2.5)]
    return [Ground("concentrated", {"spread_m": round(max(along, across))}, 0.0)]


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
    """Most popular places are there every day, before and after; barriers come and go, and some keep hours. But restaurants
    open and close as well, and serve dinner only: how far that tells is limited by how often they do."""
    found = []
    beyond = spot.gain - log(max(2.0, spot.stood_at_all * (spot.stood_at_all + 1) / 2))
    if beyond > 0:
        code = "hours" if spot.window.hours is not None else "came_and_went"
        weight = round(min(HOURS_TELL if code == "hours" else COMING_TELLS, 0.6 * beyond), 2)
        values = {"from": spot.window.hours[0], "to": spot.window.hours[1]} if spot.window.hours is not None else {}
        found.append(Ground(code, values | {"gain": round(spot.gain, 1)}, weight))
    return found


def _whose(stands: Sequence[Stand], drives: Sequence[int], traffic: Traffic) -> list[Ground]:
    """A place where one company's coaches alone stand, while others drive by, is that company's own."""
    operators = traffic.companies(stand.drive for stand in stands)
    if len(operators) > 1:
        return [Ground("several_operators", {"operators": len(operators)}, 0.0)]
    others = sum(traffic.operators[drive] not in operators for drive in drives)
    if others >= 3:
        return [Ground("one_operator", {"operator_count": 1, "others_passed": others}, -3.0)]
    return [Ground("one_operator", {"operator_count": 1, "others_passed": others}, -0.7)]
