"""Flags of reported harassment: by stretch of ten kilometres and by day, so that no dot ever lies on a reporter.

Reports told twice are joined, not dropped. Violence, sexual harassment and detention make findings of their own, which are
the protection officer's (`is_protected`): a report that tells of one of them is kept out of the others' findings whole.
Cases with children are told apart only where a reporter's kind says so; the lists of the contract have none.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, select

from checkpoints.alerts import without_alerts
from checkpoints.checks import Check, check_of
from checkpoints.control_stop_reading import way_of
from checkpoints.findings import Evidence, Finding, Ground, Severity
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from checkpoints.stop_places import Place, place_of
from checkpoints.thresholds import DEFAULT, Thresholds
from tracker.geography import Geography, load_geography
from tracker.security import load_restrictions

PROTECTED = frozenset({"detention", "physical_violence", "sexual_harassment"})
BAND_KM = 10.0
DOUBLED = timedelta(minutes=30)  # two of the crew tell of the same thing within it
# Log odds that there is something to look at: one report by itself is more likely than not to lead nowhere; others who
# tell the same, above all of other companies, weigh more than a second report of the same crew. Assumptions.
ALONE, ANOTHER_REPORT, ANOTHER_COACH, ANOTHER_OPERATOR, AT_A_HALT = -0.8, 0.3, 0.8, 0.7, 0.4
SUREST = 0.95


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened, by all who told of it. `kind`: `control` or `incident`."""

    kind: str
    checks: tuple[Check, ...]
    place: Place | None
    corridor_id: str | None
    is_at_halt: bool

    @property
    def kinds(self) -> frozenset[str]:
        """What was told of it, as codes."""
        return frozenset(code for check in self.checks for code in check.harassment)

    @property
    def is_protected(self) -> bool:
        """Say whether only the protection officer may see it."""
        return bool(self.kinds & PROTECTED)


Cell = tuple[str | None, int | None, bool]


class HarassmentFlags:
    """Finds where harassment was reported in the last weeks."""

    name = "harassment"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Ask for as many reports as the thresholds say; of protected kinds one is always enough."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return a finding for each stretch, and apart one for its protected reports."""
        geography = load_geography(session, as_of.date())
        cells: dict[Cell, list[Told]] = defaultdict(list)
        for told in self._told(session, as_of, geography, self._thresholds.reports_window):
            band = None
            if told.place is not None and told.place.km is not None:
                band = math.floor(told.place.km / BAND_KM)
            cells[told.corridor_id, band, told.is_protected].append(told)
        order = sorted(cells, key=lambda c: (c[0] or "", -1 if c[1] is None else c[1], c[2]))
        least = self._thresholds.harassment_least_reports
        enough = [cell for cell in order if cell[2] or len(cells[cell]) >= least]
        return [_finding(cell, cells[cell], geography) for cell in enough]

    @staticmethod
    def _told(session: Session, as_of: datetime, geography: Geography, window: timedelta) -> list[Told]:
        single: list[tuple[str, Check, Place | None, str | None, bool]] = []
        restrictions = load_restrictions(session, geography, as_of)
        tables: tuple[Any, ...] = (ReportedControl, ReportedIncident)
        for table in tables:
            query = select(table).where(
                col(table.observed_at) > as_of - window,
                col(table.observed_at) <= as_of,
            )
            for row in without_alerts(session.exec(query.order_by(col(table.seq))), restrictions):
                if not row.harassment and getattr(row, "incident_type", None) != "harassment":
                    continue
                check = check_of(row)
                way = way_of(session, check.vehicle_id, check.observed_at, check.until)
                known, trip = place_of(check, way, geography), way.trip_at(check.observed_at)
                place = known[0] if known else None
                corridor_id = place.corridor_id if place else trip.corridor_id if trip else None
                kind = "control" if table is ReportedControl else "incident"
                single.append((kind, check, place, corridor_id, known is not None and known[1] is not None))
        return joined(single)


def joined(single: Iterable[tuple[str, Check, Place | None, str | None, bool]]) -> list[Told]:
    """Join what the same coach told within half an hour and of the same agency, as a control and as an incident alike."""
    groups: list[list[tuple[str, Check, Place | None, str | None, bool]]] = []
    for one in sorted(single, key=lambda row: (row[1].vehicle_id, row[1].observed_at, row[1].seq)):
        check = one[1]
        same = next((g for g in reversed(groups[-4:]) if _is_same(g[-1][1], check)), None)
        if same is None:
            groups.append([one])
        else:
            same.append(one)
    told = []
    for group in groups:
        placed = min(group, key=lambda row: (row[2] is None, row[2] is not None and row[2].basis != "halt", row[1].seq))
        kind = "control" if any(row[0] == "control" for row in group) else "incident"
        checks = tuple(row[1] for row in group)
        told.append(Told(kind, checks, placed[2], placed[3], any(row[4] for row in group)))
    return told


def _is_same(one: Check, other: Check) -> bool:
    agencies = {one.agency, other.agency}
    same_agency = len(agencies) == 1 or "unknown" in agencies
    return one.vehicle_id == other.vehicle_id and same_agency and other.observed_at - one.observed_at <= DOUBLED


def is_protected(finding: Finding) -> bool:
    """Say whether a finding is the protection officer's alone."""
    return any(ground.code == "protected_kinds" for ground in finding.grounds)


def _finding(cell: Cell, found: Sequence[Told], geography: Geography) -> Finding:
    corridor_id, band, protected = cell
    checks = [check for told in found for check in told.checks]
    counts = {
        "reports": len(found),
        "doubles": len(checks) - len(found),
        "coaches": len({check.vehicle_id for check in checks}),
        "operators": len({check.operator_id for check in checks}),
        "at_halts": sum(told.is_at_halt for told in found),
    }
    grounds = [
        Ground("harassment_reported", {"reports": counts["reports"]}, ALONE),
        Ground("told_by_others", {"coaches": counts["coaches"], "operators": counts["operators"]}, _others(counts)),
    ]
    if counts["at_halts"]:
        grounds.append(Ground("reported_at_halt", {"reports": counts["at_halts"]}, AT_A_HALT))
    if protected:
        grounds.append(Ground("protected_kinds"))
    kinds = Counter(code for told in found for code in told.kinds)
    grounds += [Ground("harassment_kind", {"kind": code, "reports": n}) for code, n in sorted(kinds.items())]
    weight = sum(ground.weight or 0.0 for ground in grounds)
    days = [check.observed_at.astimezone(UTC).date() for check in checks]
    agencies = {check.agency for check in checks}
    return Finding(
        kind="harassment", severity=_severity(protected, counts), confidence=min(SUREST, 1 / (1 + math.exp(-weight))),
        started_at=datetime.combine(min(days), time(), UTC),
        ended_at=datetime.combine(max(days) + timedelta(days=1), time(), UTC),
        agency=next(iter(agencies)) if len(agencies) == 1 else None, counts=counts, grounds=tuple(grounds),
        evidence=tuple(_evidence(told.kind, check) for told in found for check in told.checks),
        **_band(corridor_id, band, geography),
    )  # fmt: skip


def _others(counts: dict[str, int]) -> float:
    return (
        ANOTHER_REPORT * math.log2(counts["reports"])
        + ANOTHER_COACH * math.log2(counts["coaches"])
        + ANOTHER_OPERATOR * math.log2(counts["operators"])
    )


def _severity(protected: bool, counts: dict[str, int]) -> Severity:
    if protected:
        return "high"
    return "medium" if counts["coaches"] > 1 else "low"


def _evidence(kind: str, check: Check) -> Evidence:
    return Evidence(
        kind, str(check.seq), check.vehicle_id, check.operator_id, check.observed_at, check.ended_at, check.seq, check.seq
    )  # fmt: skip


def _band(corridor_id: str | None, band: int | None, geography: Geography) -> dict[str, Any]:
    """Return the place of a stretch: its middle, which is nobody's place."""
    corridor = geography.find_corridor(corridor_id) if corridor_id else None
    if corridor is None or band is None:
        return {"corridor_id": corridor_id}
    low, high = band * BAND_KM, min((band + 1) * BAND_KM, corridor.length_km)
    middle = (low + high) / 2
    latitude, longitude = corridor.point_at(middle)
    return {
        "corridor_id": corridor_id, "km": middle, "from_km": low, "to_km": high, "latitude": latitude,
        "longitude": longitude, "country": corridor.country_at(middle),
    }  # fmt: skip
