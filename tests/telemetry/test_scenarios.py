"""Scenario files: ours load, other people's load, and whoever mistypes is told everything at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.simulator.scenario_files import list_shipped, load_scenario, parse_scenario
from telemetry.simulator.timeline import is_within
from tests.telemetry.roads import BUSY, MINIMAL, scenario_of
from tracker.errors import BadFile, NotFound


def faults_of(text: str | bytes) -> dict[str | None, str]:
    with pytest.raises(BadFile) as caught:
        parse_scenario(text if isinstance(text, bytes) else text.encode())
    return {reason.field: reason.code for reason in caught.value.reasons}


def test_every_shipped_scenario_loads():
    assert {"demo", "abidjan_lagos_quiet_week", "credible_week"} <= set(list_shipped())
    for name in list_shipped():
        assert load_scenario(name).corridors


def test_somebody_elses_scenario_with_the_fewest_fields_loads():
    scenario = scenario_of(MINIMAL)
    assert scenario.halts.popular_share == 0.5
    assert scenario.checkpoints == []


def test_what_a_checkpoint_leaves_out_means_the_whole_scenario_all_day_and_no_reports():
    first = scenario_of(BUSY).checkpoints[0]
    assert (first.from_, first.to, first.hours) == (None, None, [0, 24])
    assert scenario_of(BUSY).checkpoints[2].reported_share == 0
    assert scenario_of(BUSY).checkpoints[2].asked is None


def test_every_mistake_is_named_at_once_with_its_place():
    text = BUSY.replace("agency: gendarmerie", "agncy: gendarmerie").replace("stop_share: 0.9", "stop_share: 1.9")
    text = text.replace("minutes: [3, 12], hours", "minutes: [12, 3], hours").replace("days: 4", "days: soon")
    text = text.replace("rest_per_100km: 1", "colour: blue").replace("at_km: 160, ", "")
    text = text.replace("to: 2026-06-03T06:00:00Z", "to: 2026-06-01T06:00:00Z")
    text = text.replace("corridor: AA-BB, at_km: 230", "corridor: CC-DD, at_km: 230")
    assert faults_of(text) == {
        "days": "wrong_type",
        "halts.colour": "unknown_key",
        "checkpoints[0].stop_share": "above_limit",
        "checkpoints[1].agncy": "unknown_key_meant",
        "checkpoints[1].minutes": "range_reversed",
        "checkpoints[2].at_km": "field_missing",
        "checkpoints[3].to": "time_before",
        "checkpoints[3].corridor": "corridor_not_in_scenario",
    }


def test_a_typo_is_answered_with_the_key_that_was_meant():
    with pytest.raises(BadFile) as caught:
        parse_scenario(
            BUSY.replace(
                "agency: customs, stop_share: 1, minutes: [3, 12], direction",
                "agncy: customs, stop_share: 1, minutes: [3, 12], direction",
            ).encode()
        )
    (reason,) = caught.value.reasons
    assert (reason.field, reason.values) == ("checkpoints[2].agncy", {"meant": "agency"})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_a_scenario"),
        (b"- a\n- b\n", "not_a_scenario"),
        (b"name: [", "not_yaml"),
        (b"name: &a x\nnote: *a\n", "not_yaml"),
        (b"name: !!python/object/apply:os.system [true]\n", "not_yaml"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"name: a\nname: b\n", "double_key"),
        (b"[" * 5000, "not_yaml"),
    ],
)
def test_what_is_no_scenario_is_refused_with_a_reason(content, code):
    assert code in faults_of(content).values()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("start: 2026-06-01T00:00:00", "time_without_zone"),
        ("start: 2026-06-01", "time_not_understood"),
        ("start: yesterday", "time_not_understood"),
    ],
)
def test_a_start_needs_a_day_an_hour_and_a_zone(said, code):
    assert faults_of(MINIMAL.replace("start: 2026-06-01T00:00:00Z", said)) == {"start": code}


def test_a_name_that_is_neither_shipped_nor_a_file_is_answered_with_the_shipped_ones():
    with pytest.raises(NotFound) as caught:
        load_scenario("no such thing")
    assert "credible_week" in caught.value.values["shipped"]


@given(st.floats(0, 23.99), st.floats(0, 24), st.floats(0, 24))
def test_hours_and_their_opposite_make_a_day(hour, start, end):
    if start != end and not {start, end} & {24}:
        assert is_within(hour, (start, end)) != is_within(hour, (end, start))
    assert is_within(hour, (start, start))


@pytest.mark.parametrize(
    ("hour", "inside"), [(21.9, False), (22, True), (23.5, True), (0, True), (3.9, True), (4, False), (12, False)]
)
def test_22_to_4_goes_over_midnight(hour, inside):
    assert is_within(hour, (22, 4)) is inside
