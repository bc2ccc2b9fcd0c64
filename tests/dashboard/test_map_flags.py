"""Flags on the map: whose they are, which stay off it, and the same among the tables."""

import re

import pytest

from dashboard.map_lines import line_between
from tests.dashboard.map_world import FLAG_IDS, populate_flags, populate_road, standing_map_site
from tests.dashboard.people import NOON
from tests.tracker.places_of_truth import shipped


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    def fill(session):
        populate_road(session, NOON, coaches=4)
        populate_flags(session, NOON)

    with standing_map_site(tmp_path_factory.mktemp("flags"), fill) as made:
        yield made


def on_the_map(site, who):
    part = site.browser(who).get("/map/live.json").json()["flags"]
    rows = [dict(zip(part["columns"], row, strict=True)) for row in part["rows"]]
    return part["shown"], {name for name, flag_id in FLAG_IDS.items() if flag_id in {row["id"] for row in rows}}


@pytest.mark.parametrize(
    ("who", "shown", "flags"),
    [
        ("monitor", True, {"open", "firm", "week"}),
        ("protection_officer", True, {"open", "firm", "week", "kept"}),
        ("dispatcher", True, {"open"}),
        ("dispatcher_elsewhere", True, set()),
        ("official", False, set()),
        ("driver", False, set()),
    ],
)
def test_flags_that_go_on_are_shown_to_those_whom_they_concern_and_harassment_to_nobody(site, who, shown, flags):
    assert on_the_map(site, who) == (shown, flags)
    page, table = site.browser(who).get("/").text, site.browser(who).get("/table").text
    assert ('data-layer="flags"' in page, 'data-tab="flags"' in page, 'id="flags"' in table) == (shown,) * 3
    assert set(re.findall(r'data-flag="([^"]+)"', table)) == {FLAG_IDS[name] for name in flags}


def test_a_focal_point_sees_the_flags_of_the_own_country(site):
    part = site.browser("focal_point").get("/map/live.json").json()["flags"]
    countries = {row[part["columns"].index("country")] for row in part["rows"]}
    assert part["shown"]
    assert len(countries) <= 1


def test_tables_keep_flags_of_the_chosen_country_and_corridor(site):
    def listed(**query):
        found = re.findall(r'data-flag="([^"]+)"', site.browser("monitor").get("/table", params=query).text)
        return {name for name, flag_id in FLAG_IDS.items() if flag_id in found}

    assert listed(country="BJ") == {"firm"}
    assert listed(corridor="ABJ-LOS") == {"open", "firm", "week"}
    assert listed(corridor="DKR-BKO") == set()


def test_a_dense_stretch_is_a_line_with_its_number_of_posts_and_other_flags_are_points(site):
    part = site.browser("monitor").get("/map/live.json").json()["flags"]
    rows = {row[0]: dict(zip(part["columns"], row, strict=True)) for row in part["rows"]}
    stretch, point = rows[FLAG_IDS["open"]], rows[FLAG_IDS["firm"]]
    assert (stretch["estimate"], point["estimate"], point["line"]) == ([7, 6, 9], None, None)
    assert stretch["line"] == line_between(shipped().get_corridor("ABJ-LOS").line, 400.1, 405.1)
    table = site.browser("monitor").get("/table").text
    assert "km 400.1 to 405.1" in table
    assert "about 7 (6 to 9)" in table
