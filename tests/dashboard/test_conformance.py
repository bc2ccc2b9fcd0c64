"""The reading API of the whole application against its own OpenAPI document, by schemathesis, on both databases."""

from datetime import UTC, datetime

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from sqlmodel import SQLModel

from dashboard.accounts import create_user
from dashboard.api_tokens import create_token
from dashboard.main import create_app
from tracker.scope import Role
from tracker.settings import load_settings

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
PATHS = (
    "/api/v1/corridors",
    "/api/v1/corridors/{corridor_id}",
    "/api/v1/border-posts",
    "/api/v1/control-points",
    "/api/v1/crossings",
    "/api/v1/trips",
    "/api/v1/trips/{trip_id}",
    "/api/v1/controls",
    "/api/v1/control-stops",
    "/api/v1/vehicles/{vehicle_id}/latest",
    "/api/v1/corridors/{corridor_id}/flow",
    "/api/v1/border-posts/{post_id}/dwell",
    "/api/v1/border-posts/{post_id}/wait",
    "/api/v1/border-posts/{post_id}/wait-by-hour",
    "/api/v1/border-posts/{post_id}/log-states",
    "/api/v1/border-posts/{post_id}/log-quality",
    "/api/v1/border-posts/{post_id}/arrivals",
    "/api/v1/border-posts/{post_id}/expected",
    "/api/v1/corridor-flow",
    "/api/v1/corridors/{corridor_id}/posts",
    "/api/v1/corridors/{corridor_id}/hours",
    "/api/v1/corridors/{corridor_id}/strip",
    "/api/v1/corridors/{corridor_id}/controls",
    "/api/v1/corridors/{corridor_id}/months",
    "/api/v1/hub-pairs",
    "/api/v1/hub-pairs/{origin}/{destination}",
    "/api/v1/trips/{trip_id}/account",
    "/api/v1/indicator-trend",
    "/api/v1/halts",
    "/api/v1/indicators",
    "/api/v1/trip-accounts",
    "/api/v1/published-indicators",
    "/api/v1/safety-alerts",
)


@pytest.fixture(params=["sqlite", "postgres"])
def site(request, tmp_path):
    database = request.getfixturevalue(f"{request.param}_database")
    SQLModel.metadata.create_all(database.engine)
    app = create_app(load_settings({}, data_dir=tmp_path), database, with_pipeline=False)
    now = datetime.now(UTC)
    with database.writing() as session:
        user = create_user(session, "monitor", "M", Role.MONITOR, now=now, password="correct horse battery")
        _, words = create_token(session, user.key, "t", days=1, may_write=False, now=now)
    yield app, {"Authorization": f"Bearer {words}"}
    app.state.parts.intake.close()


def test_every_reading_route_is_tried(site):
    paths = site[0].openapi()["paths"]
    reading = {path for path, doors in paths.items() if "reading" in doors.get("get", {}).get("tags", ())}
    assert reading == set(PATHS)


def test_every_answer_is_as_documented(site):
    app, headers = site
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    for path in PATHS:

        @given(case=schema[path]["GET"].as_strategy())
        @settings(
            max_examples=15,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def check(case):
            case.call_and_validate(headers=headers, checks=CHECKS)

        check()
