"""What the simulator plays: the same every time, with coaches that are in one place, and messages that doors accept."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import orjson
import pytest

from telemetry.decode import Decoded, decode
from telemetry.kinds import Kind
from telemetry.message_limits import MessageLimits
from telemetry.simulator.fleet import coaches_of, companies_of
from telemetry.simulator.journey import ways_of
from telemetry.simulator.play import play
from telemetry.simulator.player import Player
from telemetry.simulator.scenario_files import load_scenario
from telemetry.simulator.span import as_dated, until_now
from telemetry.simulator.timetable import turns
from telemetry.simulator.truth import Truth
from tests.telemetry.roads import BUSY, MINIMAL, ROADS, scenario_of
from tracker.clock import FixedClock

SCENARIO = scenario_of(BUSY)


class Outbox:
    def __init__(self):
        self.sent = []

    def send(self, device_id, topic, payload):
        body = orjson.loads(payload)
        self.sent.append((device_id, topic, body if isinstance(body, list) else [body]))

    def bodies(self, ending=""):
        return [body for _, topic, bodies in self.sent if topic.endswith(ending) for body in bodies]


class StopAfter:
    """An event that lets the player take `rounds` turns on a clock that stands otherwise."""

    def __init__(self, clock, rounds, step_s=1.0):
        self.clock, self.rounds, self.step = clock, rounds, timedelta(seconds=step_s)

    def is_set(self):
        return self.rounds <= 0

    def wait(self, _seconds):
        self.rounds -= 1
        self.clock.advance(self.step)
        return self.rounds <= 0


@pytest.fixture(scope="module")
def said():
    return list(play(SCENARIO, ROADS))


def test_the_same_scenario_and_seed_give_the_same_bytes(said):
    again = list(play(SCENARIO, ROADS))
    assert [(s.due_s, s.device_id, s.topic, s.payload()) for s in said] == [
        (s.due_s, s.device_id, s.topic, s.payload()) for s in again
    ]
    other = SCENARIO.model_copy(update={"seed": 4})
    assert [s.payload() for s in play(other, ROADS)] != [s.payload() for s in said]


def test_messages_come_in_the_order_in_which_they_are_sent(said):
    assert all(a.due_s <= b.due_s for a, b in pairwise(said))
    assert all(body["sent_at"] == s.due_s for s in said for body in s.bodies)
    assert {s.kind for s in said} == set(Kind) - {Kind.VEHICLE_STATUS}


def test_no_two_messages_share_an_id_and_every_body_is_one_that_doors_accept(said):
    ids = [body["id"] for s in said for body in s.bodies if "id" in body]
    assert len(ids) == len(set(ids))
    for s in said[:: max(1, len(said) // 4000)] + [s for s in said if s.kind is not Kind.POSITION]:
        for body in s.bodies:
            (verdict,) = decode(s.kind, orjson.dumps(body), MessageLimits(), datetime.fromtimestamp(s.due_s, UTC))
            assert isinstance(verdict, Decoded), (s.kind, body, verdict)


def test_a_coach_leaves_only_from_where_it_arrived_after_a_rest_and_never_faster_than_the_fleet():
    span, ways = as_dated(SCENARIO), ways_of(SCENARIO, ROADS)
    for coach in coaches_of(SCENARIO, ROADS):
        found = list(turns(coach, ways["AA-BB"], SCENARIO, span))
        assert len(found) >= 2
        for before, after in pairwise(found):
            assert before.destination == after.origin
            assert before.journey.kms[-1] == after.journey.kms[0]
            assert after.station_s == before.journey.arrived_s
            assert after.journey.departed_s - before.journey.arrived_s >= 3 * 3600
            assert after.journey.departed_s - before.journey.departed_s >= coach.interval_s


def test_every_company_of_the_scenario_has_a_coach_and_all_its_names_are_different():
    coaches = coaches_of(SCENARIO, ROADS)
    assert {c.company for c in coaches} == set(companies_of(SCENARIO))
    assert len({c.vehicle_id for c in coaches}) == len({c.license_plate for c in coaches}) == 8


def test_two_scenarios_share_no_coach():
    other = SCENARIO.model_copy(update={"seed": 99})
    mine, theirs = ({c.vehicle_id for c in coaches_of(s, ROADS)} for s in (SCENARIO, other))
    assert not mine & theirs


def test_fixes_of_an_outage_come_late_in_arrays_or_never(said):
    arrays = [s for s in said if s.kind is Kind.POSITION and len(s.bodies) > 1]
    assert arrays
    assert all(len(s.bodies) <= 500 for s in arrays)
    assert all(s.due_s - s.bodies[0]["observed_at"] > 60 for s in arrays)
    prompt = [s for s in said if s.kind is Kind.POSITION and len(s.bodies) == 1]
    assert sum(s.due_s - s.bodies[0]["observed_at"] < 3 for s in prompt) > 0.99 * len(prompt)


def test_spikes_are_about_as_rare_as_the_scenario_says(said):
    off = [abs(b["latitude"] - 7.0) for s in said if s.kind is Kind.POSITION for b in s.bodies]
    share = sum(o > 0.002 for o in off) / len(off)  # 220 m north or south of a straight road
    assert 0.002 < share < 0.007


def test_a_history_that_ends_now_keeps_the_hours_and_repeats_what_is_dated():
    span = until_now(SCENARIO, datetime(2027, 1, 10, 15, 30, tzinfo=UTC), timedelta(days=9))
    assert datetime.fromtimestamp(span.start_s, UTC) == datetime(2027, 1, 1, tzinfo=UTC)
    one = span.in_scenario(span.start_s + 3600)
    assert span.in_scenario(span.start_s + 4 * 86400 + 3600) == one
    assert datetime.fromtimestamp(one, UTC) == datetime(2026, 6, 1, 1, tzinfo=UTC)


def playing(clock, outbox, memory, days=2):
    span = until_now(SCENARIO, datetime(2026, 8, 10, 12, tzinfo=UTC), timedelta(days=days))
    return Player(SCENARIO, ROADS, span, outbox, clock, sent_until=memory)


def test_history_comes_in_arrays_each_coach_before_its_live_words_and_a_restart_sends_it_not_again():
    clock, outbox, memory = FixedClock(datetime(2026, 8, 10, 12, tzinfo=UTC)), Outbox(), {}
    player = playing(clock, outbox, memory)
    player.send_history(StopAfter(clock, 10**9))
    assert max(len(bodies) for _, _, bodies in outbox.sent) > 100
    assert len(memory) == player.streams
    history = len(outbox.bodies("positions"))
    player.go_live(StopAfter(clock, 600))
    assert len(outbox.bodies("positions")) > history
    last = {}
    for device, topic, bodies in outbox.sent:
        if topic.endswith("positions"):
            assert last.get(device, 0) <= bodies[0]["sent_at"]
            last[device] = bodies[-1]["sent_at"]
    assert all(body["sent_at"] <= clock.now().timestamp() for body in outbox.bodies())

    later = Outbox()
    playing(clock, later, memory).send_history(StopAfter(clock, 10**9))
    assert len(later.bodies()) < len(outbox.bodies()) / 50
    clock.advance(timedelta(hours=6))
    after = Outbox()
    playing(clock, after, {k: v - 3600 for k, v in memory.items()}).send_history(StopAfter(clock, 10**9))
    told = {body["id"] for body in outbox.bodies() if "id" in body}
    again = [
        body["id"] for body in after.bodies() if "id" in body and body["sent_at"] < clock.now().timestamp() - 6 * 3600
    ]
    assert set(again) <= told


def test_history_waits_while_the_system_is_busy_and_live_words_do_not():
    clock, outbox = FixedClock(datetime(2026, 8, 10, 12, tzinfo=UTC)), Outbox()
    waited = []

    def has_room(sent):
        waited.append(sent)
        return len(waited) % 50 == 0

    span = until_now(SCENARIO, clock.now(), timedelta(days=2))
    player = Player(SCENARIO, ROADS, span, outbox, clock, has_room=has_room)
    player.send_history(StopAfter(clock, 10**9))
    done = {}
    live_between = 0
    for number, (device, topic, bodies) in enumerate(outbox.sent):
        if topic.endswith("positions"):
            if (
                len(bodies) == 1
                and device in done
                and bodies[0]["sent_at"] > datetime(2026, 8, 10, 12, tzinfo=UTC).timestamp()
            ):
                live_between += 1
            done[device] = number
    assert waited
    assert live_between > 10


def test_a_minimal_scenario_plays():
    kinds = {s.kind for s in play(scenario_of(MINIMAL), ROADS)}
    assert {Kind.POSITION, Kind.TRIP, Kind.CROSSING} <= kinds


def test_what_everybody_takes_for_the_quiet_week_is_the_one_of_the_manual():
    week = load_scenario("abidjan_lagos_quiet_week")
    assert (week.seed, week.days, week.fleet.vehicles) == (7, 7, 60)
    assert [c.listed for c in week.checkpoints] == [True, False]


def test_the_truth_does_not_change_what_is_said(said):
    truth = Truth(SCENARIO, as_dated(SCENARIO))
    assert [s.payload() for s in play(SCENARIO, ROADS, truth=truth)] == [s.payload() for s in said]
