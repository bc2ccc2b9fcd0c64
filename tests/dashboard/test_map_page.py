"""The routes of the map: who gets in, what is sent again and what is not, and pages that say the same in three languages."""

import json
import re

import pytest

from tests.dashboard.map_world import populate_road, standing_map_site
from tests.dashboard.people import NOON
from tracker.scope import Role

PATHS = ("/", "/table", "/map/static.json", "/map/live.json")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    def fill(session):
        populate_road(session, NOON, coaches=12)

    with standing_map_site(tmp_path_factory.mktemp("map"), fill) as made:
        yield made


@pytest.mark.parametrize("path", PATHS)
def test_nobody_gets_in_without_signing_in(site, path):
    answer = site.browser().get(path)
    assert (answer.status_code, answer.headers["location"].startswith("/sign-in")) == (303, True)
    assert site.browser(accept="application/json").get(path).status_code == 401


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("role", [role.value for role in Role])
def test_every_role_has_a_map(site, path, role):
    assert site.browser(role).get(path).status_code == 200


def test_nothing_is_sent_again_that_has_not_changed(site):
    browser = site.browser("monitor")
    first = browser.get("/map/live.json")
    assert set(first.json()) == {"coaches", "posts", "reports", "flags"}
    assert browser.get("/map/live.json", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    have = ",".join(f"{name}:{part['version']}" for name, part in first.json().items())
    again = browser.get("/map/live.json", params={"have": have})
    assert again.json() == {}
    assert browser.get(
        "/map/live.json", params={"have": "posts:" + first.json()["posts"]["version"]}
    ).json().keys() == {
        "coaches",
        "reports",
        "flags",
    }


def test_two_people_of_different_reach_never_share_an_answer(site):
    def operators(who):
        body = site.browser(who).get("/map/live.json").json()
        return {row[body["coaches"]["columns"].index("operator")] for row in body["coaches"]["rows"]}

    assert operators("dispatcher") == {"sti"}
    assert operators("dispatcher_elsewhere") == {"utb"}
    assert operators("monitor") == {"sti", "utb", "mono", "creek"}
    assert operators("official") == set()
    assert "private" in site.browser("monitor").get("/map/live.json").headers["cache-control"]


def test_the_static_part_may_be_kept_for_ever_under_its_version_only(site):
    browser = site.browser("monitor")
    plain = browser.get("/map/static.json")
    assert "immutable" not in plain.headers["cache-control"]
    version = plain.headers["etag"].strip('"')
    assert "immutable" in browser.get("/map/static.json", params={"v": version}).headers["cache-control"]
    assert browser.get("/map/static.json", headers={"If-None-Match": plain.headers["etag"]}).status_code == 304
    assert f"/map/static.json?v={version}" in browser.get("/").text


def test_the_page_carries_no_data_of_coaches_and_no_foreign_address(site):
    page = site.browser("monitor").get("/").text
    assert "sti-1" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "style=" not in page
    nonce = re.search(r"'nonce-([^']+)'", site.browser("monitor").get("/").headers["content-security-policy"])
    assert nonce
    for tag in re.findall(r"<script(?![^>]*(?:page\.js|src=\"/static/page))[^>]*>", page):
        assert "nonce=" in tag


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Layers and legend"), ("fr", "Couches et légende"), ("pt", "Camadas e legenda")],
)
def test_the_map_speaks_three_languages(site, language, words):
    browser = site.browser("monitor")
    browser.cookies.set("corridor_language", language, domain="testserver.local")
    page = browser.get("/").text
    assert words in page
    block = re.search(r'id="map-words"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert block
    said = json.loads(block[1])["feed.live"]
    assert said == {"en": "Updated {age}", "fr": "Mis à jour {age}", "pt": "Atualizado {age}"}[language]
    table = browser.get("/table").text
    assert {"en": "Back to the map", "fr": "Retour à la carte", "pt": "Voltar ao mapa"}[language] in table
    assert not re.search(
        r"\b(?:agency|post_state|incident|harassment|payment_basis)\.[a-z]", page.split("map-words")[0] + table
    )


def test_the_table_shows_the_coaches_of_the_map(site):
    for who in ("monitor", "dispatcher", "focal_point", "official"):
        live = site.browser(who).get("/map/live.json").json()["coaches"]["rows"]
        table = site.browser(who).get("/table").text
        assert sorted(re.findall(r'data-coach="([^"]+)"', table)) == sorted(row[0] for row in live)


def test_the_table_is_filtered_by_country_and_corridor(site):
    browser = site.browser("monitor")
    whole = browser.get("/table").text.count("data-coach")
    ghana = browser.get("/table", params={"country": "GH"}).text
    assert 0 < ghana.count("data-coach") < whole
    assert browser.get("/table", params={"corridor": "ABJ-LOS"}).text.count("data-coach") == whole
    assert browser.get("/table", params={"corridor": "no-such"}).status_code == 200


def test_times_name_their_zone(site):
    table = site.browser("monitor").get("/table").text
    assert "UTC+1" in table  # Benin and Nigeria
    assert re.search(r"\d\d:\d\d UTC<", table)


def test_an_official_is_told_that_coaches_and_reports_are_not_shown(site):
    official = site.browser("official")
    assert "Your role sees border posts, not coaches." in official.get("/table").text
    page = official.get("/").text
    assert 'data-tab="coaches"' not in page
    assert 'data-tab="reports"' not in page
    assert 'data-layer="harassment"' not in page


def test_what_somebody_named_a_company_cannot_become_a_script(site):
    from operators.companies import Operator

    with site.database.writing() as session:
        session.get(Operator, "sti").name = "<img src=x onerror=alert(1)>"
    try:
        assert "<img src=x" not in site.browser("dispatcher").get("/table").text
    finally:
        with site.database.writing() as session:
            session.get(Operator, "sti").name = "Lagune Express"
