"""Indicators and reconciled crossings over the API: figures, reach, exports with the same filters, and bad questions."""

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from checkpoints.account_tables import TripAccountRow
from checkpoints.trip_accounts import refresh as refresh_accounts
from dashboard.exports import as_csv, flattened
from dashboard.pages.indicator_readings import account_row
from tests.checkpoints.test_indicators import MONTH, a_trip, counted
from tests.dashboard.journey_site import journey_site, reconcile_all
from tests.dashboard.test_flow_api import get, refused, walk
from tracker.atlas import Atlas
from tracker.scope import Role, Viewer, scope_of


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with journey_site(tmp_path_factory.mktemp("indicators")) as made:
        counted(made.database, [*MONTH, *(a_trip(20 + n, f"OWN-{n}", "sti", trip_key=f"own-{n}") for n in range(2))])
        with made.database.writing() as session:
            refresh_accounts(session, reconcile_all(session), Atlas())
        yield made


@pytest.fixture(scope="module")
def trip(site):
    """A finished trip with an account, the longest one."""
    with site.database.reading() as session:
        rows = session.exec(select(TripAccountRow)).all()
    return max(rows, key=lambda row: row.ended_at - row.started_at)


def test_figures_come_with_what_they_rest_on(site):
    answer = get(site, "/indicators", group="corridor", period="2026-Q2")
    assert (answer["period"], answer["group"]) == ("2026-Q2", ["corridor"])
    head = next(i for i in answer["items"] if i["population"] == "in_order")
    assert (head["corridor"], head["trips"], head["operators"]) == ("COO-LOS", 6, 3)
    assert head["figures"]["stops_per_trip"]["low"] <= head["figures"]["stops_per_trip"]["value"]
    assert head["illicit_payments"][0]["xof_per_trip"] is None
    assert head["coverage"] == round(8 / 10, 4)


def test_a_dispatcher_has_the_own_coaches_and_a_focal_point_the_own_state(site):
    own = get(site, "/indicators", "dispatcher", group="corridor", period="2026-Q2")["items"]
    assert {i["operators"] for i in own} == {1}
    focal = get(site, "/indicators", "focal_point", group="country", period="2026-Q2")["items"]
    assert {i["country"] for i in focal} <= {"CI"}
    assert get(site, "/indicators", "focal_point", group="country", period="2026-Q2", country="NG")["items"] == []
    assert refused(site, "/indicators", "official")[0] == 403


def test_questions_that_make_no_sense_get_every_reason(site):
    assert refused(site, "/indicators", group="corridor,officer") == (422, "bad_input", [("unknown_group", "group")])
    assert refused(site, "/indicators", period="2026-Q7") == (422, "bad_input", [("bad_period", "period")])


def test_a_table_for_a_spreadsheet_has_the_same_rows_as_the_answer(site):
    asked = {"group": "country,agency", "period": "2026-Q2", "country": "NG"}
    items = get(site, "/indicators", **asked)["items"]
    browser = site.browser("monitor", accept="text/csv")
    answer = browser.get("/api/v1/indicators", params=asked | {"format": "csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="indicators_2026-Q2.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == len(items) > 2
    assert [row["figures.controls_per_trip.value"] for row in rows] == [
        str(i["figures"]["controls_per_trip"]["value"]) for i in items
    ]
    book = load_workbook(io.BytesIO(browser.get("/api/v1/indicators", params=asked | {"format": "xlsx"}).content))
    table = list(book["data"].values)
    assert len(table) == len(items) + 1
    assert table[1][table[0].index("trips")] == items[0]["trips"]


def test_a_cell_is_no_formula_and_an_unknown_value_no_zero():
    row = flattened({"plate": "=cmd()", "seconds": None, "reasons": ["a", "b"], "exit": {"post_id": "CI-noe"}})
    text = as_csv(list(row), [row]).decode("utf-8-sig").splitlines()
    assert text == ["plate,seconds,reasons,exit.post_id", "'=cmd(),,a; b,CI-noe"]


def test_published_figures_are_dated_claims_about_trucks_with_their_source(site):
    items = get(site, "/published-indicators", country="BF")["items"]
    assert {i["country"] for i in items} == {"BF"}
    assert all(i["source"] and i["period"] and i["value"] > 0 for i in items)
    assert len(get(site, "/published-indicators")["items"]) == 85


def test_what_was_published_of_the_same_states_stands_beside_the_figures_and_not_among_them(site):
    of_states = get(site, "/indicators", group="country", period="2026-Q2")
    assert {one["country"] for one in of_states["published"]} <= {item["country"] for item in of_states["items"]}
    asked = get(site, "/indicators", group="agency", period="2026-Q2", country="CI")["published"]
    assert {one["country"] for one in asked} == {"CI"}
    whole = get(site, "/indicators", group="corridor", period="2026-Q2")["published"]
    assert whole
    assert {one["country"] for one in whole} == {None}


def test_reconciled_crossings_are_paged_filtered_and_exported(site):
    begin = (site.clock.now() - timedelta(days=13)).isoformat()
    asked = {"source": "reconciled", "from": begin}
    every = walk(site, "/crossings", **asked, limit=7)
    assert len({one["crossing_id"] for one in every}) == len(every) > 20
    starts = [one["started_at"] for one in every]
    assert starts == sorted(starts, reverse=True)
    states = {one[side]["state"] for one in every for side in ("exit", "entry")}
    assert {"matched", "seen_only"} <= states
    matched = walk(site, "/crossings", **asked, state="matched")
    assert 0 < len(matched) < len(every)
    answer = site.browser("monitor").get("/api/v1/crossings", params=asked | {"format": "csv", "limit": 5})
    assert len(answer.text.splitlines()) == 6
    assert answer.headers["x-next-cursor"]


def test_an_official_sees_the_own_side_and_no_crews_words(site):
    asked = {"source": "reconciled", "from": (site.clock.now() - timedelta(days=13)).isoformat()}
    every = walk(site, "/crossings", "official", **asked)
    assert every
    for one in every:
        for side in ("exit", "entry"):
            own = one[side]["post_id"] == "CI-noe"
            assert ("seen" in one[side]) is own
            assert one[side].get("told", []) == []


def test_the_account_of_a_trip_closes_by_state_and_agency(site, trip):
    answer = get(site, f"/trips/{trip.trip_id}", operator_id=trip.operator_id)
    whole = round(trip.ended_at.timestamp()) - round(trip.started_at.timestamp())
    assert sum(share["seconds"] for share in answer["spent"]) == whole
    assert {share["country"] for share in answer["spent"]} >= {"CI", "GH"}
    assert {share["spent"] for share in answer["spent"]} >= {"driving", "border"}
    foreign = site.browser("focal_point", accept="application/json").get(f"/api/v1/trips/{trip.trip_id}").json()
    assert foreign.get("spent") is None


def test_the_page_of_a_trip_shows_where_time_and_money_went(site, trip):
    page = site.browser("monitor").get(f"/trips/{trip.trip_id}", params={"operator": trip.operator_id}).text
    assert 'data-table="account-time"' in page
    assert "Where the money went" in page
    own = site.browser("focal_point").get(f"/trips/{trip.trip_id}", params={"operator": trip.operator_id}).text
    assert 'data-table="account-time"' not in own


def test_the_observatory_shows_its_tables_and_says_when_there_is_nothing(site):
    page = site.browser("monitor").get("/observatory", params={"period": "2026-Q2", "population": "all"}).text
    for name in ("corridor", "country", "agency", "delays", "undercount", "trend", "published"):
        assert f'data-table="{name}"' in page
    assert "/api/v1/indicators?format=csv&amp;group=corridor%2Cdirection&amp;period=2026-Q2" in page
    none = site.browser("monitor").get("/observatory", params={"period": "2024"}).text
    assert "No trip of this period counts yet." in none
    assert 'data-table="corridor"' not in none
    for role in ("dispatcher", "focal_point"):
        assert site.browser(role).get("/observatory").status_code == 200
    assert site.browser("monitor").get("/observatory", params={"period": "soon"}).status_code == 422


def test_the_trips_behind_the_indicators_are_a_list_of_their_own(site, trip):
    period = f"{trip.started_at:%Y-%m}"
    items = walk(site, "/trip-accounts", period=period, limit=2)
    assert trip.trip_id in {item["trip_id"] for item in items}
    for item in items:
        spent = [
            item[f"{what}_s"]
            for what in ("driving", "slow", "control", "border", "opening", "breakdown", "halt", "silent")
        ]
        assert sum(spent) == item["seconds"]
    assert {item["operator_id"] for item in walk(site, "/trip-accounts", "dispatcher", period=period)} == {"sti"}
    assert refused(site, "/trip-accounts", "focal_point", period=period)[0] == 403
    page = site.browser("monitor").get("/observatory", params={"period": "2026-Q2"}).text
    assert "/api/v1/trip-accounts?format=csv" in page


def test_a_trip_s_sum_leaves_out_what_is_for_the_observatory_only_when_its_operator_asks(site):
    with site.database.reading() as session:
        row = session.exec(select(TripAccountRow).where(TripAccountRow.operator_id == "sti")).first()
        session.expunge(row)
    hidden = ["NG", "police", "road", "no_receipt", "crew", "NGN", 777_700, 1, True]
    row.details = row.details | {"money": [*row.details["money"], hidden]}
    monitor, dispatcher = Viewer(1, "a", Role.MONITOR), Viewer(2, "b", Role.DISPATCHER, operator_id="sti")
    whole, shown = (str(account_row(row, scope_of(viewer))) for viewer in (monitor, dispatcher))
    row.details = row.details | {"money": row.details["money"][:-1]}
    assert shown == str(account_row(row, scope_of(monitor)))
    assert whole != shown
