"""What an official's page and a post's own programs are told: of the own post, no more than care allows, nothing restricted."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from dashboard.expected import expected_lists
from telemetry.device import NewDevice
from telemetry.senders import SenderKind
from tests.dashboard.journey_site import journey_site
from tests.dashboard.journey_world import Journey, a_company
from tests.dashboard.map_world import geography_of
from tests.dashboard.restricted_world import restrictions_on

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("desk")) as site:
        now = site.clock.now()
        with site.database.writing() as session:
            geography = geography_of(session)
            a_company(session, "sti", now, ["sti-77"])
            Journey(geography, "ABJ-LOS", "T-77", now - HOUR, 20, 900).now(session, "sti", "sti-77", now)
        yield site


def asked(site, who=None, device=None, **query):
    headers = {"Authorization": f"Bearer {site.app.state.parts.devices.add(device)}"} if device else {}
    return site.browser(who, accept="application/json").get("/field/expected", headers=headers, params=query)


def a_device(name, post="CI-noe"):
    return NewDevice(name, SenderKind.POST, None, None, post, "customs", "en")


def test_an_official_and_a_device_are_told_the_same_of_the_own_post(site):
    person, device = asked(site, "official").json(), asked(site, device=a_device("desk-1")).json()
    assert person["post_id"] == device["post_id"] == "CI-noe"
    assert person["expected"] == device["expected"]
    one = next(row for row in person["expected"] if row["operator_id"] == "sti")
    assert (one["direction"], one["is_planned"], one["silent_since"]) == ("exit", False, None)
    assert not set(one) & {"km", "latitude", "observed_at", "manifest", "by_nationality"}
    assert person["at_post"]
    assert {"license_plate", "direction", "desks", "seen_at"} <= set(person["at_post"][0])


def test_of_another_post_nothing_is_told(site):
    assert asked(site, "official", post="GH-elubo").status_code == 403
    assert asked(site, "official", post="CI-noe").status_code == 200
    assert asked(site, "official_elsewhere", post="CI-noe").status_code == 403
    assert asked(site, device=a_device("desk-2", "GH-elubo"), post="CI-noe").status_code == 403
    unit = NewDevice("unit-1", SenderKind.FITTED, "sti", "sti-77", None, None, "en")
    assert asked(site, device=unit).status_code == 403
    assert asked(site, "driver").status_code == 403
    assert asked(site).status_code == 401


def test_what_is_published_carries_plate_operator_band_passengers_and_nothing_else(site):
    parts = site.app.state.parts
    parts.devices.add(a_device("desk-3"))
    gone = parts.devices.add(a_device("desk-4", "TG-kodjoviakope"))
    assert gone
    parts.devices.disable("desk-4")
    lists = expected_lists(parts)
    assert "TG-kodjoviakope" not in lists
    coaches = orjson.loads(lists["CI-noe"])["coaches"]
    assert coaches
    assert {frozenset(one) for one in coaches} == {
        frozenset({"license_plate", "operator_id", "eta_from", "eta_to", "passengers"})
    }
    assert set(orjson.loads(lists["CI-noe"])) == {"coaches"}


def test_nothing_of_a_restricted_section_is_published_or_told_at_the_desk(site, monkeypatch):
    parts = site.app.state.parts
    parts.devices.add(a_device("desk-5"))
    restricted = restrictions_on(parts.directory.geography, site.clock.now(), "CI-noe--abidjan")
    monkeypatch.setattr(type(parts.directory), "restrictions", property(lambda _: replace(restricted)))
    assert orjson.loads(expected_lists(parts)["CI-noe"]) == {"coaches": []}
    told = asked(site, "official").json()
    assert (told["expected"], told["at_post"], told["plates"]) == ([], [], [])
