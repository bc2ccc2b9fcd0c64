import threading

import pytest

from tracker.errors import DatabaseAway, Unavailable
from tracker.writer import Writer


class Recorder:
    """Stands in for the log: notes which jobs shared a transaction."""

    def __init__(self):
        self.groups, self.gate = [], threading.Event()
        self.gate.set()
        self.fail_on, self.away = set(), False

    def __call__(self, _session, jobs):
        self.gate.wait()
        if self.away:
            raise DatabaseAway(retry_after_s=5)
        if self.fail_on & set(jobs):
            raise ValueError("cannot be stored")
        self.groups.append(list(jobs))
        return [job * 10 for job in jobs]


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def writer(sqlite_database, recorder):
    writer = Writer(sqlite_database, recorder, weigh=lambda _job: 1, capacity=5, group=100)
    yield writer
    recorder.gate.set()
    writer.close()


def test_each_job_gets_its_own_answer(writer):
    assert [f.result(5) for f in [writer.submit(n) for n in (1, 2, 3)]] == [10, 20, 30]


def test_what_waits_while_one_transaction_runs_shares_the_next(writer, recorder):
    recorder.gate.clear()
    futures = [writer.submit(n) for n in range(4)]
    recorder.gate.set()
    assert [f.result(5) for f in futures] == [0, 10, 20, 30]
    assert len(recorder.groups) <= 2
    assert [n for group in recorder.groups for n in group] == [0, 1, 2, 3]


def test_one_that_cannot_be_stored_does_not_take_the_others_with_it(writer, recorder):
    recorder.gate.clear()
    recorder.fail_on = {2}
    futures = [writer.submit(n) for n in (1, 2, 3)]
    recorder.gate.set()
    assert futures[0].result(5) == 10
    assert futures[2].result(5) == 30
    with pytest.raises(ValueError):
        futures[1].result(5)


def test_an_outage_is_told_to_every_door_and_the_writer_lives(writer, recorder):
    recorder.away = True
    with pytest.raises(DatabaseAway):
        writer.submit(1).result(5)
    recorder.away = False
    assert writer.submit(2).result(5) == 20


def test_a_full_queue_says_later(writer, recorder):
    recorder.gate.clear()
    futures = [writer.submit(n) for n in range(5)]
    with pytest.raises(Unavailable):
        writer.submit(9, wait_s=0.05)
    recorder.gate.set()
    assert futures[-1].result(5) == 40


def test_closing_writes_what_waits(sqlite_database, recorder):
    writer = Writer(sqlite_database, recorder, weigh=lambda _job: 1)
    futures = [writer.submit(n) for n in range(3)]
    writer.close()
    assert [f.result(0) for f in futures] == [0, 10, 20]
    with pytest.raises(Unavailable):
        writer.submit(1)
