"""The server's processes are killed while an official's desk sends: each entry is at the server once, with its own time."""

from datetime import UTC, datetime

import pytest

from tests.browser.test_field import logged, outbox, phone, until_sent
from tests.browser.test_official import card
from tests.journeys.installation import Installation
from tests.servers import until

pytestmark = [pytest.mark.browser, pytest.mark.broker, pytest.mark.slow]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    installation = Installation(tmp_path_factory.mktemp("killed"))
    installation.start()
    yield installation
    installation.close()


def enter(page, plate):
    """Write down an arrival; return between which moments that was."""
    page.wait_for_timeout(700)  # a tap that follows at once does nothing, on purpose
    page.get_by_label("Plate", exact=True).fill(plate)
    begun = datetime.now(UTC)
    page.locator(".entry-line .act").click()
    card(page, "here", plate).get_by_text("entry: on this phone").wait_for()
    return begun, datetime.now(UTC)


@pytest.mark.parametrize("was_read", [False, True], ids=["before it read the entry", "before its answer was heard"])
def test_an_arrival_that_was_being_sent_is_there_once_with_its_time(chromium, running, was_read):
    unheard, plates = [], [f"{name} {'READ' if was_read else 'UNREAD'}" for name in ("FLYING", "LATER")]
    address = f"/field/#pair={running.tokens['post']}"
    with phone(chromium, running.url, address, service_workers="block") as page:
        page.get_by_text("List of").wait_for()

        def read(route):
            route.fetch()
            unheard.append(route)

        if was_read:
            page.route("**/api/v1/crossings", read, times=1)
        else:
            running.stand_still()
        entered = [enter(page, plates[0])]
        assert until(lambda: [one["state"] for one in outbox(page)] == ["sent"])  # it is on its way
        assert until(lambda: outbox(page) and len(unheard) == was_read)
        running.kill()
        for route in unheard:
            route.abort()
        entered.append(enter(page, plates[1]))
        stored = [one["license_plate"] for one in logged(running, "crossing")]
        assert [stored.count(plate) for plate in plates] == [int(was_read), 0]
        running.start()
        page.locator("#bar .state").click()
        page.get_by_role("button", name="Send now").click()
        until_sent(page, 2)
        page.locator("#bar .back").click()
        for plate in plates:
            card(page, "here", plate).get_by_text("entry: accepted").wait_for()
    for plate, (begun, ended) in zip(plates, entered, strict=True):
        (told,) = (one for one in logged(running, "crossing") if one["license_plate"] == plate)
        assert begun <= datetime.fromisoformat(told["arrived_at"]) <= ended
