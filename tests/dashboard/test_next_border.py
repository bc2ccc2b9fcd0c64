"""The next border of a coach under way: which one, when, and how long coaches usually stay there."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.next_border import next_border
from tests.tracker.places_of_truth import shipped
from tracker.approach import Usual
from tracker.sightings import CoachNow
from tracker.usual_times import UsualTimes

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ROADS = shipped()
ABJ_LOS = ROADS.corridors["ABJ-LOS"]
STAYS = UsualTimes(
    posts={(post, way): (Usual(600, 1800, 5400),) * 24 for post in ("CI-noe", "GH-elubo") for way in ("exit", "entry")}
)


def a_coach(km, direction, corridor="ABJ-LOS"):
    return CoachNow(
        vehicle_id="sti-1", operator_id="sti", observed_at=NOW, latitude=5.3, longitude=-3.0, corridor_id=corridor, km=km,
        direction=direction,
    )  # fmt: skip


def posts_in_order(up):
    stones = ABJ_LOS.borders if up else ABJ_LOS.borders[::-1]
    return [(stone.km, stone.exit_place if up else stone.entry_place) for stone in stones]


@pytest.mark.parametrize("direction", ["up", "down"])
def test_it_is_the_first_post_of_the_nearest_border_ahead(direction):
    up = direction == "up"
    for km, post_id in posts_in_order(up):
        found = next_border(a_coach(km - 30 if up else km + 30, direction), None, ROADS, STAYS, NOW)
        assert found.post_id == post_id
        assert NOW < found.eta.low < found.eta.middle < found.eta.high < NOW + timedelta(hours=6)


def test_none_lies_behind_the_last_border_nor_behind_the_destination():
    last, _ = posts_in_order(True)[-1]
    assert next_border(a_coach(last + 5, "up"), None, ROADS, STAYS, NOW) is None
    assert next_border(a_coach(20, "up"), "abidjan", ROADS, STAYS, NOW) is None
    assert next_border(a_coach(20, "up"), "accra", ROADS, STAYS, NOW).post_id == "CI-noe"
    assert next_border(a_coach(None, "up"), None, ROADS, STAYS, NOW) is None
    assert next_border(a_coach(20, "up", None), None, ROADS, STAYS, NOW) is None


def test_the_usual_stay_is_that_of_both_posts_together():
    noe = ABJ_LOS.find_milestone("CI-noe")
    assert next_border(a_coach(noe.km - 30, "up"), None, ROADS, STAYS, NOW).stay.middle_s == 3600
    assert next_border(a_coach(noe.km - 30, "up"), None, ROADS, UsualTimes(), NOW).stay is None
