"""A run of the step *trips* as it is remembered, and the facts made of it. Pure."""

from __future__ import annotations

from tracker.corridors import Corridor
from tracker.facts import Connection, Ending, Fact, TripRun, moment
from tracker.location import SLACK
from tracker.steps import DeclaredTrip, Memory, World
from tracker.waits import stood

NEAR_KM = 5.0
HUB_KM = 15.0  # a trip that began so near a hub began there


def begun(
    trip: DeclaredTrip | None, world: World, corridor: Corridor, at_s: float, km: float, seq: int, *, late: bool
) -> Memory:
    """Return the memory of a run that may begin here."""
    declared_end = corridor.find_milestone(trip.destination) if trip and trip.destination else None
    declared_start = corridor.find_milestone(trip.origin) if trip and trip.origin else None
    remarks = []
    if declared_start is not None and abs(km - declared_start.km) > HUB_KM:
        remarks.append("began_on_the_way")
    if trip is not None and any(_is_twin(trip, other) for other in world.declared):
        remarks.append("declared_twice")
    return {
        "trip_id": trip.trip_id if trip else None, "declared": trip is not None, "corridor": corridor.id,
        "origin": trip.origin if trip else None, "destination": trip.destination if trip else None,
        "destination_km": declared_end.km if declared_end else None, "start_s": at_s, "start_km": km, "first_seq": seq,
        "last_s": at_s, "last_km": km, "last_seq": seq, "far_km": km, "far_s": at_s, "far_seq": seq, "direction": None,
        "moved": False, "silent_s": 0.0, "late": late, "remarks": remarks, "hubs": [], "other": None,
        "longest": None,
    }  # fmt: skip


def _is_twin(trip: DeclaredTrip, other: DeclaredTrip) -> bool:
    """Say whether two declarations are of one journey: one coach, one way, starting within the time it waits at a station."""
    same = (trip.corridor_id, trip.destination) == (other.corridor_id, other.destination) and not other.is_cancelled
    return same and trip.trip_id != other.trip_id and abs(trip.starts_at - other.starts_at) <= SLACK


def longest_part(run: Memory, end_km: float) -> Memory:
    """Return the longest part of a run on one corridor: that on the present one up to a kilometre, or one before it."""
    part = {
        "corridor": run["corridor"],
        "start_km": run["start_km"],
        "end_km": end_km,
        "direction": run["direction"] or "up",
    }
    before = run["longest"]
    if before is not None and abs(before["end_km"] - before["start_km"]) > abs(end_km - part["start_km"]):
        return dict(before)
    return part


def has_arrived(run: Memory, corridor: Corridor, km: float) -> bool:
    """Say whether the coach is at its destination, or at the end of the corridor it drives towards."""
    if run["destination_km"] is not None and not run["remarks"].count("corridor_not_driven"):
        towards = (run["destination_km"] > run["start_km"]) == (run["direction"] == "up")
        return bool(towards and abs(km - run["destination_km"]) <= NEAR_KM)
    if not corridor.milestones:
        return False
    end = corridor.milestones[-1].km if run["direction"] == "up" else corridor.milestones[0].km
    return abs(km - end) <= NEAR_KM


def hub_near(corridor: Corridor, km: float, reach_km: float) -> str | None:
    """Return the nearest hub within so many kilometres of a place of the corridor."""
    near = [
        (abs(m.km - km), m.entry_place) for m in corridor.milestones if m.kind == "hub" and abs(m.km - km) <= reach_km
    ]
    return min(near)[1] if near else None


def ended(run: Memory, world: World, ending: Ending | None, end_s: float, end_km: float) -> Memory:
    """Return the run as a row that waits for its halts; `ending` None while it goes on."""
    corridor = world.geography.get_corridor(run["corridor"])
    seen = f"seen-{world.vehicle_id}-{int(run['start_s'])}"
    return longest_part(run, end_km) | {
        "kind": "trip", "trip_id": run["trip_id"] or seen[-40:], "declared": run["declared"],
        "start_s": run["start_s"], "end_s": max(end_s, run["start_s"]), "ending": ending,
        "first_seq": run["first_seq"], "last_seq": run["last_seq"],
        "origin": run["origin"] or hub_near(corridor, run["start_km"], HUB_KM),
        "destination": run["destination"] or (hub_near(corridor, end_km, HUB_KM) if ending else None),
        "silent_s": run["silent_s"], "late": run["late"], "remarks": run["remarks"],
    }  # fmt: skip


def settled(row: Memory, halts: list[list[float]], settled_s: float) -> Fact:
    """Return the trip or connection of a row whose halts are decided."""
    if row["kind"] == "trip":
        return trip_fact(row, halts, settled_s)
    halted, border = stood(halts, row["start_s"], row["end_s"])
    return Connection(
        started_at=moment(row["start_s"]), ended_at=moment(row["end_s"]), settled_at=moment(settled_s),
        first_seq=row["first_seq"], last_seq=row["last_seq"], late=row["late"], origin=row["origin"],
        destination=row["destination"], corridor_id=row["corridor"], halted_s=halted, border_s=border,
    )  # fmt: skip


def trip_fact(row: Memory, halts: list[list[float]], settled_s: float | None) -> TripRun:
    """Return the trip of a row; under way where `settled_s` is None."""
    halted, border = stood(halts, row["start_s"], row["end_s"])
    return TripRun(
        started_at=moment(row["start_s"]), ended_at=None if settled_s is None else moment(row["end_s"]),
        settled_at=None if settled_s is None else moment(settled_s), first_seq=row["first_seq"],
        last_seq=row["last_seq"], late=row["late"], trip_id=row["trip_id"], declared=row["declared"],
        corridor_id=row["corridor"], direction=row["direction"], start_km=round(row["start_km"], 3),
        end_km=round(row["end_km"], 3), origin=row["origin"], destination=row["destination"], halted_s=halted,
        border_s=border, silent_s=round(row["silent_s"], 3), ending=row["ending"], remarks=tuple(row["remarks"]),
    )  # fmt: skip
