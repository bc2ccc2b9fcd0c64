"""A dispatcher's field page in a real Chromium: coaches watched and trips declared, without a network too."""

from datetime import timedelta

import pytest

from dashboard.viewers import SESSION_COOKIE
from tests.browser.test_field import logged, pair, phone, type_pin, until_sent
from tests.dashboard.journey_site import journey_site
from tests.servers import until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("dispatcher")) as site:
        yield site


def declare(page, coach, departs):
    page.get_by_role("button", name="Declare a trip").click()
    page.get_by_label("Coach", exact=True).select_option(coach)
    page.get_by_label("Which road?").select_option("ABJ-LOS")
    page.get_by_label("Planned departure").fill(departs)
    page.get_by_role("button", name="Declare it").click()
    page.get_by_text("Kept. It is sent by itself.").wait_for()


def test_coaches_are_watched_and_trips_declared_and_cancelled_without_a_network(chromium, site, address):
    browser = site.browser("dispatcher")
    listed = browser.get("/api/v1/trips?source=listed&state=running").json()["items"]
    ahead = next(one for one in listed if one["next_post_id"])
    coaches = [one["vehicle_id"] for one in browser.get("/api/v1/fleet").json()["items"]][:2]
    departs = f"{site.clock.now() + timedelta(days=1):%Y-%m-%d}T06:30"
    before = len(logged(site, "trip"))
    with phone(chromium, address, cookies=[(SESSION_COOKIE, browser.cookies.get(SESSION_COOKIE))]) as page:
        pair(page)
        card = page.locator(".entry", has_text=ahead["license_plate"] or ahead["vehicle_id"])
        card.get_by_text("usually").wait_for()
        page.context.set_offline(True)
        page.reload()
        type_pin(page)
        card.get_by_text("usually").wait_for()  # the list as it was
        for coach in coaches:
            declare(page, coach, departs)
        page.locator("#bar .state", has_text="waiting: 2").wait_for()
        page.context.set_offline(False)
        until_sent(page)
        said = logged(site, "trip")[before:]
        site.app.state.parts.pipeline.run_all()
        page.reload()
        type_pin(page)
        page.on("dialog", lambda dialog: dialog.accept())
        page.locator(".entry", has_text="leaves").first.get_by_role("button", name="Cancel this trip").click()
        assert until(lambda: len(logged(site, "trip")) == before + 3)
    assert [(one["event"], one["corridor_id"], one["scheduled_departure"]) for one in said] == [
        ("declared", "ABJ-LOS", f"{departs}:00Z")
    ] * 2
    assert len({one["trip_id"] for one in said}) == 2
    cancelled = logged(site, "trip")[-1]
    assert (cancelled["event"], cancelled["trip_id"] in {one["trip_id"] for one in said}) == ("cancelled", True)
