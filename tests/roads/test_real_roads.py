"""Coaches of `traffic` over real road lines (or the shipped ones, where those are not here) through every step.

On the imported real lines, and on the coarse lines that are shipped while the coaches drive the real road.
"""

import tempfile
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import numpy as np
import pytest
from sqlmodel import SQLModel

from dashboard.pipeline import STEPS
from tests.roads.traffic import Coach, Road, Stand, drive_coach, read_roads, shipped_road
from tests.tracker.drives import same_however_cut
from tests.tracker.places_of_truth import REAL_LINES, TODAY, reload, shipped
from tracker.database import Database
from tracker.facts import BorderCrossing, Fact, Halt, TripRun, moment
from tracker.geography import Geography, seed
from tracker.line_files import import_lines
from tracker.location import Location
from tracker.plausibility import Plausibility
from tracker.steps import DeclaredTrip, Drive, World, drive

CORRIDORS = (
    "ABJ-LOS",
    "DKR-BKO",
    "TEM-OUA",
    "COO-NIM",
    "DKR-BXO",
    "OUA-BKO-S",
    "FNA-MLW",
    "KAN-NIM",
    "ABJ-OUA",
    "NIM-OUA",
)
INTERVALS = (30.0, 60.0, 20.0, 120.0)
IMPORTED, COARSE, DRAWN = "imported", "coarse", "drawn"  # drawn: they drive the shipped lines themselves
real_lines = pytest.mark.skipif(not REAL_LINES.exists(), reason="the real lines are not on this machine")
KINDS = (IMPORTED, COARSE) if REAL_LINES.exists() else (DRAWN,)


@cache
def geography(kind: str) -> Geography:
    if kind != IMPORTED:
        return shipped()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/imported.sqlite3")
        SQLModel.metadata.create_all(database.engine)
        with database.writing() as session:
            seed(session)
            import_lines(session, REAL_LINES.read_bytes(), TODAY)
            result = reload(session)
        database.close()
    return result


@cache
def roads(kind: str) -> dict[str, Road]:
    if kind == DRAWN:
        return {name: shipped_road(shipped().corridors[name]) for name in CORRIDORS}
    return read_roads(REAL_LINES, shipped().corridors)


@dataclass(frozen=True, eq=False)
class Journey:
    road: Road
    coach: Coach
    drive: Drive

    def facts(self, kind: type[Fact]) -> list[Fact]:
        found = [fact for fact in (*self.drive.settled, *self.drive.under_way) if isinstance(fact, kind)]
        return sorted(found, key=lambda fact: fact.started_at)


@cache
def journey(kind: str, corridor_id: str, is_reversed: bool, *, at_posts: bool = False) -> Journey:
    world_of = geography(kind)
    number = CORRIDORS.index(corridor_id)
    coach = drive_coach(
        roads(kind)[corridor_id],
        seed=number,
        is_reversed=is_reversed,
        every_s=INTERVALS[number % len(INTERVALS)],
        posts=world_of.posts if at_posts else None,
    )
    corridor = world_of.corridors[corridor_id]
    ends = (corridor.destination, corridor.origin) if is_reversed else (corridor.origin, corridor.destination)
    started = moment(float(coach.fixes.at_s[0]))
    trip = DeclaredTrip("T1", corridor_id, started, origin=ends[0], destination=ends[1])
    world = World("COACH-1", world_of, (trip,))
    return Journey(roads(kind)[corridor_id], coach, drive(STEPS, {}, coach.fixes, world))


EVERY = [
    pytest.param(kind, name, is_reversed, id=f"{kind}-{name}-{'down' if is_reversed else 'up'}")
    for kind in KINDS
    for name in CORRIDORS
    for is_reversed in (False, True)
]


def unheard_s(coach: Coach, start_s: float, end_s: float) -> float:
    """The longest time without a fix that touches a stretch."""
    at_s = coach.fixes.at_s
    first, last = np.searchsorted(at_s, [start_s, end_s])
    return float(np.diff(at_s[max(0, first - 1) : last + 2]).max())


def check_crossings(found: Journey) -> None:
    coach, tolerance = found.coach, 2 * found.coach.every_s
    crossings = found.facts(BorderCrossing)
    assert [(c.exit_post, c.entry_post) for c in crossings] == [(t.exit_post, t.entry_post) for t in coach.crossings]
    assert {c.state for c in crossings} == {"crossed"}
    for true, seen in zip(coach.crossings, crossings, strict=True):
        if unheard_s(coach, true.exit_from_s, true.entry_to_s) > 300:
            continue  # a silence at the border: what happened in it was not seen
        assert seen.basis == "fences"
        assert abs(seen.line_at.timestamp() - true.line_s) <= tolerance, (true, seen)
        out, into = true.exit_to_s - true.exit_from_s, true.entry_to_s - true.entry_from_s
        if seen.unsplit_s is not None:  # a joint post
            whole = true.entry_to_s - true.exit_from_s
            assert abs(seen.unsplit_s - whole) <= max(180, whole / 10), (true, seen)
            continue
        assert abs(seen.exit_s - out) <= max(180, out / 10), (true, seen)
        assert abs(seen.entry_s - into) <= max(180, into / 10), (true, seen)


@pytest.mark.parametrize(("kind", "corridor_id", "is_reversed"), EVERY)
def test_every_border_is_crossed_once_at_the_right_posts_in_the_right_order(kind, corridor_id, is_reversed):
    check_crossings(journey(kind, corridor_id, is_reversed))


@real_lines
@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("corridor_id", ["ABJ-OUA", "OUA-BKO-S", "NIM-OUA", "KAN-NIM", "COO-NIM"])
def test_formalities_at_posts_far_from_the_line_are_seen_there(corridor_id, is_reversed):
    check_crossings(journey(IMPORTED, corridor_id, is_reversed, at_posts=True))


@pytest.mark.parametrize("kind", KINDS)
def test_kilometres_are_right_within_one_per_cent(kind):
    for corridor_id in CORRIDORS:
        for is_reversed in (False, True):
            found = journey(kind, corridor_id, is_reversed)
            leg, fixes = found.drive.leg, found.coach.fixes
            own = list(geography(kind).corridors).index(corridor_id)
            true = found.coach.kms[np.searchsorted(fixes.at_s, leg.fixes.at_s)]
            error = np.abs(leg.kms - true)[leg.corridors == own] / found.road.kilometres[-1]
            assert (leg.corridors == own).mean() > 0.9, corridor_id
            assert np.median(error) < 0.01, corridor_id
            assert np.percentile(error, 95) < (0.02 if kind == COARSE else 0.01), corridor_id


@real_lines
@pytest.mark.parametrize("is_reversed", [False, True])
def test_on_every_imported_line_kilometres_are_right_within_one_per_cent(is_reversed):
    """Roads that pass a stretch twice among them: into a town and out, out to the next exit of a motorway and back. Nobody can
    tell how often a coach passed one that was silent there."""
    for corridor_id, road in read_roads(REAL_LINES, shipped().corridors, every=True).items():
        coach = drive_coach(road, seed=len(road.latitudes), is_reversed=is_reversed, every_s=60.0, silences=False)
        trip = DeclaredTrip("T1", corridor_id, moment(float(coach.fixes.at_s[0])))
        world = World("COACH-1", geography(IMPORTED), (trip,))
        leg = drive((Plausibility(), Location()), {}, coach.fixes, world).leg
        true = coach.kms[np.searchsorted(coach.fixes.at_s, leg.fixes.at_s)]
        assert {world.corridors[n].id for n in set(leg.corridors.tolist())} == {corridor_id}
        assert np.percentile(np.abs(leg.kms - true), 99) < 0.01 * road.kilometres[-1], corridor_id


# Whole parts of Abidjan-Lagos, which stands before them; and where the line drawn to Kumasi leaves that to Ouagadougou it goes
# out and back on it for 28 km, which a coach would only do that has turned.
AMBIGUOUS = {("ABJ-ACC", False), ("ABJ-ACC", True), ("COO-LOS", False), ("COO-LOS", True), ("ABJ-KMS", False)}


@real_lines
@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_trip_nobody_declared_is_one_of_the_corridor_driven_from_where_it_began(is_reversed):
    """Though up to sixty per cent of the road belongs to another corridor as well."""
    for corridor_id, road in roads(IMPORTED).items():
        if (corridor_id, is_reversed) in AMBIGUOUS:
            continue
        coach = drive_coach(road, seed=len(road.latitudes), is_reversed=is_reversed, every_s=60.0)
        done = drive(STEPS, {}, coach.fixes, World("COACH-1", geography(IMPORTED)))
        (trip,) = [fact for fact in (*done.settled, *done.under_way) if isinstance(fact, TripRun)]
        assert (trip.corridor_id, trip.direction) == (corridor_id, "down" if is_reversed else "up")
        assert abs(trip.end_km - trip.start_km) > 0.96 * road.kilometres[-1], trip
        order = [
            number for number, _ in groupby(n for n in done.leg.corridors.tolist() if n >= 0)
        ]  # spikes are on none
        assert len(order) == len(set(order)), f"{corridor_id}: back to a corridor it had left"


def overlap_s(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(0.0, min(one[1], other[1]) - max(one[0], other[0]))


def heard_share(coach: Coach, stand: Stand) -> float:
    heard = ((coach.fixes.at_s >= stand.start_s) & (coach.fixes.at_s <= stand.end_s)).sum()
    return float(heard * coach.every_s / (stand.end_s - stand.start_s))


@pytest.mark.parametrize("kind", KINDS)
def test_halts_are_found_and_nothing_else_is(kind):
    wanted = hits = found = right = 0
    for corridor_id in CORRIDORS:
        for is_reversed in (False, True):
            way = journey(kind, corridor_id, is_reversed)
            last_s = float(way.coach.fixes.at_s[-1])
            halts = [
                (h.started_at.timestamp(), h.ended_at.timestamp() if h.ended_at else last_s) for h in way.facts(Halt)
            ]
            stands = [s for s in way.coach.stands if s.kind != "queue" and heard_share(way.coach, s) > 0.6]
            stands = [s for s in stands if s.end_s - s.start_s >= max(120.0, 4 * way.coach.every_s)]
            wanted += len(stands)
            hits += sum(
                any(overlap_s((s.start_s, s.end_s), h) >= 0.6 * (s.end_s - s.start_s) for h in halts) for s in stands
            )
            found += len(halts)
            every = [(s.start_s - 60, s.end_s + 60) for s in way.coach.stands]
            right += sum(sum(overlap_s(true, h) for true in every) >= 0.5 * (h[1] - h[0]) for h in halts)
    assert wanted > 150
    assert hits / wanted >= 0.95
    assert right / found >= 0.95


@pytest.mark.parametrize("kind", KINDS)
def test_the_declared_trip_is_driven_once_from_end_to_end(kind):
    for corridor_id in CORRIDORS:
        for is_reversed in (False, True):
            way = journey(kind, corridor_id, is_reversed)
            (trip,) = way.facts(TripRun)
            assert (trip.trip_id, trip.corridor_id) == ("T1", corridor_id)
            assert trip.direction == ("down" if is_reversed else "up")
            assert abs(trip.end_km - trip.start_km) > 0.95 * (way.road.kilometres[-1] - way.road.kilometres[0]), trip


@pytest.mark.parametrize("corridor_id", ["DKR-BXO", "NIM-OUA"])
def test_however_the_fixes_are_cut_the_crossings_are_the_same(corridor_id):
    kind = KINDS[-1]
    coach = journey(kind, corridor_id, False).coach
    run = same_however_cut(STEPS, coach.fixes, World("COACH-1", geography(kind)), seeds=4)
    assert len([fact for fact in run.settled if isinstance(fact, BorderCrossing)]) == len(coach.crossings)
