"""Barriers in another generator's week, by way of log and projections: found, and nothing else named.

Measured on the real roads in `docs/evaluation.md`; here a short road, the shipped lines, and floors below what was measured.
"""

import pytest

from checkpoints.findings import Finding
from dashboard.evaluation.evaluate import Result
from dashboard.evaluation.matching import Scores
from tests.roads.traffic import shipped_road
from tests.roads.weeks import Weeks, make_weeks
from tests.roads.weeks_in_log import authorised_on, fill, find, make_world, scene_of, score

SORTS = ("all_day", "night", "beside_rest")
SEEDS = (1, 2)
ROAD = "LFW-COO"


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> list[tuple[Weeks, list[Finding], Result]]:
    """A week of twelve coaches between Lomé and Cotonou, for each seed: what was driven, what was found, how right that is."""
    results = []
    for seed in SEEDS:
        world = make_world(tmp_path_factory.mktemp("weeks"), with_real_lines=False)
        roads = {ROAD: shipped_road(world.geography.corridors[ROAD])}
        authorised = {ROAD: authorised_on(roads[ROAD], world)}
        weeks = make_weeks(roads, {ROAD: 12}, seed=seed, days=7, authorised=authorised, sorts=SORTS)
        fill(world, weeks)
        findings = find(world, weeks)
        results.append((weeks, findings, score(scene_of(world, weeks, roads), findings)))
        world.database.close()
    return results


def test_barriers_are_found_among_restaurants_jams_queues_and_silences(seen):
    scores = sum((result.scores for _, _, result in seen), Scores(0, 0, 0))
    assert scores.true_positives >= 5
    assert scores.false_positives == 0


def test_no_popular_place_is_named_though_more_coaches_stand_there_than_at_some_barriers(seen):
    for weeks, findings, _ in seen:
        assert len(weeks.popular) == 2
        assert all(finding.counts["halts"] >= 3 for finding in findings)
        medians = [dict(ground.values)["median_minutes"] for one in findings for ground in one.grounds
                   if ground.code in ("short_halts", "like_rest_place")]  # fmt: skip
        assert max(medians) < 13


def test_every_piece_of_evidence_leads_to_messages_of_its_coach(seen):
    for weeks, findings, _ in seen:
        coaches = {(coach.vehicle_id, coach.operator_id) for coach in weeks.sent}
        for finding in findings:
            assert {(piece.vehicle_id, piece.operator_id) for piece in finding.evidence} <= coaches
            assert all(0 < piece.first_seq <= piece.last_seq for piece in finding.evidence)
