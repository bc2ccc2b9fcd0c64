"""A barrier in another generator's traffic, sent over MQTT to a whole installation: a flag of it, and of nothing else."""

import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from operators.registration import register_vehicles
from telemetry.device import NewDevice
from telemetry.mqtt_loop import Loop
from telemetry.senders import SenderKind
from tests.journeys.installation import Installation
from tests.roads.traffic import shipped_road
from tests.roads.weeks import DAY_S, Weeks, make_weeks
from tests.servers import until
from tests.tracker.places_of_truth import shipped
from tracker.geo import haversine_m
from tracker.pipeline import tick

pytestmark = [pytest.mark.broker, pytest.mark.slow]
ROAD, COACHES, DAYS, AT_ONCE = "LFW-COO", 8, 6, 500


def bodies(coach) -> list[dict]:
    """What a coach's unit says, in the order in which it sends."""
    rows = [row for fixes in coach.fixes
            for row in zip(fixes.sent_s.tolist(), fixes.at_s.tolist(), fixes.latitudes.tolist(),
                           fixes.longitudes.tolist(), strict=True)]  # fmt: skip
    names = ("sent_at", "observed_at", "latitude", "longitude")
    return [dict(zip(names, row, strict=True)) for row in sorted(rows)]


def send(running: Installation, weeks: Weeks) -> int:
    """Let every coach sign in and send its week in arrays; return how many fixes there were."""
    names = [coach.vehicle_id for coach in weeks.sent]
    with running.database.writing() as session:
        register_vehicles(session, [(name, "OP", None, None) for name in names], datetime.now(UTC))
    tokens = running.registry.add_many([NewDevice(f"unit-{name}", SenderKind.FITTED, "OP", name) for name in names])
    running.tokens |= {f"unit-{name}": token for name, token in zip(names, tokens, strict=True)}
    total = 0
    for coach in weeks.sent:
        loop = Loop("week")
        radio, said = running.radio(f"unit-{coach.vehicle_id}"), bodies(coach)
        loop.add(radio)
        topic = f"corridor/v1/vehicles/OP/{coach.vehicle_id}/positions"
        parts = [said[first : first + AT_ONCE] for first in range(0, len(said), AT_ONCE)]
        for sent in [radio.send(topic, orjson.dumps(part)) for part in parts]:
            sent.result(60)
        loop.close()
        total += len(said)
    return total


def test_a_barrier_that_positions_over_mqtt_show_becomes_a_flag_and_restaurants_do_not(tmp_path):
    start_s = (time.time() // DAY_S - DAYS - 1) * DAY_S
    road = shipped_road(shipped().corridors[ROAD])
    weeks = make_weeks(
        {ROAD: road}, {ROAD: COACHES}, seed=1, days=DAYS, authorised={ROAD: []}, operators=1, sorts=("all_day",),
        start_s=start_s,
    )  # fmt: skip
    running = Installation(tmp_path)
    running.start()
    try:
        total = send(running, weeks)
        assert until(lambda: len(running.stored("position")) == total, 120)
        with running.browser() as browser:

            def flags():
                items = browser.get("/api/v1/flags").json()["items"]
                return [one for one in items if one["kind"] in ("unlisted_checkpoint", "en_route_control")]

            def told():
                tick(running.database, datetime.now(UTC) + timedelta(minutes=70), 60)  # rules run once an hour
                return flags()

            assert until(told, 120)
            (flag,) = flags()
    finally:
        running.close()
    (barrier,) = weeks.barriers
    assert weeks.held[0] >= 8
    latitude, longitude = shipped().corridors[ROAD].point_at(barrier.km)
    assert haversine_m(flag["latitude"], flag["longitude"], latitude, longitude) < 2000
