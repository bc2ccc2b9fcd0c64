"""The shipped geography as roads to be driven: every corridor, with its borders, and scenarios that do not fit it."""

from datetime import date

import numpy as np
import pytest

from dashboard.simulation import roads_of
from telemetry.simulator.fleet import services_of
from telemetry.simulator.journey import plan, ways_of
from telemetry.simulator.scenario_files import list_shipped, load_scenario, parse_scenario
from telemetry.simulator.span import as_dated
from tracker.database import Database
from tracker.errors import BadFile
from tracker.geo import distance_m
from tracker.geography import Geography, load_geography, seed

ON = date(2026, 6, 1)
TEXT = """
name: all roads
start: 2026-06-01T00:00:00Z
days: 2
fleet: {operators: 4, vehicles: 30, trips_per_vehicle_per_day: 1}
corridors: [%s]
"""


@pytest.fixture(scope="module")
def geography(tmp_path_factory: pytest.TempPathFactory) -> Geography:
    import dashboard.tables

    database = Database(f"sqlite:///{tmp_path_factory.mktemp('roads') / 'test.sqlite3'}")
    dashboard.tables.METADATA.create_all(database.engine)
    with database.writing() as session:
        seed(session)
    with database.reading() as session:
        loaded = load_geography(session, ON)
    database.close()
    return loaded


def test_every_shipped_scenario_fits_the_shipped_geography(geography):
    for name in list_shipped():
        assert roads_of(load_scenario(name), geography)


def test_a_coach_can_be_driven_over_every_corridor_and_meets_its_borders_in_order(geography):
    scenario = parse_scenario((TEXT % ", ".join(geography.corridors)).encode())
    roads = roads_of(scenario, geography)
    ways, span = ways_of(scenario, roads), as_dated(scenario)
    for service in services_of(scenario, roads):
        road = roads[service.corridor]
        ends = (road.hubs[service.origin], road.hubs[service.destination])
        for direction in (ends, ends[::-1]):
            journey = plan(("x",), ways[service.corridor], scenario, span, span.start_s, direction)
            kms = [crossing.at_km for crossing in journey.crossings]
            assert kms == sorted(kms, reverse=direction[0] > direction[1])
            passed = [g for g in road.gates if min(ends) < g.at_km < max(ends)]
            assert len(kms) == len(passed)
            steps = (journey.kms[1:] - journey.kms[:-1]) * (1 if direction[1] > direction[0] else -1)
            assert (steps > -1e-6).all(), service


def test_no_coach_drives_over_a_closed_border(geography):
    assert geography.get_post("NE-gaya").find_state(ON).status == "closed"
    scenario = parse_scenario((TEXT % "COO-NIM").encode())
    (service,) = services_of(scenario, roads_of(scenario, geography))
    assert (service.origin, service.destination) == ("cotonou", "parakou")


def test_formalities_lie_in_the_posts_fences(geography):
    scenario = parse_scenario((TEXT % ", ".join(geography.corridors)).encode())
    missed = []
    for road in roads_of(scenario, geography).values():
        for gate in road.gates:
            for side in gate.sides:
                point = geography.get_post(side.post_id).find_point("immigration", ON)
                lat, lon = road.places(np.array([side.km]), np.zeros(1))
                if distance_m(float(lat[0]), float(lon[0]), point.latitude, point.longitude) > point.radius_m:
                    missed.append(side.post_id)
    assert len(missed) <= 8, missed  # of some 40: posts so far off a coarse line that no road leads by them


def test_what_does_not_fit_the_roads_is_named_at_once(geography):
    text = TEXT % "ABJ-LOS, NO-WAY" + (
        "services: [{corridor: ABJ-LOS, origin: abidjan, destination: atlantis, departures_per_day: 1}]\n"
        "halts: {congestion: [{at_km: 3000, length_km: 2}]}\n"
        "checkpoints:\n"
        "  - {corridor: ABJ-LOS, at_km: 2000, listed: true, stop_share: 1, minutes: [2, 9]}\n"
        "  - {corridor: ABJ-LOS, at_km: 2, listed: true, stop_share: 1, minutes: [2, 9]}\n"
    )
    with pytest.raises(BadFile) as caught:
        roads_of(parse_scenario(text.encode()), geography)
    assert {reason.field: reason.code for reason in caught.value.reasons} == {
        "corridors[1]": "unknown_corridor",
        "services[0].destination": "unknown_hub",
        "halts.congestion[0].at_km": "above_limit",
        "checkpoints[0].at_km": "above_limit",
        "checkpoints[1].at_km": "below_limit",
    }
