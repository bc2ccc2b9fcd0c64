"""A small invented day on the Abidjan-Lagos road, written straight into the projections that the map reads."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from fastapi import APIRouter
from sqlmodel import Session

from checkpoints.logged_crossings import LoggedCrossing
from checkpoints.post_statuses import LatestPostStatus
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from dashboard.pages import map as map_page
from dashboard.parts import Parts
from operators.companies import Operator, Vehicle, reference
from operators.trip_sheets import TripSheet
from tests.dashboard.people import NOON, Site, make_site
from tracker.clock import FixedClock
from tracker.database import Database
from tracker.directory import VehicleRef
from tracker.geography import Geography, load_geography, seed
from tracker.latest import LatestPosition, VehicleContact

COMPANIES = {"sti": "Lagune Express", "utb": "Harmattan Voyages", "mono": "Mono Transit", "creek": "Creek Road Lines"}


def a_coach(
    session: Session, vehicle_id: str, operator_id: str, at: tuple[float, float], now: datetime, **more: Any
) -> None:
    """Put a coach on the road; `more` overrides fields of its position, `silent_since` of its contact."""
    if session.get(Vehicle, vehicle_id) is None:
        session.add(Vehicle(vehicle_id=vehicle_id, operator_id=operator_id, license_plate=None, registered_at=now))
        session.flush()
    silent_since = more.pop("silent_since", None)
    heard_at = more.pop("heard_at", now)
    facts = {
        "speed_mps": 20.0,
        "bearing_deg": 95.0,
        "accuracy_m": 8.0,
        "observed_at": now,
        "received_at": now,
        "seq": 1,
    }
    place = {"latitude": at[0], "longitude": at[1]}
    session.merge(LatestPosition(vehicle_id=vehicle_id, operator_id=operator_id, **(facts | place | more)))
    session.merge(
        VehicleContact(vehicle_id=vehicle_id, operator_id=operator_id, heard_at=heard_at, silent_since=silent_since)
    )


def a_crossing(
    session: Session, seq: int, post_id: str, direction: str, arrived: datetime, dwell: timedelta | None, **more: Any
) -> None:
    """Log a crossing at a post."""
    row = {
        "agency": "immigration",
        "received_at": arrived,
        "released_at": arrived + dwell if dwell is not None else None,
    }
    session.add(LoggedCrossing(seq=seq, post_id=post_id, direction=direction, arrived_at=arrived, **(row | more)))


def a_control(
    session: Session, seq: int, operator_id: str, at: tuple[float, float] | None, observed: datetime, **more: Any
) -> None:
    """Report a control."""
    row: dict[str, Any] = {
        "vehicle_id": f"{operator_id}-1",
        "agency": "police",
        "ended_at": observed + timedelta(minutes=6),
        "received_at": observed,
        "latitude": at[0] if at else None,
        "longitude": at[1] if at else None,
        "payments": [{"amount": 1000, "currency": "XOF", "basis": "no_receipt"}],
    }
    session.add(ReportedControl(seq=seq, operator_id=operator_id, observed_at=observed, **(row | more)))


def an_incident(
    session: Session, seq: int, operator_id: str, at: tuple[float, float] | None, observed: datetime, **more: Any
) -> None:
    """Report an incident; harassment unless said otherwise."""
    row: dict[str, Any] = {
        "vehicle_id": f"{operator_id}-1",
        "incident_type": "harassment",
        "received_at": observed,
        "latitude": at[0] if at else None,
        "longitude": at[1] if at else None,
    }
    session.add(ReportedIncident(seq=seq, operator_id=operator_id, observed_at=observed, **(row | more)))


class RoadDirectory:
    """The two answers that the map asks of the directory, read from the database each time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as session:
            self.geography = geography_of(session)

    def find_vehicle(self, vehicle_id: str) -> VehicleRef | None:
        with self._database.reading() as session:
            vehicle = session.get(Vehicle, vehicle_id)
            return reference(vehicle) if vehicle else None


def map_router(database: Database, clock: FixedClock | Any) -> APIRouter:
    """Return the map's routes on a database, without the rest of a process."""
    parts = SimpleNamespace(database=database, clock=clock, directory=RoadDirectory(database))
    return map_page.make_router(cast(Parts, parts))


def make_map_site(database: Database, now: datetime = NOON) -> Site:
    """Return the account pages and the map, with everybody of `people.populate` and the shipped geography."""
    with database.writing() as session:
        seed(session)
    site = make_site(database, [map_router(database, FixedClock(now))])
    site.clock.advance(now - NOON)
    return site


def geography_of(session: Session) -> Geography:
    """Return the shipped geography as of noon."""
    return load_geography(session, NOON.date())


def populate_road(session: Session, now: datetime, coaches: int = 60, seed_number: int = 7) -> None:
    """Fill the road: coaches of four companies on all stretches, crossings, statuses, controls, harassment."""
    chance = random.Random(seed_number)
    corridor = geography_of(session).get_corridor("ABJ-LOS")
    for operator_id, name in COMPANIES.items():
        if (known := session.get(Operator, operator_id)) is not None:
            known.name = name
        else:
            session.add(Operator(operator_id=operator_id, name=name, country="CI", registered_at=now))
    session.flush()
    names = list(COMPANIES)
    for number in range(coaches):
        km = chance.uniform(corridor.line.start_km, corridor.line.end_km)
        moving, silent = chance.random() < 0.75, chance.random() < 0.08
        operator = names[number % len(names)]
        heard = now - timedelta(minutes=47) if silent else now - timedelta(seconds=chance.randrange(2, 90))
        back = 180 if chance.random() < 0.5 else 0
        a_coach(
            session, f"{operator}-{number + 1}", operator, corridor.point_at(km), now,
            speed_mps=chance.uniform(8, 26) if moving else 0.2, bearing_deg=(corridor.line.bearing_at(km) + back) % 360,
            observed_at=heard, heard_at=heard, silent_since=now if silent else None,
        )  # fmt: skip
    _populate_posts(session, [p for b in corridor.borders for p in (b.exit_place, b.entry_place)], now, chance)
    for number in range(25):
        at = corridor.point_at(chance.uniform(10, 900))
        agency = chance.choice(["police", "customs", "gendarmerie", "immigration"])
        observed = now - timedelta(hours=chance.uniform(0.2, 90))
        a_control(session, 1000 + number, names[number % 4], at, observed, agency=agency)
    for number in range(6):
        at = corridor.point_at(chance.choice([100, 180, 560, 905]))
        observed = now - timedelta(hours=chance.uniform(1, 20))
        an_incident(session, 2000 + number, names[number % 4], at, observed, harassment=["verbal_abuse"])
    an_incident(session, 2100, "sti", corridor.point_at(300), now - timedelta(hours=2), incident_type="breakdown")
    session.add(
        TripSheet(
            operator_id="sti", trip_id="T-1", vehicle_id="sti-1", corridor_id="ABJ-LOS", first_seq=1, last_seq=1,
            departed_at=now - timedelta(hours=5), said={"destination": "lagos", "corridor_id": "ABJ-LOS"},
        )
    )  # fmt: skip


def _populate_posts(session: Session, posts: Iterable[str], now: datetime, chance: random.Random) -> None:
    states = ["open", "open", "open", "restricted", "suspended"]
    for number, post_id in enumerate(dict.fromkeys(posts)):
        old = timedelta(hours=9) if number == 3 else timedelta(minutes=chance.randrange(3, 200))
        for offset, direction in enumerate(("entry", "exit")):
            dwell = None if number == 1 and direction == "exit" else timedelta(minutes=chance.randrange(20, 130))
            arrived = now - old - (dwell or timedelta(0))
            a_crossing(session, 100 + 2 * number + offset, post_id, direction, arrived, dwell, vehicle_id="sti-1")
        session.add(
            LatestPostStatus(
                post_id=post_id, agency="customs", status=states[number % 5], queue_length=chance.choice([None, 0, 7]),
                observed_at=now - old, received_at=now - old, seq=50 + number,
            )
        )  # fmt: skip
