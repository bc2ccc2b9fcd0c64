"""A trip's timeline: where the time went closes to the whole, and a report belongs to the halt during which it was made."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.map_reports import MapReport
from dashboard.timelines import account_of, make_timeline
from operators.trip_sheets import TripSheet

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOWHERE = SimpleNamespace(corridors={}, posts={}, hubs={})


def run(**more):
    row = {
        "trip_id": "T-1", "vehicle_id": "sti-1", "operator_id": "sti", "corridor_id": "ABJ-LOS", "declared": True,
        "started_at": NOON, "ended_at": NOON + 10 * HOUR, "start_km": 0.0, "end_km": 500.0, "halted_s": 3600.0,
        "border_s": 1800.0, "silent_s": 600.0, "ending": "arrived",
    }  # fmt: skip
    return SimpleNamespace(**row | more)


def halt(since, until, **more):
    row = {
        "started_at": since, "ended_at": until, "corridor_id": None, "km": None, "country": "CI", "section_id": "s-1",
        "first_seq": 1, "last_seq": 2, "late": False, "post_id": None,
    }  # fmt: skip
    return SimpleNamespace(**row | more)


def report(at, minutes, number=1, kind="control"):
    return MapReport(number, kind, "police", 5.0, -4.0, at, minutes, "sti", "sti-1", "CI", None)


def timeline(the_run=None, sheet=None, halts=(), reports=(), sees=lambda _country, _section: True):
    return make_timeline(the_run, sheet, halts, (), (), reports, (), NOWHERE, sees, NOON + 10 * HOUR)


seconds = st.floats(0, 200_000)


@given(whole=st.floats(0, 100_000), halted=seconds, border=seconds, silent=seconds)
def test_the_account_closes_to_the_whole_whatever_the_parts_say(whole, halted, border, silent):
    end = NOON + timedelta(seconds=whole)
    account = account_of(run(ended_at=end, halted_s=halted, border_s=border, silent_s=silent), end)
    parts = [spent for _, spent, _ in account.shares]
    assert all(part >= 0 for part in parts)
    assert sum(parts) == pytest.approx(account.whole_s, abs=1e-6)


def test_border_halts_are_counted_once():
    account = account_of(run(), NOON)
    assert (account.border_s, account.halted_s, account.silent_s) == (1800, 1800, 600)
    assert account.driving_s == 36_000 - 1800 - 1800 - 600


@pytest.mark.parametrize(
    ("minutes_after_start", "belongs"), [(-30, False), (-12, True), (0, True), (5, True), (25, True), (40, False)]
)
def test_a_report_belongs_to_the_halt_it_overlaps_with_ten_minutes_to_spare(minutes_after_start, belongs):
    stood = halt(NOON + HOUR, NOON + HOUR + 20 * MINUTE)
    said = report(NOON + HOUR + minutes_after_start * MINUTE, 4)
    entries = timeline(run(), halts=[stood], reports=[said]).entries
    (there,) = [entry for entry in entries if entry.kind == "halt"]
    alone = [entry for entry in entries if entry.kind == "control"]
    assert (len(there.reports), len(alone)) == ((1, 0) if belongs else (0, 1))


def test_what_lies_out_of_sight_is_counted_and_what_was_declared_is_not_hidden():
    sheet = TripSheet(
        operator_id="sti", trip_id="T-1", vehicle_id="sti-1", corridor_id="ABJ-LOS", declared_at=NOON - HOUR,
        departed_at=NOON, first_seq=1, last_seq=2, said={},
    )  # fmt: skip
    halts = [halt(NOON + HOUR, NOON + 2 * HOUR), halt(NOON + 3 * HOUR, NOON + 4 * HOUR, country="GH")]
    seen = timeline(run(), sheet, halts, sees=lambda country, _section: country == "GH")
    assert [entry.kind for entry in seen.entries] == ["declared", "departed", "halt"]
    assert seen.hidden == 3  # the halt in CI, and the start and the end, whose place is not known


def test_a_trip_that_was_only_declared_has_a_timeline_without_an_account():
    sheet = TripSheet(
        operator_id="sti", trip_id="T-1", vehicle_id="sti-1", corridor_id="ABJ-LOS", declared_at=NOON, first_seq=1,
        last_seq=1, said={"grouped_control": {"started_at": (NOON - HOUR).isoformat(), "agencies": ["police"]}},
    )  # fmt: skip
    found = timeline(None, sheet)
    assert [(entry.kind, entry.length) for entry in found.entries] == [("grouped_control", None), ("declared", None)]
    assert (found.account, found.is_running) == (None, False)
    with pytest.raises(ValueError, match="run or a sheet"):
        timeline(None, None)
