"""Reported controls over the API: protected kinds of harassment are for the own operator and the protection officer."""

from datetime import timedelta

import pytest

from tests.dashboard.journey_site import journey_site
from tests.dashboard.map_world import a_control

TOLD = ["verbal_abuse", "physical_violence"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("controls")) as site:
        now = site.app.state.parts.clock.now()
        with site.database.writing() as session:
            a_control(session, 900_001, "sti", (5.3, -3.9), now - timedelta(hours=2), harassment=TOLD)
        yield site


def told(site, who):
    items = site.browser(who).get("/api/v1/controls?limit=500").json()["items"]
    return next(item["harassment"] for item in items if item["seq"] == 900_001)


def test_protected_kinds_are_for_the_own_operator_and_the_protection_officer(site):
    assert told(site, "protection_officer") == TOLD
    assert told(site, "dispatcher") == TOLD
    assert told(site, "monitor") == ["verbal_abuse"]
