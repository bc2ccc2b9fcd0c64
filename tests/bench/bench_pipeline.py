"""How fast the pipeline takes in positions, and whether making journeys anew gets slower as the log grows.

Coaches on the shipped corridors, a fix every 30 s, with halts, border waits, noise and declared trips, in the log in
the order of time: what a backlog looks like. All on SQLite, which is the slower one to write.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import orjson
from sqlmodel import SQLModel

import dashboard.tables
from dashboard.pipeline import PROJECTIONS, make_pipeline
from dashboard.seeding import seed
from tracker.clock import SystemClock
from tracker.corridors import Corridor
from tracker.database import Database
from tracker.geography import load_geography
from tracker.log import Entry, append, read_stored
from tracker.pipeline import Pipeline

assert dashboard.tables.METADATA

COACHES = 200
HOURS = 4
EVERY_S = 30
START = datetime(2026, 6, 1, 6, tzinfo=UTC)
ROADS = ("ABJ-LOS", "ABJ-OUA", "COO-NIM", "TEM-OUA", "LFW-OUA")


def _kilometres(corridor: Corridor, number: int, seconds: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return where a coach is: 65 km/h, five minutes every 40 km, forty at each border, back and forth."""
    stops = sorted(
        [(km, 300.0) for km in np.arange(15.0, corridor.length_km, 40.0)] + [(m.km, 2400.0) for m in corridor.borders]
    )
    times, places, clock, at_km = [0.0], [0.0], 0.0, 0.0
    for km, pause_s in [*stops, (corridor.length_km, 3600.0)]:
        clock += (km - at_km) / 65 * 3600
        times += [clock, clock + pause_s]
        places += [km, km]
        clock, at_km = clock + pause_s, km
    shifted = seconds + (number * 7919) % clock
    turned = (shifted // clock).astype(int) % 2 == 1
    km = np.interp(shifted % clock, times, places)
    result: np.ndarray[Any, Any] = np.where(turned, corridor.length_km - km, km)
    return result


def fill(database: Database, coaches: int, hours: int) -> int:
    """Fill the log with positions and a declared trip for every second coach; return how many messages there are."""
    with database.reading() as session:
        geography = load_geography(session, START.date())
    roads = [geography.corridors[name] for name in ROADS if name in geography.corridors]
    seconds = np.arange(0, hours * 3600, EVERY_S, dtype=np.float64)
    chance = np.random.default_rng(1)
    ways = []
    for number in range(coaches):
        road = roads[number % len(roads)]
        line, km = road.line, _kilometres(road, number, seconds)
        noise = chance.normal(0, 8e-5, (2, seconds.size))
        ways.append(
            (
                np.interp(km, line.kilometres, line.latitudes) + noise[0],
                np.interp(km, line.kilometres, line.longitudes) + noise[1],
                np.abs(np.gradient(km, seconds)) * 1000,
            )
        )
    with database.writing() as session:
        for number in range(0, coaches, 2):
            body = {"event": "declared", "trip_id": f"T{number}", "corridor_id": roads[number % len(roads)].id}
            append(database, session, [_entry(f"OP{number % 6}/COACH-{number}", "trip", START, body)])
    count = coaches // 2
    for step in range(seconds.size):
        at = START + timedelta(seconds=float(seconds[step]))
        entries = []
        for number, (latitudes, longitudes, speeds) in enumerate(ways):
            body = {
                "observed_at": at.isoformat(),
                "latitude": round(float(latitudes[step]), 6),
                "longitude": round(float(longitudes[step]), 6),
                "speed_mps": round(float(speeds[step]), 1),
            }
            entries.append(_entry(f"OP{number % 6}/COACH-{number}", "position", at, body))
        with database.writing() as session:
            append(database, session, entries)
        count += len(entries)
    return count


def _entry(whose: str, kind: str, at: datetime, body: dict[str, Any]) -> Entry:
    content = orjson.dumps(body)
    received_at = at + timedelta(seconds=2)
    return Entry(
        message_id=uuid5(NAMESPACE_OID, f"{whose}{kind}{at}"),
        subject=f"vehicles/{whose}",
        kind=kind,
        device_id=f"unit-{whose[-6:]}",
        transport="bench",
        observed_at=at,
        sent_at=at,
        received_at=received_at,
        body=content,
        content_hash=sha256(content).digest(),
    )


@contextmanager
def filled(coaches: int, hours: int) -> Iterator[tuple[Database, int]]:
    """Yield a database with shipped geography and a log, and the number of messages in it."""
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'log.sqlite3'}")
        SQLModel.metadata.create_all(database.engine)
        seed(database, SystemClock())
        yield database, fill(database, coaches, hours)
        database.close()


def _read_bare(database: Database) -> float:
    begun, at = time.perf_counter(), 0
    while True:
        with database.reading() as session:
            rows = read_stored(session, at, 20_000)
        if not rows:
            return time.perf_counter() - begun
        at = rows[-1].seq


def _taken_in(pipeline: Pipeline) -> float:
    begun = time.perf_counter()
    pipeline.run_all()
    return time.perf_counter() - begun


def pipeline_positions(coaches: int = COACHES, hours: int = HOURS) -> dict[str, Any]:
    """Return positions per second through every projection, from the log to the last table, against reading the log."""
    with filled(coaches, hours) as (database, count):
        took = _taken_in(make_pipeline(database))
        bare = _read_bare(database)
    rate, against = count / took, count / bare
    return {
        "value": round(rate), "unit": "positions/s", "against": round(against), "ratio": round(rate / against, 3),
    }  # fmt: skip


def rebuild_growth(coaches: int = 60, hours: int = 24) -> dict[str, Any]:
    """Return the time per position of making journeys anew, with a log twice as long against one of `hours`."""
    per_position = []
    for length in (hours, 2 * hours):
        with filled(coaches, length) as (database, count):
            pipeline = make_pipeline(database)
            pipeline.run_all()
            begun = time.perf_counter()
            pipeline.rebuild("journeys")
            per_position.append((time.perf_counter() - begun) / count)
    one, two = per_position
    return {
        "value": round(two * 1e6, 1), "unit": "us/position", "against": round(one * 1e6, 1), "ratio": round(two / one, 2),
    }  # fmt: skip


def pipeline_live(coaches: int = 1000) -> dict[str, Any]:
    """Return the seconds that a live batch takes: two fixes of each of 1,000 coaches, of which an hour is known."""
    with filled(coaches, 1) as (database, count):
        pipeline = Pipeline(database, PROJECTIONS, batch=count - 2 * coaches, backlog=0)
        pipeline.run_once()
        begun = time.perf_counter()
        pipeline.run_once()
        took = time.perf_counter() - begun
    return {"value": round(took, 2), "unit": "s", "against": 1.0, "ratio": round(took, 2)}


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[2:]]
    which = {"growth": rebuild_growth, "live": pipeline_live}.get((sys.argv[1:2] or [""])[0], pipeline_positions)
    sys.stdout.write(f"{which(*numbers)}\n")
