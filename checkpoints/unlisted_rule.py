"""The rule of unlisted checkpoints: reads the last weeks' facts of every section, and looks (`checkpoints/unlisted.py`)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from checkpoints.agencies import ARMED_GROUP
from checkpoints.explanations import Told
from checkpoints.findings import Finding
from checkpoints.register import load_register
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from checkpoints.thresholds import DEFAULT, Thresholds
from checkpoints.unlisted import look_at
from tracker.fact_rows import TABLES, Sighting, read_facts
from tracker.facts import Gap, Halt, SectionPace, SectionPass, TripRun
from tracker.geography import load_geography


class UnlistedCheckpoints:
    """Finds places where coaches are stopped by someone whom no register names."""

    name = "unlisted_checkpoints"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Look as far back as the thresholds say."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return the findings of every section, over the last `unlisted_window_days`."""
        thresholds = self._thresholds
        geography, register = load_geography(session, as_of.date()), load_register(session)
        since = as_of - timedelta(days=thresholds.unlisted_window_days)
        by_section: dict[str, list[Sighting]] = defaultdict(list)
        passes: dict[str, int] = defaultdict(int)
        shared: dict[str, list[Sighting]] = defaultdict(list)  # by coach: silences and trips have no section
        for kind in (SectionPass, SectionPace, Halt, Gap, TripRun):
            table = TABLES[kind].__table__  # type: ignore[attr-defined]
            settled = (table.c.settled_hour.is_not(None), table.c.started_at >= since)
            for rows in read_facts(session, kind, *settled, is_long=True):
                for _, _, sighting in rows:
                    fact = sighting.fact
                    if isinstance(fact, (SectionPass, SectionPace, Halt)):
                        if fact.section_id is not None:
                            by_section[fact.section_id].append(sighting)
                            passes[fact.section_id] += isinstance(fact, SectionPass)
                    else:
                        shared[sighting.vehicle_id].append(sighting)
        told = _told(session, since)
        found: list[Finding] = []
        for section_id in sorted(by_section):
            section = geography.sections.get(section_id)
            if section is None or passes[section_id] < thresholds.unlisted_least_passes:
                continue
            coaches = {sighting.vehicle_id for sighting in by_section[section_id]}
            seen = by_section[section_id] + [one for coach in sorted(coaches) for one in shared[coach]]
            own = [one for one in told if one.vehicle_id in coaches]
            looked = look_at(section, geography.corridors, geography.hubs, register, seen, own, thresholds)
            found += looked.findings
        return found


def _told(session: Session, since: datetime) -> list[Told]:
    """Return what crews reported. A stop by an armed group is no checkpoint (`care.md`, section 1)."""
    controls = session.exec(select(ReportedControl).where(col(ReportedControl.observed_at) >= since))
    incidents = session.exec(select(ReportedIncident).where(col(ReportedIncident.observed_at) >= since))
    told = [_as_told(row, "control") for row in controls if row.agency != ARMED_GROUP]
    told += [_as_told(row, row.incident_type) for row in incidents if row.agency != ARMED_GROUP]
    return sorted(told, key=lambda one: one.seq)


def _as_told(row: ReportedControl | ReportedIncident, kind: str) -> Told:
    at_s = row.observed_at.timestamp()
    return Told(row.seq, row.vehicle_id, row.operator_id, kind, at_s, row.agency, row.latitude, row.longitude)
