"""Controls away from borders and listed places of which only crews tell: places that the scan has no finding for. Pure.

What one crew says makes a finding of its own kind of evidence: of low confidence, with the ground that no position shows it
(`told_without_positions`), and never surer than `SUREST`, however many tell. Others who tell the same, above all of other
companies, raise it. Where the scan finds something within `ABSORBED_KM`, or a stretch around it, that finding speaks of it;
as both come from one rule, the flag stays the same when the scan finds the place later.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from checkpoints.control_points import Register
from checkpoints.control_stops import ControlStop
from checkpoints.crews_word import confidence_of, counts_of, grounds_of
from checkpoints.findings import Evidence, Finding, Ground
from checkpoints.legality import NationalStatus, distinct_places, statuses_of

SUREST = 0.85
ABSORBED_KM = 2.0  # what a crew says of a place is no surer: it is told some minutes later, and from the road
OPEN: frozenset[NationalStatus] = frozenset({"unlisted", "no_register"})  # a doubtful place is nobody's fault
GRAVER = 3  # operators who tell the same


def find_told(stops: Iterable[ControlStop], register: Register, scanned: Sequence[Finding]) -> list[Finding]:
    """Return a finding for each place at which crews reported controls, those near what the scan found left out."""
    on_sections: dict[str, list[ControlStop]] = defaultdict(list)
    for stop in stops:
        if _is_nobody_s(stop, register) and not any(_is_at(stop, one) for one in scanned):
            on_sections[stop.place.section_id or ""].append(stop)
    found = []
    for section_id in sorted(on_sections):
        own = sorted(on_sections[section_id], key=lambda stop: (stop.place.section_km or 0.0, stop.stop_id))
        for kilometres in distinct_places([stop.place.section_km or 0.0 for stop in own], ABSORBED_KM):
            found.append(_finding(own[: len(kilometres)], register))
            own = own[len(kilometres) :]
    return found


def _is_nobody_s(stop: ControlStop, register: Register) -> bool:
    """Say whether crews told of a control on the road, where no border, departure or listed place explains it."""
    is_on_road = stop.formality is None and stop.place.post_id is None and stop.place.section_km is not None
    return bool(stop.controls) and is_on_road and statuses_of(register, stop)[0].status in OPEN


def _is_at(stop: ControlStop, finding: Finding) -> bool:
    if finding.section_id != stop.place.section_id or finding.section_km is None or stop.place.section_km is None:
        return False
    half = ((finding.to_km or 0.0) - (finding.from_km or 0.0)) / 2 if finding.estimate is not None else 0.0
    return abs(finding.section_km - stop.place.section_km) <= half + ABSORBED_KM


def _finding(stops: Sequence[ControlStop], register: Register) -> Finding:
    counts = counts_of(stops, len(stops)) | {"doubles": sum(c.reports - 1 for stop in stops for c in stop.controls)}
    grounds = grounds_of("control_reported", counts)
    if not counts["at_halts"]:
        grounds.append(Ground("told_without_positions", {"reports": counts["reports"]}))
    middle = stops[len(stops) // 2]
    place, national = middle.place, statuses_of(register, middle)[0]
    is_listed_road = national.status == "unlisted"
    grounds.append(Ground("outside_register", {"act": national.act}) if is_listed_road else Ground("no_register", {}))
    agencies = Counter(c.agency for stop in stops for c in stop.controls if not c.doubts and c.agency != "unknown")
    same = [s.place.km for s in stops if s.place.km is not None and s.place.corridor_id == place.corridor_id]
    return Finding(
        kind="unlisted_checkpoint" if is_listed_road else "en_route_control",
        severity="medium" if counts["operators"] >= GRAVER else "low", confidence=confidence_of(grounds, SUREST),
        started_at=min(stop.started_at for stop in stops), ended_at=max(stop.ended_at for stop in stops),
        corridor_id=place.corridor_id, km=place.km, from_km=min(same, default=None), to_km=max(same, default=None),
        section_id=place.section_id, section_km=place.section_km, latitude=place.latitude, longitude=place.longitude,
        country=place.country, agency=agencies.most_common(1)[0][0] if agencies else None, counts=counts,
        grounds=tuple(grounds),
        evidence=tuple(
            Evidence("control", str(seq), stop.vehicle_id, stop.operator_id, control.observed_at, None, seq, seq)
            for stop in stops
            for control in stop.controls
            for seq in control.seqs
        ),
    )  # fmt: skip
