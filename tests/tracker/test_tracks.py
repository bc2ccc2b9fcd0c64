"""Fixes come out of their packing as they went in, in one order, whatever order they came in."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracker.drives import START, make_fixes
from tests.tracker.straight_road import log, messages_of
from tracker.journeys import Journeys
from tracker.pipeline import Pipeline
from tracker.tracks import HOUR_US, UNSAID, Heard, merged, packed_memory, read_track, unpacked, unpacked_memory

FIX = st.tuples(
    st.just(0),  # the coach
    st.integers(1_780_000_000_000_000, 1_780_000_000_000_000 + 2 * HOUR_US),
    st.integers(-900_000_000, 900_000_000),
    st.integers(-1_800_000_000, 1_800_000_000),
    st.one_of(st.just(UNSAID), st.integers(0, 70_000)),
    st.one_of(st.just(UNSAID), st.integers(0, 10_000_000)),
    st.integers(0, 2),  # the device
    st.integers(1_780_000_000_000_000, 1_790_000_000_000_000),
    st.integers(1_780_000_000_000_000, 1_790_000_000_000_000),
    st.integers(1, 2**60),
)


def track(rows, devices=("unit-b", "unit-a", "Unit-c")):
    heard = Heard(devices={name: number for number, name in enumerate(devices)})
    heard.coach("BUS", "OP")
    heard.add(rows)
    return heard.tracks()["BUS"]


def contents(a_track):
    fixes = a_track.fixes()
    names = ("at_s", "latitudes", "longitudes", "speeds_mps", "accuracies_m", "sent_s", "received_s", "seqs", "devices")
    return [repr(getattr(fixes, name).tolist()) for name in names]


@given(st.lists(FIX, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_arrival_decides_nothing(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert contents(track(shuffled)) == contents(track(rows))


@given(st.lists(FIX, min_size=2, max_size=30), st.integers(1, 29))
def test_fixes_put_together_in_parts_are_those_put_together_at_once(rows, cut):
    cut = min(cut, len(rows) - 1)
    _, *stored = track(rows[:cut]).row()
    assert contents(merged(unpacked(*stored), track(rows[cut:]))) == contents(track(rows))


@given(st.lists(FIX, min_size=1, max_size=30))
def test_hours_hold_every_fix_once_in_its_own_hour(rows):
    whole = track(rows)
    parts = whole.hours()
    assert [hour for hour, _ in parts] == sorted({row[1] // HOUR_US for row in rows})
    assert sum(len(part) for _, part in parts) == len(rows)
    stored = [unpacked(*part.row()[1:]).fixes() for _, part in parts]
    assert np.concatenate([fixes.at_s for fixes in stored]).tolist() == whole.fixes().at_s.tolist()
    assert np.concatenate([fixes.devices for fixes in stored]).tolist() == whole.fixes().devices.tolist()


def test_what_a_device_did_not_say_is_not_zero():
    fixes = track([(0, 1_780_000_000_000_000, 0, 0, UNSAID, UNSAID, 0, 1, 1, 1)]).fixes()
    assert np.isnan(fixes.speeds_mps[0])
    assert np.isnan(fixes.accuracies_m[0])


def test_a_memory_comes_back_as_it_was_and_has_one_spelling():
    memory = {"halts": {"b": 0.1, "a": [1, None, "é"]}}
    assert unpacked_memory(packed_memory(memory)) == memory
    assert packed_memory({"halts": {"a": [1, None, "é"], "b": 0.1}}) == packed_memory(memory)


@pytest.mark.parametrize("database", ["sqlite_database", "postgres_database"])
def test_a_track_is_read_from_its_first_to_before_its_last_moment(database, request):
    database = request.getfixturevalue(database)
    fixes = make_fixes([("drive", 60, 150)], every_s=60)
    log(database, messages_of(fixes))
    Pipeline(database, [Journeys(())]).run_all()
    with database.reading() as session:
        read = read_track(session, "COACH-1", START + timedelta(minutes=50), START + timedelta(minutes=130))
        nothing = read_track(session, "COACH-2", START, START + timedelta(days=1))
    expected = fixes.take(slice(50, 130))
    assert read.at_s.tolist() == expected.at_s.tolist()
    assert np.abs(read.longitudes - expected.longitudes).max() < 1e-7
    assert np.abs(read.speeds_mps - expected.speeds_mps).max() < 0.006
    assert read.devices.tolist() == expected.devices.tolist()
    assert len(nothing) == 0
