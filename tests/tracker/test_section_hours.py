"""Flow on sections: speeds, delays and shares as one would work them out by hand, within a bin."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracker.counted import MONDAY, a_fact, check_taking_back, database, sighted, take
from tracker.facts import SectionPass
from tracker.section_hours import (
    ASSUMED_FREE_KMH,
    SectionHours,
    read_flow,
    read_flow_by_hour_of_day,
    read_flow_by_month,
)
from tracker.tallies import LOWEST_S, RELATIVE_ERROR, bin_of, bounds_of, middle_of

__all__ = ["database"]

LENGTHS = {"a--b": 60.0, "b--c": 100.0}
NEAR = {"rel": RELATIVE_ERROR * 1.01}
DAY = timedelta(days=1)


def a_pass(after_h, took_min, section="a--b", direction="up", **more):
    length = LENGTHS[section]
    return a_fact(
        SectionPass, timedelta(hours=after_h), timedelta(minutes=took_min), section_id=section, direction=direction,
        corridor_id="A-C", length_km=length, **more,
    )  # fmt: skip


def flow(database, since, until, **more):
    with database.reading() as session:
        return read_flow(session, LENGTHS, since, until, **more)


@given(st.floats(0, 3e6))
def test_a_bin_holds_what_is_counted_in_it_and_its_middle_is_within_the_stated_error(seconds):
    low, high = bounds_of(bin_of(seconds))
    assert low <= seconds * (1 + 1e-9)
    assert seconds <= high * (1 + 1e-9)
    if seconds > LOWEST_S:
        assert middle_of(bin_of(seconds)) == pytest.approx(seconds, **NEAR)


def test_speed_delay_and_shares_of_a_few_passes_against_an_assumed_free_flow(database):
    passes = [a_pass(6, 60), a_pass(7, 72, late=True), a_pass(8, 120, halted_s=1800, border_s=1200)]
    take(database, SectionHours(), added=sighted(*passes))
    (reading,) = flow(database, MONDAY, MONDAY + DAY)
    assert (reading.section_id, reading.direction, reading.trips, reading.late_trips) == ("a--b", "up", 3, 1)
    assert (reading.start, reading.end) == (MONDAY, MONDAY + DAY)
    assert reading.median_kmh == pytest.approx(60 / 72 * 60, **NEAR)
    assert reading.p95_kmh == pytest.approx(60, **NEAR)
    assert (reading.free_kmh, reading.free_basis) == (pytest.approx(ASSUMED_FREE_KMH), "assumed")
    free_s = 60 / ASSUMED_FREE_KMH * 3600
    assert reading.delay_median_s == pytest.approx(72 * 60 - free_s, abs=72 * 60 * 0.01)
    assert reading.delay_p95_s == pytest.approx(120 * 60 - free_s, abs=120 * 60 * 0.01)
    assert reading.halted_share == pytest.approx(1800 / (252 * 60))
    assert reading.newest_at == MONDAY + timedelta(hours=10)


def test_free_flow_is_observed_from_twenty_passes_on_in_that_direction(database):
    many = [a_pass(n, 50 + n) for n in range(20)]
    few = [a_pass(n, 50, direction="down") for n in range(19)]
    take(database, SectionHours(), added=sighted(*many, *few))
    down, up = flow(database, MONDAY, MONDAY + 2 * DAY)
    assert (up.free_basis, down.free_basis) == ("observed", "assumed")
    assert up.free_kmh == pytest.approx(60 / 51 * 60, **NEAR)  # 90 % were slower than this
    assert up.delay_median_s == pytest.approx((59 - 51) * 60, abs=60 * 60 * 0.02)


def test_a_window_counts_passes_by_the_hour_in_which_they_ended(database):
    take(database, SectionHours(), added=sighted(a_pass(5.5, 60), a_pass(6.5, 60)))
    assert flow(database, MONDAY, MONDAY + timedelta(hours=6)) == []
    (reading,) = flow(database, MONDAY, MONDAY + timedelta(hours=7))
    assert reading.trips == 1


def test_long_windows_read_whole_days_and_say_the_same_as_their_hours(database):
    passes = [a_pass(7 * n, 50 + n % 9) for n in range(60)]
    other = [a_pass(9 * n, 55, section="b--c") for n in range(40)]
    take(database, SectionHours(), added=sighted(*passes))
    take(database, SectionHours(), added=sighted(*other, operator="OP-2"))
    since, until = MONDAY + timedelta(hours=5), MONDAY + timedelta(days=12, hours=7)
    whole = flow(database, since, until)
    by_hours = flow(database, since, until, step=timedelta(hours=1))
    for reading in whole:
        parts = [part for part in by_hours if part.section_id == reading.section_id]
        assert reading.trips == sum(part.trips for part in parts)
        assert reading.newest_at == max(part.newest_at for part in parts)
        assert reading.free_kmh == parts[0].free_kmh
    assert flow(database, since, until, operators=["OP-1", "OP-2"]) == whole
    assert [r.section_id for r in flow(database, since, until, operators=["OP-2"])] == ["b--c"]
    assert flow(database, since, until, operators=[]) == []
    by_days = flow(database, MONDAY, MONDAY + 10 * DAY, step=DAY)
    assert {part.start.hour for part in by_days} == {0}
    assert sum(part.trips for part in by_days) == sum(r.trips for r in flow(database, MONDAY, MONDAY + 10 * DAY))


def test_hours_of_the_day_gather_all_days(database):
    take(database, SectionHours(), added=sighted(*(a_pass(6.5 + 24 * n, 50) for n in range(4)), a_pass(15.1, 50)))
    with database.reading() as session:
        readings = read_flow_by_hour_of_day(session, LENGTHS, MONDAY, MONDAY + 5 * DAY)
    assert [(r.start.astimezone(UTC).hour, r.trips) for r in readings] == [(7, 4), (15, 1)]


def test_a_section_whose_length_is_not_asked_for_is_left_out(database):
    take(database, SectionHours(), added=sighted(a_pass(1, 50), a_pass(1, 80, section="b--c")))
    with database.reading() as session:
        (reading,) = read_flow(session, {"b--c": 100.0}, MONDAY, MONDAY + DAY)
        crowd = {f"s{n}": 1.0 for n in range(60)} | {"b--c": 100.0}
        assert read_flow(session, crowd, MONDAY, MONDAY + DAY) == [reading]


def test_taking_back_is_exact(database):
    kept = sighted(a_pass(1, 50), a_pass(1, 51), a_pass(30, 70, late=True))
    gone = sighted(a_pass(1, 50), a_pass(1.1, 90.5, halted_s=100.4), a_pass(40, 20, section="b--c"))
    check_taking_back(database, SectionHours(), kept, gone)


def test_months_have_their_own_median_against_the_free_flow_of_all(database):
    passes = [a_pass(24 * n, 60 if n < 30 else 90) for n in range(60)]  # from Monday on, a pass a day
    take(database, SectionHours(), added=sighted(*passes))
    since, until = MONDAY.replace(day=1), MONDAY + 61 * DAY
    with database.reading() as session:
        months = read_flow_by_month(session, LENGTHS, since, until)
        (whole,) = read_flow(session, LENGTHS, since, until)
        for month in months:
            assert month.start.day == 1
            (alone,) = read_flow(session, LENGTHS, month.start, month.end)
            assert month.trips == alone.trips
            assert month.median_kmh == alone.median_kmh
    assert {month.free_kmh for month in months} == {whole.free_kmh}
    assert sum(month.trips for month in months) == whole.trips == 60
    assert months[-1].delay_median_s == pytest.approx(30 * 60, abs=90 * 60 * 0.02)
