"""`corridor evaluate`: the contract's rule of matching, a small scenario from file to scores, and the command."""

from datetime import UTC, datetime, timedelta

import orjson
from typer.testing import CliRunner

from dashboard.cli import app
from dashboard.evaluation.baselines import by_dbscan_of_movingpandas, by_dbscan_of_ours
from dashboard.evaluation.calibration import brier, reliability
from dashboard.evaluation.evaluate import compare, detection_days, find_ours, judged_spots, look
from dashboard.evaluation.matching import Place, Scores, TrueCheckpoint, match
from dashboard.evaluation.plots import plot
from dashboard.evaluation.scene import make_scene
from telemetry.simulator.scenario_files import list_evaluated, load_scenario, parse_scenario
from tests.tracker.places_of_truth import shipped

DAY = datetime(2026, 6, 1, tzinfo=UTC)
SMALL = b"""
name: small
seed: 3
start: 2026-06-01T00:00:00Z
days: 4
fleet: {operators: 3, vehicles: 24, trips_per_vehicle_per_day: 1}
corridors: [LFW-COO]
sampling: {interval_s: 30, jitter_m: 12}
halts: {rest_per_100km: 0.8, rest_minutes: [4, 35]}
checkpoints:
  - {corridor: LFW-COO, at_km: 25.0, listed: true, agency: police, stop_share: 0.9, minutes: [2, 9]}
  - {corridor: LFW-COO, at_km: 95.0, listed: false, agency: police, stop_share: 0.7, minutes: [2, 9], reported_share: 0.2}
"""


def place(km, start=0.0, end=5.0, stretch=None):
    return Place(km, DAY + timedelta(days=start), DAY + timedelta(days=end), 0.9, stretch)


def truth(index, km, start=0.0, end=5.0):
    return TrueCheckpoint(index, km, DAY + timedelta(days=start), DAY + timedelta(days=end), 10)


def test_a_finding_within_two_kilometres_and_in_its_time_is_right():
    assert match([place(101.9)], [truth(0, 100)]).scores == Scores(1, 0, 0)
    assert match([place(102.1)], [truth(0, 100)]).scores == Scores(0, 1, 1)
    assert match([place(100, 3, 4)], [truth(0, 100, 0, 2)]).scores == Scores(0, 1, 1)


def test_two_findings_on_one_checkpoint_are_one_right_and_one_false():
    found = match([place(99.0), place(100.2)], [truth(0, 100)])
    assert found.right == (False, True)
    assert found.scores == Scores(1, 1, 0)


def test_a_stretch_matches_as_many_as_it_names():
    inside = [truth(n, 100.0 + n) for n in range(5)]
    assert match([place(102, stretch=(99.0, 105.0, 4))], inside).scores == Scores(4, 0, 1)


def test_scores_of_nothing_are_none_and_not_zero():
    assert Scores(0, 0, 0).as_dict() == {
        "true_positives": 0, "false_positives": 0, "false_negatives": 0, "precision": None, "recall": None, "f1": None,
    }  # fmt: skip


def test_confidence_is_counted_in_bins():
    bins = reliability([(0.6, True), (0.95, True), (0.99, False), (1.0, True)])
    assert [(one.findings, one.right) for one in bins] == [(0, 0), (0, 0), (0, 0), (1, 1), (0, 0), (1, 1), (2, 1)]
    assert brier([(1.0, True), (0.5, False)]) == 0.125


def test_a_scenario_is_played_judged_and_compared_and_beats_the_baselines():
    scene = make_scene(parse_scenario(SMALL), shipped())
    ours = compare(scene, find_ours(scene))
    assert ours.scores == Scores(1, 0, 0)
    assert sum(looked.left_out.get("authorised_place", 0) for looked in look(scene)) > 10
    for baseline in (by_dbscan_of_ours, by_dbscan_of_movingpandas):
        result = compare(scene, baseline(scene)).scores
        assert result.true_positives == 1, "the baselines see it too, or they are no baselines"
        assert (ours.scores.f1 or 0) >= (result.f1 or 0)
    spots = judged_spots(scene, look(scene), ours)
    assert sum(right for confidence, right in spots if confidence > 0.5) == 1
    assert not any(right for confidence, right in spots if confidence < 0.5)
    days = detection_days(scene)
    assert set(days) == {1}
    assert 0 < days[1] <= 4
    drawing = plot(scene, "LFW-COO", ours)
    assert drawing.count('fill="#1b6ca8"') == 1


def test_there_are_at_least_twelve_hard_scenarios_and_they_fit_the_shipped_roads():
    assert len(list_evaluated()) >= 12
    assert all(load_scenario(name).checkpoints for name in list_evaluated())


def test_the_command_prints_what_the_contract_says(tmp_path, monkeypatch):
    monkeypatch.setenv("CORRIDOR_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "small.yaml"
    file.write_bytes(SMALL)
    result = CliRunner().invoke(app, ["evaluate", str(file), "--json", "--plots", str(tmp_path / "plots")])
    assert result.exit_code == 0, result.output
    said = orjson.loads(result.stdout)
    assert said["scenario"] == "small"
    counts = said["findings"]["unlisted_checkpoint"]
    assert set(counts) == {"true_positives", "false_positives", "false_negatives", "precision", "recall", "f1"}
    assert counts["true_positives"] == 1
    assert said["calibration"]["brier"] < 0.3
    assert sum(one["findings"] for one in said["calibration"]["bins"]) == 1
    assert (tmp_path / "plots" / "small-LFW-COO.svg").exists()
