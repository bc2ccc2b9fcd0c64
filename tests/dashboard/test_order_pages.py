"""The order tracker's pages: the shipped order, one that a monitor enters, and what is wrong with one that is refused."""

import pytest

from tests.dashboard.journey_site import journey_site
from tests.dashboard.people import token_on

ORDER = {
    "id": "gh-2026-1", "title": "One point at Winneba", "authority": "Police", "ordered_on": "2026-01-05", "country": "GH",
    "corridor": "ABJ-LOS", "from_km": "300", "to_km": "330", "points": "Winneba@320;Somewhere", "effective_on": "2026-01-06",
    "reference": "12/2026", "source": "letter",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("orders")) as site:
        yield site


def enter(site, **changes):
    browser = site.browser("monitor")
    token = token_on(browser.get("/orders").text)
    return browser.post("/orders", data={"csrf_token": token} | ORDER | changes)


def test_the_order_of_badagry_and_seme_is_shipped_with_what_was_counted_two_days_later(site):
    page = site.browser("monitor").get("/orders/ng-badagry-seme-2025").text
    assert "2025-01-16: 21" in page
    assert page.count("data-state=") == 36


def test_a_monitor_enters_an_order_and_reads_it_day_by_day_by_what_crews_reported(site):
    assert enter(site).status_code == 303
    said = site.browser("monitor").get("/api/v1/orders/gh-2026-1").json()
    assert {day["state"] for day in said["days"]} <= {"no_data", "too_few", "kept", "broken", "relapse"}
    assert any(day["places"] for day in said["days"]), "crews reported the barrier near kilometre 310"
    assert any(day["coaches"] == 0 and day["places"] is None for day in said["days"]), "no data is not zero"
    assert "One point at Winneba" in site.browser("monitor").get("/orders").text


def test_a_wrong_order_is_refused_with_every_reason_and_nothing_is_kept(site):
    refused = enter(site, id="wrong", to_km="200", ordered_on="2026-13-01")
    assert refused.status_code == 422
    assert "wrong" not in site.browser("monitor").get("/orders").text
    assert site.browser("monitor").get("/orders/wrong").status_code == 404


def test_orders_of_other_countries_are_none_of_a_focal_point_s(site):
    answer = site.browser("focal_point").get("/orders/ng-badagry-seme-2025")
    assert answer.status_code == 404
    assert "ng-badagry-seme-2025" not in site.browser("focal_point").get("/orders").text
