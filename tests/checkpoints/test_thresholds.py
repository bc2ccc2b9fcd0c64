"""Thresholds: what an installation sets reaches the rules, and the defaults are those of the manual."""

from dataclasses import fields, replace

import pytest

from checkpoints.flag_keeping import Flags
from checkpoints.flag_matching import matched
from checkpoints.flags import Flag
from checkpoints.payment_flags import find_payments
from checkpoints.thresholds import DEFAULT, Thresholds
from dashboard.pipeline import make_pipeline
from tests.checkpoints.flag_stories import barrier
from tests.checkpoints.road import a_check, paid
from tests.checkpoints.section_traffic import Road
from tests.checkpoints.test_payment_flags import of, stops_of
from tests.checkpoints.test_unlisted import at_barrier, week
from tracker.errors import BadSetting
from tracker.settings import Settings, load_settings


def test_an_installation_that_sets_nothing_has_the_defaults():
    assert Thresholds.of(load_settings({})) == DEFAULT


def test_every_threshold_is_a_setting_and_every_setting_of_flags_a_threshold():
    settings = {name.removeprefix("flag_") for name in Settings.model_fields if name.startswith("flag_")}
    assert settings == {field.name for field in fields(Thresholds)}


@pytest.mark.parametrize(
    ("name", "value"),
    [("flag_quiet_days", 0), ("flag_unlisted_least_coaches", 1), ("flag_unlisted_least_confidence", 1.5),
     ("flag_unlisted_false_alarms", 0), ("flag_excess_sureness", "often"), ("flag_device_clock_share", -0.1)],
)  # fmt: skip
def test_a_threshold_that_makes_no_sense_stops_the_start_and_is_named(name, value):
    with pytest.raises(BadSetting) as caught:
        load_settings({}, **{name: value})
    assert [reason.field for reason in caught.value.reasons] == [f"CORRIDOR_{name.upper()}"]


def test_what_is_set_reaches_the_pipeline_and_its_rules(sqlite_database):
    pipeline = make_pipeline(sqlite_database, load_settings({}, flag_quiet_days=3))
    flags = next(one for one in pipeline._projections if isinstance(one, Flags))
    assert {rule._thresholds.quiet_days for rule in (flags, *flags._rules)} == {3}


@pytest.mark.parametrize(
    "stricter",
    [{"unlisted_least_coaches": 50}, {"unlisted_least_confidence": 0.995}, {"unlisted_false_alarms": 1e-300}],
)
def test_a_stricter_threshold_finds_the_barrier_no_more(stricter):
    road = week(Road(), at_barrier(0.6))
    assert road.look().findings
    assert not road.look(**stricter).findings


def test_payments_are_told_from_so_many_controls_on_as_is_set():
    stops = stops_of(*(of(coach, a_check(n, 3 + n, 150.0, payments=(paid(),))) for n, coach in enumerate("AB")))
    assert len(find_payments(stops, Thresholds(payment_least_reports=2))) == 1
    assert find_payments(stops, Thresholds(payment_least_reports=3)) == []
    assert find_payments(stops, Thresholds(payment_repeated=2))[0].severity == "medium"


def test_the_same_barrier_lies_within_the_kilometres_and_the_days_that_are_set():
    first, later = barrier(60), barrier(61.5, 12, 13)
    flag = Flag(flag_id="f", kind=first.kind, first_seen_at=first.started_at, last_seen_at=first.ended_at,
                section_id=first.section_id, section_km=first.section_km, grounds=[], is_protected=False)  # fmt: skip

    def are_same(**given):
        return len(matched([later], [flag], thresholds=replace(DEFAULT, **given))) == 1

    assert not are_same()
    assert are_same(same_km=2.0)
    assert not are_same(same_km=2.0, quiet_days=8)
