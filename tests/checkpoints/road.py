"""The shipped roads and register, read once, and dull facts and checks of one coach on the Abidjan-Lagos road."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from sqlmodel import SQLModel

from checkpoints.checks import Check, Payment, Way
from checkpoints.control_points import Register
from checkpoints.register import load_register, seed
from tracker.database import Database
from tracker.facts import BorderCrossing, Halt, TripRun
from tracker.geography import Geography, load_geography
from tracker.geography import seed as seed_geography

DAY = datetime(2026, 6, 1, tzinfo=UTC)
TODAY = DAY.date()
ROAD = "ABJ-LOS"


def at(hours: float) -> datetime:
    """So many hours into the day."""
    return DAY + timedelta(hours=hours)


@cache
def world() -> tuple[Geography, Register]:
    """Return the shipped geography and register."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/road.sqlite3")
        SQLModel.metadata.create_all(database.engine)
        with database.writing() as session:
            seed_geography(session)
            seed(session)
            found = load_geography(session, TODAY), load_register(session)
        database.close()
    return found


def point(km: float) -> tuple[float, float]:
    """Return the place of a kilometre of the road."""
    return world()[0].get_corridor(ROAD).point_at(km)


def km_of(post_id: str) -> float:
    """Return the kilometre of a border."""
    stone = world()[0].get_corridor(ROAD).find_milestone(post_id)
    assert stone is not None
    return stone.km


def a_check(seq: int, hours: float, km: float | None = None, agency: str = "police", **more: Any) -> Check:
    """A reported check; without `km` nobody said where."""
    place = point(km) if km is not None else (None, None)
    row: dict[str, Any] = {"operator_id": "sti", "vehicle_id": "BUS", "latitude": place[0], "longitude": place[1]}
    return Check(seq=seq, observed_at=at(hours), agency=agency, **row | more)


def a_halt(hours: float, minutes: float, km: float, post_id: str | None = None, country: str = "CI") -> Halt:
    """A settled halt on the road."""
    latitude, longitude = point(km)
    corridor = world()[0].get_corridor(ROAD)
    return Halt(
        started_at=at(hours), ended_at=at(hours) + timedelta(minutes=minutes), settled_at=at(hours + 1), first_seq=50,
        last_seq=60, latitude=latitude, longitude=longitude, spread_m=10.0, fixes=9, corridor_id=ROAD, km=km,
        section_id=corridor.passage_at(km).section.id, country=country, post_id=post_id,
    )  # fmt: skip


def a_trip(start: float = 0.0, end: float = 12.0, from_km: float = 10.0, to_km: float = 700.0, **more: Any) -> TripRun:
    """A settled trip on the road, away from Abidjan unless told otherwise."""
    return TripRun(
        **{
            "started_at": at(start), "ended_at": at(end), "settled_at": at(end), "first_seq": 1, "last_seq": 99,
            "trip_id": "T1", "declared": True, "corridor_id": ROAD, "direction": "up" if to_km > from_km else "down",
            "start_km": from_km, "end_km": to_km, "origin": "abidjan", "destination": "lagos", "ending": "arrived",
        } | more
    )  # fmt: skip


def a_crossing(hours: float, exit_post: str, entry_post: str, minutes: float = 60, **more: Any) -> BorderCrossing:
    """A crossing seen within the posts' fences: half of the time on each side."""
    begun, half = at(hours), timedelta(minutes=minutes / 2)
    return BorderCrossing(
        **{
            "started_at": begun, "ended_at": begun + 2 * half, "settled_at": begun + 3 * half, "first_seq": 70, "last_seq": 80,
            "corridor_id": ROAD, "exit_post": exit_post, "entry_post": entry_post, "km": km_of(entry_post),
            "state": "crossed", "basis": "fences", "exit_arrived_at": begun, "exit_left_at": begun + half,
            "entry_arrived_at": begun + half, "entry_left_at": begun + 2 * half, "exit_s": half.total_seconds(),
            "entry_s": half.total_seconds(),
        } | more
    )  # fmt: skip


def a_way(
    *halts: Halt, trips: tuple[TripRun, ...] = (), crossings: tuple[BorderCrossing, ...] = (), **more: Any
) -> Way:
    """A coach's way of these facts."""
    return Way(
        operator_id="sti", trips=trips, halts=tuple((f"h{n}", h) for n, h in enumerate(halts)),
        crossings=tuple((f"c{n}", c) for n, c in enumerate(crossings)), **more,
    )  # fmt: skip


def paid(amount: float = 1000, currency: str = "XOF", basis: str = "no_receipt") -> Payment:
    """A payment without a receipt."""
    return Payment(amount, currency, basis)


__all__ = [
    "DAY", "ROAD", "TODAY", "a_check", "a_crossing", "a_halt", "a_trip", "a_way", "at", "km_of", "paid",
    "point", "world",
]  # fmt: skip
