"""The page of a post and its API: the wait now, its log against positions, hours of the week; and who learns what."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlmodel import delete

from checkpoints.reported_controls import ReportedControl
from tests.dashboard.journey_site import journey_site, reconcile_all
from tests.dashboard.journey_world import Journey, a_company, log, tell
from tests.dashboard.map_world import a_control, a_crossing, geography_of
from tests.dashboard.test_flow_api import get, refused
from tests.dashboard.test_journey_pages import text_of
from tracker.fact_tables import BorderCrossingRow

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STOOD_MIN = 200


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The fortnight, without coaches at Noé now but one: `sti-8` in the queue for two hours, which the police wrote down.

    `utb-8` stood two hours on the exit side yesterday, of which immigration logged ten minutes; its crew reported them.
    """
    with journey_site(tmp_path_factory.mktemp("posts")) as made:
        now = made.clock.now()
        with made.database.writing() as session:
            geography = geography_of(session)
            border = geography.get_corridor("ABJ-LOS").borders[0].km
            session.execute(delete(BorderCrossingRow).where(BorderCrossingRow.settled_hour.is_(None)))
            a_company(session, "sti", now, ["sti-8"])
            a_company(session, "utb", now, ["utb-8"])
            queue = Journey(geography, "ABJ-LOS", "T-8", now - 3 * HOUR, border - 60, border + 60, [(border, 600)])
            tell(session, "sti", "sti-8", queue.facts(now))
            a_crossing(session, 99_100, "CI-noe", "exit", now - HOUR, None, agency="police", vehicle_id="sti-8")
            past = Journey(
                geography, "ABJ-LOS", "T-80", now - 30 * HOUR, border - 60, border + 60, [(border, STOOD_MIN)]
            )
            tell(session, "utb", "utb-8", past.facts(now))
            came = past.at(border, after=False)
            log(session, 99_101, "CI-noe", "exit", "immigration", came + HOUR, 10 * MINUTE, "utb-8")
            a_control(session, 99_102, "utb", past.corridor.point_at(border), came + MINUTE, vehicle_id="utb-8")
            reconcile_all(session)
        yield made


def table(page, name):
    return page.split(f'data-table="{name}"')[1].split("</table>")[0]


def test_the_wait_stands_first_with_what_is_known_and_how_sure_it_is(site):
    page = site.browser("official").get("/posts/CI-noe").text
    assert page.index('data-table="wait"') == page.index("data-table=")
    row = text_of(table(page, "wait").split('data-direction="exit"')[1].split("<tr")[0]).replace("\u202f", " ")
    assert "1 coach stands for 2 h 00 min" in row
    assert "four of five forecasts fell within" in row
    assert re.search(r"half of \d+ forecasts tested were off by no more than", row)
    assert "n = " in row


def test_the_api_tells_the_same_wait_to_whom_it_concerns(site):
    items = {one["direction"]: one for one in get(site, "/border-posts/CI-noe/wait", "official")["items"]}
    assert set(items) == {"exit", "entry"}
    assert items["exit"]["here"][0] == pytest.approx(7200, abs=60)
    assert items["exit"]["low_s"] <= items["exit"]["expected_s"] <= items["exit"]["high_s"]
    assert items["entry"]["here"] == []
    assert refused(site, "/border-posts/GH-elubo/wait", "official")[:2] == (403, "not_allowed")
    assert refused(site, "/border-posts/XX-none/wait")[0] == 404
    # a post that no coach ever came to
    nothing = get(site, "/border-posts/NG-seme/wait", "dispatcher_elsewhere")["items"]
    assert all(one["here"] == [] for one in nothing)
    for one in get(site, "/border-posts/BF-dakola/wait")["items"]:
        assert (one["expected_s"], one["last_s"], one["usual_s"], one["here"]) == (None, None, None, [])
    assert "nothing known" in table(site.browser("monitor").get("/posts/BF-dakola").text, "wait")


def test_an_operator_learns_of_own_coaches_only_and_nothing_of_logs(site):
    own = {one["direction"]: one for one in get(site, "/border-posts/CI-noe/wait", "dispatcher")["items"]}
    every = {one["direction"]: one for one in get(site, "/border-posts/CI-noe/wait")["items"]}
    assert len(own["exit"]["here"]) == len(every["exit"]["here"]) == 1
    assert own["exit"]["tested"] < every["exit"]["tested"]
    other = {one["direction"]: one for one in get(site, "/border-posts/CI-noe/wait", "dispatcher_elsewhere")["items"]}
    assert other["exit"]["here"] == []
    for what in ("log-states", "log-quality"):
        assert refused(site, f"/border-posts/CI-noe/{what}", "dispatcher")[:2] == (403, "not_allowed")
    page = site.browser("dispatcher").get("/posts/CI-noe").text
    assert 'data-table="wait"' in page
    assert 'data-table="log-states"' not in page
    assert 'data-table="log-quality"' not in page
    assert "utb-8" not in page


def test_a_coach_in_the_queue_is_one_line_with_what_the_log_says_of_it(site):
    page = site.browser("official").get("/posts/CI-noe").text
    rows = [r for r in table(page, "arrivals").split("<tr data-coach=")[1:] if r.startswith('"sti-8"')]
    assert len(rows) == 1
    said = text_of(rows[0])
    assert "at the post" in said
    assert "not released yet" in said
    assert "Police" in said
    assert "not logged" not in said


def test_a_dispute_is_told_in_words_and_leads_to_trip_and_api(site):
    page = site.browser("monitor").get("/posts/CI-noe").text
    dispute = page.split('data-table="disputes"')[1].split("</ul>")[0]
    assert "the coach stood 2 h 00 min, the post logged 10 min" in text_of(dispute).replace("\u202f", " ")
    assert "/trips/T-80?operator=utb" in dispute
    link = next(
        href.replace("&amp;", "&")
        for href in re.findall(r'href="([^"]+)"', page)
        if "state=disputed" in href and "format" not in href
    )
    items = site.browser("monitor", accept="application/json").get(link).json()["items"]
    assert any(one["vehicle_id"] == "utb-8" and one["exit"]["state"] == "disputed" for one in items)
    official = site.browser("official").get("/posts/CI-noe").text
    assert "the coach stood" in official
    assert "/trips/" not in official


def test_counts_are_those_of_the_crossings_and_leave_out_what_goes_on(site):
    items = {one["direction"]: one for one in get(site, "/border-posts/CI-noe/log-states")["items"]}
    listed = get(site, "/crossings", source="reconciled", post_id="CI-noe", limit=500)["items"]
    sides = [
        one["exit"]["state"] for one in listed if one["exit"]["post_id"] == "CI-noe" and one["vehicle_id"] != "sti-8"
    ]
    states = ("matched", "seen_only", "logged_only", "disputed", "off_post")
    assert {state: sides.count(state) for state in states} == {state: items["exit"][state] for state in states}
    assert items["exit"]["n"] == len(sides) > 10


def test_how_plausible_the_log_is_is_about_the_post(site):
    quality = {one["agency"]: one for one in get(site, "/border-posts/CI-noe/log-quality", "official")["items"]}
    assert {"immigration", "customs"} <= set(quality)
    assert quality["immigration"]["compared"] > 0
    page = text_of(site.browser("official").get("/posts/CI-noe").text)
    assert "never about an officer" in page
    assert "10 % by chance" in page


def test_what_crews_report_is_not_on_the_page_of_those_who_serve_there(site):
    """With the crew's report of a control and without it the official's page is the same."""

    def parts_of(page):
        return [table(page, name) for name in ("wait", "log-states", "log-quality")]

    before = parts_of(site.browser("official").get("/posts/CI-noe").text)
    assert "told_only" not in "".join(before)
    with site.database.writing() as session:
        session.execute(delete(ReportedControl).where(ReportedControl.seq == 99_102))
        reconcile_all(session)
    assert parts_of(site.browser("official").get("/posts/CI-noe").text)[1:] == before[1:]


@pytest.mark.parametrize("name", ["wait", "wait-by-hour", "log-states", "log-quality"])
def test_every_table_is_a_file_too(site, name):
    answer = site.browser("monitor").get(f"/api/v1/border-posts/CI-noe/{name}?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    items = get(site, f"/border-posts/CI-noe/{name}")["items"]
    assert len(rows) == len(items) > 0
    assert f"{name.replace('-', '_')}_CI-noe.csv" in answer.headers["content-disposition"]
    page = site.browser("monitor").get("/posts/CI-noe").text
    assert f"/api/v1/border-posts/CI-noe/{name}?format=xlsx" in page.replace("&amp;", "&") or f"{name}?" in page


def test_the_hours_of_the_week_are_empty_where_no_coach_came(site):
    cells = get(site, "/border-posts/CI-noe/wait-by-hour")["items"]
    exits = [one for one in cells if one["direction"] == "exit"]
    page = table(site.browser("monitor").get("/posts/CI-noe").text, "week-exit")
    assert page.count('<td class="flow-cell') == len(exits)
    assert page.count('<td class="none"></td>') == 7 * 24 - len(exits)
    assert all(1 <= one["weekday"] <= 7 and 0 <= one["hour"] <= 23 and one["n"] > 0 for one in cells)


def test_the_maps_panel_has_the_wait_and_no_logs(site):
    panel = site.browser("monitor").get("/panels/post?post=CI-noe").text
    assert 'data-table="wait"' in panel
    assert 'data-table="log-states"' not in panel


def test_a_corridor_tells_of_its_posts_as_their_own_pages_do(site):
    page = site.browser("monitor").get("/corridors/ABJ-LOS?window=30d").text
    rows = {part.split('"')[0]: text_of(part) for part in table(page, "posts").split('<tr data-post="')[1:]}
    assert list(rows)[:2] == ["CI-noe", "GH-elubo"]
    assert len(rows) == 8
    (state,) = (one for one in get(site, "/border-posts/CI-noe/wait")["items"] if one["direction"] == "exit")
    hours, minutes = divmod(round(state["expected_s"] / 60), 60)
    assert f"{hours} h {minutes:02} min" in rows["CI-noe"].replace("\u202f", " ") or f"{minutes} min" in rows["CI-noe"]
    assert "n = " in rows["CI-noe"]
    own = table(site.browser("dispatcher").get("/corridors/ABJ-LOS?window=30d").text, "posts")
    assert "/log-states" not in own
    official = site.browser("official").get("/corridors/ABJ-LOS").text
    shown = {part.split('"')[0]: text_of(part) for part in table(official, "posts").split('<tr data-post="')[1:]}
    assert [post for post, said in shown.items() if "not shown to your role" not in said] == ["CI-noe"]
    assert 'data-table="controls"' not in official
    assert 'data-table="months"' not in official


def test_controls_of_a_corridor_are_those_of_the_api_by_section_and_agency(site):
    page = site.browser("monitor").get("/corridors/ABJ-LOS?window=7d").text
    link = next(
        href.replace("&amp;", "&")
        for href in re.findall(r'href="([^"]+)"', page)
        if href.startswith("/api/v1/corridors/ABJ-LOS/controls") and "format" not in href
    )
    link = link.replace("corridors/ABJ-LOS/controls?", "control-stops?corridor=ABJ-LOS&limit=500&")
    stops = site.browser("monitor", accept="application/json").get(link).json()["items"]
    on_way = [stop for stop in stops if stop["formality"] is None and stop["place"]["section_id"]]
    told = sum(max(1, len({one["agency"] for one in stop["controls"]})) for stop in on_way)
    rows = table(page, "controls").split("<tr>")[2:]
    counts = [int(re.search(r'data-label="Stops">(\d+)<', row)[1]) for row in rows]
    assert sum(counts) == told > 0
    foreign = site.browser("focal_point").get("/corridors/ABJ-LOS?window=30d").text
    assert "Takoradi" not in table(foreign, "controls")
    answer = site.browser("monitor").get(link + "&format=csv")
    assert answer.headers["content-type"].startswith("text/csv")


def test_forty_coaches_in_the_queue_are_told_at_the_top_and_each_is_one_line(site):
    now = site.clock.now()
    with site.database.writing() as session:
        geography = geography_of(session)
        border = geography.get_corridor("ABJ-LOS").borders[0].km
        a_company(session, "utb", now, [f"utb-q{n}" for n in range(39)])
        for n in range(39):
            queue = Journey(
                geography, "ABJ-LOS", f"Q-{n}", now - HOUR - n * MINUTE, border - 30, border + 60, [(border, 600)]
            )
            tell(session, "utb", f"utb-q{n}", queue.facts(now))
    page = site.browser("official").get("/posts/CI-noe").text
    row = text_of(table(page, "wait").split('data-direction="exit"')[1].split("<tr")[0]).replace("\u202f", " ")
    assert "40 coaches stand for 30 min to 2 h 00 min" in row
    lines = re.findall(r'<tr data-coach="([^"]+)">', table(page, "arrivals"))
    assert (
        len([one for one in lines if one.startswith("utb-q")])
        == len(set(lines) & {f"utb-q{n}" for n in range(39)})
        == 39
    )
    here = [text_of(part) for part in table(page, "arrivals").split("<tr data-coach=")[1:41]]
    assert all("at the post" in one for one in here)
