"""Trips, corridors, posts and hubs in a real Chromium: phone and desk, light and dark, by keyboard, without scripts."""

import re
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.viewers import SESSION_COOKIE
from tests.dashboard.journey_site import journey_site

SHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 900}
PATHS = {
    "trips": "/trips", "corridors": "/corridors", "corridor": "/corridors/ABJ-LOS?day={yesterday}", "posts": "/posts",
    "post": "/posts/CI-noe", "post with long sources": "/posts/BJ-krake", "hubs": "/hubs",
    "pair": "/hubs/abidjan/accra", "trip": "{trip}",
}  # fmt: skip

# The smallest letters of the page, in pixels on the screen; those of drawings as they are scaled.
SMALLEST = """() => Math.min(...[...document.querySelectorAll("main text, main td, main span, main p, main a, main li")]
  .filter((e) => e.textContent.trim() && e.getClientRects().length)
  .map((e) => {
    const drawing = e.ownerSVGElement;
    const scale = drawing ? drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width : 1;
    return parseFloat(getComputedStyle(e).fontSize) * scale;
  }))"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("journeys")) as made:
        yield made


@pytest.fixture(scope="module")
def paths(site):
    yesterday = (site.clock.now() - timedelta(days=1)).date().isoformat()
    trips = re.findall(r'href="(/trips/[^"]+)"', site.browser("monitor").get("/trips").text)
    return {name: path.format(yesterday=yesterday, trip=trips[6].replace("&amp;", "&")) for name, path in PATHS.items()}


@contextmanager
def opened(chromium, site, address, path, who="monitor", size=DESK, language="en", **options):
    """Open a page as somebody; nothing may be asked of another host, and nothing may fail or stick out."""
    context = chromium.new_context(viewport=size, **options)
    cookies = {SESSION_COOKIE: site.browser(who).cookies.get(SESSION_COOKIE), "corridor_language": language}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    page, foreign, faults = context.new_page(), [], []
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else foreign.append(r.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(address + path)
    yield page
    assert foreign == []
    assert faults == []
    context.close()


@pytest.mark.parametrize("name", list(PATHS))
@pytest.mark.parametrize("look", ["desk", "phone", "desk-dark", "phone-dark"])
def test_nothing_sticks_out_and_every_letter_can_be_read(chromium, site, address, paths, name, look):
    language = {"desk": "en", "phone": "fr", "desk-dark": "pt", "phone-dark": "en"}[look]
    size, scheme = (PHONE if "phone" in look else DESK), ("dark" if "dark" in look else "light")
    with opened(chromium, site, address, paths[name], size=size, language=language, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        least = page.evaluate(SMALLEST)
        assert least >= 11
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}-{look}.png", full_page=True)


def test_the_strips_days_follow_the_arrow_keys(chromium, site, address, paths):
    with opened(chromium, site, address, paths["corridor"]) as page:
        shown = page.locator("#strip-day").input_value()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("(before) => document.querySelector('#strip-day')?.value < before", arg=shown)
        page.wait_for_load_state()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("(day) => document.querySelector('#strip-day')?.value === day", arg=shown)


def test_arrow_keys_scroll_the_strip_when_it_has_the_focus(chromium, site, address, paths):
    with opened(chromium, site, address, paths["corridor"], size=PHONE) as page:
        page.wait_for_load_state("networkidle")
        page.locator(".strip-scroll").focus()
        page.wait_for_function("() => document.activeElement.matches('.strip-scroll')")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => document.querySelector('.strip-scroll').scrollLeft > 0")
        assert page.url == address + paths["corridor"]


def test_a_coach_of_the_strip_opens_its_trip_by_keyboard(chromium, site, address, paths):
    with opened(chromium, site, address, paths["corridor"]) as page:
        page.locator("svg.strip a.coach").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/trips/**")
        assert page.locator(".timeline .tl").count() > 3


def test_everything_is_there_without_scripts(chromium, site, address, paths):
    with opened(chromium, site, address, paths["corridor"], java_script_enabled=False) as page:
        day = page.locator("#strip-day").input_value()
        page.get_by_role("link", name="Day before").click()
        assert page.locator("#strip-day").input_value() < day
        page.locator("#strip-day").fill(day)
        page.get_by_role("button", name="Show").click()
        assert page.locator("#strip-day").input_value() == day
        assert page.locator("svg.strip a.coach").count() > 0


def test_the_strip_prints_on_one_width(chromium, site, address, paths):
    with opened(chromium, site, address, paths["corridor"]) as page:
        page.emulate_media(media="print")
        box = page.locator("svg.strip").bounding_box()
        assert box["width"] <= page.locator("#strip").bounding_box()["width"]
        assert not page.locator(".strip-days").is_visible()


def test_an_official_begins_at_the_own_post(chromium, site, address, paths):
    with opened(chromium, site, address, "/posts", who="official") as page:
        page.get_by_role("link", name="My post").click()
        page.wait_for_url("**/posts/CI-noe")
        assert page.locator("svg.bars").count() >= 1


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_an_official_sees_the_wait_without_scrolling(chromium, site, address, size):
    with opened(chromium, site, address, "/posts/CI-noe", who="official", size=size) as page:
        box = page.locator('#wait tr[data-direction="exit"]').bounding_box()
        assert 0 < box["y"] < size["height"] - 100
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_the_log_of_a_post_is_found_by_keyboard_from_the_top(chromium, site, address):
    with opened(chromium, site, address, "/posts/CI-noe?window=30d", who="monitor") as page:
        page.locator('.jump a[href="#log"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "() => { const y = document.querySelector('#log').getBoundingClientRect().top; return y >= 0 && y < 200; }"
        )
        assert page.locator('[data-table="log-states"] tbody tr').count() > 0
        page.emulate_media(media="print")
        assert not page.locator(".exports").first.is_visible()
        assert page.locator('[data-table="week-exit"]').is_visible()
