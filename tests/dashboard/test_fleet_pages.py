"""A dispatcher's pages: coaches, crews, declared trips, own figures; and that nobody else's are touched."""

import csv
import io
import re
from datetime import timedelta

import pytest

from dashboard.accounts import find_user
from dashboard.expected import read_moving
from dashboard.field_coach import open_trips
from dashboard.fleet_view import read_fleet
from dashboard.own_figures import claims, money_paid, time_lost
from operators.companies import Vehicle
from operators.trip_sheets import list_sheets
from tests.checkpoints.own_accounts import ACCOUNTS, STOPS
from tests.dashboard.journey_site import journey_site
from tests.dashboard.journey_world import a_sheet
from tests.dashboard.people import send, token_on
from tracker.sightings import list_trip_runs


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("fleet")) as made:
        yield made


def coach(site, vehicle_id):
    with site.database.reading() as session:
        return session.get(Vehicle, vehicle_id)


def sheets(site):
    site.app.state.parts.pipeline.run_all()
    with site.database.reading() as session:
        return {sheet.trip_id: sheet for sheet in list_sheets(session, ["sti"], limit=2000)}


def upload(site, text, **days):
    browser = site.browser("dispatcher")
    token = token_on(browser.get("/declare").text)
    files = {"file": ("trips.csv", text.encode(), "text/csv")}
    return browser.post("/declare/file", data={"csrf_token": token, **days}, files=files)


def test_a_coach_is_registered_changed_and_taken_out_of_service(site):
    browser = site.browser("dispatcher")
    assert (
        send(
            browser, "/fleet", "/fleet/coaches", vehicle_id="sti-new", license_plate="77 zz 01", seats="60"
        ).status_code
        == 303
    )
    assert (coach(site, "sti-new").operator_id, coach(site, "sti-new").license_plate) == ("sti", "77 ZZ 01")
    assert 'data-coach="sti-new"' in browser.get("/fleet").text
    site.app.state.parts.directory._read_at = float("-inf")
    again = send(browser, "/fleet", "/fleet/coaches", vehicle_id="sti-other", license_plate="77-ZZ-01")
    assert again.status_code == 422
    assert send(browser, "/fleet", "/fleet/coaches", vehicle_id="bad id", license_plate="").status_code == 422
    assert send(browser, "/fleet", "/fleet/coaches", vehicle_id="sti-x", seats="4000").status_code == 422
    assert send(browser, "/fleet", "/fleet/coaches/sti-new/retire").status_code == 303
    assert 'data-coach="sti-new"' not in browser.get("/fleet").text


def test_another_company_s_coach_cannot_be_taken_over_or_out(site):
    other = next(iter(c for c in site.app.state.parts.directory._vehicles.values() if c.operator_id == "utb"), None)
    assert other is not None
    browser = site.browser("dispatcher")
    assert send(browser, "/fleet", "/fleet/coaches", vehicle_id=other.vehicle_id).status_code == 422
    assert send(browser, "/fleet", f"/fleet/coaches/{other.vehicle_id}/retire").status_code == 404
    assert coach(site, other.vehicle_id).retired_at is None
    assert other.vehicle_id not in browser.get("/fleet").text


def test_a_crew_gets_a_link_and_loses_the_account_and_nobody_else_does(site):
    browser = site.browser("dispatcher")
    shown = send(browser, "/fleet", "/fleet/crews", username="kofi", display_name="Kofi", language="en")
    assert "/welcome/" in shown.text
    with site.database.reading() as session:
        kofi, other = find_user(session, "kofi"), find_user(session, "driver_elsewhere")
        assert (kofi.role, kofi.operator_id) == ("driver", "sti")
        ids = kofi.id, other.id
    assert "/welcome/" in send(browser, "/fleet", f"/fleet/crews/{ids[0]}/link").text
    assert send(browser, "/fleet", f"/fleet/crews/{ids[0]}/disable").status_code == 303
    for what in ("disable", "link"):
        assert send(browser, "/fleet", f"/fleet/crews/{ids[1]}/{what}").status_code == 404


def test_a_trip_is_declared_from_the_form_and_is_in_the_list(site):
    browser, now = site.browser("dispatcher"), site.clock.now()
    at = f"{now + timedelta(days=2):%Y-%m-%dT07:30}"
    own = next(c.vehicle_id for c in site.app.state.parts.directory._vehicles.values() if c.operator_id == "sti")
    given = {"coach": own, "corridor": "ABJ-LOS", "origin": "abidjan", "destination": "lagos", "departure": at}
    page = send(browser, "/declare", "/declare", **given, passengers="50", minors="2")
    assert (page.status_code, "1 trip declared" in page.text) == (200, True)
    sheet = sheets(site)[f"{own}-{now + timedelta(days=2):%Y%m%d}T0730"]
    assert (sheet.said["manifest"]["passengers"], sheet.said["destination"]) == (50, "lagos")
    assert sheet.trip_id in browser.get("/api/v1/fleet").text
    wrong = send(browser, "/declare", "/declare", **given, passengers="2", minors="5")
    assert (wrong.status_code, "more than the 2 passengers" in wrong.text) == (422, True)


def test_a_file_with_one_bad_line_declares_nothing_and_says_which(site):
    own = next(c.vehicle_id for c in site.app.state.parts.directory._vehicles.values() if c.operator_id == "sti")
    day = f"{site.clock.now() + timedelta(days=3):%Y-%m-%d}"
    head = "coach,corridor,destination,departure\n"
    before = len(sheets(site))
    refused = upload(site, f"{head}{own},ABJ-LOS,lagos,{day} 08:00\nnobody,ABJ-LOS,lagos,{day} 09:00\n")
    assert refused.status_code == 422
    assert "Line 3" in refused.text
    assert "Nothing was declared" in refused.text
    assert len(sheets(site)) == before
    good = f"{head}{own},ABJ-LOS,lagos,{day} 08:00\n{own},ABJ-LOS,lagos,{day} 20:00\n"
    assert "2 trips declared" in upload(site, good).text
    assert len(sheets(site)) == before + 2
    again = upload(site, good).text
    assert "0 trips declared" in again
    assert "2 had been declared before" in again
    assert len(sheets(site)) == before + 2


def test_a_dispatcher_sees_when_the_own_coach_is_at_the_next_border_and_a_monitor_only_where_it_is(site):
    page = site.browser("dispatcher").get("/trips?state=running").text
    assert re.search(r"Noé|Aflao|Sanvee|Kraké|Elubo|Kodjoviakopé|Sèmè", page.split('data-table="trips"')[1])
    with_band = re.findall(r"\d\d:\d\d UTC(?:\+1)? – \d\d:\d\d", page)
    assert len(with_band) >= 1
    assert not re.findall(
        r"\d\d:\d\d UTC(?:\+1)? – \d\d:\d\d", site.browser("monitor").get("/trips?state=running").text
    )


def test_own_figures_close_and_belong_to_one_company(site):
    mine = site.browser("dispatcher").get("/api/v1/own-figures?of=claims").json()["items"]
    assert site.browser("dispatcher").get("/own-figures").status_code == 200
    coaches = {c.vehicle_id for c in site.app.state.parts.directory._vehicles.values() if c.operator_id == "sti"}
    assert {claim["vehicle_id"] for claim in mine} <= coaches
    text = site.browser("dispatcher").get("/api/v1/own-figures?of=claims&format=csv").text
    assert len(list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))) == len(mine)
    assert site.browser("dispatcher").get("/api/v1/own-figures?period=2087-01").status_code == 422
    assert site.browser("monitor").get("/api/v1/own-figures").status_code == 403


def test_sums_of_own_figures_are_those_of_the_accounts():
    time = time_lost(ACCOUNTS)
    assert [(row.spent, row.post_id, row.trips, row.seconds) for row in time] == [
        ("border", "CI-noe", 2, 9000), ("control", None, 1, 600),
    ]  # fmt: skip
    money = money_paid(ACCOUNTS, lambda observatory_only: not observatory_only)
    assert [(row.agency, row.currency, row.payments, row.amount) for row in money] == [
        ("customs", "GHS", 1, 20.0), ("police", "XOF", 3, 3500.0),
    ]  # fmt: skip
    told = claims(STOPS, lambda observatory_only: not observatory_only)
    assert [(one.amount, one.halt_minutes) for one in told] == [(1000.0, None), (500.0, 7.0)]
    assert len(claims(STOPS, lambda _: True)) == 3
    assert len(money_paid(ACCOUNTS, lambda _: True)) == 3  # with what the crew marked as for the observatory only


def test_a_timetable_of_months_hides_no_trip_of_today(site):
    """What is to come for months is declared last, and the lists of today are whole all the same."""
    now, parts = site.clock.now(), site.app.state.parts
    with site.database.writing() as session:
        a_sheet(session, "sti", "today", "sti-2", now, departed_at=None, said={"scheduled_departure": f"{now:%FT%TZ}"})
        for number in range(2_500):
            departs = now + timedelta(days=3, hours=number)
            a_sheet(
                session, "sti", f"later-{number}", "sti-1", now, departed_at=None,
                said={"scheduled_departure": f"{departs:%FT%TZ}", "corridor_id": "ABJ-LOS"}, last_seq=10 + number,
            )  # fmt: skip
    dispatcher = site.browser("dispatcher")
    listed = dispatcher.get("/api/v1/trips?source=listed&limit=200").json()["items"]
    states = [one["state"] for one in listed]
    assert states.count("running") == len(running_of(site))
    assert "today" in {one["trip_id"] for one in listed if one["state"] == "declared"}
    departures = [one["started_at"] for one in listed if one["state"] == "declared"]
    assert departures == sorted(departures)
    with site.database.reading() as session:
        assert "today" in {trip.trip_id for trip in read_moving(session, None, now).trips}
        assert [one["trip_id"] for one in open_trips(session, "sti", ["sti-2"], now)] == ["today"]
        lines = read_fleet(session, "sti", parts.devices.list(), now)
    assert next(line.next.trip_id for line in lines if line.coach.vehicle_id == "sti-2") == "today"


def running_of(site):
    with site.database.reading() as session:
        return list_trip_runs(session, operators=["sti"], is_running=True)
