"""How many stops a trip should meet: two norms, each where it binds."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from checkpoints.baselines import TripCounts, counted, judge
from checkpoints.control_stops import make_stops
from tests.checkpoints.road import TODAY, a_check, a_crossing, a_trip, a_way, world

LAGOS = ("CI", "GH", "TG", "BJ", "NG")


def test_abidjan_lagos_has_five_allowed_stops_by_the_mechanism():
    found = judge("mechanism", TripCounts(TODAY, LAGOS, ("CI",) * 3 + ("GH",) * 9))
    assert found is not None
    assert (found.baseline, found.stops, found.allowed, found.excess) == ("mechanism", 12, 5, 7)


def test_a_trip_between_two_members_of_uemoa_has_three():
    found = judge("uemoa", TripCounts(TODAY, ("TG", "BJ"), ("TG", "BJ", "BJ", "BJ")))
    assert found is not None
    assert (found.allowed, found.excess) == (3, 1)


def test_ghana_and_nigeria_are_never_scored_by_uemoas_norm():
    assert judge("uemoa", TripCounts(TODAY, ("GH",), ("GH",) * 20)) is None
    assert judge("uemoa", TripCounts(TODAY, ("NG",), ("NG",) * 20)) is None
    few, many = (judge("uemoa", TripCounts(TODAY, LAGOS, ("CI", *(("GH", "NG") * n)))) for n in (0, 20))
    assert few == many
    assert few is not None
    assert (few.stops, few.allowed) == (1, 5)  # departure in Côte d'Ivoire, and the four borders of its members


def test_leaving_the_community_does_not_leave_uemoa():
    assert judge("uemoa", TripCounts(date(2026, 1, 1), ("BF", "NE"), ())) is not None


def test_exit_formalities_are_not_counted_and_five_agencies_are_one():
    checks = [a_check(n, 3.3 + n / 50, None, agency) for n, agency in enumerate(("police", "customs", "health"))]
    way = a_way(trips=(a_trip(),), crossings=(a_crossing(3, "CI-noe", "GH-elubo"),))
    stops, left_out = make_stops(checks, {"BUS": way}, world()[0])
    assert counted(stops) == ("GH",)
    assert left_out == {"no_place": 3}


@given(st.lists(st.sampled_from(LAGOS), min_size=1, max_size=6), st.lists(st.sampled_from([*LAGOS, None]), max_size=20))
def test_more_stops_are_never_less_excess(countries, stops):
    for baseline in ("mechanism", "uemoa"):
        less = judge(baseline, TripCounts(TODAY, tuple(countries), tuple(stops)))
        more = judge(baseline, TripCounts(TODAY, tuple(countries), (*stops, "CI")))
        assert (less is None) == (more is None)
        if less is not None and more is not None:
            assert more.excess >= less.excess
            assert more.allowed == less.allowed >= 1
