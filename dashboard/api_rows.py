"""Rows of the reading API: what a program gets of a reading, a fact or a sheet. Pure; null is *not known*, never zero."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from checkpoints.logged_crossings import LoggedCrossing
from checkpoints.reconciliation import ReconciledCrossing
from dashboard.account_view import AccountView
from dashboard.next_border import NextBorder
from dashboard.strips import CoachLine
from dashboard.timelines import Account, Entry, Timeline
from dashboard.trip_lists import TripLine
from operators.trip_sheets import TripSheet
from tracker.dwell_readings import DwellReading
from tracker.section_hours import FlowReading
from tracker.sightings import BorderCrossingRow, HaltRow, TripRunRow

OURS = {"settled_hour", "settled_at", "fact_id"}  # how we keep it, not what it says


def flow_json(reading: FlowReading, corridor_direction: str | None) -> dict[str, Any]:
    """Return a reading of flow; `corridor_direction` is `up` away from the corridor's origin."""
    return {
        "section_id": reading.section_id,
        "direction": reading.direction,
        "corridor_direction": corridor_direction,
        "start": reading.start,
        "end": reading.end,
        "trips": reading.trips,
        "late_share": round(reading.late_trips / reading.trips, 4) if reading.trips else None,
        "median_kmh": round(reading.median_kmh, 2),
        "p95_kmh": round(reading.p95_kmh, 2),
        "free_kmh": None if reading.free_kmh is None else round(reading.free_kmh, 2),
        "free_basis": reading.free_basis,
        "delay_median_s": round(reading.delay_median_s),
        "delay_p95_s": round(reading.delay_p95_s),
        "halted_share": round(reading.halted_share, 4),
        "newest_at": reading.newest_at,
    }


def dwell_json(reading: DwellReading, agency: str | None) -> dict[str, Any]:
    """Return a reading of dwell: by the log of an agency, or by positions, which see the whole stay."""
    return {
        "direction": reading.direction,
        "basis": "log" if agency else "positions",
        "agency": agency,
        "start": reading.start,
        "end": reading.end,
        "n": reading.n,
        "late_share": round(reading.late_n / reading.n, 4) if reading.n else None,
        "p50_s": round(reading.p50_s),
        "p95_s": round(reading.p95_s),
        "buffer_index": round(reading.buffer_index, 3),
        "newest_at": reading.newest_at,
    }


def halt_json(halt: HaltRow) -> dict[str, Any]:
    """Return a halt; `halt_id` names it as long as no late position changes it."""
    return {"halt_id": halt.fact_id, **halt.model_dump(exclude=OURS)}


def run_json(run: TripRunRow) -> dict[str, Any]:
    """Return a trip as it was driven."""
    return run.model_dump(exclude=OURS)


def sheet_json(sheet: TripSheet) -> dict[str, Any]:
    """Return a trip as it was declared."""
    return sheet.model_dump(exclude={"said", "said_at", "first_seq"}) | sheet.said


def logged_json(crossing: LoggedCrossing) -> dict[str, Any]:
    """Return an entry of a post's log."""
    return crossing.model_dump(exclude={"details"}) | crossing.details


def seen_json(crossing: BorderCrossingRow, posts: Collection[str] | None) -> dict[str, Any]:
    """Return a crossing as positions show it, without the times of a side whose post is not among `posts`."""
    row = crossing.model_dump(exclude=OURS)
    for side in ("exit", "entry"):
        if posts is not None and row[f"{side}_post"] not in posts:
            row |= {f"{side}_arrived_at": None, f"{side}_left_at": None, f"{side}_s": None, "unsplit_s": None}
            row |= {"started_at": None} if side == "exit" else {"ended_at": None}
    return row


def reconciled_json(crossing: ReconciledCrossing, posts: Collection[str] | None, sees_reports: bool) -> dict[str, Any]:
    """Return a reconciled crossing; of a side whose post is not among `posts` (None: all) only that post's name.

    What crews report at a post is not for those who serve there: without `sees_reports` it is left out.
    """
    row = asdict(crossing)
    del row["coach"]
    for name in ("exit", "entry"):
        side = row[name]
        if not sees_reports:
            side["told"] = []
            side["state"] = "nothing" if side["state"] == "told_only" else side["state"]
        if posts is not None and side["post_id"] not in posts:
            row[name] = {"post_id": side["post_id"]}
            row |= {"unsplit_s": None, "unsplit_difference_s": None, "line_at": None}
            row |= {"started_at": None} if name == "exit" else {"ended_at": None}
    return row


def timeline_json(trip: Timeline) -> dict[str, Any]:
    """Return a trip's timeline, where its time went, and what was not used."""
    return {
        "trip_id": trip.trip_id,
        "vehicle_id": trip.vehicle_id,
        "operator_id": trip.operator_id,
        "corridor_id": trip.run.corridor_id if trip.run else trip.corridor.id if trip.corridor else None,
        "driven": run_json(trip.run) if trip.run else None,
        "account": _account(trip.account) if trip.account else None,
        "timeline": [_entry(entry) for entry in trip.entries],
        "not_shown": trip.hidden,
        "not_used": [{"reason": reason, "count": count} for reason, count in trip.refused],
    }


def account_json(view: AccountView | None) -> dict[str, Any]:
    """Return a trip's account by state and agency; null where there is none yet."""
    if view is None:
        return {"spent": None, "paid": None}
    return {"spent": spent_json(view), "paid": paid_json(view)}


def spent_json(view: AccountView) -> list[dict[str, Any]]:
    """Return where a trip's time went, by state, use and agency."""
    return [asdict(share) for share in view.rows]


def paid_json(view: AccountView) -> list[dict[str, Any]]:
    """Return where a trip's money went, as its crew reported it."""
    return [asdict(paid) | {"amount": paid.cents / 100} for paid in view.money]


def line_json(line: TripLine, ahead: NextBorder | None) -> dict[str, Any]:
    """Return a trip of the list of trips, declared and driven in one, with the border `ahead` of it."""
    where = line.where
    return {
        "trip_id": line.trip_id,
        "vehicle_id": line.vehicle_id,
        "license_plate": line.license_plate,
        "operator_id": line.operator_id,
        "corridor_id": line.corridor.id if line.corridor else None,
        "origin": line.origin,
        "destination": line.destination,
        "state": line.state,
        "is_silent": line.is_silent,
        "started_at": line.started_at,
        "ended_at": line.ended_at,
        "ending": line.run.ending if line.run else None,
        "declared": line.sheet is not None,
        "km": round(where.km, 2) if where else None,
        "country": where.country if where else None,
        "standing_since": line.standing_since,
        "observed_at": line.observed_at,
        "heard_at": line.heard_at,
        "next_post_id": ahead.post_id if ahead else None,
        "next_eta_from": ahead.eta.low if ahead else None,
        "next_eta_to": ahead.eta.high if ahead else None,
        "next_usual_stay_s": round(ahead.stay.middle_s) if ahead and ahead.stay else None,
    }


def strip_json(line: CoachLine) -> dict[str, Any]:
    """Return a coach's line of a corridor's day."""
    from_km, to_km = line.ends
    return {
        "trip_id": line.trip_id,
        "vehicle_id": line.vehicle_id,
        "operator_id": line.operator_id,
        "direction": line.direction,
        "from": line.since,
        "to": line.until,
        "from_km": round(from_km, 2),
        "to_km": round(to_km, 2),
        "halts": len(line.marks),
        "halted_s": round(line.halted_s),
        "silent_s": round(line.silent_s),
    }


def _account(account: Account) -> dict[str, Any]:
    return {"from": account.since, "to": account.until} | {f"{what}_s": round(s) for what, s, _ in account.shares}


def _entry(entry: Entry) -> dict[str, Any]:
    spot = entry.spot
    said: dict[str, Any] = {}
    if entry.kind == "halt":
        said = {"halt": halt_json(entry.row)}
    elif entry.kind == "crossing":
        said = {"crossing": entry.row.model_dump(exclude=OURS)}
    elif entry.kind == "ended":
        said = {"ending": entry.row.ending}
    return {
        "kind": entry.kind,
        "at": None if entry.kind == "restricted" else entry.at,
        "until": entry.until,
        "km": round(spot.km, 2) if spot else None,
        "near": spot.near if spot else None,
        "near_km": round(spot.near_km, 2) if spot else None,
        "country": entry.country,
        "late": entry.is_late,
        "first_seq": entry.seqs[0] if entry.seqs else None,
        "last_seq": entry.seqs[1] if entry.seqs else None,
        "controls": [
            {
                "report_id": r.report_id,
                "kind": r.kind,
                "agency": r.agency,
                "observed_at": r.observed_at,
                "minutes": r.minutes,
            }
            for r in entry.reports
        ],
        **said,
    }
