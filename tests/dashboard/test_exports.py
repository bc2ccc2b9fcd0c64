"""Every table of figures comes as files and as a call of the API: as many rows, with the filters of the page."""

import csv
import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from checkpoints.account_tables import TripAccountRow
from checkpoints.trip_accounts import refresh as refresh_accounts
from dashboard import paging
from tests.checkpoints.test_indicators import MONTH, a_trip, counted
from tests.dashboard.journey_site import journey_site, reconcile_all
from tests.dashboard.journey_world import Journey, a_company
from tests.dashboard.map_world import FLAG_IDS, geography_of, populate_flags
from tests.dashboard.test_flow_api import get, refused
from tracker.atlas import Atlas

HOUR = timedelta(hours=1)
# What a row of the API is on the page, where it is no row of the table: cells of a table of hours or of hubs.
CELLS = {
    "hours": r'<td class="flow-cell', "week-": r'<td class="flow-cell', "matrix": r'<td class="served',
    "hours-": r'(?<=<th scope="row">n</th>).*',
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The fortnight with accounts, indicators of a quarter, flags, and a coach on its way to Noé."""
    with journey_site(tmp_path_factory.mktemp("exports")) as made:
        now = made.clock.now()
        counted(made.database, [*MONTH, *(a_trip(20 + n, f"OWN-{n}", "sti", trip_key=f"own-{n}") for n in range(2))])
        with made.database.writing() as session:
            geography = geography_of(session)
            refresh_accounts(session, reconcile_all(session), Atlas())
            populate_flags(session, now)
            a_company(session, "sti", now, ["sti-77"])
            Journey(geography, "ABJ-LOS", "T-77", now - HOUR, 20, 900).now(session, "sti", "sti-77", now)
        yield made


def rows_of(name, table):
    """Return how many rows of the API a table shows."""
    body = re.sub(r"<tfoot>.*?</tfoot>|<thead>.*?</thead>", "", table, flags=re.S)
    if name.startswith("hours-"):
        return len(re.findall(r"<td>\d", body.split('<th scope="row">n</th>')[1]))
    known = next((pattern for prefix, pattern in CELLS.items() if name.startswith(prefix)), None)
    if known:
        return len(re.findall(known, body))
    return len(re.findall(r"<tr\b", body)) - body.count('data-label="Flow"')  # a section that nobody passed has no row


def tables_of(page):
    """Yield (names of tables, rows that they show, address) for each place at which a page exports."""
    page = page.split("<main", 1)[1]
    begin = 0
    for found in re.finditer(r'<p class="row exports">.*?</p>', page, flags=re.S):
        before = page[begin : found.start()]
        begin = found.end()
        tables = re.findall(r'<table[^>]*data-table="([^"]+)"[^>]*>(.*?)</table>', before, flags=re.S)
        addresses = [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]+)"', found[0])]
        yield [name for name, _ in tables], sum(rows_of(*one) for one in tables), addresses
    assert "<table" not in page[begin:], "a table without a file"


def trip_page(site):
    with site.database.reading() as session:
        rows = [row for row in session.exec(select(TripAccountRow)) if row.details["money"]]
        row = max(rows, key=lambda one: one.ended_at - one.started_at)
    return f"/trips/{row.trip_id}?operator={row.operator_id}"


PAGES = {
    "/posts": {"posts"},
    "/posts/CI-noe?window=30d": {
        "wait", "arrivals", "approaching", "log-states", "log-quality", "dwell", "hours-exit", "hours-entry", "week-exit",
        "week-entry",
    },
    "/corridors?window=30d": {"corridors"},
    "/corridors/ABJ-LOS?window=30d": {"posts", "strip", "flow", "hours", "controls", "flags"},
    "/corridors/ABJ-LOS?direction=down": {"hours", "flow"},
    "/corridors/COO-LOS": {"posts"},
    "/observatory?period=2026-Q2": {
        "corridor", "direction", "country", "agency", "delays", "undercount", "trend", "published",
    },
    "/observatory?period=2026-Q2&population=all&corridor=COO-LOS": {"corridor", "trend"},
    "/trips": {"trips"},
    "/trips?operator=sti&state=ended": {"trips"},
    "a trip": {"account-time", "account-money"},
    "/controls?window=24h": {"controls"},
    "/controls?corridor=ABJ-LOS&agency=police": {"controls"},
    "/flags": {"flags"},
    "/flags?corridor=ABJ-LOS&status=open": {"flags"},
    "/orders": {"orders"},
    "/orders/ng-badagry-seme-2025": {"days"},
    "/hubs": {"matrix", "pairs"},
    "/hubs/abidjan/accra": {"weeks"},
}  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_each_table_has_its_files_and_its_call_with_as_many_rows(site, path, monkeypatch):
    monkeypatch.setattr(paging, "SIZE", 10_000)  # the files have all pages
    page = site.browser("monitor").get(trip_page(site) if path == "a trip" else path)
    assert page.status_code == 200
    program, seen = site.browser("monitor", accept="application/json"), set()
    for names, shown, addresses in tables_of(page.text):
        as_csv, as_xlsx, as_json = map(program.get, addresses)
        items = as_json.json()["items"]
        told = list(csv.reader(io.StringIO(as_csv.content.decode("utf-8-sig"))))[1:]
        sheet = list(load_workbook(io.BytesIO(as_xlsx.content))["data"].values)[1:]
        assert len(items) == len(told) == len(sheet), addresses
        if names and not (names == ["flags"] and path.startswith("/corridors")):  # a corridor's page lists the first
            assert shown == len(items) > 0, (names, addresses)
        seen |= set(names)
    assert seen >= PAGES[path]


def test_who_comes_is_told_as_the_page_tells_it_and_by_no_more_than_care_allows(site):
    one = next(
        row for row in get(site, "/border-posts/CI-noe/expected", "official")["items"] if row["operator_id"] == "sti"
    )
    assert set(one) == {
        "license_plate", "operator_id", "eta_from", "eta_to", "from_min", "to_min", "passengers", "silent_since", "is_planned",
    }  # fmt: skip
    assert 0 <= one["from_min"] < one["to_min"]
    assert refused(site, "/border-posts/CI-noe/expected", "official_elsewhere")[0] == 403
    assert all(
        row["operator_id"] != "sti"
        for row in get(site, "/border-posts/CI-noe/expected", "dispatcher_elsewhere")["items"]
    )


def test_an_account_of_a_trip_is_for_those_who_see_all_of_it(site):
    path = trip_page(site).replace("?operator=", "/account?operator_id=")
    whole = get(site, path, of="time")["items"]
    assert sum(row["seconds"] for row in whole) > HOUR.total_seconds()
    assert all(row["amount"] * 100 == row["cents"] for row in get(site, path, of="money")["items"])
    assert refused(site, path, "focal_point")[:2] == (404, "no_account_yet")


def test_hours_of_a_corridor_are_those_of_the_direction_and_window_asked_for(site):
    week = {"from": (site.clock.now() - timedelta(days=7)).isoformat()}
    up, down = (get(site, "/corridors/ABJ-LOS/hours", direction=way, **week)["items"] for way in ("up", "down"))
    assert {row["corridor_direction"] for row in up} == {"up"}
    assert {row["corridor_direction"] for row in down} == {"down"}
    whole = get(site, "/corridors/ABJ-LOS/flow", **week)["items"]
    assert sum(row["trips"] for row in up + down) == sum(row["trips"] for row in whole)


def test_evidence_of_a_flag_is_a_table_with_as_many_rows(site):
    flag_id = FLAG_IDS["open"]
    page = site.browser("monitor").get(f"/flags/{flag_id}").text
    table = page.split('data-table="evidence"')[1].split("</table>")[0]
    address = f"/api/v1/flags/{flag_id}/evidence"
    assert f'href="{address}?format=csv"' in page
    lines = site.browser("monitor").get(f"{address}?format=csv").text.splitlines()
    assert len(lines) - 1 == len(get(site, address.removeprefix("/api/v1"))["items"]) == rows_of("evidence", table) > 0
    assert refused(site, address.removeprefix("/api/v1"), "official")[0] == 403
