"""How many coaches arrive at a border post inside the band that was told before, on simulated weeks.

`python -m tests.bench.bench_arrivals [SCENARIO] [--seeds 101,303]`: usual times are those of the first seed, arrivals
those of the other ones. What is told is made of what had been sent by then.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlmodel import SQLModel

from dashboard.evaluation.scene import Scene, make_scene
from telemetry.simulator.scenario_files import load_scenario
from tests.tracker.places_of_truth import shipped
from tracker.approach import Eta, Heard, eta_of
from tracker.database import Database
from tracker.dwell_hours import DwellHours
from tracker.fact_rows import Changes
from tracker.section_hours import SectionHours
from tracker.usual_times import UsualTimes, read_usual_times

BEFORE_H = (0.5, 1.0, 2.0, 4.0, 8.0)
STANDS_M, STANDS_S = 250.0, 90.0
OFF_ROAD_M = 3000.0


def main(arguments: list[str]) -> None:
    """Print, by side and hours before the arrival: how many bands held, their width, and how far off their middle was."""
    seeds = [101, 303]
    if "--seeds" in arguments:
        seeds = [int(one) for one in arguments[arguments.index("--seeds") + 1].split(",")]
    name = next((one for one in arguments if not one.startswith("-") and "," not in one), "credible_week")
    first, *others = (make_scene(load_scenario(name).model_copy(update={"seed": seed}), shipped()) for seed in seeds)
    usual = _usual(first)
    found: dict[tuple[str, float], list[tuple[Eta, datetime]]] = defaultdict(list)
    for scene in others:
        for side, hours, eta, arrived in _told(scene, usual):
            found[side, hours].append((eta, arrived))
    table = Table("side", "hours before", "n", "inside", "before", "after", "width, min", "off by, min", title=name)
    for (side, hours), told in [*sorted(found.items()), (("all", 0.0), [one for own in found.values() for one in own])]:
        early = sum(arrived < eta.low for eta, arrived in told)
        late = sum(arrived > eta.high for eta, arrived in told)
        width = median((eta.high - eta.low).total_seconds() / 60 for eta, _ in told)
        off = median(abs((arrived - eta.middle).total_seconds()) / 60 for eta, arrived in told)
        shares = (f"{n / len(told):.3f}" for n in (len(told) - early - late, early, late))
        table.add_row(side, str(hours), str(len(told)), *shares, f"{width:.0f}", f"{off:.0f}")
    Console().print(table)


def _usual(scene: Scene) -> UsualTimes:
    end = scene.scenario.start + timedelta(days=scene.scenario.days)
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/usual.sqlite3")
        SQLModel.metadata.create_all(database.engine)
        with database.writing() as session:
            changes = Changes(added=[one for one in scene.sightings if one.fact.settled_at])
            SectionHours().take(session, changes)
            DwellHours().take(session, changes)
        with database.reading() as session:
            usual = read_usual_times(session, end)
        database.close()
    return usual


def _told(scene: Scene, usual: UsualTimes) -> Iterator[tuple[str, float, Eta, datetime]]:
    """Yield `(side, hours before, what was told then, arrival)`."""
    trips = {one["trip"]: one for one in scene.truth["trips"]}
    for crossing in scene.truth["crossings"]:
        trip = trips[crossing["trip"]]
        corridor, departed = scene.geography.get_corridor(trip["corridor"]), datetime.fromisoformat(trip["departed"])
        for side in ("exit", "entry"):
            if crossing[side] is None:
                continue
            arrived = datetime.fromisoformat(crossing[side]["arrived"])
            for hours in BEFORE_H:
                now = arrived - timedelta(hours=hours)
                heard = _heard(scene, trip, departed, now)
                eta = heard and eta_of(corridor, crossing[side]["post"], heard, usual.road, usual.post, now)
                if eta:
                    yield side, hours, eta, arrived


def _heard(scene: Scene, trip: dict[str, str], departed: datetime, now: datetime) -> Heard | None:
    fixes = scene.fixes[trip["coach"]]
    known = np.flatnonzero((fixes.sent_s <= now.timestamp()) & (fixes.at_s >= departed.timestamp()))
    if not known.size:
        return None
    own = fixes.take(known)
    corridor = scene.geography.get_corridor(trip["corridor"])
    km, offset_m = corridor.line.locate_one(float(own.latitudes[-1]), float(own.longitudes[-1]))
    if offset_m > OFF_ROAD_M:
        return None
    metres = np.hypot(own.latitudes - own.latitudes[-1], own.longitudes - own.longitudes[-1]) * 111_000
    moved = np.flatnonzero(metres > STANDS_M)
    since_s = float(own.at_s[moved[-1] + 1 if moved.size else 0])
    at_s = float(own.at_s[-1])
    standing = datetime.fromtimestamp(since_s, UTC) if at_s - since_s > STANDS_S else None
    return Heard(datetime.fromtimestamp(at_s, UTC), km, trip["direction"] == "up", standing)


if __name__ == "__main__":
    main(sys.argv[1:])
