"""`corridor simulate` against a whole installation: over real MQTT, each device with its own credentials."""

import os
import subprocess
import sys

import orjson
import pytest
from sqlmodel import func, select

from dashboard.commands.context import open_database
from operators.companies import Vehicle
from telemetry.dead_letter import DeadLetter
from tests.journeys.installation import Installation
from tests.servers import until
from tracker.log import LogRow

pytestmark = pytest.mark.broker

SCENARIO = """
name: two days
seed: 5
start: 2026-06-01T00:00:00Z
days: 2
fleet: {operators: 2, vehicles: 3, trips_per_vehicle_per_day: 1}
corridors: [LFW-COO]
sampling: {interval_s: 60, live_interval_s: 1, standing_interval_s: 1, outage_per_100km: 1, outage_minutes: [5, 20]}
checkpoints:
  - {corridor: LFW-COO, at_km: 30, listed: false, agency: police, stop_share: 1, minutes: [3, 9], reported_share: 1}
"""


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "data")
    (tmp_path / "two_days.yaml").write_text(SCENARIO)
    made.start()
    yield made
    made.close()


def simulate(installation, *arguments, **more):
    environment = os.environ | {
        "CORRIDOR_DATA_DIR": str(installation.folder),
        "CORRIDOR_DATABASE_URL": installation.settings.database_url,
        "CORRIDOR_BROKER_PORT": str(installation.mqtt_port),
        "CORRIDOR_LOG_LEVEL": "error",
        "LC_ALL": "C.UTF-8",
    }
    code = "from dashboard.cli import main; main()"
    command = [sys.executable, "-c", code, "simulate", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more)


def remembered(installation):
    files = [f for f in installation.folder.glob("simulated_*.json") if f.name != "simulated_devices.json"]
    return orjson.loads(files[0].read_bytes()) if files else {}


def counts(installation):
    with installation.database.reading() as session:
        rows = session.exec(select(LogRow.kind, func.count()).group_by(LogRow.kind)).all()
    return {kind: number for kind, number in rows if kind not in ("tick", "vehicle_status")}


def settled(installation):
    """What has arrived, once nothing more comes: posts and coaches speak over connections of their own."""
    found = {}

    def is_settled():
        found["now"] = counts(installation)
        return not until(lambda: counts(installation) != found["now"], 2)

    assert until(is_settled, 60)
    return found["now"]


def test_a_scenario_on_its_own_dates_arrives_whole_and_once(installation, tmp_path):
    file, truth = tmp_path / "two_days.yaml", tmp_path / "truth.json"
    done = simulate(installation, file, "--as-dated", "--truth", truth)
    _, errors = done.communicate(timeout=120)
    assert done.returncode == 0, errors
    told = orjson.loads(truth.read_bytes())
    assert told["trips"]
    logged = [report for report in told["reports"] if report["kind"] == "crossing"]
    assert until(lambda: counts(installation).get("crossing", 0) >= len(logged), 60)
    first = settled(installation)
    assert first["crossing"] == len(logged)
    assert first["trip"] == sum(2 + (trip["arrived"] is not None) for trip in told["trips"] if trip["declared"])
    assert first["position"] > 500
    with installation.database.reading() as session:
        assert session.exec(select(func.count()).select_from(DeadLetter)).one() == 0
        assert session.exec(select(func.count()).select_from(Vehicle)).one() == 2 + 3  # the installation's own two

    other = tmp_path / "again.json"
    again = simulate(installation, file, "--as-dated", "--truth", other)
    again.communicate(timeout=120)
    assert other.read_bytes() == truth.read_bytes()
    assert not until(lambda: counts(installation) != first, 3)  # the same messages: nothing new


def test_history_ends_now_goes_on_live_and_is_not_sent_again(installation, tmp_path):
    file = tmp_path / "two_days.yaml"
    running = simulate(installation, file, "--backfill", "1d")
    try:
        assert until(lambda: len(remembered(installation).get("sent_until", ())) == 3 + 2, 90)  # coaches, and posts
        before = counts(installation).get("position", 0)  # what was sent may still be on its way
        assert until(lambda: counts(installation).get("position", 0) > before + 10, 60)
    finally:
        running.terminate()
        running.communicate(timeout=60)
    start = remembered(installation)["start_s"]
    again = simulate(installation, file)
    try:
        settled = counts(installation).get("position", 0)
        assert until(lambda: counts(installation).get("position", 0) > settled, 60)
    finally:
        again.terminate()
        again.communicate(timeout=60)
    assert remembered(installation)["start_s"] == start
    database = open_database(installation.settings)
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(DeadLetter)).one() == 0
    database.close()


def test_a_scenario_with_mistakes_is_answered_with_each_of_them_in_the_callers_language(installation, tmp_path):
    file = tmp_path / "typo.yaml"
    file.write_text(SCENARIO.replace("agency", "agncy").replace("days: 2", "days: -1"))
    done = simulate(installation, file)
    _, errors = done.communicate(timeout=60)
    assert done.returncode == 2
    said = " ".join(errors.split())
    assert "checkpoints[0].agncy" in said
    assert "“agency”" in said
    assert "days:" in said
    assert "Traceback" not in said
