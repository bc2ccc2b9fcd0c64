"""Forged requests: what a cookie alone must not do."""

import pytest

from dashboard.csrf import make_token, token_fits
from dashboard.secrecy import Secrecy
from tests.dashboard.people import PASSWORD, SECRET, make_site, token_on

SECRECY = Secrecy(SECRET)


def test_a_token_fits_its_cookie_and_no_other():
    token = make_token(SECRECY, "cookie")
    assert token_fits(SECRECY, "cookie", token)
    assert not token_fits(SECRECY, "another", token)
    assert not token_fits(Secrecy("another secret"), "cookie", token)
    assert make_token(SECRECY, "cookie") != token


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "=" * 88, "A" * 88, "A" * 5000])
def test_nonsense_fits_nothing(token):
    assert not token_fits(SECRECY, "cookie", token)


@pytest.fixture
def site(sqlite_database):
    return make_site(sqlite_database, password=PASSWORD)


def test_a_form_without_its_token_is_refused(site):
    browser = site.browser("monitor")
    assert browser.post("/account/language", data={"language": "fr"}).status_code == 403
    assert site.person("monitor").language == "en"


def test_somebody_elses_token_is_refused(site):
    theirs = token_on(site.browser("official").get("/account").text)
    answer = site.browser("monitor").post("/account/language", data={"language": "fr", "csrf_token": theirs})
    assert answer.status_code == 403


def test_the_right_token_passes_in_form_or_header(site):
    browser = site.browser("monitor")
    token = token_on(browser.get("/account").text)
    assert browser.post("/account/language", data={"language": "fr", "csrf_token": token}).status_code == 303
    assert (
        browser.post("/account/language", data={"language": "pt"}, headers={"X-CSRF-Token": token}).status_code == 303
    )
    assert site.person("monitor").language == "pt"


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_form_on_another_site_is_refused_whatever_it_carries(site, headers):
    browser = site.browser("monitor")
    token = token_on(browser.get("/account").text)
    answer = browser.post("/account/language", data={"language": "fr", "csrf_token": token}, headers=headers)
    assert answer.status_code == 403


def test_signing_somebody_in_is_protected_too(site):
    browser = site.browser()
    fields = {"username": "monitor", "password": PASSWORD}
    assert browser.post("/sign-in", data=fields).status_code == 403
    token = token_on(browser.get("/sign-in").text)
    assert browser.post("/sign-in", data=fields | {"csrf_token": token}).status_code == 303
