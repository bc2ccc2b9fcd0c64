"""An order compared with each day: compliance, displacement, relapse, and days that say nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.orders import Order, OrderPoint, Passed, Seen, follow
from tests.checkpoints.road import ROAD

START = date(2025, 1, 14)
SINCE, UNTIL = date(2025, 1, 1), date(2025, 2, 1)
POINTS = (OrderPoint("Seme", 918.0), OrderPoint("Gbaji", 937.0), OrderPoint("Agbara", 981.0))


def an_order(*points, **more):
    row = {
        "id": "o", "title": "O", "authority": "A", "ordered_on": START, "effective_on": START, "ended_on": None,
        "reference": "", "country": "NG", "corridor_id": ROAD, "from_km": 918.0, "to_km": 983.0,
        "points": points or POINTS, "source": "s",
    }  # fmt: skip
    return Order(**row | more)


def noon(day):
    return datetime(2025, 1, day, 12, tzinfo=UTC)


def passes(day, coaches=6):
    return [Passed(noon(day), f"B{n}") for n in range(coaches)]


def followed(stops=(), drives=(), order=None):
    found = follow(order or an_order(), stops, drives, SINCE, UNTIL, UTC)
    return found, {day.on.day: day for day in found.days}


def test_a_day_without_coaches_or_with_three_says_nothing():
    _, days = followed([], passes(16, 3))
    assert (days[15].state, days[15].places) == ("no_data", None)
    assert (days[16].state, days[16].places) == ("too_few", 0)


def test_stops_at_the_points_keep_the_order_and_others_break_it():
    stops = [Seen(noon(15), 937.5, "B1"), Seen(noon(16), 950.0, "B1"), Seen(noon(16), 950.4, "B2")]
    _, days = followed(stops, passes(15) + passes(16))
    assert (days[15].state, days[15].stops_allowed, days[15].stops_elsewhere) == ("kept", 1, 0)
    assert (days[16].state, days[16].elsewhere, days[16].stops_elsewhere) == ("broken", (950.2,), 2)


def test_a_point_of_unknown_place_is_given_the_benefit_of_one_place_elsewhere():
    order = an_order(*POINTS, OrderPoint("Apa"))
    one, two = Seen(noon(16), 950.0, "B1"), Seen(noon(16), 960.0, "B2")
    assert followed([one], passes(16), order)[1][16].state == "kept"
    assert followed([one, two], passes(16), order)[1][16].state == "broken"


def test_a_stop_elsewhere_after_three_kept_days_is_a_relapse_and_silent_days_are_not_kept_ones():
    stop = Seen(noon(20), 950.0, "B1")
    kept = [p for day in (16, 18, 19) for p in passes(day)]
    assert followed([stop], kept + passes(20))[1][20].state == "relapse"
    assert followed([stop], passes(18) + passes(19) + passes(20))[1][20].state == "broken"


def test_displacement_is_by_coach_that_passed_before_and_after():
    stops = [Seen(noon(10), 910.0, "B1"), *(Seen(noon(16), 985.0, f"B{n}") for n in range(3))]
    found, days = followed(stops, passes(10) + passes(16))
    assert (found.displacement.before, found.displacement.after) == (1 / 6, 0.5)
    assert days[16].beside == 1
    assert followed()[0].displacement.after is None


SEEN = st.lists(
    st.builds(
        lambda hours, km, n: Seen(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=hours), km, f"B{n}"),
        st.integers(0, 30 * 24), st.floats(900, 1000), st.integers(0, 9),
    ),
    max_size=25,
)  # fmt: skip


@given(SEEN, st.randoms())
def test_every_stop_on_the_stretch_is_counted_once_whatever_the_order(stops, random):
    found, _ = followed(stops)
    within = [s for s in stops if 918 <= s.km <= 983]
    assert sum((d.stops_allowed or 0) + (d.stops_elsewhere or 0) for d in found.days) == len(within)
    assert [d.on for d in found.days] == [SINCE + timedelta(days=n) for n in range(31)]
    for day in found.days:
        assert (day.places is None) == (day.state == "no_data") == (day.coaches == 0)
    shuffled = list(stops)
    random.shuffle(shuffled)
    assert followed(shuffled)[0] == found


@pytest.mark.parametrize(("ended", "in_force"), [(None, 18), (date(2025, 1, 20), 6)])
def test_an_order_is_in_force_from_its_day_to_its_end(ended, in_force):
    found, _ = followed(order=an_order(ended_on=ended))
    assert sum(day.is_in_force for day in found.days) == in_force
