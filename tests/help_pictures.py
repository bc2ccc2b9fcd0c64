"""Takes the pictures of the help pages from the real pages: `python -m tests.help_pictures`, after a change of how they look.

Writes `dashboard/static/help/NAME-LANGUAGE.jpg`. Needs Chromium; people, coaches and figures are those of the tests.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from dashboard.paths import STATIC
from dashboard.viewers import SESSION_COOKIE
from operators.companies import list_operators
from telemetry.device import NewDevice
from telemetry.senders import SenderKind
from tests.browser.conftest import CUT, start_server
from tests.dashboard.journey_site import journey_site
from tests.dashboard.journey_world import Journey, a_company
from tests.dashboard.map_world import geography_of, populate_flags
from tracker.phrases import LANGUAGES

FOLDER = STATIC / "help"
PHONE, DESK = {"width": 360, "height": 640}, {"width": 1100, "height": 640}
NAMES = {"sti": "Harmattan Lines", "utb": "Lagoon Star"}  # invented: pictures show figures beside them
# name: who, where
PAGES = {
    "fleet": ("dispatcher", "/fleet"), "trips": ("dispatcher", "/trips"), "map": ("monitor", "/"), "flags": ("monitor", "/flags"),
    "corridor": ("focal_point", "/corridors/ABJ-LOS?window=30d"), "answers": ("inspectorate", "/answers"),
    "devices": ("administrator", "/devices"),
}  # fmt: skip


def main() -> None:
    """Take every picture in every language."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, journey_site(Path(folder)) as site:
        served = start_server(site.app)
        address = served.address
        now = site.clock.now()
        with site.database.writing() as session:
            populate_flags(session, now)
            for company in list_operators(session):
                company.name = NAMES.get(company.operator_id, company.name)
            a_company(session, "sti", now, ["sti-77"])
            Journey(geography_of(session), "ABJ-LOS", "T-77", now - timedelta(hours=1), 20, 900).now(
                session, "sti", "sti-77", now
            )
        site.app.state.parts.devices.add(NewDevice("unit-77", SenderKind.FITTED, "sti", "sti-77", None, None, "fr"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CUT)
            for language in LANGUAGES:
                for name, (who, path) in PAGES.items():
                    context = browser.new_context(viewport=DESK)
                    cookies = {SESSION_COOKIE: site.browser(who).cookies[SESSION_COOKIE], "corridor_language": language}
                    context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookies.items()])
                    page = context.new_page()
                    page.goto(address + path)
                    page.wait_for_timeout(2500 if name == "map" else 300)
                    keep(page, name, language)
                    context.close()
                in_field(browser, address, language)
            browser.close()
        served.stop()


def in_field(browser: Any, address: str, language: str) -> None:
    """Take the pictures of the field pages, as somebody sees them who practises."""
    locale = {"en": "en-GB", "fr": "fr-FR", "pt": "pt-PT"}[language]
    at = {"latitude": 5.3, "longitude": -3.2}
    for name in ("road", "desk"):
        how = {"geolocation": at, "permissions": ["geolocation"], "has_touch": True}
        context = browser.new_context(viewport=PHONE, locale=locale, **how)
        page = context.new_page()
        page.goto(f"{address}/field/")
        page.locator("button.big.quiet").nth(-1 if name == "desk" else -2).click()
        page.wait_for_timeout(1500)
        keep(page, name, language)
        if name == "road":
            page.locator("main button.big").nth(1).click()
            page.wait_for_timeout(1500)
            keep(page, "report", language)
        context.close()


def keep(page: Page, name: str, language: str) -> None:
    """Write one picture."""
    page.screenshot(path=FOLDER / f"{name}-{language}.jpg", type="jpeg", quality=55)


if __name__ == "__main__":
    main()
