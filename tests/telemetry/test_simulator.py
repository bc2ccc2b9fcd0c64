from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import orjson
import pytest

from telemetry.simulator.journey import Gate, Road, lay_controls, plan
from telemetry.simulator.player import Player, Stretch
from telemetry.simulator.timetable import coaches, departures
from tracker.clock import FixedClock

GATES = (Gate("CI-noe", "GH-elubo", "CI", "GH", 177.0), Gate("GH-aflao", "TG-kodjoviakope", "GH", "TG", 731.0))
ROAD = Road("ABJ-LOS", 1016.0, GATES, lay_controls(7, GATES, 1016.0))
HUBS = {"abidjan": 8.0, "accra": 533.0, "lagos": 1016.0, "cotonou": 884.0}
STRETCHES = {"ABJ-LOS": Stretch(ROAD, lambda km: (5 + km / 1000, -4 + km / 150), HUBS)}


class Outbox:
    def __init__(self):
        self.sent = []

    def send(self, device_id, topic, payload):
        self.sent.append((device_id, topic, orjson.loads(payload)))

    def bodies(self, ending):
        for _, topic, payload in self.sent:
            if topic.endswith(ending):
                yield from payload if isinstance(payload, list) else [payload]


class StopAfter:
    """An event that lets the player take `rounds` turns of half a second on a clock that stands otherwise."""

    def __init__(self, clock, rounds):
        self.clock, self.rounds = clock, rounds

    def is_set(self):
        return self.rounds <= 0

    def wait(self, seconds):
        self.rounds -= 1
        self.clock.advance(timedelta(seconds=seconds))


def test_the_same_seed_and_day_give_the_same_departures():
    day = date(2026, 6, 1)
    assert list(departures(7, day)) == list(departures(7, day))
    assert list(departures(7, day)) != list(departures(8, day))


def test_a_coach_leaves_again_only_after_it_has_arrived():
    busy = {}
    for number in range(20):
        for departure in departures(7, date(2026, 6, 1) + timedelta(days=number)):
            ends = (departure.service.origin, departure.service.destination)
            a, b = ends if departure.outbound else ends[::-1]
            journey = plan(departure.seed, ROAD, HUBS[a], HUBS[b])
            busy.setdefault(departure.vehicle_id, []).append(
                (departure.leaves_at, departure.leaves_at + timedelta(seconds=journey.duration_s), a, b)
            )
    overlaps = 0
    for runs in busy.values():
        runs.sort()
        for (_, arrived, _, at), (left, _, from_, _) in pairwise(runs):
            assert at == from_
            overlaps += left < arrived
    assert overlaps == 0


def test_every_coach_that_leaves_is_of_the_fleet():
    fleet = {vehicle for _, vehicle, _ in coaches()}
    assert {d.vehicle_id for d in departures(7, date(2026, 6, 1))} <= fleet


@pytest.mark.parametrize(("start", "end"), [(8.0, 1016.0), (1016.0, 8.0)])
def test_a_journey_goes_one_way_and_takes_about_a_day(start, end):
    journey = plan("x", ROAD, start, end)
    assert journey.kms[0] == start
    assert journey.kms[-1] == end
    steps = [b - a for a, b in pairwise(journey.kms)]
    assert all(step * (end - start) >= -1e-9 for step in steps)
    assert timedelta(hours=18) < timedelta(seconds=journey.duration_s) < timedelta(hours=45)
    assert list(journey.times_s) == sorted(journey.times_s)


def test_a_restart_repeats_messages_instead_of_inventing_new_ones():
    ids = []
    for start in (datetime(2026, 6, 2, 12, tzinfo=UTC), datetime(2026, 6, 2, 12, 30, tzinfo=UTC)):
        clock, outbox = FixedClock(start), Outbox()
        Player(STRETCHES, outbox, clock).play(StopAfter(clock, 1))
        ids.append(
            {
                body["id"]
                for _, topic, p in outbox.sent
                for body in (p if isinstance(p, list) else [p])
                if "positions" not in topic
            }
        )
    assert len(ids[0] & ids[1]) > 0.9 * len(ids[0])


def test_a_day_has_crossings_controls_and_moving_coaches():
    clock, outbox = FixedClock(datetime(2026, 6, 2, 12, tzinfo=UTC)), Outbox()
    Player(STRETCHES, outbox, clock, interval_s=10).play(StopAfter(clock, 62))
    crossings = list(outbox.bodies("crossings"))
    assert {c["direction"] for c in crossings} == {"exit", "entry"}
    assert all(c["arrived_at"] < c["released_at"] for c in crossings)
    assert list(outbox.bodies("controls"))
    fixes = list(outbox.bodies("positions"))
    assert any(fix["speed_mps"] > 5 for fix in fixes)
    by_coach = {}
    for fix in fixes:
        by_coach.setdefault(fix["trip_id"], []).append((fix["latitude"], fix["longitude"]))
    assert all(len(places) >= 3 for places in by_coach.values())


def test_questions_come_later_than_the_barrier():
    journey = plan("y", ROAD, 8.0, 1016.0)
    controls = [h for h in journey.happenings if h.kind == "control"]
    assert controls
    assert all(h.due_s >= h.at_s + h.values["stood_s"] + 600 for h in controls)
