"""Flags of devices that may not tell the truth about their coach: standing for a week, a clock far off, fixes refused.

What is claimed is that the device should be looked at: a coach may really stand in a workshop for a week.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from checkpoints.findings import Evidence, Finding, Ground
from checkpoints.thresholds import DEFAULT, Thresholds
from tracker.fact_tables import CoachNow, HaltRow, RefusedFixRow, TripRunRow
from tracker.tracks import VehicleTrack

STILL_HEARD = timedelta(days=1)
CLOCK_CODES = frozenset({"clock_ahead", "clock_stale"})
CONFIDENCE = {"stands_still": 0.4, "clock_off": 0.9, "fixes_refused": 0.8}  # assumptions, to be calibrated by decisions


class DeviceSuspects:
    """Finds devices that stand, whose clock is off, or most of whose fixes cannot be believed."""

    name = "device_suspects"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Suspect what goes beyond the thresholds."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return the findings, by coach."""
        found = [*_standing(session, as_of, self._thresholds), *_refused(session, as_of, self._thresholds)]
        return sorted(found, key=lambda f: (f.vehicle_id or "", f.grounds[0].code))


def _standing(session: Session, as_of: datetime, thresholds: Thresholds) -> list[Finding]:
    stands_for = timedelta(days=thresholds.device_stands_days)
    driving: dict[str, set[str]] = defaultdict(set)
    for run in session.exec(
        select(TripRunRow).where(col(TripRunRow.started_at) >= as_of - stands_for, col(TripRunRow.started_at) <= as_of)
    ):
        driving[run.operator_id].add(run.vehicle_id)
    halts = {
        halt.vehicle_id: halt
        for halt in session.exec(
            select(HaltRow)
            .where(col(HaltRow.ended_at).is_(None), col(HaltRow.started_at) <= as_of - stands_for)
            .order_by(col(HaltRow.started_at), col(HaltRow.fact_id))
        )
    }
    found = []
    for coach in session.exec(select(CoachNow).order_by(col(CoachNow.vehicle_id))):
        halt = halts.get(coach.vehicle_id)
        others = driving[coach.operator_id] - {coach.vehicle_id}
        if halt is None or coach.observed_at < as_of - STILL_HEARD or len(others) < thresholds.device_stands_others:
            continue
        days = (coach.observed_at - halt.started_at).days
        if days >= stands_for.days:
            ground = Ground("stands_still", {"days": days, "others": len(others)})
            evidence = Evidence(
                "halt", halt.fact_id, halt.vehicle_id, halt.operator_id, halt.started_at, None, halt.first_seq, halt.last_seq
            )  # fmt: skip
            found.append(
                Finding(
                    kind="device_suspect", severity="low", confidence=CONFIDENCE["stands_still"],
                    started_at=halt.started_at, ended_at=coach.observed_at, corridor_id=halt.corridor_id, km=halt.km,
                    section_id=halt.section_id, latitude=halt.latitude, longitude=halt.longitude, country=halt.country,
                    vehicle_id=coach.vehicle_id, operator_id=coach.operator_id,
                    counts={"days": days, "others": len(others)}, grounds=(ground,), evidence=(evidence,),
                )
            )  # fmt: skip
    return found


def _refused(session: Session, as_of: datetime, thresholds: Thresholds) -> list[Finding]:
    window = timedelta(days=thresholds.device_window_days)
    first, last = int((as_of - window).timestamp() // 3600), int(as_of.timestamp() // 3600)
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    operators: dict[str, str] = {}
    for row in session.exec(
        select(RefusedFixRow).where(col(RefusedFixRow.hour) >= first, col(RefusedFixRow.hour) <= last)
    ):
        codes[row.vehicle_id][row.reason] += row.count
        operators[row.vehicle_id] = row.operator_id
    found = []
    for vehicle_id in sorted(codes):
        own = codes[vehicle_id]
        refused = sum(own.values())
        stored = session.exec(
            select(func.sum(VehicleTrack.count)).where(
                col(VehicleTrack.vehicle_id) == vehicle_id,
                col(VehicleTrack.hour) >= first,
                col(VehicleTrack.hour) <= last,
            )
        ).one()
        fixes = max(int(stored or 0), refused)  # a track keeps refused fixes too, by the hour they claim to be of
        if fixes < thresholds.device_least_fixes:
            continue
        wrong_clock = sum(own[code] for code in CLOCK_CODES)
        for code, count, least in (
            ("clock_off", wrong_clock, thresholds.device_clock_share),
            ("fixes_refused", refused - wrong_clock, thresholds.device_refused_share),
        ):
            if count >= least * fixes:
                values = {"refused": count, "fixes": fixes, "share": round(count / fixes, 3)}
                most = own.most_common(1)[0][0]
                found.append(
                    Finding(
                        kind="device_suspect", severity="medium", confidence=CONFIDENCE[code], started_at=as_of - window,
                        ended_at=as_of, vehicle_id=vehicle_id, operator_id=operators[vehicle_id],
                        counts={"fixes": fixes, "refused": count}, grounds=(Ground(code, values), Ground(most)),
                    )
                )  # fmt: skip
    return found
