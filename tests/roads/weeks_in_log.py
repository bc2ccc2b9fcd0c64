"""Weeks of another generator's coaches through the log and every projection, and how right the findings are.

A finding is right by the rule of the contract (section 5): within 2 km of a barrier while it stood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import numpy as np
import orjson

from checkpoints import register
from checkpoints.control_points import Register
from checkpoints.findings import Finding
from checkpoints.unlisted import Looked
from checkpoints.unlisted_rule import UnlistedCheckpoints
from dashboard.evaluation.evaluate import Result, compare, found_in
from dashboard.evaluation.scene import Scene
from dashboard.pipeline import PROJECTIONS
from dashboard.tables import METADATA
from telemetry.simulator.scenario import Checkpoint, Fleet, Scenario
from tests.roads.traffic import START_S, Road, nearest
from tests.roads.weeks import DAY_S, Weeks
from tests.tracker.places_of_truth import REAL_LINES, TODAY
from tracker.database import Database
from tracker.fact_rows import TABLES, read_facts
from tracker.facts import moment
from tracker.geography import Geography, load_geography, seed
from tracker.line_files import import_lines
from tracker.log import Entry, append
from tracker.pipeline import Pipeline, tick

AT_ONCE = 20_000
MOST_OFF_M = 3000.0


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A database with geography and register, and what is in it."""

    database: Database
    geography: Geography
    register: Register


def make_world(folder: Path, *, with_real_lines: bool) -> World:
    """Return an empty log with the shipped places, or with the real lines imported."""
    database = Database(f"sqlite:///{folder}/weeks.sqlite3")
    METADATA.create_all(database.engine)
    with database.writing() as session:
        seed(session)
        register.seed(session)
        if with_real_lines:
            import_lines(session, REAL_LINES.read_bytes(), TODAY)
    with database.reading() as session:
        return World(database, load_geography(session, moment(START_S).date()), register.load_register(session))


def authorised_on(road: Road, world: World) -> list[tuple[float, float]]:
    """Return the stretches of a road, in its kilometres, at which the register has an authorised place."""
    corridor, on = world.geography.corridors[road.corridor_id], moment(START_S).date()
    found = []
    for point in world.register.control_points_on(on):
        for stretch in point.stretches:
            if stretch.corridor_id == road.corridor_id and stretch.from_km is not None and stretch.to_km is not None:
                ends = [nearest(road, *corridor.point_at(km)) for km in (stretch.from_km, stretch.to_km)]
                if all(away_m < MOST_OFF_M for _, away_m in ends):
                    found.append((ends[0][0], ends[1][0]))
    return found


def entries_of(weeks: Weeks) -> Iterator[Entry]:
    """Yield what was sent as entries of the log, in the order in which it came."""
    rows = []
    for coach in weeks.sent:
        for fixes in coach.fixes:
            columns = (fixes.received_s, fixes.sent_s, fixes.at_s, fixes.latitudes, fixes.longitudes)
            rows += [(*row, coach) for row in zip(*(column.tolist() for column in columns), strict=True)]
    rows.sort(key=lambda row: (row[0], row[2], row[5].vehicle_id))
    for received_s, sent_s, at_s, latitude, longitude, coach in rows:
        body = {"observed_at": moment(at_s).isoformat(), "latitude": latitude, "longitude": longitude}
        written = orjson.dumps(body)
        yield Entry(
            uuid5(NAMESPACE_OID, f"{coach.vehicle_id}{at_s}"), f"vehicles/{coach.operator_id}/{coach.vehicle_id}",
            "position", f"unit-{coach.vehicle_id}", "mqtt", moment(at_s), moment(sent_s), moment(received_s), written,
            sha256(written).digest(),
        )  # fmt: skip


def fill(world: World, weeks: Weeks) -> None:
    """Log everything and run every projection over it, as days would."""
    waiting: list[Entry] = []
    for entry in entries_of(weeks):
        waiting.append(entry)
        if len(waiting) == AT_ONCE:
            _log(world, waiting)
            waiting = []
    _log(world, waiting)
    tick(world.database, moment(weeks.end_s) + timedelta(days=4), 60)
    Pipeline(world.database, PROJECTIONS, backlog=AT_ONCE).run_all()


def _log(world: World, entries: Sequence[Entry]) -> None:
    with world.database.writing() as session:
        append(world.database, session, entries)
    Pipeline(world.database, PROJECTIONS, backlog=AT_ONCE).run_all()


def find(world: World, weeks: Weeks) -> list[Finding]:
    """Return what the rule of unlisted checkpoints finds in the projections."""
    with world.database.reading() as session:
        return UnlistedCheckpoints().find(session, moment(weeks.end_s) + timedelta(days=4))


def scene_of(world: World, weeks: Weeks, roads: Mapping[str, Road]) -> Scene:
    """Return the truth, and the facts that the projections hold, in the form in which findings are scored."""
    with world.database.reading() as session:
        sightings = [one for kind in TABLES for rows in read_facts(session, kind, is_long=True) for _, _, one in rows]
    corridors = list(dict.fromkeys(coach.corridor_id for coach in weeks.sent))
    operators = {coach.vehicle_id: coach.operator_id for coach in weeks.sent}
    scenario = Scenario(
        name="weeks", start=moment(weeks.start_s), days=(weeks.end_s - weeks.start_s) / DAY_S, corridors=corridors,
        fleet=Fleet(operators=len(set(operators.values())), vehicles=len(operators), trips_per_vehicle_per_day=1.0),
        checkpoints=[
            Checkpoint(
                corridor=one.corridor_id, at_km=_system_km(world, roads[one.corridor_id], one.km), listed=False,
                stop_share=one.share, minutes=list(one.minutes), from_=moment(one.from_s), to=moment(one.to_s),
            )
            for one in weeks.barriers
        ],
    )  # fmt: skip
    truth = {"checkpoints": [{"halted": held} for held in weeks.held]}
    return Scene(scenario, world.geography, sightings, [], world.register, {}, operators, truth)


def score(scene: Scene, findings: Sequence[Finding]) -> Result:
    """Match findings with the barriers."""
    return compare(scene, found_in(scene, [Looked(tuple(findings), (), {})]))


def _system_km(world: World, road: Road, km: float) -> float:
    """Return where the system sees a kilometre of a road."""
    latitude, longitude = (np.interp(km, road.kilometres, of) for of in (road.latitudes, road.longitudes))
    kms, _ = world.geography.corridors[road.corridor_id].locate([latitude], [longitude])
    return float(kms[0])
