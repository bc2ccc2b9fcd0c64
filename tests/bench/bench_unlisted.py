"""How often unlisted checkpoints are found rightly, against halts clustered by DBSCAN, on every scenario made for it.

`python -m tests.bench.bench_unlisted [--seeds 7,11,23] [--movingpandas]` prints a table and writes
`build/unlisted.json` and a drawing of each corridor to `build/unlisted/`. `make bench` runs a few scenarios of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console

from dashboard.evaluation.baselines import by_dbscan_of_movingpandas, by_dbscan_of_ours
from dashboard.evaluation.calibration import brier, reliability
from dashboard.evaluation.evaluate import Result, compare, detection_days, found_in, judged_spots, look
from dashboard.evaluation.matching import Scores
from dashboard.evaluation.plots import plot
from dashboard.evaluation.scene import make_scene
from telemetry.simulator.scenario_files import list_evaluated, load_scenario
from tests.tracker.places_of_truth import shipped

FOLDER = Path("build/unlisted")
FEW = ("evaluation/few_coaches", "evaluation/rest_places", "evaluation/town_entries", "evaluation/short_stops")


def unlisted_f1(names: Sequence[str] = FEW) -> dict[str, Any]:
    """Return our F1 over some scenarios, against that of DBSCAN on our halts; `by_scenario` has both for each."""
    rows = [row(name, load_scenario(name).seed, with_movingpandas=False) for name in names]
    ours, theirs = (sum((one[who] for one in rows), Scores(0, 0, 0)) for who in ("ours", "dbscan_of_ours"))
    return {
        "value": round(ours.f1 or 0.0, 3), "unit": "F1", "against": round(theirs.f1 or 0.0, 3),
        "ratio": round((ours.f1 or 0.0) / (theirs.f1 or 1.0), 2),
        "by_scenario": {one["name"]: [one["ours"].f1, one["dbscan_of_ours"].f1] for one in rows},
    }  # fmt: skip


def row(name: str, seed: int, with_movingpandas: bool) -> dict[str, Any]:
    """Return the scores of one scenario and seed, our judged findings, and how long each checkpoint took to be found."""
    scene = make_scene(load_scenario(name).model_copy(update={"seed": seed}), shipped())
    looks = look(scene)
    results: dict[str, Result] = {"ours": compare(scene, found_in(scene, looks))}
    results["dbscan_of_ours"] = compare(scene, by_dbscan_of_ours(scene))
    if with_movingpandas:
        results["dbscan_of_movingpandas"] = compare(scene, by_dbscan_of_movingpandas(scene))
    FOLDER.mkdir(parents=True, exist_ok=True)
    ours = results["ours"]
    for corridor_id in scene.scenario.corridors:
        file = FOLDER / f"{Path(name).name}-{seed}-{corridor_id}.svg"
        file.write_text(plot(scene, corridor_id, ours), encoding="utf-8")
    spots = judged_spots(scene, looks, ours)
    days = sorted(detection_days(scene).values())
    scores = {who: result.scores for who, result in results.items()}
    return {"name": name, "seed": seed, "judged": ours.judged, "spots": spots, "days": days, **scores}


def _main(arguments: list[str]) -> None:
    console, seeds = Console(), [7]
    if "--seeds" in arguments:
        seeds = [int(seed) for seed in arguments[arguments.index("--seeds") + 1].split(",")]
    rows = []
    for name in list_evaluated():
        for seed in seeds:
            one = row(name, seed, "--movingpandas" in arguments)
            rows.append(one)
            shown = {who: value.as_dict()["f1"] for who, value in one.items() if isinstance(value, Scores)}
            median = one["days"][len(one["days"]) // 2] if one["days"] else None
            console.print(
                f"{name:32} seed {seed:3} {shown} false {one['ours'].false_positives} days {median}", highlight=False
            )
    judged, spots = ([pair for one in rows for pair in one[which]] for which in ("judged", "spots"))
    totals = {
        who: sum((one[who] for one in rows), Scores(0, 0, 0)).as_dict()
        for who in ("ours", "dbscan_of_ours", "dbscan_of_movingpandas")
        if who in rows[0]
    }
    result = {
        "rows": [{k: v.as_dict() if isinstance(v, Scores) else v for k, v in one.items()} for one in rows],
        "totals": totals, "brier": brier(judged), "reliability": [asdict(one) for one in reliability(judged)],
        "looked_at": {"brier": brier(spots), "reliability": [asdict(one) for one in reliability(spots)]},
    }  # fmt: skip
    FOLDER.with_suffix(".json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
    console.print(totals, result["brier"], result["reliability"], result["looked_at"])


if __name__ == "__main__":
    _main(sys.argv[1:])
