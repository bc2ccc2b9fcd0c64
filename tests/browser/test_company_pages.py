"""A company's pages, the security of sections and sealed words, by axe-core, on a phone's screen: everything unfolded."""

import pytest

from operators.registration import register_vehicles
from telemetry.device import NewDevice
from telemetry.senders import SenderKind
from tests.browser.looks import Looks
from tests.browser.test_journey_pages import opened
from tests.dashboard.journey_site import journey_site
from tests.dashboard.restricted_world import INSIDE, said

pytestmark = pytest.mark.browser
SMALL = {"width": 360, "height": 740}
PAGES = {
    "fleet": ("dispatcher", "/fleet"), "declare": ("dispatcher", "/declare"),
    "own-figures": ("dispatcher", "/own-figures"), "security": ("monitor", "/security"),
    "security-set": ("administrator", "/security"), "words": ("protection_officer", "/words?number=1"),
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("company")) as made:
        with made.database.writing() as session:
            register_vehicles(session, [("sti-axe", "sti", "1234 AB 01", 60)], made.clock.now())
            session.add(said(INSIDE[0]))
        made.app.state.parts.devices.add(NewDevice("unit-axe", SenderKind.FITTED, "sti", "sti-axe", None, None, "fr"))
        yield made


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark"), ("pt", "light")])
def test_axe_finds_nothing_serious(chromium, site, address, language, scheme):
    faults = {}
    for name, (who, path) in PAGES.items():
        with opened(chromium, site, address, path, who=who, size=SMALL, language=language, color_scheme=scheme) as page:
            look = Looks(page, f"{language}-{scheme}")
            page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
            look(name)
            faults |= look.faults()
    assert faults == {}
