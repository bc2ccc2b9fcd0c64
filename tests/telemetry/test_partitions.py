import time
from datetime import timedelta

import pytest

from telemetry.partitions import IngestWorker, Leases, PartitionLease, lane_filters, plain_filters, prepare_lanes
from telemetry.topics import parse
from tests.builders import NOW
from tracker.clock import FixedClock
from tracker.database import Database

NAMES = list(lane_filters(8))
SHORT = timedelta(seconds=0.8)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    database = request.getfixturevalue(f"{request.param}_database")
    prepare_lanes(database, lane_filters(8))
    return database


def a_worker(database: Database, name: str, clock: FixedClock) -> Leases:
    return Leases(database, clock, NAMES, name, SHORT)


def pass_time(clock: FixedClock) -> None:
    clock.advance(timedelta(seconds=1))
    time.sleep(1)  # PostgreSQL goes by its own clock


def held(leases: Leases) -> set[str]:
    holding = leases.renew()
    if holding.surplus:
        leases.release(holding.surplus)
    return set(holding.lanes - holding.surplus)


def test_client_ids_are_secret_different_and_kept(database):
    first, second = prepare_lanes(database, lane_filters(8)), prepare_lanes(database, lane_filters(8))
    assert first == second
    assert len({lane.client_id for lane in first}) == 9
    assert all(len(lane.client_id) > 40 for lane in first)


def test_one_worker_takes_everything(database):
    assert held(a_worker(database, "a", FixedClock(NOW))) == set(NAMES)


def test_a_second_worker_gets_half_and_a_third_a_third(database):
    clock = FixedClock(NOW)
    workers = [a_worker(database, name, clock) for name in "abc"]
    held(workers[0])
    assert held(workers[1]) == set()
    assert len(held(workers[0])) == 5
    assert len(held(workers[1])) == 4
    held(workers[2])
    assert len(held(workers[0])) == len(held(workers[1])) == 3
    shares = [held(worker) for worker in reversed(workers)]
    assert sorted(map(len, shares)) == [3, 3, 3]
    assert set.union(*shares) == set(NAMES)


def test_nine_lanes_for_four_workers_leave_nobody_out(database):
    clock = FixedClock(NOW)
    workers = [a_worker(database, name, clock) for name in "abcd"]
    for _ in range(3):
        shares = [held(worker) for worker in workers]
    assert sorted(map(len, shares)) == [2, 2, 2, 3]


def test_a_dead_workers_lanes_are_taken_over_when_its_lease_has_run_out(database):
    clock = FixedClock(NOW)
    dead, living = a_worker(database, "dead", clock), a_worker(database, "living", clock)
    held(dead)
    assert held(living) == set()
    pass_time(clock)
    assert held(living) == set(NAMES)


def test_who_leaves_makes_room_at_once(database):
    clock = FixedClock(NOW)
    leaving, staying = a_worker(database, "leaving", clock), a_worker(database, "staying", clock)
    held(leaving)
    leaving.leave()
    assert held(staying) == set(NAMES)


def test_who_comes_back_late_does_not_keep_what_others_have(database):
    clock = FixedClock(NOW)
    late, other = a_worker(database, "late", clock), a_worker(database, "other", clock)
    held(late)
    pass_time(clock)
    held(other)
    assert held(late) == set()
    held(other)
    assert len(held(late)) == 5
    with database.reading() as session:
        assert session.get(IngestWorker, "late") is not None
        assert session.get(PartitionLease, "status") is not None


def test_every_topic_of_a_plain_broker_is_ours():
    (filters,) = plain_filters().values()
    assert len(filters) == 8
    for one in filters:
        assert parse(one.replace("+", "x")) is not None
