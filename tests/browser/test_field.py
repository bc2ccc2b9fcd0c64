"""The field pages in a real Chromium on a phone's screen: paired and signed in, with and without a network."""

import json
import re
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from dashboard.viewers import SESSION_COOKIE
from operators.registration import register_vehicles
from telemetry.device import NewDevice
from telemetry.senders import SenderKind
from tests.dashboard.whole_site import whole_site
from tests.servers import until
from tracker.log import LogRow

PHONE = {"width": 360, "height": 780}
LOME = {"latitude": 6.1319, "longitude": 1.2228}
PIN = "4071"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    coaches = [("sti-1", "sti", "1234 AB 01", 60), ("sti-2", "sti", "77 CD 02", None)]
    with whole_site(tmp_path_factory.mktemp("field")) as made:
        with made.database.writing() as session:
            register_vehicles(session, coaches, made.clock.now())
        yield made


@pytest.fixture
def token(site, request):
    return site.app.state.parts.devices.add(
        NewDevice(
            f"phone-{abs(hash(request.node.name)) % 10**9}", SenderKind.PERSONAL, "sti", "sti-1", None, None, "en"
        )
    )


@contextmanager
def phone(chromium, address, path="/field/", cookies=(), **options):
    """Open the field pages on a phone; nothing may be asked of another host, and no script may fail."""
    how = {"viewport": PHONE, "has_touch": True, "locale": "en-GB", "geolocation": LOME, "permissions": ["geolocation"]}
    context = chromium.new_context(**how | options)
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies])
    page, foreign, faults = context.new_page(), [], []
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else foreign.append(r.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address + path)
    yield page
    assert foreign == []
    assert faults == []
    context.close()


def type_pin(page, digits=PIN):
    page.locator(".lock").wait_for()
    for digit in digits:
        page.locator(".key", has_text=digit).click()


def pair(page):
    """Choose the PIN of a phone that was just paired, and wait until the pages are kept on it."""
    type_pin(page)
    page.get_by_text("Enter them once more").wait_for()
    type_pin(page)
    page.locator(".big.first").wait_for()
    page.evaluate(
        "() => navigator.serviceWorker.controller ? 1 : new Promise((kept) =>"
        " navigator.serviceWorker.addEventListener('controllerchange', () => kept(1)))"
    )


def report(page, minutes="6", amount="1000"):
    page.get_by_role("button", name="A stop, a control").click()
    page.get_by_text("km from").wait_for()
    page.get_by_role("radio", name="gendarmerie").check(force=True)
    page.get_by_label("How much was paid?").fill(amount)
    page.get_by_label("How many minutes?").fill(minutes)
    page.get_by_role("button", name="Finish").click()
    page.get_by_text("Kept. It is sent by itself.").wait_for()


def logged(site, kind="control", subject=None):
    query = select(LogRow).where(LogRow.kind == kind).order_by(LogRow.seq)
    with site.database.reading() as session:
        rows = session.exec(query if subject is None else query.where(LogRow.subject == subject))
        return [json.loads(row.body) for row in rows]


def outbox(page):
    """Return what the phone's outbox holds, as it is stored."""
    return json.loads(page.evaluate(
        "() => new Promise((told) => { const opened = indexedDB.open('field', 1); opened.onsuccess = () => {"
        " const asked = opened.result.transaction('outbox').objectStore('outbox').getAll();"
        " asked.onsuccess = () => { opened.result.close(); told(JSON.stringify(asked.result)); }; }; })"
    ))  # fmt: skip


def until_sent(page, entries=1):
    """Wait until so many entries were finished on this phone and all are accepted."""

    def is_sent():
        states = [entry["state"] for entry in outbox(page)]
        return len(states) >= entries and set(states) == {"accepted"}

    assert until(is_sent)
    page.locator("#bar .state", has_text="Nothing waits").wait_for()


def tab_to(page, name):
    """Press Tab until what is so named has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if name in page.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText"):
            return
    raise AssertionError(name)


def test_a_paired_phone_reports_a_control_in_a_few_taps(chromium, site, address, token):
    before = len(logged(site))
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        assert "pair" not in page.url
        report(page)
        until_sent(page)
    (body,) = logged(site)[before:]
    assert (body["agency"], body["payments"][0]["amount"], body["payments"][0]["currency"]) == (
        "gendarmerie",
        1000,
        "XOF",
    )
    assert (round(body["latitude"], 3), round(body["longitude"], 3)) == (6.132, 1.223)


def test_without_a_network_it_opens_keeps_and_sends_later_what_happened_then(chromium, site, address, token):
    before = len(logged(site))
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.context.set_offline(True)
        page.reload()
        type_pin(page)
        report(page)
        page.locator("#bar .state", has_text="waiting: 1").wait_for()
        page.reload()  # the phone was switched off and on again
        type_pin(page)
        page.locator("#bar .state", has_text="No network · waiting: 1").click()
        page.get_by_text("on this phone").wait_for()
        assert len(logged(site)) == before
        page.context.set_offline(False)
        until_sent(page)
    assert len(logged(site)) == before + 1


def test_nothing_legible_is_left_of_what_was_sent_and_what_waits_is_encrypted(chromium, site, address, token):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.context.set_offline(True)
        report(page, amount="4711")
        page.locator("#bar .state", has_text="waiting: 1").wait_for()
        waiting = json.dumps(outbox(page))
        assert "4711" not in waiting
        assert "gendarmerie" not in waiting
        page.context.set_offline(False)
        until_sent(page)
        (entry,) = outbox(page)
        assert (entry["state"], entry["box"], entry["about"], entry["at"]) == ("accepted", None, None, None)


def test_one_press_locks_and_only_the_digits_open(chromium, site, address, token):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.get_by_role("button", name="Leave and lock").click()
        page.locator(".lock").wait_for()
        assert "control" not in page.inner_text("body").lower()
        type_pin(page, "0000")
        page.get_by_text("Not these digits").wait_for()
        page.reload()
        type_pin(page)
        page.locator(".big.first").wait_for()


def test_the_same_outbox_in_two_tabs_arrives_once(chromium, site, address, token):
    before = len(logged(site))
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.context.set_offline(True)
        for amount in ("100", "200", "300"):
            report(page, amount=amount)
        page.locator("#bar .state", has_text="waiting: 3").wait_for()
        other = page.context.new_page()
        page.context.set_offline(False)
        other.goto(f"{address}/field/")
        type_pin(other)
        until_sent(other, 3)
        until_sent(page, 3)
    assert len(logged(site)) == before + 3


def test_an_answer_that_is_lost_sends_the_same_entry_again(chromium, site, address, token):
    before = len(logged(site))
    with phone(chromium, address, f"/field/#pair={token}", service_workers="block") as page:
        type_pin(page)
        page.get_by_text("Enter them once more").wait_for()
        type_pin(page)

        def dies(route):
            route.fetch()  # it arrives, and nobody hears so
            route.abort()

        page.route("**/api/v1/controls", dies, times=1)
        report(page)
        page.locator("#bar .state", has_text="waiting: 1").click()
        page.get_by_text("sent, no answer yet").wait_for()
        assert until(lambda: len(logged(site)) == before + 1)
        page.get_by_role("button", name="Send now").click()
        until_sent(page)
    assert len(logged(site)) == before + 1


def test_what_is_refused_says_why_and_can_be_corrected(chromium, site, address, token):
    before = len(logged(site))
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.get_by_role("button", name="A stop, a control").click()
        page.get_by_text("km from").wait_for()
        page.get_by_label("When did it begin?").fill("2087-01-01T10:00")
        page.get_by_role("button", name="Finish").click()
        page.locator("#bar .state").click()
        page.get_by_text("refused, because:").wait_for()
        assert page.locator(".entry.refused li").inner_text()
        page.get_by_role("button", name="Correct it").click()
        page.get_by_label("When did it begin?").fill(
            page.evaluate("new Date(Date.now() - 600000).toISOString().slice(0, 16)")
        )
        page.get_by_role("button", name="Finish").click()
        until_sent(page)
        page.locator("#bar .state").click()
        page.get_by_text("refused, because:").wait_for(state="detached")
    assert len(logged(site)) == before + 1


def test_a_phone_whose_clock_is_years_behind_says_the_right_time(chromium, site, address, token):
    before = len(logged(site))
    with phone(chromium, address) as page:
        page.goto("about:blank")  # from the pages themselves the code would load them a second time
        page.clock.install(time="2019-01-01T10:00:00Z")
        page.goto(f"{address}/field/#pair={token}")
        pair(page)
        report(page)
        until_sent(page)
    (body,) = logged(site)[before:]
    begun = datetime.fromisoformat(body["observed_at"])
    assert timedelta(minutes=5) < datetime.now(UTC) - begun < timedelta(minutes=9)


def test_a_driver_who_is_signed_in_sends_for_a_coach_and_an_ended_session_loses_nothing(chromium, site, address):
    before = len(logged(site))
    session = site.browser("driver").cookies.get(SESSION_COOKIE)
    with phone(chromium, address, cookies=[(SESSION_COOKIE, session)]) as page:
        pair(page)
        page.context.clear_cookies()
        page.get_by_role("button", name="A stop, a control").click()
        page.get_by_text("km from").wait_for()
        page.get_by_label("Coach", exact=True).select_option("sti-2")
        page.get_by_role("button", name="Finish").click()
        page.locator("#bar .state", has_text="Sign in to send · waiting: 1").wait_for()
        page.context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": address}])
        page.locator("#bar .state").click()
        page.get_by_role("button", name="Send now").click()
        until_sent(page)
    (body,) = logged(site)[before:]
    assert body["agency"] == "unknown"


@pytest.mark.parametrize("language", ["fr", "pt"])
def test_it_speaks_the_language_that_is_chosen_and_keeps_it_without_a_network(chromium, site, address, token, language):
    words = {"fr": "Un arrêt, un contrôle", "pt": "Uma paragem, um controlo"}[language]
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.locator(f"#foot [lang={language}]").click()
        page.get_by_role("button", name=words).wait_for()
        page.context.set_offline(True)
        page.reload()
        type_pin(page)
        page.get_by_role("button", name=words).wait_for()


def test_it_weighs_little_and_can_be_installed(chromium, site, address, token):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(r => r.json())")
        assert (manifest["display"], manifest["start_url"]) == ("standalone", "/field/")
        assert not re.search(r"ecowas|corridor|monitor|control", json.dumps(manifest["name"]), re.IGNORECASE)
        sizes = page.evaluate(
            "caches.keys().then(async (names) => { const cache = await caches.open(names[0]); let n = 0;"
            " for (const r of await cache.keys()) {"
            " const body = await (await cache.match(r, {ignoreVary: true})).blob();"
            " const zipped = await new Response(body.stream().pipeThrough(new CompressionStream('gzip'))).blob();"
            " n += /png$/.test(r.url) ? body.size : zipped.size; } return n; })"
        )
        assert sizes < 150_000
