"""The pages of a border official, by axe-core, on a phone's screen: every state of a coach, of an entry and of the post."""

import re

import pytest

from tests.browser.looks import Looks
from tests.browser.test_field import phone
from tests.browser.test_official import COMING, HERE, a_device, border, card

pytestmark = pytest.mark.browser
SMALL = {"width": 360, "height": 740}
CALM_MS = 700  # a tap that follows at once does nothing, on purpose


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with border(tmp_path_factory.mktemp("pages")) as site:
        yield site


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark"), ("pt", "dark")])
def test_axe_finds_nothing_serious_on_the_pages_of_a_post(chromium, site, address, request, language, scheme):
    token = a_device(site, request, "customs")
    how = {"viewport": SMALL, "locale": language, "color_scheme": scheme}
    with phone(chromium, address, f"/field/#pair={token}", **how) as page:
        look = Looks(page, f"{language}-{scheme}")
        page.locator(f"#foot [lang={language}]").click()  # the device was registered in English
        page.locator(f"html[lang={language}]").wait_for(state="attached")
        card(page, "here", HERE).wait_for()

        def enter(plate):
            page.wait_for_timeout(CALM_MS)
            page.locator(".entry-line input").fill(plate)
            page.locator(".entry-line input").press("Enter")
            card(page, "here", plate).wait_for()

        def step(plate, nth):
            page.wait_for_timeout(CALM_MS)
            card(page, "here", plate).locator("button").nth(nth).click()

        page.locator(".entry-line input").press_sequentially(COMING[:6])
        page.locator(".entry-line .chips button").first.wait_for()
        look("lists")
        enter(COMING)
        step(COMING, 0)
        enter("HELD 1")
        step("HELD 1", -1)
        page.locator("details summary").click()
        page.locator("input[value=held]").check(force=True)
        page.locator(".big.first").click()
        page.locator("[role=alert]:not([hidden])").wait_for()
        look("coach-wrong")
        page.locator("textarea").fill("7 cartons")
        page.locator(".charge input[type=number]").fill("1500000000")  # more than the server believes
        page.locator(".big.first").click()
        page.locator(".entry.refused").wait_for()
        step(COMING, 0)
        card(page, "done", COMING).wait_for()
        page.context.set_offline(True)
        enter("AWAY 1")
        look("lists-offline")
        page.locator("#bar .state").click()
        refused = page.locator(".entry.refused")
        refused.wait_for()
        assert "HELD 1" in refused.inner_text()
        assert re.search(r"(Amount|Montant|Montante)\s?: .* 1[,\s]000[,\s]000[,\s]000", refused.inner_text())
        look("outbox")
        page.locator("#bar .back").click()
        page.locator(".head button").nth(0).click()
        look("state")
        page.locator("#bar .back").click()
        page.locator(".head button").nth(1).click()
        page.locator(".sums").wait_for()
        look("shift")
    assert look.faults() == {}
