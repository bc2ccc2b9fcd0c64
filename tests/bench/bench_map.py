"""What the map's data cost when nothing is kept, and whether that grows with the number of positions in the log.

A thousand coaches drive the shipped corridors, a fix a minute, for the better part of a day: a tenth of the positions, which
go through the log and the pipeline into the projections that the map reads. That database is copied. The rest are the same
day before: `tests.bench.more_days` copies the rows of every table that keeps history, moved back by whole days, so that the
tables are those of ten days of a fleet that rests for some hours of each night (ten million positions: a thousand coaches, a
thousand minutes a day). Then both databases are asked in turns. The copies' hashes do not chain, which the map never asks.
`make bench` does so with a fifth of all that, `python -m tests.bench.bench_map 10000000`, or that number in
`CORRIDOR_TEST_BENCH_POSITIONS`, with all; the answer says how many there were.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import orjson
from sqlalchemy import text
from sqlmodel import SQLModel

import dashboard.tables
from dashboard.directory import DatabaseDirectory
from dashboard.map_snapshots import Snapshots
from dashboard.pages import corridors, trips
from dashboard.parts import Parts
from dashboard.pipeline import make_pipeline
from dashboard.seeding import seed
from dashboard.strip_drawing import draw
from dashboard.trip_lists import list_trips
from dashboard.windows import WINDOWS, Window, day_window, read_window
from operators.registration import register_operator, register_vehicles
from tests.bench.bench_pipeline import ROADS, START, _entry, _kilometres
from tests.bench.more_days import copy_days
from tracker.clock import FixedClock, SystemClock
from tracker.database import Database
from tracker.geography import Geography
from tracker.log import append
from tracker.scope import Role, Viewer, scope_of

assert dashboard.tables.METADATA

POSITIONS = 2_000_000  # what `make bench` can afford; ten million take eight minutes
COACHES = 1000
EVERY_S = 60
OPERATORS = 6
TOGETHER = 30  # fixes of each coach between two runs of the pipeline: half an hour
REQUESTS = 40
LIMIT_P95_MS = 50
MAP = ("static", "live", "silence", "flow now", "flow 24h", "flow 7d", "flow 30d", "flow day", "flow hour", "trips")
MONITOR = scope_of(Viewer(1, "Bench", Role.MONITOR))

Say = Callable[[str], None]


@dataclass
class Growing:
    """A database whose log grows by whole minutes, with everything that the map asks of a process."""

    database: Database
    coaches: int
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))
    minutes: int = 0
    positions: int = 0

    def __post_init__(self) -> None:
        """Fill in the geography, the companies and their coaches, unless the database is a copy of one that has them."""
        if not self.positions:
            self._begin()
        self.directory = DatabaseDirectory(self.database, self.clock)
        self.pipeline = make_pipeline(self.database)
        parts = SimpleNamespace(database=self.database, clock=self.clock, directory=self.directory)
        self.parts = cast(Parts, parts)
        self.snapshots = Snapshots(self.parts)

    def _begin(self) -> None:
        SQLModel.metadata.create_all(self.database.engine)
        seed(self.database, SystemClock())
        with self.database.writing() as session:
            for number in range(OPERATORS):
                register_operator(session, f"OP{number}", f"Company {number}", "CI", START)
            names = [(f"COACH-{n}", f"OP{n % OPERATORS}", None, None) for n in range(self.coaches)]
            register_vehicles(session, names, START)

    def grow(self, positions: int, say: Say) -> None:
        """Let the coaches drive on until the log holds that many positions, and the projections know them."""
        begun, first = time.perf_counter(), self.positions
        while self.positions < positions:
            count = min(TOGETHER, -(-(positions - self.positions) // self.coaches))
            self._drive(count)
            self.pipeline.run_all()
            rate = (self.positions - first) / (time.perf_counter() - begun)
            left_s = (positions - self.positions) / rate
            say(f"{self.positions:>12,} of {positions:,} positions, {rate:,.0f} a second, {left_s / 60:.0f} min left")

    def _drive(self, count: int) -> None:
        seconds = np.arange(self.minutes, self.minutes + count, dtype=np.float64) * EVERY_S
        roads = _roads(self.directory.geography)
        chance = np.random.default_rng(self.minutes)
        ways = []
        for number in range(self.coaches):
            road = roads[number % len(roads)]
            km = _kilometres(road, number, np.append(seconds, seconds[-1] + EVERY_S))
            noise = chance.normal(0, 8e-5, (2, count))
            latitudes, longitudes = road.line.points_at(km[:-1])
            ways.append((latitudes + noise[0], longitudes + noise[1], np.abs(np.diff(km)) / EVERY_S * 1000))
        for step in range(count):
            at = START + timedelta(seconds=float(seconds[step]))
            entries = [
                _entry(
                    f"OP{number % OPERATORS}/COACH-{number}",
                    "position",
                    at,
                    {
                        "observed_at": at.isoformat(),
                        "latitude": round(float(latitudes[step]), 6),
                        "longitude": round(float(longitudes[step]), 6),
                        "speed_mps": round(float(speeds[step]), 1),
                    },
                )
                for number, (latitudes, longitudes, speeds) in enumerate(ways)
            ]
            with self.database.writing() as session:
                append(self.database, session, entries)
            self.clock.advance(at + timedelta(seconds=3) - self.clock.now())
        self.minutes += count
        self.positions += count * self.coaches

    def endpoints(self) -> dict[str, Callable[[], int]]:
        """Return what the page fetches, by name: each makes the whole answer anew and returns how many bytes it has."""
        now, snapshots = self.clock.now(), self.snapshots
        windows = {code: read_window(code, "", now) for code in WINDOWS}
        windows["day"] = day_window(now.date())
        windows["hour"] = Window("day", now - timedelta(hours=1), now, now.date())
        return {
            "static": lambda: len(snapshots.fixed()[1]),
            "live": lambda: len(orjson.dumps(snapshots.live_parts(MONITOR))),
            "silence": lambda: len(snapshots.silences_body(MONITOR)[1]),
            "strip": self._strip,
            "trips": self._trips,
            **{f"flow {code}": lambda w=w: len(snapshots.flow_body(MONITOR, w)[1]) for code, w in windows.items()},
        }

    def _strip(self) -> int:
        """Return how many characters the drawing of the longest corridor's day takes: what its page shows."""
        geography, now = self.directory.geography, self.clock.now()
        with self.database.reading() as session:
            corridor = geography.corridors[ROADS[0]]
            strip = corridors.read_strip(session, corridor, day_window(now.date()), self.parts, MONITOR)
        return len(repr(draw(strip, geography)))

    def _trips(self) -> int:
        """Return how many trips of the last day a monitor's list has."""
        now = self.clock.now()
        with self.database.reading() as session:
            runs = trips._runs(session, None, "", now - timedelta(days=1))
            contacts = trips._contacts(session, runs)
        lines = list_trips(runs, [], [], contacts, self.directory.find_vehicle, self.directory.geography, MONITOR, now)
        return len(lines)

    def more(self, days: int, say: Say) -> None:
        """Add so many days before this one, each a copy of it."""
        self.positions += copy_days(self.database, days, say)

    def copied(self, path: Path) -> Growing:
        """Return the same at this moment, in a file of its own."""
        with self.database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(f"VACUUM INTO '{path}'"))
        copy = Database(f"sqlite:///{path}")
        return Growing(copy, self.coaches, FixedClock(self.clock.now()), self.minutes, self.positions)


def measure(logs: dict[str, Growing], requests: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return milliseconds of each endpoint of each log, in turns.

    Nothing is kept from one to the next but the usual dwell, which is made every ten minutes.
    """
    asked = {which: log.endpoints() for which, log in logs.items()}
    found: dict[str, dict[str, dict[str, float]]] = {which: {} for which in logs}
    for name in next(iter(asked.values())):
        took: dict[str, list[float]] = {which: [] for which in logs}
        size = {which: asked[which][name]() for which in logs}
        for _ in range(requests):
            for which, log in logs.items():
                log.snapshots.forget(usual_too=False)
                begun = time.perf_counter()
                asked[which][name]()
                took[which].append((time.perf_counter() - begun) * 1000)
        for which, each in took.items():
            each.sort()
            found[which][name] = {
                "p50_ms": round(statistics.median(each), 1),
                "p95_ms": round(each[int(0.95 * (len(each) - 1))], 1),
                "bytes": size[which],
            }
    return found


def _roads(geography: Geography) -> list[Any]:
    return [geography.corridors[name] for name in ROADS if name in geography.corridors]


@contextmanager
def growing(coaches: int) -> Iterator[Growing]:
    """Yield an empty log in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'map.sqlite3'}")
        yield Growing(database, coaches)
        database.close()


def map_data_10m_vs_1m(
    positions: int | None = None, coaches: int = COACHES, requests: int = REQUESTS, say: Say | None = None
) -> dict[str, Any]:
    """Return the milliseconds of all the map's data with `positions` in the log, against a tenth of them."""
    wanted = positions or int(os.environ.get("CORRIDOR_TEST_BENCH_POSITIONS", POSITIONS))
    say = say or (lambda words: sys.stderr.write(f"\r{words}   "))
    with growing(coaches) as log:
        log.grow(wanted // 10, say)
        folder = Path(str(log.database.engine.url.database)).parent
        tenth = log.copied(folder / "tenth.sqlite3")
        log.more(9, say)
        found = measure({"many": log, "few": tenth}, requests)
        few, many, total = found["few"], found["many"], log.positions
        tenth.database.close()
    say("")
    # The strip is a page of its own, and this fleet has hundreds of coaches on one corridor: told, but not added.
    value, against = (sum(one["p50_ms"] for name, one in side.items() if name in MAP) for side in (many, few))
    slowest = max(MAP, key=lambda name: many[name]["p95_ms"])
    return {
        "value": round(value, 1), "unit": "ms, all of it", "against": round(against, 1), "ratio": round(value / against, 2),
        "slowest": slowest, "slowest_p95_ms": many[slowest]["p95_ms"], "limit_p95_ms": LIMIT_P95_MS,
        "slowest_ratio": max((round(many[name]["p50_ms"] / few[name]["p50_ms"], 2), name) for name in MAP),
        "positions": total, "coaches": coaches, "endpoints": many, "endpoints_with_a_tenth": few,
    }  # fmt: skip


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.stdout.write(orjson.dumps(map_data_10m_vs_1m(*numbers), option=orjson.OPT_INDENT_2).decode() + "\n")
