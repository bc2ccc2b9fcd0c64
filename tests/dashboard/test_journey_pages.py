"""Trips, corridors, posts and hubs as pages and panels: what they say, and to whom they say it."""

import re
from datetime import datetime, timedelta

import pytest

from tests.dashboard.journey_site import journey_site, reconcile_all
from tests.dashboard.journey_world import Journey, a_company, a_sheet, log, tell
from tests.dashboard.map_world import a_control, geography_of
from tests.dashboard.people import must_find
from tracker.fact_tables import RefusedFixRow

MAP_PEOPLE = ("monitor", "dispatcher", "official", "focal_point", "inspectorate", "administrator", "driver")
PAGES = ("/trips", "/corridors", "/corridors/ABJ-LOS", "/posts", "/posts/CI-noe", "/hubs", "/hubs/abidjan/accra")
PANELS = (
    "/panels/trip?vehicle=sti-9", "/panels/section?section=CI-noe--abidjan&window=7d", "/panels/post?post=CI-noe&window=7d",
    "/panels/pair?origin=abidjan&destination=accra&window=30d",
)  # fmt: skip
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The fortnight, and one trip told in every detail: `sti-9` from Abidjan to Accra, under way in Ghana now."""
    with journey_site(tmp_path_factory.mktemp("journeys")) as made:
        now = made.clock.now()
        with made.database.writing() as session:
            must_find(session, "focal_point_elsewhere").agency = None  # Ghana's focal point, not an inspectorate
            geography = geography_of(session)
            a_company(session, "sti", now, ["sti-9"])
            border = geography.get_corridor("ABJ-LOS").borders[0].km
            drive = Journey(
                geography, "ABJ-LOS", "T-900", now - 8 * HOUR, 10, 900, [(100, 12), (border, 90), (310, 20)],
                silence=(200, 230),
            )  # fmt: skip
            tell(session, "sti", "sti-9", drive.facts(now))
            drive.now(session, "sti", "sti-9", now)
            a_sheet(session, "sti", "T-900", "sti-9", now - 8 * HOUR, last_seq=99_000, first_seq=98_990)
            where = drive.corridor.point_at
            a_control(
                session,
                99_001,
                "sti",
                where(100),
                drive.at(100, after=False) + timedelta(minutes=2),
                vehicle_id="sti-9",
            )
            a_control(
                session, 99_002, "sti", where(150), drive.at(150), vehicle_id="sti-9", agency="armed_group", payments=[]
            )
            a_control(
                session, 99_003, "sti", where(120), drive.at(120), vehicle_id="sti-9", agency="customs",
                harassment=["verbal_abuse"],
            )  # fmt: skip
            hour = int(now.timestamp() // 3600) - 3
            session.add(RefusedFixRow(vehicle_id="sti-9", hour=hour, reason="spike", operator_id="sti", count=14))
            log(
                session,
                99_010,
                "CI-noe",
                "exit",
                "customs",
                drive.at(border, after=False),
                timedelta(minutes=20),
                "sti-9",
            )
            reconcile_all(session)
        yield made


def text_of(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("path", [*PAGES, *PANELS])
@pytest.mark.parametrize("language", ["en", "fr", "pt"])
def test_every_page_is_said_in_every_language(site, path, language):
    browser = site.browser("monitor")
    browser.cookies.set("corridor_language", language, domain="testserver.local")
    answer = browser.get(path)
    assert answer.status_code == 200
    codes = r"\b(?:ending|remark|crossing_\w+|trip_state|timeline|time|window|free_basis|refused|agency|post_state)\.[a-z_]+\b"
    assert re.findall(codes, re.sub(r'"[^"]*"', "", answer.text)) == []
    assert "style=" not in answer.text


def test_panels_come_without_the_page_around_them(site):
    for path in PANELS:
        fragment = site.browser("monitor").get(path).text
        assert fragment.lstrip().startswith('<div class="journey is-panel">')
        assert "<html" not in fragment


def test_a_timeline_tells_the_trip_in_order_and_says_what_it_does_not_know(site):
    page = site.browser("monitor").get("/trips/T-900?operator=sti").text
    kinds = re.findall(r'<li class="tl (\w+)', page)
    assert kinds == ["declared", "grouped_control", "departed", "started", "halt", "crossing", "halt", "lost", "halt"]
    said = text_of(page)
    assert "Stood 12" in said
    assert "Police" in said  # the control reported meanwhile belongs to the halt
    assert said.count("not known why") == 1  # km 310, of which nobody said anything
    assert "52 · minors: 4" in said
    assert "14 out and back, as no coach drives" in said
    assert "messages 100 to 107" in said


def test_where_the_time_went_closes_to_the_whole(site):
    trip = site.browser("monitor").get("/api/v1/trips/T-900").json()
    account = trip["account"]
    whole = sum(account[f"{what}_s"] for what in ("driving", "border", "halted", "silent"))
    lasted = datetime.fromisoformat(account["to"]) - datetime.fromisoformat(account["from"])
    assert whole == pytest.approx(lasted.total_seconds(), abs=4)
    assert (account["border_s"], account["halted_s"], account["silent_s"]) == (5400, 1920, 1800)


def test_an_armed_group_is_the_operators_alone_and_harassment_is_no_dot(site):
    assert "Armed group" in site.browser("dispatcher").get("/trips/T-900").text
    assert "Armed group" not in site.browser("monitor").get("/trips/T-900").text
    assert "Armed group" not in site.browser("administrator").get("/trips/T-900").text
    for who in ("dispatcher", "monitor"):
        page = site.browser(who).get("/trips/T-900").text
        assert "message 99003" not in page


def test_another_company_never_sees_the_trip(site):
    foreign = site.browser("dispatcher_elsewhere")
    assert foreign.get("/trips/T-900").status_code == 404
    assert foreign.get("/panels/trip?vehicle=sti-9").status_code == 404
    assert foreign.get("/api/v1/trips/T-900").status_code == 404
    listed = set(re.findall(r"vehicle=(\w+)-\d", foreign.get("/trips").text))
    assert listed == {"utb"}
    strip = foreign.get("/corridors/ABJ-LOS").text
    assert set(re.findall(r'data-coach="(\w+)-', strip)) <= {"utb"}


def test_a_focal_point_sees_the_part_in_the_own_country(site):
    page = site.browser("focal_point").get("/trips/T-900").text
    assert "lie outside what your role may see" in page
    assert "km 310" not in page
    assert "km 100" in page
    assert "Ghana" not in text_of(page)
    ghana = site.browser("focal_point_elsewhere").get("/trips/T-900").text
    assert "km 100" not in ghana
    assert "km 310" in ghana


def test_running_trips_come_first_with_where_they_are(site):
    page = site.browser("monitor").get("/trips").text
    rows = page.split("<tr data-trip=")[1:]
    running = [index for index, row in enumerate(rows) if "under way" in row]
    assert running
    assert running == list(range(len(running)))
    mine = next(row for row in rows if "sti-9" in row)
    assert re.search(r"km 3\d\d", mine)


def test_trips_are_filtered_by_state_coach_and_operator(site):
    browser = site.browser("monitor")
    coaches = re.findall(r"vehicle=([\w-]+)", browser.get("/trips?coach=sti-9").text)
    assert set(coaches) == {"sti-9"}
    assert "ended" not in text_of(
        browser.get("/trips?state=running&coach=sti").text.split("<tbody>")[1].split("</tbody>")[0]
    )
    assert set(re.findall(r"vehicle=(\w+)-\d", browser.get("/trips?operator=creek").text)) == {"creek"}
    assert "No trip here." in browser.get("/trips?corridor=no-such").text


def test_the_strip_of_a_day_says_the_same_as_its_table(site):
    yesterday = (site.clock.now() - timedelta(days=1)).date().isoformat()
    page = site.browser("monitor").get(f"/corridors/ABJ-LOS?day={yesterday}").text
    drawn = page.count('<a class="coach')
    assert drawn > 0
    assert page.count("<tr data-coach=") == drawn
    assert int(re.search(r"Coaches: (\d+), halts: (\d+)", page)[1]) == drawn
    assert 'data-key="ArrowLeft"' in page


def test_tomorrow_is_not_offered_and_an_odd_day_is_refused(site):
    browser = site.browser("monitor")
    assert 'data-key="ArrowRight"' not in browser.get("/corridors/ABJ-LOS").text
    for day in ("yesterday", "0001-01-01", "9999-12-31", "2026-13-01"):
        assert browser.get(f"/corridors/ABJ-LOS?day={day}").status_code == 422
    assert browser.get("/corridors/ABJ-LOS?window=5y").status_code == 422
    assert browser.get("/corridors/no-such").status_code == 404
    assert browser.get("/corridors/ABJ-LOS?day=2020-01-01").status_code == 200


def test_who_may_not_see_coaches_gets_corridors_without_flow(site):
    for who in ("official", "inspectorate"):
        page = site.browser(who).get("/corridors/ABJ-LOS").text
        assert '<svg class="strip' not in page
        assert 'data-table="flow"' not in page
        assert "Your role sees corridors and border posts" in page
        assert "km/h" not in site.browser(who).get("/panels/section?section=CI-noe--abidjan").text


def test_a_focal_point_gets_flow_of_the_own_country_only(site):
    page = site.browser("focal_point").get("/corridors/ABJ-LOS").text
    table = page.split('data-table="flow"')[1].split("</table>")[0]
    with_figures = [row for row in table.split("<tr")[1:] if "km/h" in row]
    assert with_figures
    assert all("Côte d’Ivoire" in row or "Côte d'Ivoire" in row for row in with_figures)
    assert "not shown to your role" in table


def test_a_post_shows_the_coach_that_left_with_both_clocks(site):
    page = site.browser("official").get("/posts/CI-noe").text
    row = next(r for r in page.split("<tr data-coach=")[1:] if r.startswith('"sti-9"'))
    said = text_of(row)
    assert "leaving the country" in said
    assert "54 min" in said  # three fifths of ninety minutes, on the exit side
    assert "20 min" in said  # customs' own log
    assert "gone on" in said


def test_an_official_knows_the_own_post_only(site):
    elsewhere = site.browser("official_elsewhere").get("/posts/CI-noe").text
    assert "not shown to your role" in elsewhere
    assert "sti-9" not in elsewhere
    assert "data-table" not in elsewhere


def test_an_official_is_told_a_band_of_time_and_no_kilometre(site):
    """`sti-9` drives on towards Aflao, some 400 km ahead: nearer coaches of the fortnight are shown there."""
    now = site.clock.now()
    with site.database.writing() as session:
        geography = geography_of(session)
        a_company(session, "sti", now, ["sti-77"])
        drive = Journey(geography, "ABJ-LOS", "T-77", now - HOUR, 20, 900)
        drive.now(session, "sti", "sti-77", now)
    rows = {}
    for who in ("official", "monitor", "dispatcher"):
        page = site.browser(who).get("/posts/CI-noe").text.split('data-table="approaching"')[1].split("</table>")[0]
        rows[who] = text_of(next(r for r in page.split("<tr data-coach=") if r.startswith('"sti-77"')))
    assert re.search(r"\d\d:\d\d UTC – \d\d:\d\d UTC", rows["official"])
    assert "not shown to your role" in rows["official"]
    assert " km" not in rows["official"]
    assert " km" in rows["monitor"]
    assert " km" in rows["dispatcher"]
    assert "sti-77" not in site.browser("dispatcher_elsewhere").get("/posts/CI-noe").text


def test_a_dispatcher_sees_own_dwell_and_no_agencys_log(site):
    page = site.browser("dispatcher").get("/posts/CI-noe?window=30d").text
    assert "Your own coaches only." in page
    assert "log of" not in text_of(page.split('data-table="dwell"')[1])
    assert "log of Customs" in text_of(site.browser("monitor").get("/posts/CI-noe?window=30d").text)


def test_no_data_is_never_zero(site):
    page = site.browser("monitor").get("/posts/CI-noe?day=2020-01-01").text
    assert "that is not a dwell of zero" in page
    flow = site.browser("monitor").get("/panels/section?section=CI-noe--abidjan&day=2020-01-01").text
    assert text_of(flow).count("no data: no coach passed the whole section") == 2
    assert "km/h" not in flow


def test_the_matrix_has_headers_for_rows_and_columns_and_a_list_of_the_same(site):
    page = site.browser("monitor").get("/hubs").text
    matrix = page.split('data-table="matrix"')[1].split("</table>")[0]
    columns, rows = matrix.count('<th scope="col"'), matrix.count('<th scope="row"')
    assert columns == rows > 3
    listed = page + site.browser("monitor").get("/hubs?page=2").text
    assert matrix.count('class="served') == listed.count("<tr data-pair=")
    assert site.browser("monitor").get("/hubs/abidjan/nowhere").status_code == 404


def test_a_pair_severed_for_a_fortnight_is_said_to_be(site):
    now = site.clock.now()
    with site.database.writing() as session:
        geography = geography_of(session)
        tell(
            session,
            "mono",
            "mono-1",
            Journey(geography, "DKR-BKO", "T-5", now - timedelta(days=30), 0, 1200).facts(now),
        )
    page = site.browser("monitor").get("/hubs").text
    assert "severed" in page
    page = site.browser("monitor").get("/hubs?page=2").text  # the list has those with the most coaches first
    severed = [row for row in page.split("<tr data-pair=")[1:] if "severed" in row]
    assert severed
    assert all("abidjan--" not in row.split(">")[0] for row in severed)


def test_navigation_shows_each_role_only_what_it_may_open(site):
    for who in MAP_PEOPLE:
        browser = site.browser(who)
        nav = browser.get("/posts").text.split('<nav class="nav"')[1].split("</nav>")[0]
        for link in re.findall(r'href="([^"]+)"', nav):
            assert browser.get(link).status_code == 200, (who, link)
    assert (
        "/posts/CI-noe" in site.browser("official").get("/posts").text.split('<nav class="nav"')[1].split("</nav>")[0]
    )


def test_what_somebody_named_a_company_or_plate_cannot_become_a_script(site):
    from operators.companies import Operator, Vehicle

    with site.database.writing() as session:
        session.get(Operator, "sti").name = "<img src=x onerror=alert(1)>"
        session.get(Vehicle, "sti-9").license_plate = "<b>x</b>"
    for path in ("/trips", "/trips/T-900", "/corridors/ABJ-LOS", "/posts/CI-noe", "/panels/trip?vehicle=sti-9"):
        page = site.browser("dispatcher").get(path).text
        assert "<img src=x" not in page
        assert "<b>x</b>" not in page


def test_two_companies_may_use_one_trip_id(site):
    now = site.clock.now()
    with site.database.writing() as session:
        geography = geography_of(session)
        for operator in ("sti", "utb"):
            drive = Journey(geography, "ABJ-LOS", "SAME", now - 50 * HOUR, 20, 300)
            tell(session, operator, f"{operator}-2", drive.facts(now))
    monitor = site.browser("monitor")
    assert monitor.get("/trips/SAME").status_code == 404
    assert "sti-2" in monitor.get("/trips/SAME?operator=sti").text
    assert "utb-2" in site.browser("dispatcher_elsewhere").get("/trips/SAME").text
