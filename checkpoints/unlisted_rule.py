"""The rule of unlisted checkpoints: reads the last weeks' facts of every section, and looks (`checkpoints/unlisted.py`).

What crews told of places at which the scan finds nothing is added to it (`checkpoints/told_controls.py`).

A section is looked at anew only when what the rules are given of it has changed: its facts, reports at their time, its road, the
register. What they are given has a digest, and the same gives the same findings, so that a replay, or another process, which
remembers nothing, finds the same. Of what a coach did elsewhere only that is given which touches its time on the section.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlmodel import Session, col, select

from checkpoints.alerts import NO_CHECKPOINT, is_alert
from checkpoints.control_stop_reading import read_stops
from checkpoints.explanations import STATION_S, Told
from checkpoints.findings import Finding
from checkpoints.register import load_register
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from checkpoints.thresholds import DEFAULT, Thresholds
from checkpoints.told_controls import find_told
from checkpoints.unlisted import Looked, look_at
from tracker.fact_rows import TABLES, Sighting, read_facts
from tracker.facts import Fact, Gap, Halt, SectionPace, SectionPass, TripRun
from tracker.geography import Geography, load_geography
from tracker.restrictions import Restrictions
from tracker.sections import Section
from tracker.security import load_restrictions

ALERT_S = 600.0  # a crew notes the minutes of a stop after the fact: an assumption
NEAR_S = STATION_S  # nothing that explains or tells of a halt lies farther from it in time


class UnlistedCheckpoints:
    """Finds places where coaches are stopped by someone whom no register names."""

    name = "unlisted_checkpoints"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Look as far back as the thresholds say."""
        self._thresholds = thresholds
        self._known: dict[str, tuple[bytes, Looked]] = {}  # by section: the digest of what was looked at, and the look
        self.looked = 0  # how often a section was looked at
        # What the last look did not use: halts and passages (`reason@section`), reports (`reason`).
        self.left_out: Mapping[str, int] = {}

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return the findings of every section, over the last `unlisted_window_days`."""
        thresholds = self._thresholds
        geography, register = load_geography(session, as_of.date()), load_register(session)
        since = as_of - timedelta(days=thresholds.unlisted_window_days)
        by_section, elsewhere = _read(session, since)
        told: dict[str, list[Told]] = defaultdict(list)
        reports, alerts = _told(session, since, load_restrictions(session, geography, as_of))
        for one in reports:
            told[one.vehicle_id].append(one)
        found: list[Finding] = []
        left_out: Counter[str] = Counter()
        if alerts:
            for name, own in by_section.items():
                by_section[name] = _without_alerts(own, alerts)
                left_out[f"{NO_CHECKPOINT}@{name}"] = len(own) - len(by_section[name])
        shared = repr((register.points, register.acts, sorted(geography.hubs)))
        for section_id in sorted(by_section):
            section, own = geography.sections.get(section_id), by_section[section_id]
            passes = sum(isinstance(sighting.fact, SectionPass) for _, sighting in own)
            if section is None or passes < thresholds.unlisted_least_passes:
                continue
            spans = _spans(own)
            seen = own + [
                one for coach in sorted(spans) for one in elsewhere[coach] if spans[coach].touches(*_times(one[1].fact))
            ]
            said = [one for coach in sorted(spans) for one in told[coach] if spans[coach].touches(one.at_s, one.at_s)]
            said.sort(key=lambda one: one.seq)
            digest = _digest(section, geography, shared, seen, said)
            known = self._known.get(section_id)
            if known is None or known[0] != digest:
                self.looked += 1
                sightings = [sighting for _, sighting in seen]
                looked = look_at(section, geography.corridors, geography.hubs, register, sightings, said, thresholds)
                known = self._known[section_id] = digest, looked
            found += known[1].findings
            left_out.update({f"{reason}@{section_id}": n for reason, n in known[1].left_out.items()})
        stops = read_stops(session, as_of - thresholds.reports_window, as_of, geography=geography, register=register)
        left_out.update(stops.left_out)
        self.left_out = dict(sorted((+left_out).items()))
        return found + find_told(stops.stops, register, found)


Row = tuple[str, Sighting]  # a fact with its id


def _read(session: Session, since: datetime) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """Return the settled facts of each section, and by coach those that belong to none: silences and trips."""
    by_section: dict[str, list[Row]] = defaultdict(list)
    elsewhere: dict[str, list[Row]] = defaultdict(list)
    for kind in (SectionPass, SectionPace, Halt, Gap, TripRun):
        table = TABLES[kind].__table__  # type: ignore[attr-defined]
        settled = (table.c.settled_hour.is_not(None), table.c.started_at >= since)
        for rows in read_facts(session, kind, *settled, is_long=True):
            for own_id, _, sighting in rows:
                fact = sighting.fact
                if not isinstance(fact, (SectionPass, SectionPace, Halt)):
                    elsewhere[sighting.vehicle_id].append((own_id, sighting))
                elif fact.section_id is not None:
                    by_section[fact.section_id].append((own_id, sighting))
    return by_section, elsewhere


class _Spans:
    """Stretches of time, widened by `NEAR_S`, those that overlap put together."""

    def __init__(self, times: Iterable[tuple[float, float]]) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        for start, end in sorted(times):
            if self._ends and start - NEAR_S <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end + NEAR_S)
            else:
                self._starts.append(start - NEAR_S)
                self._ends.append(end + NEAR_S)

    def touches(self, start: float, end: float) -> bool:
        """Say whether something lies in one of them, in part at least."""
        at = bisect_right(self._starts, end) - 1
        return at >= 0 and self._ends[at] >= start


def _spans(rows: Iterable[Row]) -> dict[str, _Spans]:
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for _, sighting in rows:
        times[sighting.vehicle_id].append(_times(sighting.fact))
    return {coach: _Spans(own) for coach, own in times.items()}


def _times(fact: Fact) -> tuple[float, float]:
    start = fact.started_at.timestamp()
    return start, fact.ended_at.timestamp() if fact.ended_at is not None else start


def _digest(section: Section, geography: Geography, shared: str, seen: Iterable[Row], told: Iterable[Told]) -> bytes:
    digest = blake2b(shared.encode(), digest_size=16)
    for array in (section.line.latitudes, section.line.longitudes, section.line.kilometres):
        digest.update(array.tobytes())
    ways = [
        (name, passage.from_km, passage.to_km, passage.is_reversed)
        for name in section.corridors
        if (passage := geography.corridors[name].find_passage(section.id)) is not None
    ]
    rows = sorted((own_id, one.operator_id, one.fact.first_seq, one.fact.last_seq) for own_id, one in seen)
    digest.update(repr((section.country, section.defined_by, ways, rows, list(told))).encode())
    return digest.digest()


def _told(session: Session, since: datetime, restrictions: Restrictions) -> tuple[list[Told], list[Told]]:
    """Return what crews reported, and apart from it what is a safety alert and no checkpoint (`alerts`)."""
    controls = session.exec(select(ReportedControl).where(col(ReportedControl.observed_at) >= since))
    incidents = session.exec(select(ReportedIncident).where(col(ReportedIncident.observed_at) >= since))
    rows: list[ReportedControl | ReportedIncident] = sorted([*controls, *incidents], key=lambda row: row.seq)
    told, alerts = list[Told](), list[Told]()
    for row in rows:
        kind = "control" if isinstance(row, ReportedControl) else row.incident_type
        (alerts if is_alert(row, restrictions) else told).append(_as_told(row, kind))
    return told, alerts


def _without_alerts(rows: Iterable[Row], alerts: Iterable[Told]) -> list[Row]:
    """Leave out the halts during which a crew told of a safety alert: where an armed group stood there is no checkpoint."""
    at: dict[str, list[float]] = defaultdict(list)
    for one in alerts:
        at[one.vehicle_id].append(one.at_s)
    kept = []
    for own_id, sighting in rows:
        start, end = _times(sighting.fact)
        if not isinstance(sighting.fact, Halt) or not any(
            start - ALERT_S <= moment <= end + ALERT_S for moment in at[sighting.vehicle_id]
        ):
            kept.append((own_id, sighting))
    return kept


def _as_told(row: ReportedControl | ReportedIncident, kind: str) -> Told:
    at_s = row.observed_at.timestamp()
    return Told(row.seq, row.vehicle_id, row.operator_id, kind, at_s, row.agency, row.latitude, row.longitude)
