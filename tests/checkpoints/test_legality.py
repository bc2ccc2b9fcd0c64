"""Two laws, two answers, each of a day: what the register and what the mechanism say of a stop."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkpoints.control_points import Act, ControlPoint, Register, Stretch
from checkpoints.control_stops import make_stops
from checkpoints.legality import Unauthorised, distinct_places, mechanism_status, national_status, statuses_of
from tests.checkpoints.road import ROAD, TODAY, a_check, a_halt, a_way, km_of, world


def status(km, country, on=TODAY, agency=None, corridor=ROAD, **more):
    return national_status(world()[1], corridor, km, country, on, agency, **more)


def test_a_town_is_an_interval_and_beside_it_nothing_is_authorised():
    assert status(112.0, "CI").status == "authorised"
    assert status(112.0, "CI").points == ("CI-aboisso",)
    assert status(140.0, "CI").status == "unlisted"
    assert status(140.0, "CI").act in ("ci-2011-1136", "ci-2011-30676")


def test_a_place_in_doubt_at_the_edge_of_a_town_is_not_unlisted():
    edge = max(
        s.to_km for p in world()[1].find_points(ROAD, 112.0, TODAY) for s in p.stretches if s.corridor_id == ROAD
    )
    assert status(edge + 0.5, "CI").status == "unlisted"
    found = status(edge + 0.5, "CI", doubt_km=1.0)
    assert (found.status, found.reasons) == ("uncertain", ("place_in_doubt",))


def test_where_no_register_is_known_nothing_is_said():
    assert status(300.0, "GH").status == "no_register"
    assert status(760.0, "TG").reasons == ("no_act_known",)


def test_the_law_is_that_of_the_day():
    gbaji = 937.0
    assert status(gbaji, "NG", date(2025, 1, 13)).status == "no_register"
    assert status(gbaji, "NG", date(2025, 1, 14)).status == "authorised"
    assert status(950.0, "NG", date(2025, 1, 14)).status == "unlisted"


def test_an_act_of_one_agency_says_nothing_of_another():
    assert status(400.0, "GH", agency="police", corridor="TEM-OUA").status in ("unlisted", "authorised")
    found = status(400.0, "GH", agency="customs", corridor="TEM-OUA")
    assert found.status in ("no_register", "uncertain")
    assert "act_of_another_agency" in found.reasons


def test_nobody_may_control_by_a_barrier_of_an_impostor_even_at_an_authorised_place():
    found = status(112.0, "CI", agency="impostor")
    assert (found.status, found.reasons) == ("unlisted", ("not_of_a_state",))
    assert status(300.0, "GH", agency="vigilante").status == "no_register"


def test_an_agency_that_the_country_does_not_have_is_named_and_not_held_against_it():
    found = status(950.0, "NG", agency="gendarmerie")
    assert (found.status, found.reasons) == ("unlisted", ("agency_not_in_country",))
    assert status(950.0, "NG", agency="wizards").reasons == ("unknown_agency",)


def test_only_an_authoritys_act_confirms_and_only_while_it_holds():
    act = Unauthorised("letter 12", Stretch(ROAD, 138.0, 142.0), valid_from=date(2026, 5, 1), valid_to=date(2026, 7, 1))
    assert status(140.0, "CI", unauthorised=[act]).status == "confirmed_unauthorised"
    assert status(140.0, "CI", date(2026, 7, 1), unauthorised=[act]).status == "unlisted"
    assert status(145.0, "CI", unauthorised=[act]).status == "unlisted"


def test_a_border_post_is_authorised_and_a_place_off_the_roads_is_not_judged():
    assert status(km_of("CI-noe"), "CI", post_id="CI-noe").reasons == ("border_post",)
    assert status(None, "CI", corridor=None).status == "uncertain"


def test_an_authorised_barrier_can_lie_outside_the_mechanism():
    way = a_way(a_halt(3, 5, 112.0))
    stops, _ = make_stops([a_check(1, 3.0)], {"BUS": way}, world()[0])
    overall, by_agency = statuses_of(world()[1], stops[0])
    assert (overall.status, mechanism_status(stops[0].formality)) == ("authorised", "en_route")
    assert by_agency["police"].status == "authorised"


@pytest.mark.parametrize(
    ("formality", "expected"),
    [
        ("departure", "grouped_departure"), ("entry", "border_entry"), ("unsplit", "border_entry"),
        ("exit", "border_exit"), (None, "en_route"),
    ],
)  # fmt: skip
def test_what_a_stop_is_to_the_mechanism(formality, expected):
    assert mechanism_status(formality) == expected


def a_point(**more):
    row = {
        "id": "X", "name": "X", "country": "CI", "act_id": "a", "status": "authorised", "basis": "point", "latitude": None,
        "longitude": None, "stretches": (Stretch(ROAD, 100.0, 104.0),), "source": "", "licence": "",
    }  # fmt: skip
    return ControlPoint(**row | more)


def test_a_source_in_doubt_leaves_the_answer_in_doubt_and_overlaps_do_not_hurt():
    act = Act("a", "A", "CI", True, (), "", "day", "")
    doubtful = a_point(status="uncertain")
    assert national_status(Register([doubtful], [act]), ROAD, 101.0, "CI", TODAY).reasons == ("source_in_doubt",)
    both = Register([doubtful, a_point(id="Y", stretches=(Stretch(ROAD, 90.0, 102.0),))], [act])
    assert national_status(both, ROAD, 101.0, "CI", TODAY).status == "authorised"
    assert national_status(both, ROAD, 103.0, "CI", TODAY).status == "uncertain"


def test_an_interval_or_dates_that_are_reversed_authorise_nothing():
    act = Act("a", "A", "CI", True, (), "", "day", "")
    turned = a_point(stretches=(Stretch(ROAD, 104.0, 100.0),))
    never = a_point(id="Z", valid_from=date(2026, 7, 1), valid_to=date(2026, 5, 1))
    for wrong in (turned, never):
        assert national_status(Register([wrong], [act]), ROAD, 102.0, "CI", TODAY).status == "unlisted"


@given(st.lists(st.floats(0, 1000, allow_nan=False), max_size=30))
def test_places_hold_every_kilometre_and_none_is_wide(kilometres):
    places = distinct_places(kilometres)
    assert sorted(km for place in places for km in place) == sorted(kilometres)
    assert all(place[-1] - place[0] < 1.0 for place in places)
    assert all(later[0] - earlier[0] >= 1.0 for earlier, later in pairwise(places))
