"""`make bench`: runs the benchmarks, prints a table, writes `build/bench.json`. Ratios of one run count, not times."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

from tests.bench.bench_first_view import map_first_view_cold, map_first_view_warm
from tests.bench.bench_halts import halts_f1, halts_speed
from tests.bench.bench_ingest import ingest_mqtt_one_worker, ingest_mqtt_two_workers
from tests.bench.bench_map import map_data_10m_vs_1m
from tests.bench.bench_pipeline import pipeline_live, pipeline_positions, rebuild_growth
from tests.bench.bench_rest import memory_serving, rest_arrays
from tests.bench.bench_unlisted import unlisted_f1

BENCHMARKS = (
    ingest_mqtt_one_worker,
    ingest_mqtt_two_workers,
    rest_arrays,
    memory_serving,
    pipeline_positions,
    pipeline_live,
    rebuild_growth,
    halts_speed,
    halts_f1,
    map_data_10m_vs_1m,
    map_first_view_cold,
    map_first_view_warm,
    unlisted_f1,
)
FILE = Path("build/bench.json")


def main(names: list[str]) -> None:
    """Run the benchmarks named, all when none is."""
    console, results = Console(), {}
    table = Table("benchmark", "value", "unit", "against", "ratio")
    for benchmark in BENCHMARKS:
        name = benchmark.__name__
        if names and name not in names:
            continue
        with console.status(name):
            results[name] = benchmark()
        table.add_row(name, *(str(results[name][key]) for key in ("value", "unit", "against", "ratio")))
    console.print(table)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main(sys.argv[1:])
