"""The HTTP doors against their own OpenAPI document, by schemathesis."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from telemetry.limits import RateLimiter
from tests.telemetry.doors import Doors
from tests.telemetry.test_rest import Caller
from tracker.scope import Role, Viewer

CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance]
ROUTES = [
    *(("POST", f"/api/v1/{path}") for path in ("positions", "trips", "controls", "incidents")),
    *(("POST", f"/api/v1/{path}") for path in ("crossings", "post-status")),
    ("POST", "/owntracks"),
    ("GET", "/osmand"),
    ("POST", "/osmand"),
    ("POST", "/traccar"),
    ("GET", "/api/v1/dead-letters"),
    ("POST", "/api/v1/dead-letters/{letter_id}/replay"),
    ("GET", "/api/v1/devices"),
]


@pytest.fixture
def caller(doors: Doors, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    monkeypatch.setattr(RateLimiter, "take", lambda *_: None)
    caller = Caller(doors)
    caller.viewer = Viewer(1, "a", Role.ADMINISTRATOR)
    with caller.client:
        yield caller


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_every_answer_is_as_documented(caller: Caller, method: str, path: str):
    schema = schemathesis.openapi.from_asgi("/openapi.json", caller.app)
    device = "post-1" if path.endswith(("crossings", "status")) else "fleet-1" if path == "/traccar" else "dev-1"
    headers = {"Authorization": f"Bearer {caller.tokens[device]}"}

    @given(case=schema[path][method].as_strategy())
    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    check()
