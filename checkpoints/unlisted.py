"""Unlisted checkpoints: where coaches are stopped by someone whom no register names, from positions and reports together.

For one section: halts that something explains are left out and counted; the rest goes through the scan (`hotspots`) and
the judgement (`judgement`). A finding needs `unlisted_least_coaches` distinct coaches and `unlisted_least_operators`
operators (one, where only one drives there), and a confidence of at least `unlisted_least_confidence`. Where the register is
known it is an `unlisted_checkpoint`, elsewhere an `en_route_control` (`care.md`, section 2). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import exp, log

import numpy as np

from checkpoints.control_points import Register
from checkpoints.findings import Evidence, Finding, Ground, Severity
from checkpoints.hotspots import Hotspot, find_hotspots
from checkpoints.judgement import Judgement, judge, rest_shape
from checkpoints.thresholds import DEFAULT, Thresholds
from checkpoints.traffic import Stand, Traffic, span_of, traffic_of
from tracker.corridors import Corridor
from tracker.countries import zone_of
from tracker.fact_rows import Sighting, fact_id
from tracker.facts import Halt, TripRun
from tracker.geo import haversine_m
from tracker.sections import Section

HUB_KM = 4.0  # how far from a hub's centre a coach's station may lie
STATION_S = 1800.0  # a halt there, this soon after its trip began or before it ended, is its station
QUEUE_KM = 1.5  # how far a border's queue reaches beyond what its posts explain
SAME_PLACE_KM = 0.7
ABOUT_S = 900.0  # a report may be this much off the halt it speaks of
UNPLACED_S = 120.0  # and this much, where it says no place
BROKEN = frozenset({"breakdown", "accident"})


@dataclass(frozen=True, slots=True)
class Told:
    """Something a crew reported: a control, a breakdown, an accident. `kind` is `control` or the incident's type."""

    seq: int
    vehicle_id: str
    operator_id: str
    kind: str
    at_s: float
    agency: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What looking at a section gave. `spots`: every hotspot with its judgement, findings or not; `left_out`: halts that
    were not looked at, by reason."""

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
    explain = _Explain(section, corridors, frozenset(hubs), register, told, sightings)
    traffic = traffic_of(section, corridors, sightings, explain)
    left_out = Counter(traffic.left_out) + Counter(stand.cause for stand in traffic.stands if stand.cause is not None)
    spots = find_hotspots(traffic, zone_of(section.country), thresholds.unlisted_false_alarms)
    rest = rest_shape(traffic)
    judged, findings = [], []
    for spot in spots:
        reports = _reports_on(spot, traffic, told)
        judgement = judge(
            spot, traffic, rest, len({one.vehicle_id for one in reports}), explain.is_near_border(spot.km)
        )
        judged.append((spot, judgement))
        is_sure = judgement.confidence >= thresholds.unlisted_least_confidence
        if is_sure and _is_enough(spot, traffic, thresholds):
            findings.append(_finding(spot, judgement, traffic, corridors, register, reports))
    return Looked(tuple(findings), tuple(judged), dict(left_out))


class _Explain:
    """Says what explains a halt by itself, as a code; None: nothing does."""

    def __init__(
        self,
        section: Section,
        corridors: Mapping[str, Corridor],
        hubs: frozenset[str],
        register: Register,
        told: Sequence[Told],
        sightings: Iterable[Sighting],
    ) -> None:
        self._section, self._register = section, register
        self._corridors = [corridors[name] for name in section.corridors]
        places = ((section.start, 0.0), (section.end, section.length_km))
        self._hubs = [km for place, km in places if place in hubs]
        self._borders = [km for place, km in places if place not in hubs]
        self._broken: dict[str, list[float]] = {}
        for one in told:
            if one.kind in BROKEN:
                self._broken.setdefault(one.vehicle_id, []).append(one.at_s)
        self._ends: dict[str, list[float]] = {}
        for sighting in sightings:
            if isinstance(sighting.fact, TripRun):
                ends = self._ends.setdefault(sighting.vehicle_id, [])
                ends += [at.timestamp() for at in (sighting.fact.started_at, sighting.fact.ended_at) if at is not None]
        self._listed: dict[tuple[date, int], bool] = {}

    def __call__(self, sighting: Sighting, halt: Halt, km: float) -> str | None:
        if halt.post_id is not None:
            return "border_post"
        if any(abs(km - at) <= HUB_KM for at in self._hubs) and self._is_at_end(sighting.vehicle_id, halt):
            return "station"
        if self.is_listed(km, halt.started_at.date()):
            return "authorised_place"
        start, end = span_of(halt)
        if any(start - ABOUT_S <= at <= end + ABOUT_S for at in self._broken.get(sighting.vehicle_id, ())):
            return "reported_breakdown"
        return None

    def _is_at_end(self, vehicle_id: str, halt: Halt) -> bool:
        start, end = span_of(halt)
        return any(start - STATION_S <= at <= end + STATION_S for at in self._ends.get(vehicle_id, ()))

    def is_listed(self, km: float, on: date) -> bool:
        """Say whether the register has an authorised place there on that day."""
        key = (on, round(km * 50))
        if key not in self._listed:
            places = ((corridor.id, corridor.find_km(self._section.id, km)) for corridor in self._corridors)
            self._listed[key] = any(at is not None and self._register.find_points(name, at, on) for name, at in places)
        return self._listed[key]

    def is_near_border(self, km: float) -> bool:
        """Say whether a border's queue may reach there."""
        return any(abs(km - at) <= QUEUE_KM for at in self._borders)


def _reports_on(spot: Hotspot, traffic: Traffic, told: Sequence[Told]) -> list[Told]:
    """Return the controls that crews reported of these halts: by the coach's own halt at that time, and at that place
    where one was said."""
    halting: dict[str, list[Stand]] = {}
    for stand in spot.stands:
        halting.setdefault(traffic.vehicles[stand.drive], []).append(stand)
    return [
        one for one in told if one.kind == "control" and any(_is_about(one, s) for s in halting.get(one.vehicle_id, ()))
    ]


def _is_about(one: Told, stand: Stand) -> bool:
    if one.latitude is None or one.longitude is None:
        return stand.start_s - UNPLACED_S <= one.at_s <= stand.end_s + UNPLACED_S
    if not stand.start_s - ABOUT_S <= one.at_s <= stand.end_s + ABOUT_S:
        return False
    return float(haversine_m(one.latitude, one.longitude, stand.latitude, stand.longitude)) <= SAME_PLACE_KM * 1000


def _is_enough(spot: Hotspot, traffic: Traffic, thresholds: Thresholds) -> bool:
    halted = [stand.drive for stand in spot.stands]
    coaches, operators, driving = traffic.coaches(halted), traffic.companies(halted), traffic.companies(spot.drives)
    least = min(thresholds.unlisted_least_operators, len(driving))
    return len(coaches) >= thresholds.unlisted_least_coaches and len(operators) >= least


def _finding(
    spot: Hotspot,
    judgement: Judgement,
    traffic: Traffic,
    corridors: Mapping[str, Corridor],
    register: Register,
    reports: Sequence[Told],
) -> Finding:
    section = traffic.section
    corridor = corridors[section.defined_by]
    passage = corridor.find_passage(section.id)
    assert passage is not None
    km = passage.on_corridor(spot.km)
    first = min(stand.start_s for stand in spot.stands)
    last = max(stand.end_s for stand in spot.stands)
    began = datetime.fromtimestamp(first, UTC)
    act = register.find_act(section.country, corridor.id, km, began.date())
    agencies = Counter(one.agency for one in reports if one.agency not in (None, "unknown"))
    halted = [stand.drive for stand in spot.stands]
    coaches, operators = traffic.coaches(halted), traffic.companies(halted)
    window = spot.window
    grounds = (
        Ground("halts_many", {"halts": window.stood, "passes": len(spot.drives)}),
        Ground("base_rate", {"expected": round(window.expected, 1), "sections": _sections(spot)}),
        Ground("several_coaches", {"coaches": len(coaches)}),
        *judgement.grounds,
        Ground("outside_register", {"act": act.id}) if act is not None else Ground("no_register", {}),
    )
    half = float(np.ptp([stand.km for stand in spot.stands])) / 2 + 0.05
    return Finding(
        kind="unlisted_checkpoint" if act is not None else "en_route_control",
        severity=_severity(spot, judgement),
        confidence=judgement.confidence,
        started_at=began,
        ended_at=datetime.fromtimestamp(last, UTC),
        corridor_id=corridor.id,
        km=round(km, 2),
        from_km=round(km - half, 2),
        to_km=round(km + half, 2),
        section_id=section.id,
        section_km=round(spot.km, 2),
        latitude=round(float(np.median([stand.latitude for stand in spot.stands])), 5),
        longitude=round(float(np.median([stand.longitude for stand in spot.stands])), 5),
        country=section.country,
        direction="both" if spot.direction == "both" else passage.turned(spot.direction),
        hours=(float(window.hours[0]), float(window.hours[1])) if window.hours is not None else None,
        agency=agencies.most_common(1)[0][0] if agencies else None,
        counts={
            "halts": window.stood,
            "passes": len(spot.drives),
            "coaches": len(coaches),
            "operators": len(operators),
            "reports": len(reports),
        },
        grounds=grounds,
        evidence=(*(_halt_evidence(stand) for stand in spot.stands), *(_report_evidence(one) for one in reports)),
    )


def _sections(spot: Hotspot) -> int:
    """Return on how many sections one would see one such place by chance, a million at most."""
    return int(exp(min(log(1e6), -spot.ln_false_alarms)))


def _severity(spot: Hotspot, judgement: Judgement) -> Severity:
    share = spot.window.stood / max(1, len(spot.drives))
    if judgement.confidence < 0.7:
        return "low"
    return "high" if share >= 0.5 and spot.window.stood >= 10 else "medium"


def _halt_evidence(stand: Stand) -> Evidence:
    halt = stand.halt.fact
    return Evidence(
        "halt", fact_id(stand.halt), stand.halt.vehicle_id, stand.halt.operator_id, halt.started_at, halt.ended_at,
        halt.first_seq, halt.last_seq,
    )  # fmt: skip


def _report_evidence(one: Told) -> Evidence:
    at = datetime.fromtimestamp(one.at_s, UTC)
    return Evidence("control", str(one.seq), one.vehicle_id, one.operator_id, at, at, one.seq, one.seq)
