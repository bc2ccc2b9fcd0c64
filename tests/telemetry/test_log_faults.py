"""What is not so in posts' logs: a scenario says how often, the truth file says where, and without faults nothing changes."""

from datetime import UTC, datetime

import orjson
import pytest

from telemetry.decode import Decoded, decode
from telemetry.kinds import Kind
from telemetry.message_limits import MessageLimits
from telemetry.simulator.play import play
from telemetry.simulator.span import as_dated
from telemetry.simulator.truth import Truth
from tests.telemetry.roads import BUSY, ROADS, scenario_of
from tests.telemetry.test_truth import seconds

FAULTS = (
    "understated_share: 0.4, heaped_share: 0.5, seal_changed_share: 0.2, got_off_share: 0.3, turned_back_share: 0.3"
)
FAULTY = scenario_of(BUSY.replace("unlogged_share: 0.2}", f"unlogged_share: 0.2, {FAULTS}}}"))
PLAIN = scenario_of(BUSY)


def played(scenario):
    book = Truth(scenario, as_dated(scenario))
    said = list(play(scenario, ROADS, truth=book))
    logs = {body["id"]: (s, body) for s in said if s.kind is Kind.CROSSING for body in s.bodies}
    truth = orjson.loads(book.as_json())
    told = {one["id"]: one for one in truth["reports"] if one["kind"] == "crossing" and one["id"] in logs}
    return said, logs, truth, told


@pytest.fixture(scope="module")
def faulty():
    return played(FAULTY)


@pytest.fixture(scope="module")
def plain():
    return played(PLAIN)


def test_only_logs_differ_and_of_those_only_what_the_truth_says(faulty, plain):
    others = [[(s.topic, s.payload()) for s in one[0] if s.kind is not Kind.CROSSING] for one in (faulty, plain)]
    assert others[0] == others[1]
    assert all("changed" not in one for one in plain[3].values())
    for own_id, (_, body) in plain[1].items():
        changed = faulty[3][own_id].get("changed", {})
        same = {key for key, value in body.items() if faulty[1][own_id][1][key] == value}
        times = {"arrived_at", "processing_started_at", "released_at"}
        allowed = (times if "heaped" in changed else {"arrived_at"} if "understated_s" in changed else set()) | (
            {"seal_number"} if "seal" in changed else set()
        ) | ({"passengers", "minors"} if "got_off" in changed else set())  # fmt: skip
        assert body.keys() - same <= allowed, changed


def test_an_understated_log_leaves_out_the_queue(faulty, plain):
    found = [
        one
        for one in faulty[3].values()
        if "understated_s" in one.get("changed", {}) and "heaped" not in one["changed"]
    ]
    assert found
    for one in found:
        before, after = (side[1][one["id"]][1] for side in (plain, faulty))
        assert after["arrived_at"] - before["arrived_at"] == pytest.approx(one["changed"]["understated_s"], abs=1)
        assert after["arrived_at"] == after["processing_started_at"]


def test_who_rounds_always_rounds_and_times_stay_in_order(faulty):
    by_desk = {}
    for one in faulty[3].values():
        body = faulty[1][one["id"]][1]
        assert body["arrived_at"] <= body["processing_started_at"] <= body["released_at"]
        if "turned_back" not in one.get("changed", {}):
            by_desk.setdefault((one["post"], faulty[1][one["id"]][0].device_id), set()).add(
                "heaped" in one.get("changed", {})
            )
        if "heaped" in one.get("changed", {}):
            assert body["arrived_at"] % 300 == body["released_at"] % 300 == 0
    assert all(len(habits) == 1 for habits in by_desk.values())
    assert {True, False} == set.union(*by_desk.values())


def test_what_changes_in_the_hold_stays_changed_for_the_rest_of_the_trip(faulty):
    by_trip = {}
    for one in sorted(faulty[3].values(), key=lambda one: seconds(one["about"])):
        body = faulty[1][one["id"]][1]
        if "trip_id" in body:
            by_trip.setdefault(body["trip_id"], []).append(
                (body["passengers"], body["seal_number"], one.get("changed", {}))
            )
    assert any("seal" in changed for own in by_trip.values() for _, _, changed in own)
    assert any("got_off" in changed for own in by_trip.values() for _, _, changed in own)
    for own in by_trip.values():
        passengers = [number for number, _, _ in own]
        assert passengers == sorted(passengers, reverse=True)
        for number, seal, changed in own:
            assert changed.get("seal", seal) == seal
            assert number > 0


def test_a_coach_that_turned_back_is_logged_out_once_and_is_nobodys(faulty):
    strangers = [one for one in faulty[3].values() if "turned_back" in one.get("changed", {})]
    assert strangers
    plates = {one["license_plate"] for _, one in faulty[1].values() if "vehicle_id" in one}
    for one in strangers:
        said, body = faulty[1][one["id"]]
        assert body["direction"] == "exit"
        assert "vehicle_id" not in body
        assert body["license_plate"] == one["changed"]["turned_back"] not in plates
        assert sum(other["license_plate"] == body["license_plate"] for _, other in faulty[1].values()) == 1
        assert said.due_s > body["released_at"]


def test_doors_accept_what_is_not_so(faulty):
    for said, body in faulty[1].values():
        (verdict,) = decode(said.kind, orjson.dumps(body), MessageLimits(), datetime.fromtimestamp(said.due_s, UTC))
        assert isinstance(verdict, Decoded), (body, verdict)


def test_the_same_seed_gives_the_same_bytes(faulty):
    again = played(FAULTY)
    assert [s.payload() for s in again[0]] == [s.payload() for s in faulty[0]]
    assert again[2] == faulty[2]


def test_a_border_that_is_slow_for_a_time_is_slow_then_only():
    slow = scenario_of(
        BUSY.replace(
            "unlogged_share: 0.2}",
            "unlogged_share: 0.2, at: [{post: TG-a, slow: {from: 2026-06-03T00:00:00Z, to: 2026-06-05T00:00:00Z, factor: 6}}]}",
        )
    )

    def lengths(scenario, since, until):
        book = Truth(scenario, as_dated(scenario))
        list(play(scenario, ROADS, truth=book))
        return [
            seconds(c["entry"]["left"]) - seconds(c["exit"]["arrived"])
            for c in orjson.loads(book.as_json())["crossings"]
            if c["km"] == 100 and since <= c["start"] < until
        ]

    first, then = ("2026-06-01", "2026-06-03"), ("2026-06-03", "2026-06-05")
    assert lengths(slow, *first) == lengths(PLAIN, *first)
    usual, later = lengths(PLAIN, *then), lengths(slow, *then)
    assert sum(later) / len(later) > 3 * sum(usual) / len(usual)
