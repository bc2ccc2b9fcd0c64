"""Every page for crews, by axe-core: light and dark, in three languages, on a phone's screen."""

import pytest

from tests.browser.looks import Looks
from tests.browser.test_field import phone
from tests.browser.test_road import fleet

pytestmark = pytest.mark.browser
PRACTISE = {"en": "Practise as a crew", "fr": "S’exercer comme équipage", "pt": "Treinar como tripulação"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with fleet(tmp_path_factory.mktemp("pages")) as site:
        yield site


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr", "pt"])
def test_axe_finds_nothing_serious_on_the_pages_for_crews(chromium, site, address, language, scheme):
    with phone(chromium, address, locale=language, color_scheme=scheme) as page:
        look = Looks(page, f"{language}-{scheme}")

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
    assert look.faults() == {}
