"""Every page for crews, by axe-core: light and dark, in three languages, on a phone's screen."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.test_field import phone
from tests.browser.test_road import fleet

pytestmark = pytest.mark.browser
SERIOUS = {"serious", "critical"}
PRACTISE = {"en": "Practise as a crew", "fr": "S’exercer comme équipage", "pt": "Treinar como tripulação"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with fleet(tmp_path_factory.mktemp("pages")) as site:
        yield site


def faults(page):
    """Return what axe-core calls serious, with the elements."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found if one["impact"] in SERIOUS]


def keep_picture(page, name):
    """Keep a picture of the page for people to look at, where a folder for them is named."""
    if folder := os.environ.get("CORRIDOR_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr", "pt"])
def test_axe_finds_nothing_serious_on_the_pages_for_crews(chromium, site, address, language, scheme):
    seen = {}
    with phone(chromium, address, locale=language, color_scheme=scheme) as page:

        def look(name):
            page.locator("#main h1").first.wait_for(state="attached")
            page.wait_for_timeout(300)
            keep_picture(page, f"{name}-{language}-{scheme}")
            seen[name] = faults(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

        def back():
            page.locator("#bar .back").click()

        look("welcome")
        page.get_by_role("button", name=PRACTISE[language]).click()
        look("home")
        page.locator(".big.first").first.click()
        look("trip")
        page.locator("details summary").first.click()
        page.locator("input[max='120']").first.fill("40")
        page.locator("input[max='120']").nth(1).fill("50")
        page.locator(".big.first").click()
        look("trip-wrong")
        page.locator("input[max='120']").nth(1).fill("5")
        page.locator(".big.first").click()
        page.locator(".recording").wait_for()
        look("home-trip")
        page.locator("#main .big.open").click()
        look("stops")
        page.locator(".answer").click()
        for summary in page.locator("details summary").all():
            summary.click()
        page.locator("input[value=armed_group]").check(force=True)
        page.locator("input[value=physical_violence]").check(force=True)
        page.locator(".danger input").first.check(force=True)
        look("report-control")
        back()
        back()
        page.locator("#main .big").nth(2).click()
        look("border")
        page.locator(".big.first").click()
        page.locator("#main .big").nth(2).click()
        look("border-here")
        back()
        page.locator("#main .big").nth(3).click()
        look("report-incident")
        back()
        page.locator("#bar .state").click()
        look("outbox")
    assert {name: found for name, found in seen.items() if found} == {}
