"""A border official in a real Chromium, on a phone and on an old PC: with and without a network."""

import json
import string
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader

from checkpoints.desks import desks_of
from checkpoints.logged_crossings import list_crossings
from checkpoints.reconciled_crossings import entry_of
from dashboard.viewers import SESSION_COOKIE
from operators.registration import register_vehicles
from operators.trip_sheets import TripSheet
from telemetry.device import NewDevice
from telemetry.senders import SenderKind
from tests.browser.test_field import PHONE, logged, outbox, phone, tab_to, until_sent
from tests.dashboard.journey_world import Journey, tell
from tests.dashboard.map_world import geography_of
from tests.dashboard.whole_site import whole_site
from tests.servers import until
from tracker.slugs import plate_key

DESK = {"width": 1280, "height": 800}
MINUTE = timedelta(minutes=1)
COMING, HERE, LATER = "1234 AB 01", "AA-777-BB", "77 CD 02"

pytestmark = pytest.mark.browser


@contextmanager
def border(folder):
    """`sti-1` drives towards Noé with 48 declared, `utb-1` stands there by its unit, `sti-2` is to leave Abidjan soon."""
    with whole_site(folder, device_rate_per_minute=6000) as made:
        now = made.clock.now()
        with made.database.writing() as session:
            coaches = [("sti-1", "sti", COMING, 60), ("sti-2", "sti", LATER, None), ("utb-1", "utb", HERE, None)]
            register_vehicles(session, coaches, now)
            geography = geography_of(session)
            noe = geography.get_corridor("ABJ-LOS").borders[0].km
            coming = Journey(geography, "ABJ-LOS", "T-1", now - 60 * MINUTE, noe - 120, 900)
            here = Journey(geography, "ABJ-LOS", "T-3", now - 60 * MINUTE, noe - 30, 900, [(noe, 300)])
            for operator, vehicle, drive in (("sti", "sti-1", coming), ("utb", "utb-1", here)):
                tell(session, operator, vehicle, drive.facts(now))
                drive.now(session, operator, vehicle, now)
            for trip, vehicle, passengers, leaves in (
                ("T-1", "sti-1", 48, now - 90 * MINUTE),
                ("T-2", "sti-2", 31, now + 30 * MINUTE),
            ):
                said = {
                    "origin": "abidjan", "destination": "lagos", "scheduled_departure": leaves.isoformat(),
                    "manifest": {"passengers": passengers},
                }  # fmt: skip
                departed = leaves if leaves < now else None
                session.add(TripSheet(
                    operator_id="sti", trip_id=trip, vehicle_id=vehicle, corridor_id="ABJ-LOS", said=said, said_at={},
                    departed_at=departed, first_seq=1, last_seq=1,
                ))  # fmt: skip
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with border(tmp_path_factory.mktemp("desk")) as made:
        yield made


def a_device(site, request, agency="police", post="CI-noe"):
    name = f"post-{abs(hash((request.node.name, agency, post))) % 10**9}"
    return site.app.state.parts.devices.add(NewDevice(name, SenderKind.POST, None, None, post, agency, "en"))


@pytest.fixture
def token(site, request):
    return a_device(site, request)


def open_desk(page):
    page.locator(".desk .columns .column").first.wait_for()
    page.get_by_text("List of").wait_for()
    page.evaluate(
        "() => navigator.serviceWorker.controller ? 1 : new Promise((kept) =>"
        " navigator.serviceWorker.addEventListener('controllerchange', () => kept(1)))"
    )


def card(page, column, plate):
    return page.locator(f".column.{column} .entry", has=page.locator(".plate", has_text=plate))


def tap(page, column, plate, name):
    page.wait_for_timeout(700)  # a tap that follows at once does nothing, on purpose
    card(page, column, plate).get_by_role("button", name=name, exact=True).click()


def crossings(site, plate):
    return [one for one in logged(site, "crossing") if plate_key(one.get("license_plate") or "") == plate_key(plate)]


def test_three_taps_take_a_coach_from_expected_to_done(chromium, site, address, token):
    before = len(crossings(site, COMING))
    with phone(chromium, address, f"/field/#pair={token}") as page:
        open_desk(page)
        expected = card(page, "expected", COMING)
        assert "48 passengers" in expected.inner_text()
        assert "STI" in expected.inner_text()
        assert "declared, has not left" in card(page, "expected", LATER).inner_text()
        tap(page, "expected", COMING, "Arrived")
        tap(page, "here", COMING, "Processing")
        tap(page, "here", COMING, "Released")
        card(page, "done", COMING).wait_for()
        assert card(page, "expected", COMING).count() == 0
        until_sent(page, 3)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    told = crossings(site, COMING)[before:]
    assert [sorted(set(one) & {"processing_started_at", "released_at", "outcome"}) for one in told] == [
        [], ["processing_started_at"], ["outcome", "released_at"],
    ]  # fmt: skip
    assert {(one["post_id"], one["agency"], one["direction"], one["arrived_at"]) for one in told} == {
        ("CI-noe", "police", "exit", told[0]["arrived_at"])
    }


def test_what_its_unit_knows_is_offered_and_taken_by_a_tap(chromium, site, address, request):
    with phone(chromium, address, f"/field/#pair={a_device(site, request, 'customs')}") as page:
        open_desk(page)
        here = card(page, "here", HERE)
        assert "Seen here by its unit since" in here.inner_text()
        here.get_by_role("button", name="Arrived at").click()
        card(page, "here", HERE).get_by_text("arrived").first.wait_for()
        until_sent(page)
    told = crossings(site, HERE)[-1]
    assert datetime.fromisoformat(told["arrived_at"]) < datetime.now(UTC) - 5 * MINUTE


def test_a_coach_by_keyboard_takes_its_plate_and_a_key_for_each_step(chromium, site, address, request):
    """Counted are the presses of somebody who looks at the page for nothing; ten seconds are the limit."""
    with phone(
        chromium, address, f"/field/#pair={a_device(site, request, 'immigration')}", viewport=DESK, has_touch=False
    ) as page:
        open_desk(page)
        assert page.evaluate("document.activeElement.matches('.entry-line input')")  # nothing to press first
        begun, pressed = datetime.now(UTC), 0
        for key in "1234ab01":
            page.keyboard.press(key)
            pressed += 1
        for keys in ("Enter", "Shift+Enter", "Control+Enter"):
            page.keyboard.press(keys)
            pressed += 1
            page.wait_for_timeout(700)
        assert pressed == len("1234ab01") + 3
        card(page, "done", COMING).wait_for()
        assert datetime.now(UTC) - begun < timedelta(seconds=10)
        until_sent(page, 3)
        columns = [
            box["x"] for box in (page.locator(f".column.{n}").bounding_box() for n in ("expected", "here", "done"))
        ]
        assert len(set(columns)) == 3  # side by side
    told = [one for one in crossings(site, COMING) if one["agency"] == "immigration"]
    assert told[-1]["outcome"] == "released"


def test_a_half_typed_plate_is_offered_when_the_list_comes_and_outlives_a_tap_on_the_language(
    chromium, site, address, token
):
    held = []
    with phone(chromium, address) as page:
        page.route("**/field/expected", lambda route: held.append(route))  # noqa: PLW0108 (playwright wants a function)
        page.goto(f"{address}/field/#pair={token}")
        page.locator(".entry-line input").press_sequentially(COMING[:6])
        page.locator("#foot [lang=en]").click()
        assert page.locator(".entry-line .chips button").count() == 0
        held[0].continue_()
        page.locator(".entry-line .chips button", has_text=COMING).wait_for()
        assert page.locator(".entry-line input").input_value() == COMING[:6]


def test_tab_and_enter_alone_take_a_coach_from_page_load_to_done_and_never_lose_the_place(
    chromium, site, address, request
):
    with phone(
        chromium, address, f"/field/#pair={a_device(site, request, 'forestry')}", viewport=DESK, has_touch=False
    ) as page:
        open_desk(page)
        page.keyboard.type("77cd")
        tab_to(page, LATER)  # the coach that is offered
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        card(page, "here", LATER).wait_for()
        for step, column in (("Processing", "here"), ("Released", "done")):
            page.wait_for_timeout(700)
            tab_to(page, step)
            page.keyboard.press("Enter")
            page.locator(f".column.{column} .entry:focus", has_text=LATER).wait_for()
        until_sent(page, 3)
        tab_to(page, "Correct")
        page.keyboard.press("Enter")
        page.get_by_label("Passengers", exact=True).wait_for()
    told = [one for one in crossings(site, LATER) if one["agency"] == "forestry"]
    assert [(one["vehicle_id"], one.get("outcome")) for one in told] == [
        ("sti-2", None),
        ("sti-2", None),
        ("sti-2", "released"),
    ]


@pytest.mark.parametrize("style", ["1234-ab-01", "1234AB01", " 1234 Ab 01 "])
def test_a_plate_in_any_style_is_one_coach_and_a_second_tap_does_nothing(chromium, site, address, request, style):
    agency = {"1234-ab-01": "health", "1234AB01": "veterinary"}.get(style, "phytosanitary")
    with phone(chromium, address, f"/field/#pair={a_device(site, request, agency)}") as page:
        open_desk(page)
        page.context.set_offline(True)
        line = page.get_by_label("Plate", exact=True)
        line.fill(style)
        button = page.locator(".entry-line .act")
        button.dblclick()
        card(page, "here", COMING).wait_for()
        page.wait_for_timeout(700)
        line.fill(style)
        button.click()
        page.get_by_text("nothing was entered").wait_for()
        assert len(outbox(page)) == 1
        page.context.set_offline(False)
        until_sent(page)
    assert len([one for one in crossings(site, COMING) if one["agency"] == agency]) == 1


def test_plates_are_compared_as_the_server_compares_them(chromium, site, address, token):
    plates = ["1234 ab-01", "é 12 ñ", "ÅB１２", "ß 1", "  ", "AA·777·BB", "ⅷ 9", string.printable, "صحة 12", "ﬁ-22"]
    with phone(chromium, address, f"/field/#pair={token}") as page:
        open_desk(page)
        ours = page.evaluate(
            "async (plates) => { const { plateKey } = await import('/static/field/official_shift.js');"
            " return plates.map(plateKey); }", plates,
        )  # fmt: skip
    assert ours == [plate_key(plate) for plate in plates]


def test_without_a_network_it_works_with_the_last_list_and_sends_later(chromium, site, address, token):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        open_desk(page)
        page.context.set_offline(True)
        page.reload()  # the phone was switched off and on again
        page.locator(".desk .columns .column").first.wait_for()
        page.get_by_label("Plate", exact=True).fill("77cd02")  # a declared trip, whose coach has not left
        page.locator(".entry-line .act").click()
        page.get_by_label("Plate", exact=True).fill("GR 99 unknown")
        page.wait_for_timeout(700)
        page.locator(".entry-line .act").click()
        card(page, "here", "GR 99 unknown").wait_for()
        page.locator("#bar .state", has_text="No network · waiting: 2").wait_for()
        waiting = json.dumps(outbox(page))
        assert LATER not in waiting
        assert "GR 99" not in waiting
        page.reload()
        card(page, "here", LATER).wait_for()
        page.context.set_offline(False)
        until_sent(page, 2)
    assert crossings(site, LATER)[-1]["vehicle_id"] == "sti-2"
    assert crossings(site, "GR 99 unknown")[-1]["license_plate"] == "GR 99 unknown"


def test_an_answer_that_is_lost_and_two_tabs_make_no_second_entry(chromium, site, address, token):
    plate = "LOST 1"
    with phone(chromium, address, f"/field/#pair={token}", service_workers="block") as page:
        page.locator(".desk .columns .column").first.wait_for()

        def dies(route):
            route.fetch()
            route.abort()

        page.route("**/api/v1/crossings", dies, times=1)
        page.get_by_label("Plate", exact=True).fill(plate)
        page.locator(".entry-line .act").click()
        page.locator("#bar .state", has_text="waiting: 1").wait_for()
        other = page.context.new_page()
        other.goto(f"{address}/field/")
        card(other, "here", plate).wait_for()
        until_sent(other)
        until_sent(page)
    assert len(crossings(site, plate)) == 1


def test_what_cannot_be_is_refused_in_a_sentence_before_it_is_finished(chromium, site, address, token):
    with phone(chromium, address, f"/field/#pair={token}", viewport=DESK, has_touch=False) as page:
        open_desk(page)
        page.keyboard.type("BAD 1")
        page.keyboard.press("Control+Enter")
        page.get_by_text("BAD 1 has not arrived here yet. Enter its arrival first.").wait_for()
        page.keyboard.press("Enter")
        card(page, "here", "BAD 1").get_by_role("button", name="Say more").click()

        def tried(sentence, **fields):
            for label, value in fields.items():
                page.get_by_label(label.replace("_", " "), exact=True).fill(value)
            page.get_by_role("button", name="Write it down").click()
            page.get_by_role("alert").get_by_text(sentence).wait_for()

        tried("A coach carries 120 people at most.", Passengers="400")
        tomorrow = page.evaluate("new Date(Date.now() + 86400000).toISOString().slice(0, 16)")
        tried("One of the times has not come yet.", Passengers="40", Arrived=tomorrow)
        page.get_by_label("Arrived", exact=True).fill(
            page.evaluate("new Date(Date.now() - 600000).toISOString().slice(0, 16)")
        )
        tried(
            "nor the release come before",
            Released=page.evaluate("new Date(Date.now() - 3600000).toISOString().slice(0, 16)"),
        )
        page.get_by_label("Released", exact=True).fill("")
        page.get_by_role("radio", name="held").check(force=True)
        tried("Say why it is held or refused.")
        assert len(outbox(page)) == 1


def test_a_shift_is_corrected_survives_a_closed_browser_is_summed_up_printed_and_cleared(
    chromium, site, address, token, tmp_path
):
    before = len(logged(site, "crossing"))
    with phone(chromium, address, f"/field/#pair={token}", viewport=DESK, has_touch=False) as page:
        open_desk(page)
        for plate in ("SUM 1", "SUM 2"):
            page.keyboard.type(plate)
            for keys in ("Enter", "Shift+Enter", "Control+Enter"):
                page.keyboard.press(keys)
                page.wait_for_timeout(700)
        card(page, "done", "SUM 1").get_by_role("button", name="Correct").click()
        page.get_by_label("Arrived", exact=True).fill(
            page.evaluate("new Date(Date.now() - 3600000).toISOString().slice(0, 16)")
        )
        page.get_by_label("Passengers", exact=True).fill("40")
        page.get_by_text("Charges").click()
        page.get_by_label("Amount", exact=True).fill("5000")
        page.get_by_role("button", name="Write it down").click()
        card(page, "done", "SUM 1").get_by_text("corrected").wait_for()
        until_sent(page, 7)
        again = page.context.new_page()
        page.close()
        again.goto(f"{address}/field/")
        card(again, "done", "SUM 2").wait_for()
        again.get_by_role("button", name="Shift").click()
        again.get_by_text("Summary of the shift").wait_for()
        rows = dict(row.split("\t") for row in again.locator(".sums").inner_text().splitlines())
        assert (rows["Coaches"], rows["Of them done"], rows["Corrections"], rows["Passengers"]) == (
            "2",
            "2",
            "1",
            "40 (coaches counted: 1)",
        )
        assert "5,000\N{NO-BREAK SPACE}XOF (1)" in rows.values()
        assert rows["Longest stay"].startswith(("1\N{NARROW NO-BREAK SPACE}h", "60", "59"))
        paper = tmp_path / "shift.pdf"
        again.pdf(path=str(paper), prefer_css_page_size=True)
        pages = PdfReader(paper).pages
        assert len(pages) == 1
        assert "Summary of the shift" in pages[0].extract_text()
        assert "Close the shift" not in pages[0].extract_text()
        again.on("dialog", lambda dialog: dialog.accept())
        again.get_by_role("button", name="Close the shift").click()
        again.locator(".desk .columns").wait_for()
        assert until(lambda: outbox(again) == [])
        assert card(again, "done", "SUM 1").count() == 0
    told = logged(site, "crossing")[before:]
    assert len(told) == 7  # the correction is an entry of its own; the old one stands
    assert (told[-1]["passengers"], told[-1]["charges"][0]["amount"]) == (40, 5000)


def test_two_officers_of_one_post_see_one_coach(chromium, site, address, request):
    first, second = (site.app.state.parts.devices.add(NewDevice(
        f"gend-{n}-{abs(hash(request.node.name)) % 10**6}", SenderKind.POST, None, None, "CI-noe", "gendarmerie", "en"
    )) for n in (1, 2))  # fmt: skip
    with phone(chromium, address, f"/field/#pair={first}") as one:
        open_desk(one)
        one.get_by_label("Plate", exact=True).fill("TWO 1")
        one.locator(".entry-line .act").click()
        until_sent(one)
    site.app.state.parts.pipeline.run_all()
    with phone(chromium, address, f"/field/#pair={second}") as two:
        open_desk(two)
        card(two, "here", "TWO").get_by_text("arrived").first.wait_for()
        two.get_by_label("Plate", exact=True).fill("two-1")
        two.locator(".entry-line .act").click()
        two.get_by_text("nothing was entered").wait_for()
        tap(two, "here", "TWO", "Processing")
        until_sent(two)
    assert len(crossings(site, "TWO 1")) == 2
    assert len({one["arrived_at"] for one in crossings(site, "TWO 1")}) == 1


def test_the_state_of_the_post_takes_two_taps(chromium, site, address, token):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        open_desk(page)
        page.get_by_role("button", name="State of the post").click()
        page.get_by_role("button", name="20", exact=True).click()
        open_desk(page)
        page.get_by_role("button", name="State of the post").click()
        page.get_by_text("Now: open. Queue: 20.").wait_for()
        page.get_by_role("button", name="suspended").click()
        open_desk(page)  # it is kept on the device now
        until_sent(page, 2)
    told = logged(site, "post_status")[-2:]
    assert [(one["status"], one.get("queue_length")) for one in told] == [("open", 20), ("suspended", None)]


def test_an_official_who_is_signed_in_works_alike_and_an_ended_session_loses_nothing(chromium, site, address):
    session = site.browser("official").cookies.get(SESSION_COOKIE)
    with phone(chromium, address, cookies=[(SESSION_COOKIE, session)], viewport=PHONE) as page:
        open_desk(page)
        page.context.clear_cookies()
        page.get_by_label("Plate", exact=True).fill("SESSION 1")
        page.locator(".entry-line .act").click()
        page.locator("#bar .state", has_text="Sign in to send · waiting: 1").wait_for()
        page.context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": address}])
        page.locator("#bar .state").click()
        page.get_by_role("button", name="Send now").click()
        until_sent(page)
    assert len(crossings(site, "SESSION 1")) == 1


def test_a_correction_that_waits_with_what_it_corrects_stands_at_the_server(chromium, site, address, request):
    """Both leave the phone in one request; the corrected arrival is the earlier one."""
    with phone(chromium, address, f"/field/#pair={a_device(site, request, 'union')}") as page:
        open_desk(page)
        page.context.set_offline(True)
        page.get_by_label("Plate", exact=True).fill("LATE 1")
        page.locator(".entry-line .act").click()
        card(page, "here", "LATE 1").get_by_role("button", name="Say more").click()
        earlier = page.evaluate("new Date(Date.now() - 240000).toISOString().slice(0, 16)")
        page.get_by_label("Arrived", exact=True).fill(earlier)
        page.get_by_role("button", name="Write it down").click()
        card(page, "here", "LATE 1").get_by_text("corrected").wait_for()
        page.context.set_offline(False)
        until_sent(page, 2)
    site.app.state.parts.pipeline.run_all()
    with site.database.reading() as session:
        rows = [row for row in list_crossings(session, ["CI-noe"]) if row.coach == "plate:LATE1"]
    assert len(rows) == 2
    (desk,) = desks_of(map(entry_of, rows))
    assert desk.arrived_at.isoformat()[:16] == earlier


def test_practising_shows_an_invented_coach_and_leaves_no_trace(chromium, site, address, token):
    before = len(logged(site, "crossing"))
    with phone(chromium, address, f"/field/#pair={token}") as page:
        open_desk(page)
        page.get_by_role("button", name="Practise").click()
        card(page, "here", "77 CD 02").get_by_text("Seen here by its unit").wait_for()
        tap(page, "expected", "1234 AB 01", "Arrived")
        tap(page, "here", "1234 AB 01", "Released")
        card(page, "done", "1234 AB 01").wait_for()
        page.get_by_role("button", name="End the training").click()
        page.get_by_role("button", name="Practise").wait_for()
        assert card(page, "done", "1234 AB 01").count() == 0
        assert outbox(page) == []
    assert len(logged(site, "crossing")) == before


def test_a_clock_that_is_years_behind_says_the_right_arrival(chromium, site, address, token):
    with phone(chromium, address) as page:
        page.clock.install(time="2019-01-01T10:00:00Z")
        page.goto(f"{address}/field/#pair={token}")
        page.locator(".desk .columns .column").first.wait_for()
        page.get_by_label("Plate", exact=True).fill("CLOCK 1")
        page.locator(".entry-line .act").click()
        until_sent(page)
    (told,) = crossings(site, "CLOCK 1")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(told["arrived_at"])) < 2 * MINUTE
