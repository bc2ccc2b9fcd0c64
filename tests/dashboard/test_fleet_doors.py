"""What a dispatcher's phone registered without a network, at the doors: once, under the own company, and by a person."""

import re
from uuid import uuid4

import pytest

from dashboard.accounts import find_user
from operators.companies import Vehicle
from tests.dashboard.journey_site import journey_site
from tests.dashboard.people import token_on

LINK = "k" * 43
DEVICE = "cdt_" + "d" * 43


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("doors")) as made:
        yield made


@pytest.fixture
def browser(site):
    browser = site.browser("dispatcher")
    browser.headers["X-CSRF-Token"] = token_on(browser.get("/fleet").text)
    return browser


def coach(site, vehicle_id):
    with site.database.reading() as session:
        return session.get(Vehicle, vehicle_id)


def codes(answer):
    return [[(r["code"], r["field"]) for r in receipt["reasons"]] for receipt in answer.json()["receipts"]]


def statuses(answer):
    return [receipt["status"] for receipt in answer.json()["receipts"]]


def test_a_coach_that_is_sent_twice_is_registered_once_and_a_later_change_stays(site, browser):
    entry = {"id": str(uuid4()), "vehicle_id": "door-1", "license_plate": "55 dd  01", "seats": 60, "sent_at": "now"}
    assert statuses(browser.post("/api/v1/fleet/coaches", json=entry)) == ["accepted"]
    assert (coach(site, "door-1").operator_id, coach(site, "door-1").license_plate) == ("sti", "55 DD 01")
    later = {"id": str(uuid4()), "vehicle_id": "door-1", "license_plate": "55 DD 02"}
    assert statuses(browser.post("/api/v1/fleet/coaches", json=[later, entry | {"sent_at": "later"}])) == [
        "accepted", "duplicate",
    ]  # fmt: skip
    assert coach(site, "door-1").license_plate == "55 DD 02"
    foreign = {"id": str(uuid4()), "vehicle_id": "door-utb", "operator_id": "utb"}
    assert codes(browser.post("/api/v1/fleet/coaches", json=foreign)) == [[("outside_scope", None)]]
    other = browser.post("/api/v1/fleet/coaches", json=entry | {"seats": 50})
    assert (other.status_code, codes(other)) == (422, [[("id_conflict", "id")]])


def test_one_wrong_entry_does_not_stop_the_others_and_every_reason_is_given(site, browser):
    others = next(c for c in site.app.state.parts.directory._vehicles.values() if c.operator_id == "utb")
    answer = browser.post(
        "/api/v1/fleet/coaches",
        json=[
            {"id": "none", "vehicle_id": 4},
            {"id": str(uuid4()), "vehicle_id": others.vehicle_id},
            {"id": str(uuid4()), "vehicle_id": "with space"},
            {"id": str(uuid4()), "vehicle_id": "door-seats", "seats": 400},
            {"id": str(uuid4()), "vehicle_id": "door-2"},
            7,
        ],
        headers={"Accept-Language": "fr"},
    )
    assert answer.status_code == 207
    assert statuses(answer) == ["rejected"] * 4 + ["accepted", "rejected"]
    assert codes(answer)[:4] == [
        [("not_a_uuid", "[0].id"), ("wrong_type", "[0].vehicle_id")],
        [("vehicle_of_another_operator", "[1].vehicle_id")],
        [("bad_identifier", "[2].vehicle_id")],
        [("seats_impossible", "[3].seats")],
    ]
    assert "places" in answer.json()["receipts"][3]["reasons"][0]["message"]
    assert coach(site, others.vehicle_id).operator_id == "utb"


def test_a_link_that_was_handed_over_opens_the_account_of_one_s_own_crew_once_it_is_sent(site, browser):
    entry = {"id": str(uuid4()), "username": "Yao", "display_name": "Yao", "language": "fr", "token": LINK}
    public = site.browser(None)
    assert public.get(f"/welcome/{LINK}").status_code == 404
    assert statuses(browser.post("/api/v1/fleet/crews", json=entry)) == ["accepted"]
    assert statuses(browser.post("/api/v1/fleet/crews", json=entry)) == ["duplicate"]
    with site.database.reading() as session:
        yao = find_user(session, "yao")
        assert (yao.role, yao.operator_id) == ("driver", "sti")
    assert "Yao" in public.get(f"/welcome/{LINK}").text
    taken = browser.post("/api/v1/fleet/crews", json=entry | {"id": str(uuid4()), "token": "x" * 43})
    assert codes(taken) == [[("username_taken", "username")]]
    twice = browser.post("/api/v1/fleet/crews", json=entry | {"id": str(uuid4()), "username": "yao2"})
    assert codes(twice) == [[("token_used", "token")]]
    guessable = browser.post("/api/v1/fleet/crews", json=entry | {"id": str(uuid4()), "username": "z", "token": "1234"})
    assert [field for _, field in codes(guessable)[0]] == ["token"]


def test_a_device_speaks_with_the_token_that_was_handed_over_even_if_its_answer_was_lost(site, browser):
    browser.post("/api/v1/fleet/coaches", json={"id": str(uuid4()), "vehicle_id": "door-3"})
    entry = {
        "id": str(uuid4()),
        "device_id": "door-3-phone",
        "kind": "personal",
        "vehicle_id": "door-3",
        "token": DEVICE,
    }
    assert statuses(browser.post("/api/v1/fleet/devices", json=entry)) == ["accepted"]
    assert statuses(browser.post("/api/v1/fleet/devices", json=entry)) == ["duplicate"]
    # As if the process had died between the device and its note: the same token is the same device.
    assert statuses(browser.post("/api/v1/fleet/devices", json=entry | {"id": str(uuid4())})) == ["accepted"]
    me = site.browser(None).get("/field/me", headers={"Authorization": f"Bearer {DEVICE}"})
    assert me.json()["sender"]["vehicle_id"] == "door-3"
    other = entry | {"id": str(uuid4()), "token": "cdt_" + "e" * 43}
    assert codes(browser.post("/api/v1/fleet/devices", json=other)) == [[("device_exists", "device_id")]]
    twice = entry | {"id": str(uuid4()), "device_id": "door-3-unit"}
    assert codes(browser.post("/api/v1/fleet/devices", json=twice)) == [[("token_used", "token")]]
    foreign = next(c for c in site.app.state.parts.directory._vehicles.values() if c.operator_id == "utb").vehicle_id
    for wrong, found in (
        ({"vehicle_id": foreign}, ("unknown_vehicle", "vehicle_id")),
        ({"kind": "post"}, ("not_in_list", "kind")),
    ):
        said = entry | {"id": str(uuid4()), "device_id": "door-4"} | wrong
        assert codes(browser.post("/api/v1/fleet/devices", json=said)) == [[found]]
    with site.database.reading() as session:
        audited = session.connection().exec_driver_sql("select action from audit_entry where object like '%door-3%'")
        assert sorted({row[0] for row in audited}) == ["coach.registered", "device.added"]


@pytest.mark.parametrize("name", ["coaches", "crews", "devices"])
def test_nobody_registers_without_the_page_s_token_by_program_or_for_another_role(site, name):
    entry = {"id": str(uuid4()), "vehicle_id": "door-9"}
    assert site.browser("dispatcher").post(f"/api/v1/fleet/{name}", json=entry).status_code == 403
    assert site.browser(None).post(f"/api/v1/fleet/{name}", json=entry).status_code == 401
    driver = site.browser("driver")
    driver.headers["X-CSRF-Token"] = driver.get("/field/me").json()["csrf"]
    assert driver.post(f"/api/v1/fleet/{name}", json=entry).status_code == 403
    answer = site.browser("dispatcher")
    answer.headers["X-CSRF-Token"] = token_on(answer.get("/fleet").text)
    wrong = answer.post(f"/api/v1/fleet/{name}", content=b"{")
    assert (wrong.status_code, bool(re.search("JSON", wrong.text))) == (422, True)
    assert coach(site, "door-9") is None
