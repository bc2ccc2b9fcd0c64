"""Our halts against movingpandas' stop detector, on the same fixes of buses whose halts are known (`traces`).

Ours is the real path: `drive()` through plausibility, location and halts, from arrays of fixes to settled facts. Theirs is
`TrajectoryStopDetector.get_stop_time_ranges` on a trajectory that is already made, so that making data frames does not
count; ours has its arrays ready likewise. Both in one process, in turns; the median of the processor's time counts, in which
little is seen of what else runs on the machine. Detection against detection is
without the step that finds the corridor, which theirs does not do; with it is told too. Theirs takes fixes in degrees,
as receivers give them, and says then what it says of metres (UTM) too, where it is faster: both are told.

A found halt is right when what it shares with a true one is more than half of what both cover together.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import orjson

from tests.bench.traces import Trace, Way, fleet, matched, scores
from tests.tracker.drives import bare_world, fixes_at
from tests.tracker.places_of_truth import shipped
from tracker.facts import Halt
from tracker.fixes import Fixes
from tracker.halts import Halts
from tracker.location import Location
from tracker.plausibility import Plausibility
from tracker.steps import Step, World, drive

WITH_LOCATION: tuple[Step, ...] = (Plausibility(), Location(), Halts())
WITHOUT: tuple[Step, ...] = (Plausibility(), Halts())
ROADS = ("ABJ-LOS", "TEM-OUA", "ABJ-OUA", "COO-NIM", "LFW-OUA", "DKR-BKO")
EVERY = (10.0, 30.0, 60.0, 120.0)
SPEED_EVERY = (10.0, 30.0, 60.0)
BUSES, DAYS, RUNS = 2, 2, 3
SHORTEST = timedelta(seconds=90)
DIAMETER_M = 120.0
DIAMETERS_M = (60.0, 80.0, 120.0, 160.0, 200.0)
UTM = 32631

Spans = list[tuple[float, float]]


def halts_speed(buses: int = BUSES, days: int = DAYS) -> dict[str, Any]:
    """Return fixes per second of our halt detection (plausibility and halts), against movingpandas' on the same fixes.

    On traces of days with their nights; `driving` is the same without the nights, `with_location` ours with that step too.
    """
    whole = [trace for every_s in SPEED_EVERY for trace in _traces(buses, days, every_s)]
    parts = {"nights": whole, "driving": [_without_nights(trace) for trace in whole]}
    rates = {name: _rates(traces) for name, traces in parts.items()}
    rate = rates["nights"]
    return {
        "value": rate["ours"], "unit": "fixes/s", "against": rate["theirs"], "ratio": round(rate["ours"] / rate["theirs"], 1),
        "fixes": sum(map(len, whole)), "rates": rates,
        "ratios": {
            f"{name}, {ours} / {theirs}": round(found[ours] / found[theirs], 1)
            for name, found in rates.items()
            for ours in ("ours", "ours_with_location")
            for theirs in ("theirs", "theirs_in_metres")
        },
    }  # fmt: skip


def _rates(traces: list[Trace]) -> dict[str, int]:
    """Return fixes per second of both sides."""
    world, bare, fixes = World("BENCH-1", shipped()), bare_world(), [_fixes(trace) for trace in traces]
    degrees, metres = ([_trajectory(trace, code) for trace in traces] for code in (4326, UTM))
    sides: dict[str, Callable[[], object]] = {
        "ours": lambda: [_ours(one, WITHOUT, bare) for one in fixes],
        "ours_with_location": lambda: [_ours(one, WITH_LOCATION, world) for one in fixes],
        "theirs": lambda: [_theirs(one, DIAMETER_M) for one in degrees],
        "theirs_in_metres": lambda: [_theirs(one, DIAMETER_M) for one in metres],
    }
    took: dict[str, list[float]] = {name: [] for name in sides}
    sides["ours_with_location"]()  # the geography's indices are made once in a process
    for _ in range(RUNS):
        for name, side in sides.items():
            begun = time.process_time()
            side()
            took[name].append(time.process_time() - begun)
    count = sum(map(len, traces))
    return {name: round(count / statistics.median(seconds)) for name, seconds in took.items()}


def _without_nights(trace: Trace) -> Trace:
    """Return the trace with the nights cut out: days that follow each other at once, wherever they begin."""
    kept = np.ones(len(trace), dtype=np.bool_)
    for halt in trace.halts:
        if halt.kind == "night":
            kept &= (trace.at_s < halt.start_s) | (trace.at_s > halt.end_s)
    halts = tuple(halt for halt in trace.halts if halt.kind != "night")
    columns = (trace.at_s, trace.latitudes, trace.longitudes, trace.standing)
    return Trace(trace.every_s, *(column[kept] for column in columns), halts)


def halts_f1(buses: int = BUSES, days: int = DAYS) -> dict[str, Any]:
    """Return the F1 of our halts against that of movingpandas at its best setting, and both by sampling."""
    by_setting: dict[float, dict[str, Any]] = {}
    found: dict[str, dict[str, Any]] = {}
    for name, find in (("ours", None), *((f"theirs {diameter:g} m", diameter) for diameter in DIAMETERS_M)):
        found[name] = _scored(buses, days, find)
        if find is not None:
            by_setting[find] = found[name]
    cleaned = _scored(buses, days, DIAMETER_M, clean=True)
    ours = found["ours"]["all"]
    best = max(by_setting.values(), key=lambda one: one["all"]["f1"])["all"]
    return {
        "value": ours["f1"], "unit": "F1", "against": best["f1"], "ratio": round(ours["f1"] / best["f1"], 3),
        "recall": [ours["recall"], best["recall"]], "precision": [ours["precision"], best["precision"]],
        "asked_setting": by_setting[DIAMETER_M]["all"], "behind_our_gate": cleaned["all"], "settings": found,
    }  # fmt: skip


def _scored(buses: int, days: int, diameter_m: float | None, *, clean: bool = False) -> dict[str, Any]:
    """Return scores by sampling and over all. `diameter_m`: theirs with it, ours when None."""
    world = World("BENCH-1", shipped())
    sums, result = np.zeros(3, dtype=int), {}
    for every_s in EVERY:
        counts = np.zeros(3, dtype=int)
        for trace in _traces(buses, days, every_s):
            if diameter_m is None:
                spans = _ours(_fixes(trace), WITH_LOCATION, world)
            else:
                spans = _theirs(_trajectory(trace, UTM, clean=clean), diameter_m)
            truth = [(halt.start_s, halt.end_s) for halt in trace.halts]
            counts += matched(spans, truth), len(spans), len(truth)
        result[f"{every_s:g} s"] = scores(*counts.tolist())
        sums += counts
    return result | {"all": scores(*sums.tolist())}


@cache
def _traces(buses: int, days: int, every_s: float) -> list[Trace]:
    """Return buses on the shipped roads."""
    lines = [shipped().corridors[name].line for name in ROADS]
    ways = [Way(line.kilometres * 1000, line.latitudes, line.longitudes) for line in lines]
    return fleet(buses, days, every_s, seed=int(every_s), ways=ways)


def _fixes(trace: Trace) -> Fixes:
    return fixes_at(trace.at_s, trace.latitudes, trace.longitudes)


def _ours(fixes: Fixes, steps: tuple[Step, ...], world: World) -> Spans:
    """Return the halts that were settled, and the one under way at the end."""
    done = drive(steps, {}, fixes, world)
    end_s = float(fixes.at_s[-1])
    return [
        (halt.started_at.timestamp(), halt.ended_at.timestamp() if halt.ended_at else end_s)
        for halt in (*done.settled, *done.under_way)
        if isinstance(halt, Halt)
    ]


def _trajectory(trace: Trace, epsg: int, *, clean: bool = False) -> Any:
    """Return the trace as movingpandas wants it; `clean`: without the fixes that our gate refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import geopandas
        import movingpandas
        import pandas
    kept: Any = slice(None)
    if clean:
        accepted = drive((Plausibility(),), {}, _fixes(trace), bare_world()).leg.fixes
        kept = np.isin(trace.at_s, accepted.at_s)
    points = geopandas.points_from_xy(trace.longitudes[kept], trace.latitudes[kept], crs=4326).to_crs(epsg)
    times = pandas.to_datetime(trace.at_s[kept], unit="s")
    frame = geopandas.GeoDataFrame({"bus": 1}, geometry=points, index=times)
    return movingpandas.Trajectory(frame, traj_id=1)


def _theirs(trajectory: Any, diameter_m: float) -> Spans:
    import movingpandas

    ranges = movingpandas.TrajectoryStopDetector(trajectory).get_stop_time_ranges(diameter_m, SHORTEST)
    return [(r.t_0.timestamp(), r.t_n.timestamp()) for r in ranges]


if __name__ == "__main__":
    which = {"speed": halts_speed, "f1": halts_f1}[sys.argv[1]]
    numbers = [int(argument) for argument in sys.argv[2:]]
    sys.stdout.write(orjson.dumps(which(*numbers), option=orjson.OPT_INDENT_2).decode() + "\n")
