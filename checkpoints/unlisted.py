"""Unlisted checkpoints: where coaches are stopped by someone whom no register names, from positions and reports together.

For one section: halts that something explains (`explanations`) are left out and counted; the rest goes through the scan
(`hotspots`) and the judgement (`judgement`). Where places stand too close together they are one finding with an estimated
number of posts (`stretches`), and where coaches do not halt but lose some seconds, `slow_passes` sees that. A finding
(`place_findings`) needs `unlisted_least_coaches` distinct coaches and `unlisted_least_operators` operators (one, where only one
drives there), a confidence of at least `unlisted_least_confidence`, and to be as rare by chance as `unlisted_false_alarms`.
Where the register is known it is an `unlisted_checkpoint`, elsewhere an `en_route_control` (`care.md`, section 2). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checkpoints.control_points import Register
from checkpoints.explanations import Explanations, Told, tidied_agencies
from checkpoints.findings import Finding
from checkpoints.hotspots import APART_KM, Hotspot, find_hotspots
from checkpoints.judgement import Judgement, judge, judge_slow, judge_stretch, rest_shape
from checkpoints.place_findings import PlaceFindings
from checkpoints.slow_passes import WIDTHS_KM, paced, slow_passes
from checkpoints.stretches import find_stretches
from checkpoints.thresholds import DEFAULT, Thresholds
from checkpoints.traffic import traffic_of
from tracker.corridors import Corridor
from tracker.countries import zone_of
from tracker.fact_rows import Sighting
from tracker.sections import Section


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at a section gave. `spots`: every hotspot with its judgement, findings or not; `left_out`: halts and
    passages that were not looked at, and agencies that reports name and that cannot be right, by reason."""

    findings: tuple[Finding, ...]
    spots: tuple[tuple[Hotspot, Judgement], ...]
    left_out: Mapping[str, int]


def look_at(
    section: Section,
    corridors: Mapping[str, Corridor],
    hubs: Iterable[str],
    register: Register,
    sightings: Sequence[Sighting],
    told: Sequence[Told] = (),
    thresholds: Thresholds = DEFAULT,
) -> Looked:
    """Return the findings of a section's traffic. `sightings`: trips, passes, halts and silences."""
    told, faults = tidied_agencies(told, section.country)
    explain = Explanations(section, corridors, frozenset(hubs), register, told, sightings)
    traffic = traffic_of(section, corridors, sightings, explain)
    slow = slow_passes(traffic, explain.slow)
    left_out = Counter(traffic.left_out) + faults
    left_out += Counter(stand.cause for stand in (*traffic.stands, *slow) if stand.cause is not None)
    scene = PlaceFindings(traffic, corridors, register, told, thresholds)
    zone, rest = zone_of(section.country), rest_shape(traffic)
    stretches = find_stretches(traffic, rest, thresholds.same_km)
    findings, named = [], []
    for stretch in stretches:
        reports = scene.reports_on(stretch.stands)
        judgement = judge_stretch(stretch, traffic, rest, len({one.vehicle_id for one in reports}))
        if scene.is_named(judgement, stretch.stands, stretch.drives):
            named.append((stretch.from_km, stretch.to_km))
            findings.append(scene.stretch_finding(stretch, judgement, reports))
    judged: list[tuple[Hotspot, Judgement]] = []
    taken: list[float] = []  # the rarest of places that are one is named
    slowly = paced(traffic, slow)
    spots = [(spot, traffic) for spot in _rarest_first(find_hotspots(traffic, zone))]
    spots += [(spot, slowly) for spot in _rarest_first(find_hotspots(slowly, zone, WIDTHS_KM))]
    for spot, seen in spots:
        if any(low - APART_KM <= spot.km <= high + APART_KM for low, high in named):
            continue
        reports = scene.reports_on(spot.stands)
        reporting, near = len({one.vehicle_id for one in reports}), explain.is_near_border(spot.km)
        if seen is traffic:
            judgement = judge(spot, traffic, rest, reporting, near)
        elif any(abs(spot.km - other.km) <= APART_KM for other, _ in judged):
            continue  # where coaches halt, others are slow
        else:
            judgement = judge_slow(spot, slowly, reporting, near)
        judged.append((spot, judgement))
        if scene.is_named(judgement, spot.stands, spot.drives) and all(abs(spot.km - km) > APART_KM for km in taken):
            taken.append(spot.km)
            findings.append(scene.spot_finding(spot, judgement, reports))
    findings.sort(key=lambda finding: finding.section_km or 0.0)
    return Looked(tuple(findings), tuple(judged), dict(left_out))


def _rarest_first(spots: Iterable[Hotspot]) -> list[Hotspot]:
    return sorted(spots, key=lambda spot: (spot.ln_false_alarms, spot.km))
