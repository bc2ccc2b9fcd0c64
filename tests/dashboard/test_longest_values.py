"""The longest values that the doors take fit into every projection, on PostgreSQL too, which counts letters."""

from datetime import timedelta

import orjson
import pytest

from dashboard.migrate import migrate
from dashboard.parts import make_parts
from dashboard.secrecy import new_token
from operators.registration import register_operator, register_vehicles
from operators.trip_sheets import list_sheets
from telemetry.delivery import REST, Delivery
from telemetry.kinds import Kind
from telemetry.senders import Sender, SenderKind
from tracker.database import Database
from tracker.settings import load_settings

OPERATOR, COACH, TRIP = "o" * 40, "c" * 40, "T" + ".:-_" * 15 + "abc"
PLACES = {"origin": "O" * 80, "destination": "D" * 80}


@pytest.fixture(params=["sqlite", "postgres"])
def parts(request, tmp_path):
    postgres = (
        {"database_url": request.getfixturevalue("make_postgres_database")().url} if request.param != "sqlite" else {}
    )
    settings = load_settings({}, data_dir=tmp_path, secret_key=new_token(), **postgres)
    database = Database(settings.resolved_database_url)
    migrate(database)
    made = make_parts(settings, database)
    with database.writing() as session:
        register_operator(session, OPERATOR, "n" * 120, "CI", made.clock.now())
        register_vehicles(session, [(COACH, OPERATOR, "P" * 15, 60)], made.clock.now())
    yield made
    made.close()


def test_the_longest_values_pass_through_every_projection(parts):
    now = parts.clock.now() - timedelta(hours=1)
    of_coach = Sender("d" * 40, SenderKind.SYSTEM, operator_id=OPERATOR)
    of_post = Sender("e" * 40, SenderKind.POST, post_id="CI-noe", agency="police")
    at = {"observed_at": now.isoformat(), "trip_id": TRIP, "vehicle_id": COACH, "note": "n" * 4000}
    place = {"latitude": 5.3, "longitude": -4.0}
    printed = "N" * 40
    paid = [{"amount": 10**6, "currency": "XOF", "basis": "no_receipt", "receipt_number": printed}]
    said = [
        (of_coach, Kind.TRIP, at | PLACES | {"event": "departed", "corridor_id": "ABJ-LOS", "seal_number": printed}),
        (of_coach, Kind.POSITION, at | place),
        (of_coach, Kind.CONTROL, at | place | {"agency": "phytosanitary", "payments": paid}),
        (of_coach, Kind.INCIDENT, at | place | {"incident_type": "harassment", "harassment": ["physical_violence"]}),
        (of_coach, Kind.TRIP, at | {"event": "arrived", "corridor_id": "ABJ-LOS"}),
        (of_post, Kind.CROSSING, {"arrived_at": now.isoformat(), "direction": "exit", "license_plate": "P" * 15} | {
            "seal_number": printed, "reason": "r" * 4000, "outcome": "held"}),
        (of_post, Kind.POST_STATUS, {"observed_at": now.isoformat(), "status": "restricted", "queue_length": 5000}),
    ]  # fmt: skip
    for sender, kind, body in said:
        delivery = Delivery(sender, None, kind, orjson.dumps(body), REST, parts.clock.now())
        (receipt,) = parts.intake.submit(delivery).result(timeout=20)
        assert (receipt.status, receipt.reasons) == ("accepted", ())
    parts.pipeline.run_all()
    assert parts.pipeline.lag() == 0
    with parts.database.reading() as session:
        assert [sheet.trip_id for sheet in list_sheets(session)] == [TRIP]
