"""A dispatcher's field page in a real Chromium: coaches watched and trips declared, without a network too."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from dashboard.viewers import SESSION_COOKIE
from tests.browser.looks import Looks
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
        until_sent(page, 2)
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


def register(page, what, fields, choose=None):
    page.get_by_role("button", name=what, exact=True).click()
    for label, (how, value) in fields.items():
        getattr(page.get_by_label(label, exact=True), how)(value)
    if choose:
        page.get_by_text(choose, exact=True).click()
    page.get_by_role("button", name="Register", exact=True).click()
    page.get_by_text("Kept. It is sent by itself.").wait_for()


def test_coaches_crews_and_devices_are_registered_without_a_network_and_their_links_handed_over(
    chromium, site, address
):
    browser = site.browser("dispatcher")
    cookies = [(SESSION_COOKIE, browser.cookies.get(SESSION_COOKIE))]
    with phone(chromium, address, cookies=cookies) as page:
        pair(page)
        page.get_by_role("button", name="Coaches, crews and devices").wait_for()
        page.context.set_offline(True)
        page.get_by_role("button", name="Coaches, crews and devices").click()
        register(page, "Register a coach", {"Plate": ("fill", "4321 zz 09"), "Seats": ("fill", "62")})
        register(page, "Add somebody of a crew", {"Name": ("fill", "Awa Koné")})
        register(page, "Add a device", {"Coach": ("select_option", "4321-zz-09")})
        for link in ("Link to hand over", "Code to hand over"):
            page.get_by_text(link).click()
        links = page.locator(".link").all_inner_texts()
        assert page.locator("svg.qr").count() == 2
        page.locator("#bar .back").click()
        page.reload()
        type_pin(page)
        declare(page, "4321-zz-09", f"{site.clock.now() + timedelta(days=1):%Y-%m-%d}T06:30")
        page.locator("#bar .state", has_text="waiting: 4").wait_for()
        page.context.set_offline(False)
        until_sent(page, 4)
        page.get_by_role("button", name="Coaches, crews and devices").click()
        assert page.locator(".entry.accepted").count() == 3
        page.locator("details", has_text="Coaches in service").get_by_text("4321 ZZ 09", exact=False).wait_for(
            state="attached"
        )
        # Done once: the same coach is not registered again, and a plate that there is says so before anything is kept.
        page.get_by_role("button", name="Register a coach", exact=True).click()
        page.get_by_label("Plate").fill("4321-ZZ-09")
        page.get_by_label("Name of the coach").fill("other")
        page.get_by_role("button", name="Register", exact=True).click()
        page.get_by_role("alert").get_by_text("There is a coach 4321 ZZ 09").wait_for()
        page.locator("#bar .back").click()
        for _ in range(3):
            page.locator(".entry.accepted button", has_text="off this").last.click()
        page.locator(".entry.accepted").first.wait_for(state="detached")
    assert [one["event"] for one in logged(site, "trip", "vehicles/sti/4321-zz-09")] == ["declared"]
    assert "Awa Kon" in site.browser(None).get(urlsplit(links[1]).path).text
    with phone(chromium, address, f"/field/#{urlsplit(links[0]).fragment}") as page:
        pair(page)
        page.get_by_role("button", name="Start a trip").wait_for()


def test_what_a_server_refuses_of_a_fleet_is_corrected_and_sent_anew(chromium, site, address):
    browser = site.browser("dispatcher")
    with phone(chromium, address, cookies=[(SESSION_COOKIE, browser.cookies.get(SESSION_COOKIE))]) as page:
        pair(page)
        page.get_by_role("button", name="Coaches, crews and devices").click()
        register(
            page, "Add somebody of a crew", {"Name": ("fill", "Driver"), "User name": ("fill", "driver_elsewhere")}
        )
        page.get_by_text("The user name driver_elsewhere is taken.").wait_for()
        page.get_by_role("button", name="Correct it").click()
        assert page.get_by_label("Name", exact=True).input_value() == "Driver"
        page.get_by_label("User name").fill("driver.of.ours")
        page.get_by_role("button", name="Register", exact=True).click()
        page.locator(".entry.accepted").wait_for()
        assert page.locator(".entry").count() == 1


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark"), ("pt", "dark")])
def test_axe_finds_nothing_serious_on_a_dispatcher_s_pages(chromium, site, address, language, scheme):
    browser = site.browser("dispatcher")
    how = {"viewport": {"width": 360, "height": 740}, "locale": language, "color_scheme": scheme}
    cookies = [(SESSION_COOKIE, browser.cookies.get(SESSION_COOKIE))]
    with phone(chromium, address, cookies=cookies, **how) as page:
        look = Looks(page, f"dispatcher-{language}-{scheme}")
        for _ in range(2):
            type_pin(page)
            page.wait_for_timeout(300)
        page.locator(".entry").first.wait_for()
        look("home")
        page.context.set_offline(True)
        page.locator(".big:not(.first)", has_text=re.compile("devices|appareils|aparelhos")).click()
        for nth, plate in enumerate(("77 AX 01", "Awa", "")):
            page.locator("main > .page > .big").nth(nth).click()
            page.locator("form").wait_for()
            look(f"form-{nth}")
            if plate:
                page.locator("form input").first.fill(plate)
            else:
                page.locator("form select").first.select_option("77-ax-01")
            page.locator("form [type=submit]").click()
            page.locator(".entry").nth(nth).wait_for()
        for details in page.locator("main details summary").all():
            details.click()
        look("fleet")
    assert look.faults() == {}
