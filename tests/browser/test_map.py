"""The map in a real Chromium, with every name but our own address cut off, on a phone and on a desk."""

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.viewers import SESSION_COOKIE
from tests.dashboard.map_world import FLAG_IDS, populate_flags, populate_flow, populate_road, standing_map_site
from tracker.sightings import CoachNow

SHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    now = datetime.now(UTC)

    def fill(session):
        populate_road(session, now, coaches=60)
        populate_flow(session, now)
        populate_flags(session, now)

    with standing_map_site(tmp_path_factory.mktemp("browser"), fill, now) as made:
        yield made


@contextmanager
def opened(chromium, site, address, who="monitor", path="/", size=DESK, language="en", **options):
    """Open a page as somebody; afterwards, nothing may have been asked of another host and no script may have failed."""
    context = chromium.new_context(viewport=size, has_touch=size is PHONE, **options)
    token = site.browser(who).cookies.get(SESSION_COOKIE)
    cookies = {SESSION_COOKIE: token, "corridor_language": language}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    page, foreign, faults = context.new_page(), [], []
    page.on(
        "request",
        lambda request: None if request.url.startswith((address, "data:", "blob:")) else foreign.append(request.url),
    )
    page.on("response", lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(address + path)
    page.wait_for_selector(".map-page[data-feed=live]", timeout=20_000)
    yield page
    assert foreign == []
    assert [fault for fault in faults if "ERR_INTERNET_DISCONNECTED" not in fault] == []
    context.close()


def shoot(page, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(600)
    page.screenshot(path=SHOTS / f"{name}.png")


def names(page):
    while page.locator(".map-list + .map-empty + button").is_visible():
        page.locator(".map-list + .map-empty + button").click()
    return sorted(page.locator(".map-row strong").all_text_contents())


def test_a_coach_moves_without_loading_the_page_again(chromium, site, address):
    with opened(chromium, site, address, path="/?select=coach:sti-1") as page:
        place = page.locator("[data-position=sti-1]")
        before = place.inner_text()
        page.evaluate("window.notReloaded = true")
        picture = page.locator("canvas[data-name=scene]").screenshot()
        with site.database.writing() as session:
            coach = session.get(CoachNow, "sti-1")
            coach.latitude, coach.longitude, coach.observed_at = 5.9, 0.35, datetime.now(UTC)
        page.wait_for_function(
            "(text) => document.querySelector('[data-position=sti-1]').textContent !== text", arg=before
        )
        assert place.inner_text().startswith("5.90000, 0.35000")
        page.wait_for_timeout(5000)
        assert page.locator("canvas[data-name=scene]").screenshot() != picture
        assert page.evaluate("window.notReloaded") is True


@pytest.mark.parametrize("who", ["monitor", "dispatcher", "focal_point"])
def test_the_list_and_the_table_show_the_same_coaches(chromium, site, address, who):
    with opened(chromium, site, address, who) as page:
        listed = names(page)
        page.get_by_text("The same as tables").click()
        page.wait_for_url("**/table*")
        table = page.locator("[data-coach]").evaluate_all("(rows) => rows.map((row) => row.dataset.coach)")
        assert listed == sorted(table)
        assert listed


def test_a_filter_stands_in_the_address_and_in_the_table(chromium, site, address):
    with opened(chromium, site, address) as page:
        page.select_option("#map-country", "GH")
        assert "country=GH" in page.url
        left = names(page)
        page.reload()
        page.wait_for_selector(".map-page[data-feed=live]")
        assert names(page) == left
        page.get_by_text("The same as tables").click()
        page.wait_for_url("**/table*")
        assert page.locator("[data-coach]").count() == len(left)


def test_everything_can_be_reached_with_the_keyboard(chromium, site, address):
    with opened(chromium, site, address) as page:
        page.locator(".map-row").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#map-details:not([hidden])")
        assert page.evaluate("document.activeElement.id") == "details-title"
        page.keyboard.press("Escape")
        assert page.locator("#map-browse").is_visible()
        assert page.evaluate("document.activeElement.className") == "map-row"
        page.locator("#map-legend summary").focus()
        page.keyboard.press("Enter")
        page.locator("[data-layer=posts]").press("Space")
        assert "hide=posts" in page.url


def test_a_click_on_the_map_opens_what_lies_there(chromium, site, address):
    with opened(chromium, site, address, path="/?at=5.289,-2.785,11&tab=posts") as page:
        page.wait_for_timeout(500)
        box = page.locator("#map_corridors").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2 - 6, box["y"] + box["height"] / 2)
        page.wait_for_selector("#map-details:not([hidden])")
        assert page.locator("#details-title").inner_text() in ("Noé", "Elubo")


@pytest.mark.parametrize(("size", "kind"), [(PHONE, "phone"), (DESK, "desk")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_flag_is_taken_on_the_map_and_leads_to_its_page(chromium, site, address, size, kind, scheme):
    with opened(chromium, site, address, path="/?at=5.2,-1.2,9&tab=flags", size=size, color_scheme=scheme) as page:
        page.wait_for_timeout(500)
        box = page.locator("#map_corridors").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_selector("#map-details:not([hidden])")
        assert page.locator("#details-title").inner_text() == "Unlisted checkpoint"
        details = page.locator("#details-body")
        assert "97" in details.inner_text()
        assert "about 7 (6 to 9)" in details.inner_text(), "a dense stretch says how many posts"
        assert details.locator("a.button").get_attribute("href") == f"/flags/{FLAG_IDS['open']}"
        shoot(page, f"map-{kind}-{scheme}-flag")
        page.keyboard.press("Escape")
        assert len(names(page)) == 3
        shoot(page, f"map-{kind}-{scheme}-flags")


def test_flags_can_be_taken_off_the_map(chromium, site, address):
    with opened(chromium, site, address, path="/?at=5.2,-1.2,9") as page:
        page.wait_for_timeout(500)
        before = page.locator("canvas[data-name=scene]").screenshot()
        page.locator("#map-legend summary").click()
        page.locator("[data-layer=flags]").press("Space")
        page.locator("#map-legend-close").click()
        page.wait_for_timeout(300)
        assert "hide=flags" in page.url
        assert page.locator("canvas[data-name=scene]").screenshot() != before


def test_a_lost_connection_is_said_and_mends_by_itself(chromium, site, address):
    with opened(chromium, site, address) as page:
        page.context.set_offline(True)
        page.wait_for_selector("[data-feed=lost]", timeout=20_000)
        assert "Connection lost since" in page.locator("#map-state").inner_text()
        assert "UTC" in page.locator("#map-state").inner_text()
        page.context.set_offline(False)
        page.wait_for_selector("[data-feed=live]", timeout=20_000)


def test_an_official_sees_the_own_post_and_no_coach(chromium, site, address):
    with opened(chromium, site, address, "official", size=PHONE) as page:
        page.locator("#map-open").click()
        assert page.locator(".map-row strong").first.text_content() == "Noé (CI)"
        assert page.locator("[data-tab=coaches]").count() == 0
        shoot(page, "map-phone-official")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Border posts"), ("fr", "Postes-frontières"), ("pt", "Postos fronteiriços")]
)
@pytest.mark.parametrize(("size", "kind"), [(PHONE, "phone"), (DESK, "desk")])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_its_screen_in_every_language(chromium, site, address, language, words, size, kind, scheme):
    with opened(chromium, site, address, size=size, language=language, color_scheme=scheme) as page:
        shoot(page, f"map-{kind}-{language}-{scheme}")
        if kind == "phone":
            page.locator("#map-open").click()
        page.locator("[data-tab=posts]").click()
        assert words in page.locator("[data-tab=posts]").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = page.locator(
            ".map-page button:visible, .map-page select:visible, .map-page summary:visible"
        ).evaluate_all(
            "(all) => all.filter((one) => one.getBoundingClientRect().height < 28).map((one) => one.textContent)"
        )
        assert small == []
        page.locator(".map-row").first.click()
        shoot(page, f"map-{kind}-{language}-{scheme}-post")


@pytest.mark.parametrize("language", ["en", "fr", "pt"])
def test_the_tables_are_as_wide_as_a_phone(chromium, site, address, language):
    with opened(chromium, site, address, size={"width": 360, "height": 740}, language=language) as page:
        page.goto(address + "/table?window=7d")
        assert page.locator("[data-table=flags] tbody tr").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_load_is_light(chromium, site, address):
    import gzip

    sizes = {}

    def weigh(response):
        if response.status == 200 and response.request.method == "GET":
            sizes[response.url] = len(gzip.compress(response.body(), 6))

    with opened(chromium, site, address) as page:
        page.on("response", weigh)
        page.reload()
        page.wait_for_selector(".map-page[data-feed=live]")
        page.wait_for_timeout(500)
        page.remove_listener("response", weigh)
    assert sum(sizes.values()) < 150_000, sizes
