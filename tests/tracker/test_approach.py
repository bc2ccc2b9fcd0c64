"""When a coach gets to a post: short drives on the Abidjan-Lagos road, and what must hold for any of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import SQLModel

from tests.tracker.places_of_truth import shipped
from tracker.approach import ROUGH_S, Heard, Usual, added, eta_of, planned_eta
from tracker.database import Database
from tracker.fact_rows import Changes, Sighting
from tracker.facts import SectionPass
from tracker.section_hours import SectionHours
from tracker.usual_times import UsualTimes, read_usual_times

ROAD = shipped().get_corridor("ABJ-LOS")
NOE, AFLAO = ROAD.borders[0], ROAD.borders[1]
SIX = datetime(2026, 11, 23, 6, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def road(section_id, direction, length_km, hour):
    """One km a minute; a tenth faster, a third slower."""
    return Usual(length_km * 54, length_km * 60, length_km * 80)


def posts(post_id, direction, hour):
    """Half an hour at each side of a border; between a quarter and an hour."""
    return None if direction == "unsplit" else Usual(900, 1800, 3600)


def eta(post_id, km, at=SIX, now=None, *, up=True, standing=None, road_time=road, post_time=posts):
    return eta_of(ROAD, post_id, Heard(at, km, up, standing), road_time, post_time, now or at)


def minutes(moment, since=SIX):
    return round((moment - since) / MINUTE)


def test_sixty_kilometres_before_the_post_it_comes_in_an_hour():
    found = eta("CI-noe", NOE.km - 60)
    assert minutes(found.middle) == 60
    assert found.low < found.middle < found.high
    assert (found.silent_since, found.is_planned) == (None, False)


def test_who_has_passed_the_post_or_drives_away_from_it_does_not_come():
    assert eta("CI-noe", NOE.km + 1) is None
    assert eta("CI-noe", NOE.km - 60, up=False) is None
    assert eta("GH-nowhere", NOE.km - 60) is None


def test_the_other_side_comes_after_the_formalities_of_the_first():
    exit_side, entry_side = (eta(post, NOE.km - 60) for post in ("CI-noe", "GH-elubo"))
    assert minutes(entry_side.middle, exit_side.middle) == 30
    assert minutes(eta("CI-noe", NOE.km + 60, up=False).middle) == 90  # the other way round Elubo is the first


def test_a_border_on_the_way_takes_both_its_sides():
    found = eta("GH-aflao", NOE.km - 60)
    assert minutes(found.middle) == pytest.approx(60 + 60 + AFLAO.km - NOE.km, abs=1)


def test_at_a_border_that_nothing_tells_apart_it_takes_the_whole():
    whole = eta(
        "GH-aflao", NOE.km - 60, post_time=lambda post, way, hour: Usual(1, 2400, 2) if way == "unsplit" else None
    )
    assert minutes(whole.middle) == pytest.approx(60 + 40 + AFLAO.km - NOE.km, abs=1)


def test_who_stands_at_a_border_has_spent_some_of_its_time():
    came = eta("GH-elubo", NOE.km - 0.2, standing=SIX)
    stood = eta("GH-elubo", NOE.km - 0.2, SIX + 20 * MINUTE, standing=SIX)
    assert abs(stood.middle - came.middle) < MINUTE
    assert stood.high - stood.low < came.high - came.low


def test_the_hour_at_which_it_comes_there_decides():
    slow_at_eight = lambda s, d, km, hour: Usual(km * 54, km * (120 if hour == 8 else 60), km * 150)  # noqa: E731
    early, late = (eta("CI-noe", NOE.km - 60, at, road_time=slow_at_eight) for at in (SIX, SIX + 2 * HOUR))
    assert minutes(early.middle) == 60
    assert minutes(late.middle, SIX + 2 * HOUR) > 100


def test_silence_is_told_and_the_band_stays_what_it_was():
    heard, silent = (eta("CI-noe", NOE.km - 60, now=SIX + wait) for wait in (MINUTE, HOUR))
    assert (heard.silent_since, silent.silent_since) == (None, SIX)
    assert (heard.low, heard.high) == (silent.low, silent.high)


def test_a_trip_that_is_only_declared_leaves_late_and_says_so():
    found = planned_eta(ROAD, "CI-noe", NOE.km - 120, True, SIX, road, posts)
    assert found.is_planned
    assert minutes(found.middle) == 140
    assert planned_eta(ROAD, "CI-noe", NOE.km + 20, True, SIX, road, posts) is None


KM = st.floats(0, 900)
WAIT = st.timedeltas(timedelta(0), timedelta(hours=20))
POST = st.sampled_from(["CI-noe", "GH-elubo", "GH-aflao", "BJ-hillacondji", "BJ-krake", "TG-lome"])


@given(POST, KM, WAIT, WAIT, st.booleans(), st.booleans())
def test_a_later_position_at_the_same_place_never_widens_the_band(post_id, km, one, other, up, stands):
    first, second = sorted((one, other))
    standing = SIX if stands else None
    before = eta(post_id, km, SIX + first, up=up, standing=standing)
    after = eta(post_id, km, SIX + second, up=up, standing=standing)
    assert (before is None) == (after is None)
    if before and after:
        assert after.high - after.low <= before.high - before.low + timedelta(milliseconds=1)
        assert after.low >= before.low - timedelta(milliseconds=1)
        assert after.low <= after.middle <= after.high


@given(POST, KM, st.floats(0.1, 300), st.booleans())
def test_who_is_nearer_comes_earlier(post_id, km, nearer, up):
    far, near = eta(post_id, km, up=up), eta(post_id, km + (nearer if up else -nearer), up=up)
    if far and near:
        assert near.middle <= far.middle + timedelta(seconds=1)


@given(st.lists(st.tuples(*[st.floats(1, 1e5)] * 3).map(sorted), max_size=8))
def test_a_sum_is_in_order_and_no_wider_than_its_parts_together(parts):
    found = added([Usual(*one) for one in parts])
    assert 0 <= found.low_s <= found.middle_s <= found.high_s
    assert found.high_s <= sum(one[2] for one in parts) + ROUGH_S + 1e-6


def passed(section_id, ended_at, took):
    return Sighting("sti-1", "sti", SectionPass(
        started_at=ended_at - took, ended_at=ended_at, settled_at=ended_at, first_seq=1, last_seq=2, section_id=section_id,
        direction="up", corridor_id="ABJ-LOS", length_km=100.0,
    ))  # fmt: skip


def test_usual_times_are_those_of_the_hour_where_enough_coaches_drove_then(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'usual.sqlite3'}")
    SQLModel.metadata.create_all(database.engine)
    noon = SIX + 6 * HOUR
    with database.writing() as session:
        by_day = [passed("a--b", noon - n * 24 * HOUR, 100 * MINUTE) for n in range(1, 25)]
        by_night = [passed("a--b", SIX - n * 24 * HOUR - 4 * HOUR, 200 * MINUTE) for n in range(1, 25)]
        few = [passed("b--c", noon - n * HOUR, HOUR) for n in range(1, 4)]
        SectionHours().take(session, Changes(added=[*by_day, *by_night, *few]))
    with database.reading() as session:
        usual = read_usual_times(session, noon)
    database.close()
    assert usual.road("a--b", "up", 100.0, 12).middle_s == pytest.approx(6000, rel=0.02)
    assert usual.road("a--b", "up", 100.0, 2).middle_s == pytest.approx(12000, rel=0.02)
    assert usual.road("b--c", "up", 90.0, 12).middle_s == 7200  # too few: 45 km/h
    assert usual.post("CI-noe", "exit", 12) is None
    assert UsualTimes().road("a--b", "down", 45.0, 0).middle_s == 3600
