"""The truth file agrees with what was sent: who stands in it stood, and who crossed crossed in order."""

from bisect import bisect_left, bisect_right
from collections import Counter
from datetime import datetime
from itertools import pairwise

import orjson
import pytest

from telemetry.kinds import Kind
from telemetry.simulator.play import play
from telemetry.simulator.span import as_dated
from telemetry.simulator.truth import Truth
from tests.telemetry.roads import BUSY, ROAD, ROADS, scenario_of
from tracker.geo import distance_m

SCENARIO = scenario_of(BUSY)


def seconds(text):
    return datetime.fromisoformat(text).timestamp()


@pytest.fixture(scope="module")
def played():
    book = Truth(SCENARIO, as_dated(SCENARIO))
    said = list(play(SCENARIO, ROADS, truth=book))
    fixes = {}
    for s in said:
        if s.kind is Kind.POSITION:
            coach = s.topic.split("/")[4]
            fixes.setdefault(coach, []).extend(s.bodies)
    for of_coach in fixes.values():
        of_coach.sort(key=lambda body: body["observed_at"])
    return book.as_json(), said, fixes


@pytest.fixture(scope="module")
def truth(played):
    return orjson.loads(played[0])


def between(fixes, start, end):
    times = [body["observed_at"] for body in fixes]
    return fixes[bisect_left(times, start) : bisect_right(times, end)]


def test_the_same_scenario_and_seed_give_the_same_truth(played):
    again = Truth(SCENARIO, as_dated(SCENARIO))
    for _ in play(SCENARIO, ROADS, truth=again):
        pass
    assert again.as_json() == played[0]


def test_every_cause_the_scenario_knows_happened(truth):
    assert {h["cause"] for h in truth["halts"]} == {
        "station",
        "rest",
        "breakdown",
        "congestion",
        "border",
        "checkpoint",
    }
    assert {r["truth"] for r in truth["reports"]} == {"true", "false", "double"}


def test_a_coach_stands_where_the_truth_says_it_halted(truth, played):
    looked = 0
    for halt in truth["halts"]:
        if halt["end"] is None or halt["cause"] in ("congestion", "border", "station"):
            continue
        inside = between(played[2][halt["coach"]], seconds(halt["start"]) + 15, seconds(halt["end"]) - 15)
        near = [distance_m(b["latitude"], b["longitude"], halt["latitude"], halt["longitude"]) < 170 for b in inside]
        if len(near) >= 5:
            looked += 1
            assert sum(near) >= 0.75 * len(near), halt  # the others are spikes
    assert looked > 30


def test_between_halts_a_coach_moves(truth, played):
    for coach, fixes in played[2].items():
        stood = [
            (seconds(h["start"]), seconds(h["end"] or truth["end"])) for h in truth["halts"] if h["coach"] == coach
        ]
        trips = [t for t in truth["trips"] if t["coach"] == coach and t["arrived"]]
        for trip in trips:
            for body in between(fixes, seconds(trip["departed"]) + 30, seconds(trip["arrived"]) - 30):
                if not any(start - 45 <= body["observed_at"] <= end + 45 for start, end in stood):
                    assert body["speed_mps"] > 2, (coach, body)


def test_a_queue_creeps_metre_by_metre(truth, played):
    crept = 0
    for halt in truth["halts"]:
        if halt["cause"] == "border" and halt["creep_m"] > 50 and halt["end"]:
            inside = between(played[2][halt["coach"]], seconds(halt["start"]), seconds(halt["end"]))
            if len(inside) > 20:
                crept += 1
                assert distance_m(7.0, inside[0]["longitude"], 7.0, inside[-1]["longitude"]) < 7000
                assert len({round(b["longitude"], 3) for b in inside}) > 1
    assert crept > 3


def test_crossings_are_in_order_and_on_the_right_side_of_the_line(truth):
    assert truth["crossings"]
    for crossing in truth["crossings"]:
        exit_, entry = crossing["exit"], crossing["entry"]
        times = [exit_["arrived"], exit_["served"], exit_["left"], entry["arrived"], entry["left"]]
        assert times == sorted(times)
        if not crossing["joint"]:
            assert exit_["left"] <= crossing["line_at"] <= entry["arrived"]
    by_trip = {}
    for crossing in truth["crossings"]:
        by_trip.setdefault(crossing["trip"], []).append(crossing)
    for trip in truth["trips"]:
        order = ["TG-a", "BJ-a", "BJ-b", "NE-b"] if trip["direction"] == "up" else ["NE-b", "BJ-b", "BJ-a", "TG-a"]
        met = [side["post"] for c in by_trip.get(trip["trip"], []) for side in (c["exit"], c["entry"])]
        assert met == order[: len(met)]
        if trip["arrived"]:
            assert len(met) == 4


def test_nobody_is_served_while_the_post_is_closed(truth):
    for crossing in truth["crossings"]:
        if crossing["joint"]:
            served = seconds(crossing["exit"]["served"])
            if crossing["waited_for_opening_s"]:
                assert 6 <= ROAD.local_hour(served, 200.2) < 12
    assert any(crossing["waited_for_opening_s"] for crossing in truth["crossings"])


def test_a_checkpoint_halts_only_in_its_hours_its_dates_and_its_direction(truth):
    directions = {trip["trip"]: trip["direction"] for trip in truth["trips"]}
    halts = [h for h in truth["halts"] if h["cause"] == "checkpoint"]
    assert Counter(h["checkpoint"] for h in halts) == {
        c["index"]: c["halted"] for c in truth["checkpoints"] if c["halted"]
    }
    for halt in halts:
        start = seconds(halt["start"])
        match halt["checkpoint"]:
            case 1:
                hour = ROAD.local_hour(start, 150)
                assert hour >= 22 or hour < 4
            case 2:
                assert directions[halt["trip"]] == "up"
            case 3:
                assert "2026-06-02T06:00:00Z" <= halt["start"] < "2026-06-03T06:00:00Z"
    assert {1, 2, 3} <= {h["checkpoint"] for h in halts}


def test_coaches_are_in_one_place(truth):
    by_coach = {}
    for trip in truth["trips"]:
        by_coach.setdefault(trip["coach"], []).append(trip)
    for trips in by_coach.values():
        for before, after in pairwise(trips):
            assert before["arrived"] is not None
            assert before["arrived"] < after["departed"]
            assert before["to_km"] == after["from_km"]


def test_half_of_the_rests_are_at_places_that_several_coaches_use(truth):
    rests = [h for h in truth["halts"] if h["cause"] == "rest"]
    popular = [h for h in rests if h.get("popular")]
    assert 0.25 < len(popular) / len(rests) < 0.65  # a coach that would rest twice at one place does so once
    assert len({round(h["km"]) for h in popular}) <= 4
    assert len({h["coach"] for h in popular}) > 3


def test_lost_outages_leave_a_hole_and_the_others_do_not(truth, played):
    lost = [o for o in truth["outages"] if o["lost"]]
    kept = [o for o in truth["outages"] if not o["lost"] and o["end"]]
    assert lost
    assert kept
    for outage in lost:
        assert not between(
            played[2][outage["coach"]], seconds(outage["start"]), seconds(outage["end"] or truth["end"]) - 1
        )
    for outage in kept:
        length = seconds(outage["end"]) - seconds(outage["start"])
        assert (
            len(between(played[2][outage["coach"]], seconds(outage["start"]), seconds(outage["end"])))
            >= length // 20 - 1
        )


def test_every_report_of_the_truth_was_sent_and_a_crew_speaks_well_after_the_barrier(truth, played):
    sent = {body["id"]: s.due_s for s in played[1] for body in s.bodies if "id" in body}
    for report in truth["reports"]:
        assert sent[report["id"]] == seconds(report["sent"])
        if report["kind"] == "control":
            assert seconds(report["sent"]) - seconds(report["about"]) > 300
    no_gendarmerie = [r for r in truth["reports"] if r.get("checkpoint") == 1 and r["kind"] == "control"]
    assert no_gendarmerie
    assert {r["agency"] for r in no_gendarmerie} == {"unknown"}  # there is none in Benin to be reported
