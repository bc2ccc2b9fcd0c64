"""The usual way, on the same scenes: halts clustered by DBSCAN along the corridor. What ours has to be better than.

Two of them: on the halts of movingpandas' `TrajectoryStopDetector`, and on ours. Both get what is fair: halts at listed
checkpoints and within `FENCE_KM` of borders and hubs are left out, and a cluster needs two operators and three coaches where
there are several, a median duration under `LONGEST_MIN`. The libraries are those of the tests (`pip install .[dev]`).
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from dashboard.evaluation.matching import Place
from dashboard.evaluation.scene import Scene
from tracker.corridors import Corridor
from tracker.facts import Halt

EPS_KM, LEAST = 0.3, 5
FENCE_KM = 2.0
LONGEST_MIN = 20.0
SHORTEST = timedelta(seconds=90)
DIAMETER_M = 120.0
OFF_ROAD_M = 500.0


@dataclass(frozen=True, slots=True)
class _Stop:
    corridor_id: str
    km: float
    start: datetime
    end: datetime
    vehicle_id: str
    operator_id: str


def by_dbscan_of_ours(scene: Scene) -> list[tuple[str, Place]]:
    """Cluster the halts that our steps found."""
    stops = [
        _Stop(fact.corridor_id, fact.km, fact.started_at, fact.ended_at, s.vehicle_id, s.operator_id)
        for s in scene.sightings
        if isinstance(fact := s.fact, Halt) and fact.corridor_id is not None and fact.km is not None and fact.ended_at
    ]
    return _clustered(scene, stops)


def by_dbscan_of_movingpandas(scene: Scene) -> list[tuple[str, Place]]:
    """Cluster the halts that movingpandas finds in the same fixes."""
    return _clustered(scene, list(_stops(scene)))


def _stops(scene: Scene) -> Iterator[_Stop]:
    import pandas

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says which of its own extras are missing
        import movingpandas

    corridors = [scene.geography.get_corridor(name) for name in scene.scenario.corridors]
    for vehicle_id, fixes in scene.fixes.items():
        frame: Any = pandas.DataFrame(
            {
                "t": pandas.to_datetime(fixes.at_s, unit="s"),
                "x": fixes.longitudes,
                "y": fixes.latitudes,
                "id": vehicle_id,
            }
        ).drop_duplicates("t")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trajectory = movingpandas.Trajectory(frame, "id", t="t", x="x", y="y", crs=4326)
            found = movingpandas.TrajectoryStopDetector(trajectory).get_stop_points(DIAMETER_M, SHORTEST)
        if len(found) == 0:
            continue
        lats, lons = found.geometry.y.to_numpy(), found.geometry.x.to_numpy()
        located = [corridor.locate(lats, lons) for corridor in corridors]
        nearest = np.argmin([offsets for _, offsets in located], axis=0)
        times = zip(found["start_time"], found["end_time"], strict=True)
        for n, (start, end) in enumerate(times):
            kms, offsets = located[nearest[n]]
            if offsets[n] <= OFF_ROAD_M:
                began, ended = (moment.to_pydatetime().replace(tzinfo=UTC) for moment in (start, end))
                corridor_id = corridors[nearest[n]].id
                yield _Stop(corridor_id, float(kms[n]), began, ended, vehicle_id, scene.operators[vehicle_id])


def _clustered(scene: Scene, stops: Sequence[_Stop]) -> list[tuple[str, Place]]:
    from sklearn.cluster import DBSCAN

    driving = len(set(scene.operators.values()))
    found = []
    by_corridor: dict[str, list[_Stop]] = defaultdict(list)
    for stop in stops:
        if stop.corridor_id in scene.scenario.corridors and not _is_explained(scene, stop):
            by_corridor[stop.corridor_id].append(stop)
    for corridor_id, own in by_corridor.items():
        labels = DBSCAN(eps=EPS_KM, min_samples=LEAST).fit_predict(np.array([[stop.km] for stop in own]))
        for label in sorted(set(labels.tolist()) - {-1}):
            cluster = [stop for stop, mine in zip(own, labels.tolist(), strict=True) if mine == label]
            minutes = float(np.median([(stop.end - stop.start).total_seconds() / 60 for stop in cluster]))
            coaches, operators = {s.vehicle_id for s in cluster}, {s.operator_id for s in cluster}
            if len(coaches) >= 3 and len(operators) >= min(2, driving) and minutes <= LONGEST_MIN:
                km = float(np.median([stop.km for stop in cluster]))
                place = Place(km, min(s.start for s in cluster), max(s.end for s in cluster), 1.0)
                found.append((corridor_id, place))
    return found


def _is_explained(scene: Scene, stop: _Stop) -> bool:
    corridor: Corridor = scene.geography.get_corridor(stop.corridor_id)
    if any(abs(milestone.km - stop.km) <= FENCE_KM for milestone in corridor.milestones):
        return True
    return bool(scene.register.find_points(stop.corridor_id, stop.km, stop.start.date()))
