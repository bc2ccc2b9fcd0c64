"""Flow, dwell and silence as the map shows them: who sees whose, what a window holds, and that *no data* is never zero."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.map_flow import DELAY_BOUNDS, FLOW_COLUMNS, delay_class, delay_share, flow_json, read_flow_map
from dashboard.map_lines import ROAD_STEPS, encode_ground, encode_line
from dashboard.map_silences import read_silent_stretches, silence_json
from dashboard.windows import Window, day_window, read_window
from tests.dashboard.map_world import a_pass, a_silence, a_stay, populate_flow, shipped
from tests.dashboard.people import NOON
from tests.dashboard.restricted_world import restrictions_on
from tracker.geography import seed
from tracker.restrictions import NONE
from tracker.scope import Role, Viewer, scope_of
from tracker.section_hours import FlowReading

HOUR = timedelta(hours=1)
DAY = read_window("24h", "", NOON)


def viewer(role, **names):
    return Viewer(1, "Somebody", role, **names)


MONITOR = viewer(Role.MONITOR)
STI = viewer(Role.DISPATCHER, operator_id="sti")
IVORY_COAST = viewer(Role.FOCAL_POINT, country="CI")
INSPECTORATE = viewer(Role.FOCAL_POINT, country="CI", agency="police")
NOE = viewer(Role.OFFICIAL, post_id="CI-noe", agency="police")


@pytest.fixture
def road(sqlite_database):
    with sqlite_database.writing() as session:
        seed(session)
    return sqlite_database


def passages(database):
    with database.reading() as session:
        return shipped(session).get_corridor("ABJ-LOS").passages


def see(database, who, window=DAY, restricted=NONE, **more):
    with database.reading() as session:
        return read_flow_map(
            session, shipped(session), scope_of(who, restricted), window, NOON, more.pop("usual", {}), **more
        )


def trips(flow):
    return {(reading.section_id, reading.direction): reading.trips for reading in flow.flow}


def drive(database, *drives):
    """Each drive: operator, number of the passage, how long ago it ended, minutes."""
    with database.writing() as session:
        for operator, number, ago, minutes in drives:
            passage = shipped(session).get_corridor("ABJ-LOS").passages[number]
            a_pass(session, operator, passage, NOON - ago, timedelta(minutes=minutes))


def test_a_dispatcher_reads_the_own_flow_a_focal_point_the_own_country_and_an_official_none(road):
    drive(road, ("sti", 0, HOUR, 120), ("utb", 0, HOUR, 130), ("sti", -1, HOUR, 60))
    first, last = (passages(road)[number].section for number in (0, -1))
    assert (first.country, last.country) == ("CI", "NG")
    both = {(first.id, "up"): 2, (last.id, "up"): 1}
    assert trips(see(road, MONITOR)) == both
    assert trips(see(road, STI)) == {(first.id, "up"): 1, (last.id, "up"): 1}
    assert trips(see(road, IVORY_COAST)) == {(first.id, "up"): 2}
    for nobody in (NOE, INSPECTORATE, None):
        flow = see(road, nobody)
        assert (flow.flow, flow.sees_flow) == ([], False)
    assert (see(road, STI).own_only, see(road, MONITOR).own_only) == (True, False)


def test_naming_an_operator_narrows_the_reach_and_never_widens_it(road):
    drive(road, ("sti", 0, HOUR, 120), ("utb", 0, HOUR, 130))
    assert sum(trips(see(road, MONITOR, operator_id="utb")).values()) == 1
    assert trips(see(road, STI, operator_id="utb")) == {}
    assert sum(trips(see(road, STI, operator_id="sti")).values()) == 1
    assert trips(see(road, MONITOR, operator_id="no-such")) == {}


def test_a_window_holds_what_ended_in_it(road):
    drive(road, ("sti", 0, HOUR, 120), ("sti", 1, 20 * HOUR, 60), ("sti", 2, 50 * HOUR, 60), ("sti", 3, 200 * HOUR, 60))
    counted = {code: len(see(road, MONITOR, read_window(code, "", NOON)).flow) for code in ("now", "24h", "7d", "30d")}
    assert counted == {"now": 1, "24h": 2, "7d": 3, "30d": 4}
    yesterday = day_window(NOON.date() - timedelta(days=1))
    assert len(see(road, MONITOR, yesterday).flow) == 1
    four = Window("day", yesterday.since + 16 * HOUR, yesterday.since + 17 * HOUR, yesterday.day)
    assert len(see(road, MONITOR, four).flow) == 1  # it ended at 16:00
    assert see(road, MONITOR, replace(four, since=four.until, until=four.until + HOUR)).flow == []


def test_a_direction_that_nobody_drove_has_no_row_instead_of_a_zero(road):
    drive(road, ("sti", 0, HOUR, 120))
    with road.reading() as session:
        data = flow_json(see(road, MONITOR), shipped(session))
    assert len(data["rows"]) == 1
    row = dict(zip(FLOW_COLUMNS, data["rows"][0], strict=True))
    assert (row["direction"], row["trips"], row["freeBasis"]) == ("up", 1, "assumed")
    assert row["newest"] == int((NOON - HOUR).timestamp())


def test_a_restricted_section_is_the_own_companys_until_three_days_have_passed(road):
    drive(road, ("sti", 0, HOUR, 120), ("sti", 0, 80 * HOUR, 120))
    with road.writing() as session:
        restricted = restrictions_on(shipped(session), NOON, passages(road)[0].section.id)
    assert trips(see(road, MONITOR, restricted=restricted)) == {}
    assert sum(trips(see(road, STI, restricted=restricted)).values()) == 1
    week = Window("7d", NOON - 7 * 24 * HOUR, NOON)
    assert sum(trips(see(road, MONITOR, week, restricted=restricted)).values()) == 1, "what is three days old of it"
    assert trips(see(road, MONITOR, week, restricted=restricted, operator_id="sti")) == {}, "not of one company"
    old = day_window((NOON - 80 * HOUR).date())
    assert NOON - old.until > 72 * HOUR or NOON - old.until < 72 * HOUR
    long_ago = Window("day", NOON - 100 * HOUR, NOON - 73 * HOUR, old.day)
    assert sum(trips(see(road, MONITOR, long_ago, restricted=restricted)).values()) == 1
    assert trips(see(road, IVORY_COAST, long_ago, restricted=restricted)) == {}


def test_dwell_is_shown_at_the_own_post_and_of_the_own_coaches_only(road):
    with road.writing() as session:
        a_stay(session, "sti", ("CI-noe", "GH-elubo"), NOON - 3 * HOUR, 1800, 3600)
        a_stay(session, "utb", ("CI-noe", "GH-elubo"), NOON - 3 * HOUR, 5400, 3600)

    def dwell(who):
        return {(d.post_id, d.direction): d.n for d in see(road, who).dwell}

    assert dwell(MONITOR) == {("CI-noe", "exit"): 2, ("GH-elubo", "entry"): 2}
    assert dwell(STI) == {("CI-noe", "exit"): 1, ("GH-elubo", "entry"): 1}
    assert dwell(NOE) == {("CI-noe", "exit"): 2}
    assert dwell(IVORY_COAST) == {("CI-noe", "exit"): 2}
    assert dwell(INSPECTORATE) == {}
    assert not see(road, INSPECTORATE).sees_dwell


def reading(**more):
    facts = {
        "section_id": "a--b", "direction": "up", "start": NOON - HOUR, "end": NOON, "trips": 9, "late_trips": 0,
        "median_kmh": 40.0, "p95_kmh": 60.0, "free_kmh": 60.0, "free_basis": "observed", "delay_median_s": 1800.0,
        "delay_p95_s": 3600.0, "halted_share": 0.1, "newest_at": NOON,
    }  # fmt: skip
    return FlowReading(**(facts | more))


def test_the_colour_is_the_time_lost_over_the_time_of_free_flow():
    assert delay_share(reading(), 60.0) == pytest.approx(0.5)  # an hour at best, half an hour lost
    assert delay_share(reading(free_kmh=None), 60.0) is None
    assert delay_class(None) is None


@given(st.lists(st.floats(0, 50), min_size=2))
def test_more_delay_never_looks_like_less(shares):
    classes = [delay_class(share) for share in sorted(shares)]
    assert classes == sorted(classes)
    assert set(classes) <= set(range(len(DELAY_BOUNDS) + 1))


def silent(database, who):
    with database.reading() as session:
        return read_silent_stretches(session, shipped(session), scope_of(who), NOON)


def test_a_stretch_is_silent_from_three_coaches_on_with_lost_apart_from_late(road):
    with road.writing() as session:
        for number in range(3):
            a_silence(session, f"sti-{number}", "lost", 302, 308, NOON - 30 * HOUR)
        a_silence(session, "sti-1", "late", 302, 308, NOON - 20 * HOUR)
        for number in range(2):
            a_silence(session, f"utb-{number}", "lost", 602, 608, NOON - 30 * HOUR)
    found = silent(road, MONITOR)
    assert [(s.from_km, s.to_km, s.devices, s.lost, s.late) for s in found] == [(300, 310, 3, 3, 1)]
    assert silent(road, IVORY_COAST) == []  # it lies in Ghana
    assert len(silent(road, viewer(Role.FOCAL_POINT, country="GH"))) == 1
    for nobody in (STI, NOE, INSPECTORATE, None):
        assert silent(road, nobody) == []
    with road.reading() as session:
        geography = shipped(session)
        row = silence_json(found, geography)["rows"][0]
    line = decoded(row[-1], ROAD_STEPS)
    kilometres, offsets = geography.get_corridor("ABJ-LOS").locate([p[0] for p in line], [p[1] for p in line])
    assert (kilometres.min(), kilometres.max()) == (pytest.approx(300, abs=0.1), pytest.approx(310, abs=0.1))
    assert offsets.max() < 30


def decoded(text, steps):
    """Undo `encode_line`, as `static/map/lines.js` does."""
    numbers, rest, shift = [], 0, 0
    for letter in text:
        five = ord(letter) - 63
        rest |= (five & 31) << shift
        shift += 5
        if five < 32:
            numbers.append(~(rest >> 1) if rest & 1 else rest >> 1)
            rest = shift = 0
    points, at = [], (0, 0)
    for step in zip(numbers[::2], numbers[1::2], strict=True):
        at = (at[0] + step[0], at[1] + step[1])
        points.append((at[0] / steps, at[1] / steps))
    return points


places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(st.lists(places, max_size=30), st.sampled_from([100, 1000, 10_000]))
def test_a_line_survives_its_encoding_to_half_a_step(line, steps):
    told = decoded(encode_line(line, steps), steps)
    rounded = [(round(y * steps), round(x * steps)) for y, x in line]
    kept = [place for i, place in enumerate(rounded) if i == 0 or place != rounded[i - 1]]
    assert [(round(y * steps), round(x * steps)) for y, x in told] == kept


def test_the_ground_keeps_every_ring_and_its_country():
    ring = [[-1.0, 5.0], [0.5, 5.0], [0.5, 6.25], [-1.0, 5.0]]
    land = {"properties": {"kind": "land", "country": "GH"}, "geometry": {"coordinates": [[ring]]}}
    border = {"properties": {"kind": "border", "country": None}, "geometry": {"coordinates": [ring[:2]]}}
    ground = encode_ground({"features": [land, border]})
    ((country, [[text]]),) = ground["land"]
    assert country == "GH"
    assert decoded(text, ground["steps"]) == [(y, x) for x, y in ring]
    assert decoded(ground["borders"][0], ground["steps"]) == [(5.0, -1.0), (5.0, 0.5)]


def test_a_populated_road_has_flow_both_ways_and_one_stretch_without(road):
    with road.writing() as session:
        populate_flow(session, NOON)
    flow = see(road, MONITOR)
    by_section = {}
    for one in flow.flow:
        by_section.setdefault(one.section_id, set()).add(one.direction)
    assert by_section[passages(road)[0].section.id] == {"up", "down"}
    assert by_section[passages(road)[-1].section.id] == {"up"}
