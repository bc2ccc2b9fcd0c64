"""A road for the simulator's tests: straight, 300 km from west to east, over two borders; no geography needed.

Kilometre 100: from Togo (post TG-a) to Benin (BJ-a), a border with two sides. Kilometre 200: a joint post into Niger
(BJ-b, NE-b), open from 6 to 22. Togo is on UTC, the others an hour ahead.
"""

import numpy as np

from telemetry.simulator.roads import Gate, Road, Side
from telemetry.simulator.scenario import Scenario
from telemetry.simulator.scenario_files import parse_scenario

KMS = np.array([0.0, 300.0])
GATES = (
    Gate(100.0, Side("TG-a", "TG", 99.7), Side("BJ-a", "BJ", 100.3)),
    Gate(200.0, Side("BJ-b", "BJ", 200.2, (360, 1320)), Side("NE-b", "NE", 200.2, (360, 1320)), is_joint=True),
)
ROAD = Road(
    "AA-BB", KMS, np.array([7.0, 7.0]), np.array([1.0, 3.72]), {"west": 2.0, "east": 298.0}, GATES,
    ((0.0, "TG"), (100.0, "BJ"), (200.0, "NE")), {"TG": 0, "BJ": 3600, "NE": 3600}, frozenset({("gendarmerie", "BJ")}),
)  # fmt: skip
ROADS = {"AA-BB": ROAD}

MINIMAL = """
name: somebody's
start: 2026-06-01T00:00:00Z
days: 3
fleet: {operators: 2, vehicles: 4, trips_per_vehicle_per_day: 1.5}
corridors: [AA-BB]
"""
BUSY = """
name: busy
seed: 3
start: 2026-06-01T00:00:00Z
days: 4
fleet: {operators: 3, vehicles: 8, trips_per_vehicle_per_day: 2}
corridors: [AA-BB]
sampling: {interval_s: 20, jitter_m: 10, outage_per_100km: 0.6, outage_minutes: [5, 30], offline_share: 0.3}
halts:
  rest_per_100km: 1
  breakdown_per_1000km: 2
  congestion: [{at_km: 250, length_km: 6, hours: [0, 24]}]
borders: {dwell_minutes: {median: 30, p95: 70}, unlogged_share: 0.2}
reports:
  {false_share: 0.2, double_share: 0.2, harassment_per_100_trips: 60, harassment_false_share: 0.3,
   harassment_double_share: 0.3}
checkpoints:
  - {corridor: AA-BB, at_km: 50, listed: true, agency: police, stop_share: 0.9, minutes: [2, 9],
     reported_share: 0.5, payment_xof: [1000, 5000]}
  - {corridor: AA-BB, at_km: 150, listed: false, agency: gendarmerie, stop_share: 0.8, minutes: [3, 12], hours: [22, 4],
     reported_share: 1}
  - {corridor: AA-BB, at_km: 160, listed: false, agency: customs, stop_share: 1, minutes: [3, 12], direction: up}
  - {corridor: AA-BB, at_km: 230, listed: false, agency: customs, stop_share: 1, minutes: [3, 12],
     from: 2026-06-02T06:00:00Z, to: 2026-06-03T06:00:00Z}
"""


def scenario_of(text: str) -> Scenario:
    return parse_scenario(text.encode())
