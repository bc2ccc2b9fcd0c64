"""Dwell as the posts' own logs have it: by agency, with the share of entries written late."""

from datetime import timedelta

import pytest

from checkpoints.logged_dwell import LoggedDwell, read_logged_dwell
from tests.tracker.entries import NOON, an_entry
from tracker.log import append
from tracker.pipeline import Pipeline
from tracker.tallies import RELATIVE_ERROR

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    return request.getfixturevalue(f"{request.param}_database")


def entry(name, minute, took_min=None, agency="customs", post="GH-aflao", direction="exit", written_min=0):
    """An entry for a coach that arrived `minute` after noon, written so long after its release."""
    said = {"direction": direction}
    if took_min is not None:
        said["released_at"] = (NOON + timedelta(minutes=minute + took_min)).isoformat()
    one = an_entry(name, minute, f"posts/{post}/{agency}", "crossing", **said)
    received_at = NOON + timedelta(minutes=minute + (took_min or 0) + written_min)
    clocks = {"sent_at": received_at, "received_at": received_at}
    return type(one)(**{slot: getattr(one, slot) for slot in one.__slots__} | clocks)


def readings(database, entries, posts=None, batch=100, **more):
    with database.writing() as session:
        append(database, session, entries)
    Pipeline(database, [LoggedDwell()], batch=batch).run_all()
    with database.reading() as session:
        return read_logged_dwell(session, posts, NOON - DAY, NOON + DAY, **more)


def test_each_agency_has_its_own_dwell(database):
    found = readings(
        database,
        [entry("a", 0, 30), entry("b", 20, 60), entry("c", 30, 10, "police"), entry("d", 40, 50, direction="entry")],
        batch=1,
    )
    assert [(r.direction, r.agency, r.n) for r in found] == [
        ("entry", "customs", 1),
        ("exit", "customs", 2),
        ("exit", "police", 1),
    ]
    customs = found[1]
    assert customs.p50_s == pytest.approx(1800, rel=RELATIVE_ERROR * 1.01)
    assert customs.p95_s == pytest.approx(3600, rel=RELATIVE_ERROR * 1.01)
    assert customs.newest_at == NOON + timedelta(minutes=80)


def test_an_entry_written_more_than_an_hour_after_release_is_late(database):
    (reading,) = readings(database, [entry("a", 0, 30, written_min=60), entry("b", 1, 30, written_min=60.1)])
    assert (reading.n, reading.late_n) == (2, 1)


def test_no_release_and_an_impossible_one_say_nothing(database):
    assert readings(database, [entry("a", 0), entry("b", 10, -5)]) == []


def test_posts_and_hours_choose_what_is_read(database):
    entries = [entry("a", 0, 30), entry("b", 0, 30, post="TG-kodjoviakope"), entry("c", 130, 30)]
    assert [r.n for r in readings(database, entries, ["GH-aflao"])] == [2]
    hours = readings(database, [], ["GH-aflao"], step=timedelta(hours=1))
    assert [(r.start, r.end, r.n) for r in hours] == [
        (NOON, NOON + timedelta(hours=1), 1),
        (NOON + timedelta(hours=2), NOON + timedelta(hours=3), 1),
    ]
