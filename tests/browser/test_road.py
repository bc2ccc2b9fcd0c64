"""The crew's pages in a real Chromium on a phone's screen: trip, positions, stops that were noticed, borders, training."""

import json
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest

from operators.registration import register_vehicles
from operators.trip_sheets import TripSheet
from telemetry.device import NewDevice
from telemetry.senders import SenderKind
from tests.browser.test_field import logged, outbox, pair, phone, tab_to, type_pin, until_sent
from tests.dashboard.whole_site import whole_site
from tests.servers import until

pytestmark = pytest.mark.browser


COACHES = [f"sti-{n}" for n in range(30)]
FREE = iter(COACHES)


@contextmanager
def fleet(folder):
    """Give the application on a new database, with coaches."""
    coaches = [(coach, "sti", f"{coach[4:]} AB 01", 60) for coach in COACHES]
    with whole_site(folder) as made:
        with made.database.writing() as session:
            register_vehicles(session, coaches, made.clock.now())
        yield made


def phone_of(site, coach):
    """Return the token of a new phone of a coach."""
    new = NewDevice(f"phone-{coach}", SenderKind.PERSONAL, "sti", coach, None, None, "en")
    return site.app.state.parts.devices.add(new)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with fleet(tmp_path_factory.mktemp("road")) as site:
        yield site


@pytest.fixture
def coach():
    return next(FREE)


@pytest.fixture
def token(site, coach):
    return phone_of(site, coach)


def of(site, kind, coach):
    """Return the bodies of a coach's messages."""
    return logged(site, kind, f"vehicles/sti/{coach}")


def leave(page, passengers="40"):
    page.get_by_role("button", name="Start a trip").click()
    page.get_by_label("Which road?").select_option("ABJ-LOS")
    page.get_by_label("Passengers in all").fill(passengers)
    page.get_by_role("button", name="Leave now").click()
    page.get_by_text("Under way since").wait_for()


def drive(page, *places, pause_ms=1000):
    for latitude, longitude in places:
        page.context.set_geolocation({"latitude": latitude, "longitude": longitude})
        page.wait_for_timeout(pause_ms)


def test_a_trip_is_started_in_a_few_taps_and_outlives_a_closed_browser(chromium, site, address, token, coach):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        leave(page)
        until_sent(page)
        page.reload()
        type_pin(page)
        page.get_by_text("Abidjan → Lagos").wait_for()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="We have arrived").click()
        page.get_by_role("button", name="Start a trip").wait_for()
        until_sent(page, 4)
        assert page.evaluate("import('/static/field/store.js').then((store) => store.keys('fixes'))") == []
    departed, arrived = of(site, "trip", coach)
    assert (departed["event"], departed["corridor_id"], departed["manifest"]) == (
        "departed",
        "ABJ-LOS",
        {"passengers": 40},
    )
    assert (arrived["event"], arrived["trip_id"]) == ("arrived", departed["trip_id"])
    assert len(of(site, "position", coach)) >= 1


def test_a_manifest_that_does_not_add_up_is_said_on_the_phone(chromium, site, address, token, coach):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.get_by_role("button", name="Start a trip").click()
        page.get_by_label("Passengers in all").fill("40")
        page.get_by_label("Own nationals").fill("30")
        page.get_by_label("ECOWAS and AES").fill("9")
        page.get_by_label("Others").last.fill("2")
        page.get_by_role("button", name="Leave now").click()
        page.get_by_text("The groups add up to 41, the total is 40.").wait_for()
        page.get_by_label("Own nationals").fill("29")
        page.get_by_role("button", name="Leave now").dblclick()
        page.get_by_text("Under way since").wait_for()
        until_sent(page)
    (departed,) = of(site, "trip", coach)
    assert departed["manifest"]["by_nationality"] == {"own": 29, "ecowas_aes": 9, "other": 2}


def test_the_second_tap_of_a_double_tap_presses_nothing_on_the_page_that_came(chromium, site, address, token, coach):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        leave(page)
        page.get_by_role("button", name="Something else happened").click()
        page.get_by_role("button", name="Finish").click()
        there = page.get_by_role("button", name="A stop, a control")
        there.wait_for()
        box = there.bounding_box()
        page.mouse.move(box["x"] + 50, box["y"] + 20)
        page.mouse.down(click_count=2)
        page.mouse.up(click_count=2)
        page.wait_for_timeout(300)
        assert there.is_visible()
        there.click()
        page.get_by_role("heading", name="A stop, a control").wait_for()


def test_nothing_is_recorded_outside_a_trip_and_a_phone_that_refuses_says_so(chromium, site, address, token, coach):
    with phone(chromium, address, f"/field/#pair={token}", permissions=[]) as page:
        pair(page)
        page.wait_for_timeout(500)
        assert page.evaluate("import('/static/field/store.js').then((store) => store.keys('fixes'))") == []
        leave(page)
        page.get_by_text("The position is not recorded: the phone does not allow it").wait_for()
        page.get_by_role("button", name="A stop, a control").click()
        page.get_by_text("The phone cannot say where it is").wait_for()
        page.get_by_role("button", name="Finish").click()
        until_sent(page, 2)
    assert of(site, "position", coach) == []
    assert len(of(site, "control", coach)) == 1


def test_what_was_driven_without_a_network_arrives_when_there_is_one(chromium, site, address, token, coach):
    with phone(chromium, address) as page:
        page.clock.install()
        page.goto(f"{address}/field/#pair={token}")
        pair(page)
        leave(page)
        page.get_by_text("The position is recorded while this page is open").wait_for()
        until_sent(page)
        page.context.set_offline(True)
        for latitude in (6.2, 6.21, 6.22):
            page.clock.fast_forward(31_000)
            drive(page, (latitude, 1.21))
        page.get_by_role("button", name="Something else happened").click()
        page.locator("#bar .back").click()
        page.get_by_text("Positions on this phone: 4.").wait_for()
        assert of(site, "position", coach) == []
        page.context.set_offline(False)
        assert until(lambda: len(of(site, "position", coach)) == 4)
        until_sent(page, 2)
    assert [round(one["latitude"], 2) for one in of(site, "position", coach)] == [6.13, 6.2, 6.21, 6.22]


def test_a_stand_is_asked_about_far_away_only_and_answered_with_its_place_and_time(
    chromium, site, address, token, coach
):
    with phone(chromium, address) as page:
        page.clock.install()
        page.goto(f"{address}/field/#pair={token}")
        pair(page)
        leave(page)
        page.get_by_text("The position is recorded while this page is open").wait_for()
        page.clock.fast_forward(30_000)
        drive(page, (6.4, 1.21))
        page.clock.fast_forward(200_000)
        drive(page, (6.4001, 1.21))
        page.clock.fast_forward(200_000)
        drive(page, (6.4002, 1.21))
        page.clock.fast_forward(60_000)
        drive(page, (6.45, 1.21))
        assert page.get_by_text("Stops to answer").count() == 0
        page.clock.fast_forward(900_000)
        drive(page, (6.6, 1.2))
        page.get_by_role("button", name="Stops to answer: 1").click()
        page.get_by_role("button", name="It was a control").click()
        assert page.get_by_label("How many minutes?").input_value() == "7"
        page.get_by_role("button", name="Finish").click()
        page.get_by_text("Under way since").wait_for()
        assert page.get_by_text("Stops to answer").count() == 0
        # The clock of this page runs ahead of the server's, which refuses what has not happened yet: read on the phone.
        control = page.evaluate(
            "Promise.all([import('/static/field/store.js'), import('/static/field/seal.js')]).then(async ([store, seal]) =>"
            " seal.unsealed((await store.all('outbox')).find((entry) => entry.path === 'controls').box))"
        )
    assert (control["latitude"], control["longitude"], control["agency"]) == (6.4, 1.21, "unknown")
    lasted = datetime.fromisoformat(control["ended_at"]) - datetime.fromisoformat(control["observed_at"])
    assert lasted == timedelta(minutes=7)
    assert control["trip_id"] == of(site, "trip", coach)[0]["trip_id"]


def test_a_border_is_two_taps_and_one_control_at_its_post(chromium, site, address, token, coach):
    with phone(chromium, address, f"/field/#pair={token}", geolocation={"latitude": 6.117, "longitude": 1.19}) as page:
        pair(page)
        leave(page)
        page.get_by_role("button", name="At a border").click()
        page.get_by_label("Which post?").select_option("GH-aflao")
        page.get_by_role("radio", name="Immigration").check(force=True)
        page.get_by_role("button", name="We have arrived here").click()
        page.get_by_text("Noted. Tap again").wait_for()
        page.reload()
        type_pin(page)
        page.get_by_role("button", name="Border: Aflao").click()
        page.get_by_role("button", name="We may go on").click()
        page.get_by_role("button", name="At a border").wait_for()
        until_sent(page, 4)
    (control,) = of(site, "control", coach)
    assert control["agency"] == "immigration"
    assert control["ended_at"] >= control["observed_at"]
    assert round(control["latitude"], 1) == 6.1


def test_a_trip_that_the_dispatcher_declared_is_taken_over(chromium, site, address, token, coach):
    now = site.clock.now()
    with site.database.writing() as session:
        session.add(TripSheet(
            operator_id="sti", trip_id=f"T-{coach}", vehicle_id=coach, corridor_id="ABJ-LOS", declared_at=now,
            said={"origin": "Accra", "manifest": {"passengers": 33},
                  "scheduled_departure": (now + timedelta(hours=1)).isoformat()},
            first_seq=1, last_seq=1,
        ))  # fmt: skip
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.get_by_role("button", name="Take over").click()
        assert page.get_by_label("Passengers in all").input_value() == "33"
        page.get_by_role("button", name="Leave now").click()
        until_sent(page)
    (departed,) = of(site, "trip", coach)
    assert (departed["trip_id"], departed["event"]) == (f"T-{coach}", "departed")


def test_training_sends_nothing_and_leaves_nothing(chromium, site, address):
    with phone(chromium, address) as page:
        page.get_by_role("button", name="Practise as a crew").click()
        page.get_by_text("Training: nothing is sent").wait_for()
        page.wait_for_timeout(1500)  # what the start of the page asks for has been asked
        asked = []
        page.context.on("request", lambda request: asked.append(request.url))
        page.get_by_role("button", name="Start a trip").click()
        page.get_by_label("Passengers in all").fill("40")
        page.get_by_role("button", name="Leave now").click()
        page.get_by_role("button", name="Stops to answer: 1").click()
        page.get_by_role("button", name="It was a control").click()
        page.get_by_role("button", name="Finish").click()
        page.get_by_text("Under way since").wait_for()
        assert until(lambda: [entry["state"] for entry in outbox(page)] == ["accepted"] * 2)
        page.get_by_role("button", name="End the training").click()
        page.get_by_text("This phone is not set up yet").wait_for()
        assert outbox(page) == []
        assert asked == []


def test_the_server_dies_while_it_is_sent_and_nothing_is_lost_or_double(chromium, site, token, coach, serve):
    server = serve(site.app)
    with phone(chromium, server.address, f"/field/#pair={token}") as page:
        pair(page)
        server.stop()
        for minutes in ("3", "4"):
            page.get_by_role("button", name="A stop, a control").click()
            page.get_by_text("km from").wait_for()
            page.get_by_label("How many minutes?").fill(minutes)
            page.get_by_role("button", name="Finish").dblclick()
            page.get_by_text("Kept. It is sent by itself.").wait_for()
        assert until(lambda: {entry["state"] for entry in outbox(page)} <= {"waiting", "sent"})
        assert of(site, "control", coach) == []
        serve(site.app, server.port)
        page.locator("#bar .state").click()
        page.get_by_role("button", name="Send now").click()
        until_sent(page, 2)
    assert len(of(site, "control", coach)) == 2


def test_the_keyboard_alone_reports_a_control(chromium, site, address, token, coach):
    with phone(chromium, address, f"/field/#pair={token}", has_touch=False) as page:
        pair(page)
        to = partial(tab_to, page)
        to("A stop, a control")
        page.keyboard.press("Enter")
        page.get_by_text("km from").wait_for()
        to("Unknown")
        page.keyboard.press("ArrowRight")
        to("How much was paid?")
        page.keyboard.type("500")
        to("Finish")
        page.keyboard.press("Enter")
        until_sent(page)
    (control,) = of(site, "control", coach)
    assert (control["agency"], control["payments"][0]["amount"]) == ("police", 500)


def test_violence_asks_first_whether_somebody_is_in_danger(chromium, site, address, token):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.get_by_role("button", name="Something else happened").click()
        assert not page.get_by_text("Are you in danger now?").is_visible()
        page.get_by_role("radio", name="insecurity").check(force=True)
        page.get_by_text("Are you in danger now?").wait_for()
        page.get_by_role("radio", name="Yes").first.check(force=True)
        page.get_by_text("Get to safety first").wait_for()


def test_a_payment_for_the_observatory_only_and_an_armed_group_say_who_reads_it(chromium, site, address, token, coach):
    with phone(chromium, address, f"/field/#pair={token}") as page:
        pair(page)
        page.get_by_role("button", name="A stop, a control").click()
        page.get_by_text("km from").wait_for()
        page.get_by_text("Others", exact=True).first.click()
        page.get_by_role("radio", name="Armed group").check(force=True)
        page.get_by_text("This goes to your company only, as a safety alert").wait_for()
        page.get_by_role("radio", name="Police").check(force=True)
        assert not page.get_by_text("This goes to your company only").is_visible()
        page.get_by_label("How much was paid?").fill("1000")
        page.get_by_text("About the payment").click()
        page.get_by_role("checkbox", name="For the observatory only").check(force=True)
        page.get_by_label("Receipt number").fill("A 17")
        page.get_by_role("button", name="Finish").click()
        until_sent(page)
    (control,) = of(site, "control", coach)
    assert control["agency"] == "police"
    (payment,) = control["payments"]
    assert (payment["observatory_only"], payment["receipt_number"]) == (True, "A 17")


STANDS = """
import('/static/field/halts.js').then(({ fresh, step }) => {
  const places = [
    { id: 'post', kind: 'border', at: [6.0, 1.0], radius_km: 1 }, { id: 'hub', kind: 'hub', at: [6.2, 1.0], radius_km: 3 },
  ];
  return FIXES.map(([lat, lon, t, accuracy]) => ({ at: [lat, lon], t, accuracy: accuracy ?? 10 }))
    .reduce((memory, fix) => step(memory, fix, places), fresh()).stops;
})
"""


@pytest.mark.parametrize(
    ("fixes", "stops"),
    [
        pytest.param([(7, 1, 0), (7, 1, 240), (7.01, 1, 300)], [False], id="four minutes, still near"),
        pytest.param([(7, 1, 0), (7, 1, 240), (7.01, 1, 300), (7.15, 1, 900)], [True], id="15 km later"),
        pytest.param([(7, 1, 0), (7, 1, 120), (7.01, 1, 200)], [], id="two minutes"),
        pytest.param([(6.001, 1, 0), (6, 1, 900), (6.15, 1, 1200)], [], id="at a post"),
        pytest.param([(6.13, 1, 0), (6.13, 1, 240), (6.2, 1, 500)], [True], id="the next hub, eight kilometres on"),
        pytest.param([(7, 1, 0), (7, 1, 240), (7.1, 1, 250, 3000), (7, 1, 400)], [], id="a glitch is no way"),
        pytest.param(
            [(7, 1, 0), (7, 1, 240), (7.001, 1, 250), (7, 1, 260), (7, 1, 500), (7.01, 1, 600)],
            [False],
            id="a jump of the receiver",
        ),
        pytest.param([(7, 1, 240), (7, 1, 0), (7.01, 1, 300)], [], id="an older fix says nothing"),
    ],
)
def test_stands_are_noticed_by_their_length_and_place(chromium, address, fixes, stops):
    with phone(chromium, address) as page:
        found = page.evaluate(STANDS.replace("FIXES", json.dumps(fixes)))
    assert [stop["isDue"] for stop in found] == stops


def test_positions_are_thinned_and_a_stand_keeps_its_beginning_and_its_end(chromium, address):
    with phone(chromium, address) as page:
        kept = page.evaluate("""import('/static/field/recorder.js').then(({ thinned }) => {
          let last = null, seen = null; const kept = [];
          const hear = (t, lat) => {
            const fix = { at: [lat, 1], t };
            const now = thinned(last, seen, fix); seen = fix;
            if (now.length) last = now.at(-1);
            kept.push(...now.map((one) => one.t));
          };
          for (let t = 0; t <= 120; t += 10) hear(t, 7 + t / 10000);
          for (let t = 130; t <= 900; t += 10) hear(t, 7.0121);
          for (let t = 910; t <= 1000; t += 10) hear(t, 7.0121 + (t - 900) / 10000);
          return kept;
        })""")
    assert kept == [0, 30, 60, 90, 120, 150, 450, 750, 900, 910, 940, 970, 1000]
