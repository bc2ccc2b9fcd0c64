"""A fortnight of invented journeys on the Abidjan-Lagos road, for pages and API."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlmodel import Session

from tests.dashboard.journey_world import Journey, a_company, a_sheet, hour_of, log, tell
from tests.dashboard.map_world import COMPANIES, a_control
from tracker.fact_tables import RefusedFixRow
from tracker.geography import Geography


def populate_journeys(
    session: Session, geography: Geography, now: datetime, days: int = 14, seed_number: int = 5
) -> None:
    """Fill a fortnight: four companies both ways, a barrier near km 310, borders slow by day, one coach under way each."""
    chance = random.Random(seed_number)
    corridor = geography.get_corridor("ABJ-LOS")
    borders = [m.km for m in corridor.borders]
    for operator_id, name in COMPANIES.items():
        a_company(session, operator_id, now, [f"{operator_id}-{n}" for n in range(1, 7)], name)
    names = list(COMPANIES)
    start = now - timedelta(days=days)
    seq = 10_000
    for number in range(days * 5):
        operator_id = names[number % 4]
        vehicle_id = f"{operator_id}-{1 + (number // 4) % 6}"
        begin = start + timedelta(hours=number * 24 / 5 + chance.uniform(0, 2))
        is_up = number % 2 == 0
        ends = (corridor.line.start_km, corridor.line.end_km)
        goal = chance.choice([1.0, 1.0, 0.55])
        ends = (
            (ends[0], ends[0] + goal * (ends[1] - ends[0]))
            if is_up
            else (ends[1], ends[1] - goal * (ends[1] - ends[0]))
        )
        stands = [(km, chance.lognormvariate(3.9, 0.45)) for km in borders if min(ends) < km < max(ends)]
        stands += [(310.0 + chance.uniform(-0.4, 0.4), chance.uniform(3, 14))] if min(ends) < 310 < max(ends) else []
        stands += [(chance.uniform(min(ends), max(ends)), chance.uniform(4, 40)) for _ in range(5)]
        gap = chance.uniform(120, 700)
        silence = (gap, gap + 45) if is_up else (gap + 45, gap)
        inside = min(ends) < min(silence) and max(silence) < max(ends) and chance.random() < 0.4
        trip_id = f"T-{number}" if chance.random() < 0.7 else f"seen-{vehicle_id}-{int(begin.timestamp())}"
        drive = Journey(
            geography, "ABJ-LOS", trip_id, begin, *ends, stands, chance.uniform(48, 62), trip_id.startswith("T"),
            silence if inside else None, chance.random() < 0.15,
        )  # fmt: skip
        tell(session, operator_id, vehicle_id, drive.facts(now))
        if drive.declared:
            a_sheet(session, operator_id, trip_id, vehicle_id, begin, last_seq=seq, first_seq=seq - 3)
        for km, minutes in stands:
            since = drive.at(km, after=False)
            seq += 10
            if km in borders and since + timedelta(minutes=minutes) < now and chance.random() < 0.8:
                stone = next(m for m in corridor.borders if m.km == km)
                for post, way in (
                    (stone.exit_place, "exit" if is_up else "entry"),
                    (stone.entry_place, "entry" if is_up else "exit"),
                ):
                    for agency in ("immigration", "customs"):
                        dwell = timedelta(minutes=minutes * chance.uniform(0.2, 0.45))
                        log(session, seq := seq + 1, post, way, agency, since, dwell, vehicle_id)
        if chance.random() < 0.4 and stands:
            km, minutes = chance.choice(stands)
            if drive.at(km, after=False) < now:
                at = drive.at(km, after=False) + timedelta(minutes=1)
                a_control(session, seq := seq + 1, operator_id, corridor.point_at(km), at, vehicle_id=vehicle_id)
        if begin < now < drive.at(ends[1]):
            drive.now(session, operator_id, vehicle_id, now)
    for reason, count in (("spike", 14), ("clock_ahead", 2)):
        session.merge(
            RefusedFixRow(vehicle_id="sti-1", hour=hour_of(now) - 30, reason=reason, operator_id="sti", count=count)
        )
