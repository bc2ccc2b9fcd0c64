"""A small invented day on the Abidjan-Lagos road, written straight into the projections that the map reads."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast
from uuid import NAMESPACE_OID, uuid5

from fastapi import APIRouter
from sqlmodel import Session, SQLModel

from checkpoints.flags import Flag, FlagEvidence
from checkpoints.logged_crossings import LoggedCrossing, coach_of
from checkpoints.post_statuses import LatestPostStatus
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from dashboard.pages import corridors, hub_pairs, posts, trips
from dashboard.pages import map as map_page
from dashboard.parts import Parts
from operators.companies import Operator, Vehicle, reference
from operators.trip_sheets import TripSheet
from tests.dashboard.people import NOON, Site, make_site
from tracker.clock import FixedClock
from tracker.countries import country_at
from tracker.database import Database
from tracker.directory import VehicleRef
from tracker.dwell_hours import DwellHours
from tracker.fact_rows import Changes, Sighting
from tracker.facts import BorderCrossing, Gap, SectionPass, TripRun
from tracker.geography import Geography, load_geography, seed
from tracker.latest import LatestPosition, VehicleContact
from tracker.section_hours import SectionHours
from tracker.sections import Passage
from tracker.sightings import CoachNow
from tracker.silences import Silences
from tracker.usual_times import KeptUsualTimes

COMPANIES = {"sti": "Lagune Express", "utb": "Harmattan Voyages", "mono": "Mono Transit", "creek": "Creek Road Lines"}

FLAG_IDS = {name: str(uuid5(NAMESPACE_OID, name)) for name in ("open", "firm", "week", "told", "kept", "done")}


def a_coach(
    session: Session, vehicle_id: str, operator_id: str, at: tuple[float, float], now: datetime, **more: Any
) -> None:
    """Put a coach on the road; `more` overrides fields of its position, `silent_since` of its contact.

    `trip_id` and `standing_since` are what the journeys know of it.
    """
    trip_id, standing_since = more.pop("trip_id", None), more.pop("standing_since", None)
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
    placed = facts | place | more
    session.merge(
        CoachNow(
            vehicle_id=vehicle_id, operator_id=operator_id, observed_at=placed["observed_at"],
            latitude=placed["latitude"], longitude=placed["longitude"], trip_id=trip_id, standing_since=standing_since,
            **whereabouts(session, placed["latitude"], placed["longitude"]),
        )
    )  # fmt: skip


def whereabouts(session: Session, latitude: float, longitude: float) -> dict[str, Any]:
    """Return corridor, kilometre, section and country of a place: of the first corridor within 25 km of it."""
    country = country_at(latitude, longitude)
    for corridor in shipped(session).corridors.values():
        km, offset_m = corridor.line.locate_one(latitude, longitude)
        if offset_m < 25_000:
            section = corridor.passage_at(km).section.id
            return {"corridor_id": corridor.id, "km": km, "section_id": section, "country": country}
    return {"country": country}


_SHIPPED: list[Geography] = []


def shipped(session: Session) -> Geography:
    """Return the shipped geography, read once for all tests."""
    if not _SHIPPED:
        _SHIPPED.append(geography_of(session))
    return _SHIPPED[0]


def a_crossing(
    session: Session, seq: int, post_id: str, direction: str, arrived: datetime, dwell: timedelta | None, **more: Any
) -> None:
    """Log a crossing at a post."""
    row = {
        "agency": "immigration",
        "received_at": arrived,
        "written_at": arrived,
        "coach": coach_of(more),
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


def map_parts(database: Database, clock: FixedClock | Any) -> Parts:
    """Return what the map and the panels ask of a process, on a database."""
    parts = SimpleNamespace(database=database, clock=clock, directory=RoadDirectory(database), usual=KeptUsualTimes())
    return cast(Parts, parts)


def map_router(database: Database, clock: FixedClock | Any) -> APIRouter:
    """Return the map's routes on a database, without the rest of a process."""
    return map_page.make_router(map_parts(database, clock))


def make_map_site(database: Database, now: datetime = NOON) -> Site:
    """Return the account pages, the map and its panels, with everybody of `people.populate` and the shipped geography."""
    with database.writing() as session:
        seed(session)
    parts = map_parts(database, FixedClock(now))
    panels = (trips.router, corridors.router, posts.router, hub_pairs.router)
    site = make_site(database, [map_page.make_router(parts), *panels])
    site.app.state.parts = parts
    site.clock.advance(now - NOON)
    return site


@contextmanager
def standing_map_site(folder: Path, fill: Callable[[Session], None], now: datetime = NOON) -> Iterator[Site]:
    """The pages of the map over a database of their own in `folder`, filled by `fill`."""
    database = Database(f"sqlite:///{folder / 'map.sqlite3'}")
    SQLModel.metadata.create_all(database.engine)
    site = make_map_site(database, now)
    with database.writing() as session:
        fill(session)
    yield site
    database.close()


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


def a_pass(session: Session, operator_id: str, passage: Passage, ended: datetime, took: timedelta, **more: Any) -> None:
    """Let a coach drive a section from one end to the other; `more` overrides fields of the fact."""
    facts: dict[str, Any] = {
        "section_id": passage.section.id, "direction": "up", "corridor_id": "ABJ-LOS", "late": False,
        "length_km": passage.section.length_km, "first_seq": 1, "last_seq": 2, "settled_at": ended,
    }  # fmt: skip
    fact = SectionPass(started_at=ended - took, ended_at=ended, **(facts | more))
    SectionHours().take(session, Changes(added=[Sighting(f"{operator_id}-1", operator_id, fact)]))


def a_stay(
    session: Session, operator_id: str, posts: tuple[str, str], arrived: datetime, exit_s: float, entry_s: float
) -> None:
    """Let a coach cross a border: seconds at the exit post, then at the entry post."""
    line, left = arrived + timedelta(seconds=exit_s), arrived + timedelta(seconds=exit_s + entry_s)
    fact = BorderCrossing(
        started_at=arrived, ended_at=left, settled_at=left, first_seq=1, last_seq=2, corridor_id="ABJ-LOS",
        exit_post=posts[0], entry_post=posts[1], km=0.0, state="crossed", basis="fences", line_at=line,
        exit_arrived_at=arrived, exit_left_at=line, entry_arrived_at=line, entry_left_at=left, exit_s=exit_s,
        entry_s=entry_s,
    )  # fmt: skip
    DwellHours().take(session, Changes(added=[Sighting(f"{operator_id}-1", operator_id, fact)]))


def a_silence(
    session: Session, vehicle_id: str, kind: Literal["lost", "late"], from_km: float, to_km: float, began: datetime
) -> None:
    """Let a coach drive all of Abidjan-Lagos and fall silent on the way."""
    shared: dict[str, Any] = {"first_seq": 1, "last_seq": 2, "settled_at": began, "corridor_id": "ABJ-LOS"}
    gap = Gap(
        started_at=began, ended_at=began + timedelta(minutes=30), kind=kind, from_km=from_km, to_km=to_km, **shared
    )
    run = TripRun(
        started_at=began, ended_at=began, trip_id=f"{vehicle_id}-trip", declared=False, direction="up", start_km=0.0,
        end_km=1000.0, origin="abidjan", destination="lagos", ending="arrived", **shared,
    )  # fmt: skip
    Silences().take(session, Changes(added=[Sighting(vehicle_id, "sti", fact) for fact in (gap, run)]))


def populate_flow(session: Session, now: datetime, days: int = 9) -> None:
    """Fill the last days with passes, stays at borders and silences; the road before Lomé is slow, two ways unalike.

    The stretch before Lagos nobody drove away from it: no data there.
    """
    chance = random.Random(3)
    corridor = shipped(session).get_corridor("ABJ-LOS")
    passes: list[Sighting] = []
    for number, passage in enumerate(corridor.passages):
        for direction in ("up", "down"):
            if number == len(corridor.passages) - 1 and direction == "down":
                continue
            slow = (1.1, 1.2, 1.5, 2.0, 3.0)[(number + (direction == "down")) % 5]
            for trip in range(int(days * (16 if number < 8 else 6))):
                ended = now - timedelta(minutes=7 + trip * days * 1440 / (days * (16 if number < 8 else 6)))
                free_s = passage.section.length_km / 78 * 3600
                took_s = free_s * (1.0 if trip % 8 == 0 else slow * chance.uniform(0.9, 1.2))
                operator = list(COMPANIES)[trip % 4]
                fact = SectionPass(
                    started_at=ended - timedelta(seconds=took_s), ended_at=ended, settled_at=ended, first_seq=1, last_seq=2,
                    section_id=passage.section.id, direction=cast(Any, direction), corridor_id="ABJ-LOS",
                    length_km=passage.section.length_km, late=trip % 11 == 0,
                )  # fmt: skip
                passes.append(Sighting(f"{operator}-1", operator, fact))
    SectionHours().take(session, Changes(added=passes))
    for border in corridor.borders:
        for stay in range(days * 6):
            arrived = now - timedelta(hours=1 + stay * 4)
            longer = 2.2 if border.exit_place == "CI-noe" and stay < 6 else 1.0
            ways = (border.exit_place, border.entry_place), (border.entry_place, border.exit_place)
            spent_s = [longer * chance.uniform(1500, 3600) for _ in range(2)]
            a_stay(session, list(COMPANIES)[stay % 4], ways[stay % 2], arrived, *spent_s)
    for number in range(5):
        a_silence(session, f"sti-{number}", "lost" if number < 4 else "late", 300, 342, now - timedelta(days=2))
        a_silence(session, f"utb-{number}", "late", 610, 629, now - timedelta(days=3))


def populate_flags(session: Session, now: datetime) -> None:
    """Raise flags: three that go on and may be seen, and three that the map does not show."""
    seen = {
        "first_seen_at": now - timedelta(days=9),
        "last_seen_at": now - timedelta(hours=5),
        "detected_at": now,
        "changed_at": now,
    }
    barrier = {"rule": "unlisted", "severity": "medium", "confidence": 0.97, "corridor_id": "ABJ-LOS", "country": "GH"}
    for name, facts in {
        "open": {
            "kind": "unlisted_checkpoint",
            "latitude": 5.2,
            "longitude": -1.2,
            "km": 402.6,
            "from_km": 400.1,
            "to_km": 405.1,
            "estimate": [7, 6, 9],
            "hours": [20, 4],
        },
        "firm": {
            "kind": "en_route_control",
            "latitude": 6.4,
            "longitude": 2.1,
            "country": "BJ",
            "status": "corroborated",
        },
        "week": {"kind": "excess_controls", "country": None},
        "told": {"kind": "harassment", "latitude": 5.6, "longitude": -0.2},
        "kept": {"kind": "unlisted_checkpoint", "latitude": 5.3, "longitude": -1.1, "is_protected": True},
        "done": {"kind": "unlisted_checkpoint", "latitude": 5.4, "longitude": -1.0, "status": "dismissed"},
    }.items():
        session.add(Flag(flag_id=FLAG_IDS[name], **(barrier | seen | facts)))
    session.flush()
    session.add(
        FlagEvidence(
            flag_id=FLAG_IDS["open"], number=0, kind="halt", ref="h1", vehicle_id="sti-1", operator_id="sti",
            started_at=now - timedelta(days=1), ended_at=now - timedelta(days=1), first_seq=1, last_seq=2,
        )
    )  # fmt: skip
