"""The field pages' server side: what a phone is told, and people who send with the browser they are signed in with."""

import json

import pytest

from dashboard.pages.field import version
from operators.registration import register_vehicles
from telemetry.device import NewDevice
from telemetry.senders import SenderKind
from tests.dashboard.people import token_on
from tests.dashboard.whole_site import whole_site

CONTROL = {"observed_at": "2026-11-20T10:00:00Z", "agency": "police", "vehicle_id": "sti-1"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    coaches = [("sti-1", "sti", "1234 AB 01", 60), ("sti-2", "sti", None, None), ("utb-1", "utb", "9 XY 9", None)]
    with whole_site(tmp_path_factory.mktemp("field")) as made:
        with made.database.writing() as session:
            register_vehicles(session, coaches, made.clock.now())
        yield made


def me(site, device=None, who=None):
    headers = {"Authorization": f"Bearer {site.app.state.parts.devices.add(device)}"} if device else {}
    return site.browser(who).get("/field/me", headers=headers).json()


def test_a_phone_of_a_coach_is_told_of_that_coach_and_the_roads(site):
    told = me(site, NewDevice("phone-1", SenderKind.PERSONAL, "sti", "sti-1", None, None, "fr"))
    assert told["sender"]["vehicle_id"] == "sti-1"
    assert (told["post"], told["csrf"]) == (None, None)
    assert [coach["id"] for coach in told["coaches"]] == ["sti-1"]
    road = next(road for road in told["roads"] if road["id"] == "ABJ-LOS")
    assert (road["places"][0]["name"], road["places"][-1]["name"]) == ("Abidjan", "Lagos")
    kms = [place["km"] for place in road["places"]]
    assert kms == sorted(kms)
    assert "gendarmerie" in told["states"]["TG"]["agencies"]
    assert "gendarmerie" not in told["states"]["GH"]["agencies"]


def test_a_person_is_told_of_the_own_company_s_coaches_and_an_official_of_the_own_post(site):
    assert {coach["id"] for coach in me(site, who="dispatcher")["coaches"]} == {"sti-1", "sti-2"}
    official = me(site, who="official")
    assert (official["post"]["id"], official["sender"]["agency"], official["coaches"]) == ("CI-noe", "police", [])
    assert official["post"]["across_country"] == "GH"


@pytest.mark.parametrize("language", ["en", "fr", "pt"])
def test_every_word_and_every_code_is_said(site, language):
    words = site.browser().get(f"/field/words/{language}").json()
    assert [key for key, said in words.items() if key == said] == []


def test_the_worker_changes_with_its_files_and_names_them_all(site, monkeypatch):
    browser = site.browser()
    source = browser.get("/field/worker.js").text
    files = json.loads(source.split("const FILES = ", 1)[1].split(";\n", 1)[0])
    for path in files:
        assert browser.get(path).status_code == 200, path
    assert version(site.app.state.pages) in source
    assert "no-cache" in browser.get("/field/worker.js").headers["cache-control"]


def test_the_shell_holds_nobody_s_data(site):
    assert (
        site.browser("driver").get("/field/").text.split("<body>")[1]
        == site.browser().get("/field/").text.split("<body>")[1]
    )


def test_people_send_with_their_session_and_the_token_of_its_cookie(site):
    browser = site.browser("driver")
    csrf = {"X-CSRF-Token": token_on(browser.get("/account").text)}
    assert browser.post("/api/v1/controls", json=CONTROL, headers=csrf).json()["receipts"][0]["status"] == "accepted"
    assert browser.post("/api/v1/controls", json=CONTROL).status_code == 403
    assert (
        browser.post(
            "/api/v1/controls", json=CONTROL, headers=csrf | {"Origin": "https://elsewhere.example"}
        ).status_code
        == 403
    )
    other = browser.post("/api/v1/controls", json=CONTROL | {"vehicle_id": "utb-1"}, headers=csrf)
    assert other.status_code == 403
    assert browser.post("/api/v1/crossings", json={}, headers=csrf).status_code == 403
    assert site.browser("monitor").get("/field/me").status_code == 403


def test_what_a_coach_is_offered_is_for_those_who_speak_for_it(site):
    new = NewDevice("phone-2", SenderKind.PERSONAL, "sti", "sti-1", None, None, "fr")
    headers = {"Authorization": f"Bearer {site.app.state.parts.devices.add(new)}"}
    assert site.browser().get("/field/coach", headers=headers).json() == {"trips": [], "halts": []}
    assert site.browser("driver").get("/field/coach?vehicle_id=sti-2").status_code == 200
    for who, vehicle_id in (("driver", "utb-1"), ("official", "sti-1"), ("monitor", "sti-1"), (None, "sti-1")):
        assert site.browser(who).get(f"/field/coach?vehicle_id={vehicle_id}").status_code in (303, 403)
    assert site.browser().get("/field/coach?vehicle_id=sti-2", headers=headers).status_code == 403
