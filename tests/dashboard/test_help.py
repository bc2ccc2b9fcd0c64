"""Help: a page for each role, in each language, short enough for three minutes."""

import re

import pytest

from dashboard.pages import help
from dashboard.pages.help import Reader
from tests.dashboard.people import make_site

WORDS = 3 * 200  # read slowly


@pytest.fixture
def site(sqlite_database):
    return make_site(sqlite_database, [help.router])


@pytest.mark.parametrize("language", ["en", "fr", "pt"])
@pytest.mark.parametrize("reader", list(Reader))
def test_each_role_has_a_page_that_is_read_in_three_minutes(site, reader, language):
    browser = site.browser()
    browser.cookies.set("corridor_language", language)
    page = browser.get(f"/help/{reader.value}")
    assert page.status_code == 200
    pictures = re.findall(r'<img src="([^"]+)"', page.text)
    assert len(pictures) == len(help.PICTURES[reader])
    assert all(browser.get(picture).headers["content-type"] == "image/jpeg" for picture in pictures)
    steps = re.findall(r"<li>(.*?)</li>", page.text.split('class="steps"')[1], flags=re.DOTALL)
    assert 3 <= len(steps) <= 8
    assert len(re.sub(r"<[^>]+>", " ", " ".join(steps)).split()) < WORDS


def test_help_begins_with_one_s_own_role(site):
    assert site.browser("dispatcher").get("/help").headers["location"] == "/help/dispatcher"
    assert site.browser("inspectorate").get("/help").headers["location"] == "/help/inspectorate"
    assert site.browser().get("/help/nobody").status_code == 422
