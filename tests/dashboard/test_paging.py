"""Long lists in pages: walked from the first to the last by their own links, they give every entry once, filters kept."""

import re

import pytest

from dashboard import paging
from tests.dashboard.journey_site import journey_site


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("pages")) as made:
        yield made


@pytest.mark.parametrize(
    ("address", "entry"),
    [
        ("/hubs", r'data-pair="([^"]+)"'),
        ("/controls?window=7d&corridor=ABJ-LOS", r'data-stop="([^"]+)"'),
        ("/trips?corridor=ABJ-LOS", r'data-trip="([^"]+)"'),
    ],
)
def test_the_pages_of_a_list_hold_what_one_page_would(site, monkeypatch, address, entry):
    browser = site.browser("monitor")
    monkeypatch.setattr(paging, "SIZE", 10_000)
    whole = re.findall(entry, browser.get(address).text)
    monkeypatch.setattr(paging, "SIZE", 2)
    found, following = [], address
    while following:
        page = browser.get(following).text
        found += re.findall(entry, page)
        link = re.search(r'rel="next" href="([^"#]+)#\w+"', page)
        following = link[1].replace("&amp;", "&") if link else None
    assert len(whole) > 2
    assert found == whole


def test_a_page_beyond_the_end_is_the_last_and_an_empty_list_has_one():
    assert (paging.paged(range(61), 9).number, list(paging.paged(range(61), 9).items)) == (3, [60])
    assert (paging.paged([], 1).pages, paging.paged([], 1).items) == (1, [])
