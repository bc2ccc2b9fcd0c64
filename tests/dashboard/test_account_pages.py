"""The account pages through the front door, as people use them."""

import re
from datetime import timedelta

import pyotp
import pytest
from fastapi import APIRouter

from dashboard import audit
from dashboard.viewers import BROWSER_COOKIE, SESSION_COOKIE
from tests.dashboard.people import PASSWORD, make_site, send, token_on
from tracker.errors import BadInput, DatabaseAway, Reason
from tracker.phrases import LANGUAGES

NEW = "another good password"


@pytest.fixture
def site(sqlite_database):
    router = APIRouter()

    @router.get("/")
    def home() -> str:
        return "home"

    @router.get("/broken")
    def broken() -> None:
        raise RuntimeError("a secret that nobody should read")

    @router.get("/api/v1/away")
    @router.get("/away")
    def away() -> None:
        raise DatabaseAway(retry_after_s=5)

    @router.post("/api/v1/refused")
    def refused(number: int) -> None:
        raise BadInput(reasons=[Reason("password_too_short", "password", {"least": 10})])

    return make_site(sqlite_database, [router], password=PASSWORD)


def sign_in(browser, username="monitor", password=PASSWORD, next=""):
    return send(browser, "/sign-in", "/sign-in", username=username, password=password, next=next)


def is_signed_in(browser):
    return browser.get("/account").status_code == 200


def actions(site):
    with site.database.reading() as session:
        return [entry.action for entry in reversed(audit.list_entries(session))]


# --- signing in ----------------------------------------------------------------------------------------------


def test_signing_in_leads_back_to_the_page_one_wanted(site):
    browser = site.browser()
    wanted = browser.get("/audit?actor=x")
    assert (wanted.status_code, wanted.headers["location"]) == (303, "/sign-in?next=%2Faudit%3Factor%3Dx")
    answer = sign_in(browser, "Administrator", next="/audit?actor=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/audit?actor=x")
    assert is_signed_in(browser)
    assert actions(site) == ["sign_in.succeeded"]


@pytest.mark.parametrize("next", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\r\nb: c"])
def test_signing_in_never_leads_elsewhere(site, next):
    assert sign_in(site.browser(), next=next).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_name_look_the_same(site):
    answers = [sign_in(site.browser(), "monitor", "wrong password"), sign_in(site.browser(), "nobody", PASSWORD)]
    texts = [re.sub(r'value="[^"]*"', "", answer.text) for answer in answers]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert texts[0] == texts[1]


def test_signing_in_makes_a_new_session(site):
    browser = site.browser("monitor")
    before = browser.cookies[SESSION_COOKIE]
    send(browser, "/account", "/sign-out")
    sign_in(browser)
    assert browser.cookies[SESSION_COOKIE] != before


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(site):
    cookies = [value for name, value in sign_in(site.browser()).headers.multi_items() if name == "set-cookie"]
    assert any(cookie.startswith(SESSION_COOKIE) for cookie in cookies)
    for cookie in cookies:
        assert "HttpOnly" in cookie or 'corridor_visitor=""' in cookie
        assert "SameSite=lax" in cookie


def test_guessing_is_slowed_but_the_owners_browser_still_gets_in(site):
    owner = site.browser()
    sign_in(owner)
    send(owner, "/account", "/sign-out")
    attacker = site.browser()
    codes = [sign_in(attacker, password=f"wrong {number}").status_code for number in range(7)]
    assert codes == [401] * 5 + [429] * 2
    slowed = sign_in(attacker)
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0
    assert BROWSER_COOKIE in owner.cookies
    assert sign_in(owner).status_code == 303


def test_the_disabled_cannot_sign_in(site):
    send(site.browser("administrator"), "/users", f"/users/{site.person('monitor').key}/disable")
    assert sign_in(site.browser()).status_code == 401


def test_signing_out_ends_the_session_on_the_server(site):
    browser = site.browser("monitor")
    cookie = browser.cookies[SESSION_COOKIE]
    assert send(browser, "/account", "/sign-out").headers["location"] == "/sign-in"
    thief = site.browser()
    thief.cookies.set(SESSION_COOKIE, cookie)
    assert not is_signed_in(thief)


def test_a_session_ends_by_itself(site):
    browser = site.browser("monitor")
    site.clock.advance(timedelta(hours=11))
    assert is_signed_in(browser)
    site.clock.advance(timedelta(hours=11))
    assert is_signed_in(browser)
    site.clock.advance(timedelta(hours=12))
    assert not is_signed_in(browser)


# --- second factor -------------------------------------------------------------------------------------------


def with_second_factor(site):
    browser = site.browser("monitor")
    page = browser.get("/account/second-factor").text
    secret = re.search(r'id="key">([A-Z2-7]+)<', page)[1]
    setup = re.search(r'name="setup" value="([^"]+)"', page)[1]
    answer = browser.post(
        "/account/second-factor/on",
        data={
            "csrf_token": token_on(page), "setup": setup, "current": PASSWORD,
            "code": pyotp.TOTP(secret).at(site.clock.now()),
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    site.clock.advance(timedelta(minutes=1))
    return pyotp.TOTP(secret), re.findall(r"<li>([a-z2-7-]{19})</li>", answer.text)


def test_the_second_factor_is_asked_for_and_a_code_is_good_once(site):
    app, _ = with_second_factor(site)
    code = app.at(site.clock.now())
    browser = site.browser()
    assert sign_in(browser).headers["location"] == "/sign-in/code"
    assert not is_signed_in(browser)
    assert send(browser, "/sign-in/code", "/sign-in/code", code=code).headers["location"] == "/"
    assert is_signed_in(browser)
    another = site.browser()
    sign_in(another)
    assert send(another, "/sign-in/code", "/sign-in/code", code=code).status_code == 401
    assert not is_signed_in(another)


def test_a_recovery_code_replaces_the_phone(site):
    _, codes = with_second_factor(site)
    browser = site.browser()
    sign_in(browser)
    assert send(browser, "/sign-in/code", "/sign-in/code", code=codes[0]).status_code == 303
    assert is_signed_in(browser)


def test_five_wrong_codes_end_the_try(site):
    with_second_factor(site)
    browser = site.browser()
    sign_in(browser)
    for _ in range(5):
        assert send(browser, "/sign-in/code", "/sign-in/code", code="000000").status_code == 401
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"


def test_somebody_elses_setup_form_is_worth_nothing(site):
    theirs = site.browser("official").get("/account/second-factor").text
    setup = re.search(r'name="setup" value="([^"]+)"', theirs)[1]
    answer = send(site.browser("monitor"), "/account", "/account/second-factor/on", setup=setup, current=PASSWORD)
    assert answer.headers["location"] == "/account/second-factor"
    assert site.person("monitor").totp_sealed is None


def test_switching_off_asks_for_the_password(site):
    with_second_factor(site)
    browser = site.browser("monitor")
    assert send(browser, "/account", "/account/second-factor/off", current="wrong").status_code == 422
    assert site.person("monitor").totp_sealed is not None
    assert send(browser, "/account", "/account/second-factor/off", current=PASSWORD).status_code == 303
    assert site.person("monitor").totp_sealed is None


# --- one's own account ---------------------------------------------------------------------------------------


def test_a_new_password_signs_the_other_browsers_out(site):
    here, there = site.browser("monitor"), site.browser("monitor")
    answer = send(here, "/account", "/account/password", current=PASSWORD, password=NEW, again=NEW)
    assert answer.status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert sign_in(site.browser(), password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("current", "password", "again", "said"),
    [
        ("wrong", NEW, NEW, "This is not your present password."),
        (PASSWORD, NEW, NEW + "x", "The two passwords are not the same."),
        (PASSWORD, "short", "short", "At least 10 characters."),
    ],
)
def test_a_refused_password_says_why_at_the_field(site, current, password, again, said):
    answer = send(
        site.browser("monitor"), "/account", "/account/password", current=current, password=password, again=again
    )
    assert answer.status_code == 422
    assert f">{said}</span>" in answer.text


def test_one_ends_ones_own_sessions_and_nobody_elses(site):
    site.browser("official")
    browser, other = site.browser("monitor"), site.browser("monitor")
    ids = re.findall(r"/account/sessions/(\d+)/end", browser.get("/account").text)
    assert len(ids) == 1
    assert send(browser, "/account", f"/account/sessions/{ids[0]}/end").status_code == 303
    assert not is_signed_in(other)
    assert send(browser, "/account", "/account/sessions/1/end").status_code == 404


def test_a_token_is_shown_once(site):
    browser = site.browser("monitor")
    answer = send(browser, "/account", "/account/tokens", name="a <b>program</b>", days="30", access="read")
    words = re.search(r"corr_[A-Za-z0-9_-]{43}", answer.text)[0]
    page = browser.get("/account").text
    assert words not in page
    assert "a &lt;b&gt;program&lt;/b&gt;" in page
    number = re.search(r"/account/tokens/(\d+)/revoke", page)[1]
    assert send(site.browser("official"), "/account", f"/account/tokens/{number}/revoke").status_code == 404
    assert send(browser, "/account", f"/account/tokens/{number}/revoke").status_code == 303
    assert f"/account/tokens/{number}/revoke" not in browser.get("/account").text


# --- users ---------------------------------------------------------------------------------------------------


def test_an_invited_person_chooses_a_password_and_is_in(site):
    fields = {"username": "kofi", "display_name": "Kofi", "role": "dispatcher", "operator_id": "sti", "language": "en"}
    page = send(site.browser("administrator"), "/users/new", "/users", **fields).text
    path = re.search(r"http://testserver(/welcome/[A-Za-z0-9_-]+)", page)[1]
    kofi = site.browser()
    assert kofi.get(path).status_code == kofi.get(path).status_code == 200
    assert send(kofi, path, path, password="kofi", again="kofi").status_code == 422
    assert send(kofi, path, path, password=NEW, again=NEW).status_code == 303
    assert is_signed_in(kofi)
    assert site.browser().get(path).status_code == 404


def test_a_refused_user_keeps_what_was_typed_and_gets_every_reason(site):
    fields = {"username": "K o", "display_name": "Kofi", "role": "dispatcher", "operator_id": "", "language": "fr"}
    answer = send(site.browser("administrator"), "/users/new", "/users", **fields)
    assert answer.status_code == 422
    assert 'value="K o"' in answer.text
    assert "This role needs it." in answer.text
    unknown = send(site.browser("administrator"), "/users/new", "/users", **fields | {"operator_id": "nobody"})
    assert "nobody is not registered." in unknown.text


def test_a_reset_link_ends_the_old_password_only_when_used(site):
    number = site.person("monitor").key
    page = send(site.browser("administrator"), f"/users/{number}", f"/users/{number}/link").text
    path = re.search(r"http://testserver(/welcome/[A-Za-z0-9_-]+)", page)[1]
    old = site.browser()
    assert sign_in(old).status_code == 303
    send(site.browser(), path, path, password=NEW, again=NEW)
    assert not is_signed_in(old)
    assert sign_in(site.browser()).status_code == 401


def test_an_administrator_can_change_others_but_not_himself(site):
    browser, own, other = site.browser("administrator"), site.person("administrator").key, site.person("monitor").key
    for path in (f"/users/{own}/disable", f"/users/{own}/role"):
        assert send(browser, "/users/new", path, role="monitor").status_code == 409
    assert send(browser, "/users/new", f"/users/{other}/role", role="dispatcher", operator_id="utb").status_code == 303
    assert site.person("monitor").operator_id == "utb"
    assert send(browser, "/users/new", f"/users/{other}/role", role="king").status_code == 422
    assert send(browser, "/users/new", f"/users/{other}/disable").status_code == 303
    assert send(browser, "/users/new", f"/users/{other}/enable").status_code == 303
    assert actions(site) == ["user.role_changed", "user.disabled", "user.enabled"]


# --- every page ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_renders_in_every_language_and_loads_nothing_from_elsewhere(site, language):
    browser = site.browser("administrator", **{"user-agent": "Firefox"})
    browser.get(f"/language/{language}")
    paths = (
        "/account",
        "/account/second-factor",
        "/users",
        "/users/new",
        "/users/1",
        "/audit",
        "/patterns",
        "/nowhere",
    )
    for path in paths:
        page = browser.get(path).text
        assert f'<html lang="{language}">' in page
        assert not re.search(r'(src|href)="(https?:)?//', page), path
        assert not re.search(r"\sstyle=|\son[a-z]+=", page), path  # the policy would refuse them
        assert not re.search(r">(role|error|reason|agency|audit|flash)\.[a-z_.]+<", page), path


def test_the_language_follows_choice_then_person_then_browser(site):
    assert '<html lang="pt">' in site.browser(**{"accept-language": "pt-GW"}).get("/sign-in").text
    browser = site.browser("monitor", **{"accept-language": "pt-GW"})
    assert '<html lang="en">' in browser.get("/account").text
    assert browser.get("/language/fr?next=/account").headers["location"] == "/account"
    assert '<html lang="fr">' in browser.get("/account").text
    assert browser.get("/language/de").status_code == 404


def test_what_only_some_may_do_is_not_offered_to_others(site):
    assert 'href="/users"' in site.browser("administrator").get("/account").text
    page = site.browser("monitor").get("/account").text
    assert 'href="/users"' not in page
    assert 'href="/audit"' not in page


def test_answers_carry_their_security_headers_also_when_something_broke(site):
    browser = site.browser("monitor")
    for path in ("/account", "/nowhere", "/broken", "/static/style.css"):
        answer = browser.get(path)
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in browser.get("/account").headers["cache-control"]
    first, second = (browser.get("/account").headers["content-security-policy"] for _ in range(2))
    assert first != second


def test_the_style_sheet_stays_small_and_is_kept_by_browsers(site):
    browser = site.browser()
    path = re.search(r'href="(/static/style.css\?v=[^"]+)"', browser.get("/sign-in").text)[1]
    answer = browser.get(path)
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) < 25_000


def test_programs_get_one_shape_of_error_in_their_language(site):
    browser = site.browser(accept="application/json", **{"accept-language": "fr"})
    cases = {
        ("GET", "/api/v1/nowhere"): (404, "not_found"),
        ("PUT", "/api/v1/away"): (405, "method_not_allowed"),
        ("GET", "/api/v1/away"): (503, "database_away"),
        ("GET", "/account"): (401, "not_signed_in"),
        ("GET", "/broken"): (500, "internal"),
        ("POST", "/api/v1/refused"): (422, "bad_input"),
        ("POST", "/api/v1/refused?number=x"): (422, "bad_input"),
        ("POST", "/api/v1/refused?number=1"): (422, "bad_input"),
    }
    for (method, path), expected in cases.items():
        answer = browser.request(method, path)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == expected
        assert set(error) == {"code", "message", "details"}
        assert error["message"] not in ("", error["code"])
    assert browser.get("/api/v1/away").headers["retry-after"] == "5"
    details = browser.post("/api/v1/refused?number=1").json()["error"]["details"]
    assert details == [{"code": "password_too_short", "field": "password", "message": "Au moins 10 caractères."}]


def test_people_get_a_page_without_the_cause(site):
    page = site.browser("monitor").get("/broken")
    assert page.status_code == 500
    assert "a secret that nobody should read" not in page.text
    assert "Sign out" in page.text
    assert site.browser().get("/away").status_code == 503
