"""`corridor evaluate`: how often findings are right, on a scenario whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from dashboard.commands.context import console, open_database, settings
from dashboard.evaluation.baselines import by_dbscan_of_movingpandas, by_dbscan_of_ours
from dashboard.evaluation.evaluate import Result, compare, detection_days, find_ours, summary
from dashboard.evaluation.plots import plot
from dashboard.evaluation.scene import make_scene
from dashboard.seeding import seed as seed_geography
from telemetry.simulator.scenario_files import load_scenario
from tracker.clock import SystemClock
from tracker.geography import load_geography


def evaluate(
    scenario: Annotated[str, typer.Argument(help="a file, or the name of a shipped scenario")],
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    seed: Annotated[int | None, typer.Option(help="instead of the scenario's own", min=0)] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="DBSCAN too (needs the libraries of the tests)")
    ] = False,
    days: Annotated[bool, typer.Option("--days", help="how long until each was found: looks every 12 hours")] = False,
    plots: Annotated[Path | None, typer.Option(help="folder for a drawing of each corridor", file_okay=False)] = None,
) -> None:
    """Play a scenario without a broker, look for unlisted checkpoints, and compare with the truth."""
    played = load_scenario(scenario)
    if seed is not None:
        played = played.model_copy(update={"seed": seed})
    database = open_database(settings())
    seed_geography(database, SystemClock())
    with database.reading() as session:
        geography = load_geography(session, played.start.date())
    database.close()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=as_json, transient=True) as progress:
        progress.add_task(played.name)
        scene = make_scene(played, geography)
        results: dict[str, Result] = {"ours": compare(scene, find_ours(scene))}
        if baselines:
            results["dbscan_of_movingpandas"] = compare(scene, by_dbscan_of_movingpandas(scene))
            results["dbscan_of_ours"] = compare(scene, by_dbscan_of_ours(scene))
        found = summary(scene, results, detection_days(scene) if days else {})
    if plots is not None:
        plots.mkdir(parents=True, exist_ok=True)
        for corridor_id in played.corridors:
            name = f"{played.name.replace(' ', '_')}-{corridor_id}.svg"
            (plots / name).write_text(plot(scene, corridor_id, results["ours"]), encoding="utf-8")
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("", "right", "false", "missed", "precision", "recall", "F1", title=played.name)
    for name, result in results.items():
        table.add_row(name, *("-" if value is None else str(value) for value in result.scores.as_dict().values()))
    console.print(table)
