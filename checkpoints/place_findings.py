"""Findings of one section's places and stretches: is there enough to name them, and what is said of them. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import log
from typing import Any

import numpy as np

from checkpoints.control_points import Register
from checkpoints.explanations import ABOUT_S, Told
from checkpoints.findings import Evidence, Finding, Ground, Severity
from checkpoints.hotspots import Hotspot
from checkpoints.judgement import Judgement
from checkpoints.stretches import Stretch
from checkpoints.thresholds import Thresholds
from checkpoints.traffic import Stand, Traffic
from tracker.corridors import Corridor
from tracker.fact_rows import fact_id
from tracker.facts import Halt, moment
from tracker.geo import haversine_m

SAME_PLACE_KM = 0.7
UNPLACED_S = 120.0  # a report may be this much off the halt it speaks of, where it says no place


class PlaceFindings:
    """What findings of one section are made with."""

    def __init__(
        self,
        traffic: Traffic,
        corridors: Mapping[str, Corridor],
        register: Register,
        told: Sequence[Told],
        thresholds: Thresholds,
    ) -> None:
        self._traffic, self._register, self._told, self._thresholds = traffic, register, told, thresholds
        self._corridor = corridors[traffic.section.defined_by]

    def reports_on(self, stands: Sequence[Stand]) -> list[Told]:
        """Return the controls that crews reported of these halts: by the coach's own halt at that time, and at that place
        where one was said."""
        halting: dict[str, list[Stand]] = {}
        for stand in stands:
            halting.setdefault(self._traffic.vehicles[stand.drive], []).append(stand)
        return [
            one
            for one in self._told
            if one.kind == "control" and any(_is_about(one, s) for s in halting.get(one.vehicle_id, ()))
        ]

    def is_named(self, judgement: Judgement, stands: Sequence[Stand], drives: Sequence[int]) -> bool:
        """Say whether there is enough to name a place."""
        thresholds, halted = self._thresholds, [stand.drive for stand in stands]
        coaches, operators = self._traffic.coaches(halted), self._traffic.companies(halted)
        least = min(thresholds.unlisted_least_operators, len(self._traffic.companies(drives)))
        return (
            judgement.confidence >= thresholds.unlisted_least_confidence
            and judgement.ln_false_alarms <= log(thresholds.unlisted_false_alarms)
            and len(coaches) >= thresholds.unlisted_least_coaches
            and len(operators) >= least
        )

    def spot_finding(self, spot: Hotspot, judgement: Judgement, reports: Sequence[Told]) -> Finding:
        """Return the finding of one place."""
        passage = self._corridor.find_passage(self._traffic.section.id)
        assert passage is not None
        half, window = float(np.ptp([stand.km for stand in spot.stands])) / 2 + 0.05, spot.window
        is_slow = not isinstance(spot.stands[0].sighting.fact, Halt)
        return self._finding(
            spot.km, (spot.km - half, spot.km + half), judgement, spot.stands, spot.drives, reports,
            Ground("slow_many" if is_slow else "halts_many", {"halts": window.stood, "passes": len(spot.drives)}),
            latitude=round(float(np.median([stand.latitude for stand in spot.stands])), 5),
            longitude=round(float(np.median([stand.longitude for stand in spot.stands])), 5),
            direction="both" if spot.direction == "both" else passage.turned(spot.direction),
            hours=(float(window.hours[0]), float(window.hours[1])) if window.hours is not None else None,
        )  # fmt: skip

    def stretch_finding(self, stretch: Stretch, judgement: Judgement, reports: Sequence[Told]) -> Finding:
        """Return the finding of a dense stretch, with its estimate."""
        number, low, high = stretch.estimate
        latitude, longitude = self._traffic.section.line.point_at(stretch.km)
        return self._finding(
            stretch.km, (stretch.from_km, stretch.to_km), judgement, stretch.stands, stretch.drives, reports,
            Ground("posts_estimated", {"posts": number, "low": low, "high": high, "places": len(stretch.places)}),
            latitude=round(latitude, 5), longitude=round(longitude, 5), direction="both", estimate=stretch.estimate,
        )  # fmt: skip

    def _finding(
        self,
        km: float,
        ends_km: tuple[float, float],
        judgement: Judgement,
        stands: Sequence[Stand],
        drives: Sequence[int],
        reports: Sequence[Told],
        first: Ground,
        **more: Any,
    ) -> Finding:
        section, corridor, traffic = self._traffic.section, self._corridor, self._traffic
        passage = corridor.find_passage(section.id)
        assert passage is not None
        at_km, from_km, to_km = passage.on_corridor(km), *sorted(passage.on_corridor(end) for end in ends_km)
        began = datetime.fromtimestamp(min(stand.start_s for stand in stands), UTC)
        act = self._register.find_act(section.country, corridor.id, at_km, began.date())
        agencies = Counter(one.agency for one in reports if one.agency not in (None, "unknown"))
        halted = [stand.drive for stand in stands]
        coaches = traffic.coaches(halted)
        counts = {
            "halts": len(stands), "passes": len(drives), "coaches": len(coaches),
            "operators": len(traffic.companies(halted)), "reports": len(reports),
        }  # fmt: skip
        return Finding(
            kind="unlisted_checkpoint" if act is not None else "en_route_control",
            severity=_severity(len(set(halted)), len(drives), judgement),
            confidence=judgement.confidence,
            started_at=began,
            ended_at=datetime.fromtimestamp(max(stand.end_s for stand in stands), UTC),
            corridor_id=corridor.id,
            km=round(at_km, 2),
            from_km=round(from_km, 2),
            to_km=round(to_km, 2),
            section_id=section.id,
            section_km=round(km, 2),
            country=section.country,
            agency=agencies.most_common(1)[0][0] if agencies else None,
            counts=counts,
            grounds=(
                first,
                Ground("several_coaches", {"coaches": len(coaches)}),
                *judgement.grounds,
                Ground("outside_register", {"act": act.id}) if act is not None else Ground("no_register", {}),
            ),
            evidence=(*(_halt_evidence(stand) for stand in stands), *(_report_evidence(one) for one in reports)),
            **more,
        )


def _is_about(one: Told, stand: Stand) -> bool:
    if one.latitude is None or one.longitude is None:
        return stand.start_s - UNPLACED_S <= one.at_s <= stand.end_s + UNPLACED_S
    if not stand.start_s - ABOUT_S <= one.at_s <= stand.end_s + ABOUT_S:
        return False
    return float(haversine_m(one.latitude, one.longitude, stand.latitude, stand.longitude)) <= SAME_PLACE_KM * 1000


def _severity(stood: int, passed: int, judgement: Judgement) -> Severity:
    if judgement.confidence < 0.7:
        return "low"
    return "high" if stood / max(1, passed) >= 0.5 and stood >= 10 else "medium"


def _halt_evidence(stand: Stand) -> Evidence:
    sighting = stand.sighting
    fact, is_halt = sighting.fact, isinstance(sighting.fact, Halt)
    start, end = (fact.started_at, fact.ended_at) if is_halt else (moment(stand.start_s), moment(stand.end_s))
    return Evidence(
        "halt" if is_halt else "slow_pass", fact_id(sighting), sighting.vehicle_id, sighting.operator_id, start, end,
        *sorted((fact.first_seq, fact.last_seq)),  # the last fix may have come before the first
    )  # fmt: skip


def _report_evidence(one: Told) -> Evidence:
    at = datetime.fromtimestamp(one.at_s, UTC)
    return Evidence("control", str(one.seq), one.vehicle_id, one.operator_id, at, at, one.seq, one.seq)
