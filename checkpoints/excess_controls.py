"""Flags of corridors on whose trips more stops for control were met than a norm allows, by corridor and week.

By the week and not by the trip: one trip's crew may tell everything and the next nothing. Reported stops are a lower
bound, so an excess is never smaller than what is shown. The norm is named in the finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from sqlmodel import Session, col, select

from checkpoints.baselines import Baseline, Judgement, TripCounts, counted, judge
from checkpoints.control_stop_reading import read_stops
from checkpoints.control_stops import ControlStop
from checkpoints.findings import Evidence, Finding, Ground, Severity
from checkpoints.thresholds import DEFAULT, Thresholds
from tracker.fact_tables import BorderCrossingRow, TripRunRow
from tracker.geography import Geography, load_geography

LEAST_CELL = (5, 3, 2)  # trips, coaches, operators: `care.md`, section 1
COVERED_SHARE = 0.9  # of a trip's time positions must have been heard: a denominator of trips that were really seen
DRAWS = 1000  # of the bootstrap over coaches


@dataclass(frozen=True, slots=True)
class DrivenTrip:
    """A finished trip that positions cover, and its stops."""

    run: TripRunRow
    countries: tuple[str, ...]
    stops: tuple[ControlStop, ...]


class ExcessControls:
    """Finds corridors and weeks with more stops for control than `baseline` allows."""

    def __init__(self, baseline: Baseline, thresholds: Thresholds = DEFAULT) -> None:
        """Judge by one norm; every finding names it. Older weeks than are looked at keep the flag they got."""
        self.baseline, self._thresholds = baseline, thresholds
        self.name = f"excess_controls_{baseline}"

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return a finding for each corridor and ISO week (UTC) that has ended."""
        monday = as_of.astimezone(UTC).date() - timedelta(days=as_of.astimezone(UTC).weekday())
        until = datetime.combine(monday, time(), UTC)
        geography = load_geography(session, as_of.date())
        trips = read_trips(session, until - timedelta(weeks=self._thresholds.excess_weeks), until, geography)
        return find_excess(trips, self.baseline, self._thresholds)


def read_trips(session: Session, since: datetime, until: datetime, geography: Geography) -> list[DrivenTrip]:
    """Return the finished trips that began in [`since`, `until`) and that positions cover, with their stops."""
    runs = session.exec(
        select(TripRunRow)
        .where(col(TripRunRow.started_at) >= since, col(TripRunRow.started_at) < until)
        .where(col(TripRunRow.ending).in_(("arrived", "declared")))
        .order_by(col(TripRunRow.started_at), col(TripRunRow.fact_id))
    )
    reach = timedelta(days=3)
    crossings: dict[str, list[BorderCrossingRow]] = defaultdict(list)
    for crossing in session.exec(
        select(BorderCrossingRow)
        .where(col(BorderCrossingRow.started_at) >= since, col(BorderCrossingRow.started_at) < until + reach)
        .where(col(BorderCrossingRow.state) == "crossed")
        .order_by(col(BorderCrossingRow.started_at), col(BorderCrossingRow.fact_id))
    ):
        crossings[crossing.vehicle_id].append(crossing)
    stops: dict[str, list[ControlStop]] = defaultdict(list)
    for stop in read_stops(session, since - timedelta(hours=3), until + reach, geography=geography).stops:
        stops[stop.vehicle_id].append(stop)
    trips = []
    for run in runs:
        if run.ended_at is None or not _is_covered(run):
            continue
        begin, end = run.started_at - timedelta(hours=2), run.ended_at  # the grouped control comes before the start
        own = tuple(s for s in stops[run.vehicle_id] if begin <= s.started_at <= end)
        passed = [c for c in crossings[run.vehicle_id] if run.started_at <= c.started_at <= end]
        trips.append(DrivenTrip(run, countries_of(run, passed, geography), own))
    return trips


def _is_covered(run: TripRunRow) -> bool:
    length_s = (run.ended_at - run.started_at).total_seconds() if run.ended_at else 0.0
    return length_s > 0 and run.silent_s <= (1 - COVERED_SHARE) * length_s


def countries_of(run: TripRunRow, crossings: Iterable[BorderCrossingRow], geography: Geography) -> tuple[str, ...]:
    """Return the country of departure and each that was entered at a declared border post, in order."""
    corridor = geography.find_corridor(run.corridor_id)
    start = corridor.country_at(run.start_km) if corridor and corridor.passages else None
    entered = [post.country for c in crossings if (post := geography.find_post(c.entry_post))]
    return (start or "", *entered)


def find_excess(trips: Iterable[DrivenTrip], baseline: Baseline, thresholds: Thresholds = DEFAULT) -> list[Finding]:
    """Return a finding for each corridor and week whose mean excess over the norm is large and sure enough.

    Sure: by a bootstrap over coaches, since a crew that tells everything does so on every trip. The same trips give the
    same draws.
    """
    cells: dict[tuple[str, date], list[tuple[DrivenTrip, Judgement]]] = defaultdict(list)
    for trip in trips:
        on = trip.run.started_at.astimezone(UTC).date()
        judged = judge(baseline, TripCounts(on, trip.countries, counted(trip.stops)))
        if judged is not None:
            cells[trip.run.corridor_id, on - timedelta(days=on.weekday())].append((trip, judged))
    findings = []
    for (corridor_id, monday), own in sorted(cells.items(), key=lambda item: item[0]):
        runs = [trip.run for trip, _ in own]
        size = (len(runs), len({r.vehicle_id for r in runs}), len({r.operator_id for r in runs}))
        if any(have < least for have, least in zip(size, LEAST_CELL, strict=True)):
            continue
        mean = sum(judged.excess for _, judged in own) / len(own)
        share = sureness([(trip.run.vehicle_id, judged.excess) for trip, judged in own])
        if mean >= thresholds.excess_tolerance and share >= thresholds.excess_sureness:
            severity: Severity = "medium" if mean >= thresholds.excess_grave else "low"
            findings.append(_finding(corridor_id, monday, own, size, baseline, mean, share, severity))
    return findings


def sureness(excess: Sequence[tuple[str, int]], least: float = 0.0) -> float:
    """Return the share of bootstrap draws of coaches whose mean excess per trip lies above `least` (source: Efron, 1979)."""
    coaches = sorted({vehicle_id for vehicle_id, _ in excess})
    number = {vehicle_id: n for n, vehicle_id in enumerate(coaches)}
    sums, trips = np.zeros(len(coaches)), np.zeros(len(coaches))
    for vehicle_id, over in excess:
        sums[number[vehicle_id]] += over
        trips[number[vehicle_id]] += 1
    drawn = np.random.default_rng(0).integers(0, len(coaches), (DRAWS, len(coaches)))
    return float(np.mean(sums[drawn].sum(axis=1) / trips[drawn].sum(axis=1) > least))


def _finding(
    corridor_id: str,
    monday: date,
    own: Sequence[tuple[DrivenTrip, Judgement]],
    size: tuple[int, int, int],
    baseline: Baseline,
    mean: float,
    share: float,
    severity: Severity,
) -> Finding:
    begin = datetime.combine(monday, time(), UTC)
    stops = [stop for trip, _ in own for stop in trip.stops if stop.formality != "exit"]
    values = {
        "baseline": baseline,
        "stops_per_trip": round(sum(j.stops for _, j in own) / len(own), 2),
        "allowed_per_trip": round(sum(j.allowed for _, j in own) / len(own), 2),
        "excess_per_trip": round(mean, 2),
    }
    return Finding(
        kind="excess_controls", severity=severity, confidence=min(0.99, share),
        started_at=begin, ended_at=begin + timedelta(weeks=1), corridor_id=corridor_id,
        counts={"trips": size[0], "coaches": size[1], "operators": size[2], "stops": len(stops)},
        grounds=(Ground("stops_above_norm", values), Ground("reported_is_lower_bound")),
        evidence=tuple(
            Evidence("trip", t.run.trip_id, t.run.vehicle_id, t.run.operator_id, t.run.started_at, t.run.ended_at,
                     t.run.first_seq, t.run.last_seq)
            for t, _ in own
        ),
    )  # fmt: skip
