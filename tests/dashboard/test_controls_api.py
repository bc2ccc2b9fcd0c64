"""Reported controls over the API: protected kinds of harassment are for the own operator and the protection officer."""

import re
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
            paid = [
                {"amount": 1000, "currency": "XOF", "basis": "no_receipt"},
                {"amount": 7777, "currency": "XOF", "basis": "no_receipt", "observatory_only": True},
            ]
            two_ago = now - timedelta(hours=2)
            a_control(session, 900_001, "sti", (5.3, -3.9), two_ago, harassment=TOLD, payments=paid)
        yield site


def told(site, who):
    items = site.browser(who).get("/api/v1/controls?limit=500").json()["items"]
    return next(item["harassment"] for item in items if item["seq"] == 900_001)


def test_protected_kinds_are_for_the_own_operator_and_the_protection_officer(site):
    assert told(site, "protection_officer") == TOLD
    assert told(site, "dispatcher") == TOLD
    assert told(site, "monitor") == ["verbal_abuse"]


def paid(site, who, path):
    """Return the amounts of the planted control in an answer of the API."""
    items = site.browser(who).get(path, params={"limit": 500}).json()["items"]
    if path.endswith("stops"):
        items = [control for one in items for control in one["controls"] if 900_001 in control["seqs"]]
    return [p["amount"] for p in next(one["payments"] for one in items if 900_001 in one.get("seqs", [one.get("seq")]))]


@pytest.mark.parametrize("path", ["/api/v1/controls", "/api/v1/control-stops"])
def test_a_payment_for_the_observatory_only_is_not_for_people_of_operators(site, path):
    assert sorted(paid(site, "monitor", path)) == [1000, 7777]
    assert paid(site, "dispatcher", path) == [1000]
    assert paid(site, "driver", path) == [1000]
    for page in ("/controls?window=24h", "/table", "/map/live.json", "/api/v1/control-stops?format=csv"):
        told = site.browser("dispatcher").get(page).text.replace("\u202f", "")
        assert not re.search(r"(?<![\d.])7,?777(?!\d)", told)  # not the digits of a place or of a moment


def test_control_stops_say_what_the_law_of_the_state_and_the_mechanism_say(site):
    answer = site.browser("monitor").get("/api/v1/control-stops?corridor=ABJ-LOS&limit=500").json()
    assert answer["left_out"].keys() <= {"no_place", "unknown_currency", "end_before_start", "end_too_late"}
    (stop,) = [one for one in answer["items"] if any(900_001 in control["seqs"] for control in one["controls"])]
    assert stop["mechanism_status"] == "en_route"
    assert stop["national_status"]["status"] in ("authorised", "uncertain", "unlisted")
    assert stop["controls"][0]["harassment"] == ["verbal_abuse"]
    own = site.browser("dispatcher").get("/api/v1/control-stops?limit=500").json()["items"]
    assert {one["operator_id"] for one in own} == {"sti"}


def test_the_page_of_controls_lists_stops_with_both_laws_and_filters_them(site):
    page = site.browser("monitor").get("/controls", params={"window": "24h"}).text
    assert 'data-table="controls"' in page
    assert "Police" in page
    assert "outside the grouped control at departure" in page
    none = site.browser("monitor").get("/controls", params={"agency": "veterinary", "window": "24h"}).text
    assert "No control stop in this time." in none
    assert site.browser("official").get("/controls").status_code == 403


def test_control_stops_are_a_table_for_a_spreadsheet_too(site):
    answer = site.browser("monitor").get("/api/v1/control-stops?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "national_status.status" in answer.text.splitlines()[0]


def test_a_time_that_cannot_be_is_refused_in_words(site):
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        answer = site.browser("monitor", accept="application/json").get("/api/v1/control-stops", params={"to": moment})
        assert answer.status_code == 422
        assert answer.json()["error"]["details"][0]["code"] == "not_a_day"
