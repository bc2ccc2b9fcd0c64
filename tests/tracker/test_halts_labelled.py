"""Halts against labelled traces of another generator: buses of `tests.bench.traces`, of which the truth is known."""

import pytest

from tests.bench.traces import Bus, fleet, matched, scores
from tests.tracker.drives import bare_world, fixes_at, same_however_cut
from tracker.facts import Halt
from tracker.halts import Halts
from tracker.plausibility import Plausibility
from tracker.steps import drive

STEPS = (Plausibility(), Halts())
WORLD = bare_world()


def fixes_of(trace):
    return fixes_at(trace.at_s, trace.latitudes, trace.longitudes)


def spans_of(done, trace):
    found = [fact for fact in (*done.settled, *done.under_way) if isinstance(fact, Halt)]
    end_s = float(trace.at_s[-1])
    return [(halt.started_at.timestamp(), halt.ended_at.timestamp() if halt.ended_at else end_s) for halt in found]


# Floors. At 30 and 60 s a long stop at a light or in a town, with what is not known of the time before and after it, is taken
# for a halt of a minute and a half now and then; the halts themselves are found.
@pytest.mark.parametrize(
    ("every_s", "recall", "precision"), [(10.0, 0.93, 0.93), (30.0, 0.88, 0.72), (60.0, 0.88, 0.58)]
)
def test_halts_of_buses_are_found_and_little_else(every_s, recall, precision):
    hits = found = truth = 0
    for trace in fleet(4, 1, every_s, seed=7):
        spans = spans_of(drive(STEPS, {}, fixes_of(trace), WORLD), trace)
        true = [(halt.start_s, halt.end_s) for halt in trace.halts]
        hits, found, truth = hits + matched(spans, true), found + len(spans), truth + len(true)
    score = scores(hits, found, truth)
    assert truth > 50
    assert score["recall"] >= recall, score
    assert score["precision"] >= precision, score


def driven(what):
    bus = Bus(what)
    bus.drive(3000, 60)
    return bus


def jam(seed, every_s):
    bus = driven(seed)
    bus.stop_and_go(40)
    bus.drive(9000, 60)
    trace = bus.trace(every_s, outages=False)
    assert trace.standing.sum() > 5  # it did stand, each time for 35 s at most
    return spans_of(same_however_cut(STEPS, fixes_of(trace), WORLD, seeds=1), trace)


@pytest.mark.parametrize("seed", range(5))
def test_stop_and_go_traffic_is_no_halt(seed):
    assert jam(seed, 10.0) == []


def test_at_30_s_stop_and_go_is_hardly_ever_a_halt_and_never_one_of_two_minutes():
    found = [span for seed in range(5) for span in jam(seed, 30.0)]
    assert len(found) <= 5  # in 200 minutes of it
    assert all(end_s - start_s < 120 for start_s, end_s in found)


@pytest.mark.parametrize("every_s", [10.0, 30.0, 60.0])
def test_slow_driving_is_no_halt(every_s):
    bus = driven(3)
    bus.drive(5000, 12)
    bus.drive(9000, 60)
    trace = bus.trace(every_s, outages=False)
    assert spans_of(same_however_cut(STEPS, fixes_of(trace), WORLD, seeds=1), trace) == []


@pytest.mark.parametrize("every_s", [10.0, 30.0, 60.0])
@pytest.mark.parametrize("minutes", [4, 35, 300])
def test_standing_is_one_halt_however_the_receiver_wanders(every_s, minutes):
    bus = driven(11 + minutes)
    bus.stand(minutes * 60)
    bus.drive(9000, 60)
    trace = bus.trace(every_s, error_m=15, outages=False)
    ((start_s, end_s),) = spans_of(drive(STEPS, {}, fixes_of(trace), WORLD), trace)
    (true,) = trace.halts
    assert start_s == pytest.approx(true.start_s, abs=every_s + 30)
    assert end_s == pytest.approx(true.end_s, abs=every_s + 30)


@pytest.mark.parametrize("every_s", [10.0, 30.0, 60.0])
def test_a_queue_that_creeps_is_one_halt(every_s):
    bus = driven(5)
    bus.creep(45)
    bus.drive(9000, 60)
    trace = bus.trace(every_s, error_m=8, outages=False)
    spans = spans_of(drive(STEPS, {}, fixes_of(trace), WORLD), trace)
    assert matched(spans, [(halt.start_s, halt.end_s) for halt in trace.halts], 0.8) == len(spans) == 1
