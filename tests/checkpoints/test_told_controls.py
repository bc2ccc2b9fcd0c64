"""Controls of which only crews tell: of low confidence, raised by others, absorbed by what the scan finds, never a certainty."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints.control_stops import make_stops
from checkpoints.told_controls import SUREST, find_told
from tests.checkpoints.flag_stories import barrier
from tests.checkpoints.road import a_check, a_halt, a_way, world

LONELY_KM, TOWN_KM, GHANA_KM = 150.0, 112.0, 400.0  # between authorised towns of Côte d'Ivoire; in one; in Ghana


def told(*checks, way=None, scanned=()):
    stops, _ = make_stops(checks, {"BUS": way} if way else {}, world()[0])
    return find_told(stops, world()[1], scanned)


def by(coach, check):
    return replace(check, vehicle_id=coach, operator_id=f"op-{coach}")


def codes(finding):
    return {ground.code for ground in finding.grounds}


def test_one_crew_s_word_without_positions_is_a_finding_of_low_confidence_that_says_so():
    (finding,) = told(a_check(7, 3, LONELY_KM))
    assert (finding.kind, finding.severity, finding.agency) == ("unlisted_checkpoint", "low", "police")
    assert finding.confidence < 0.3
    assert {"control_reported", "told_without_positions", "outside_register"} <= codes(finding)
    assert [(piece.kind, piece.first_seq) for piece in finding.evidence] == [("control", 7)]


def test_where_no_register_is_known_it_is_a_control_en_route():
    (finding,) = told(a_check(1, 3, 760.0))
    assert finding.kind == "en_route_control"
    assert "no_register" in codes(finding)


def test_a_halt_that_positions_show_speaks_for_it():
    (alone,) = told(a_check(1, 3, LONELY_KM))
    (seen,) = told(a_check(1, 3, LONELY_KM), way=a_way(a_halt(2.95, 6, LONELY_KM)))
    assert seen.confidence > alone.confidence
    assert "told_without_positions" not in codes(seen)


def test_others_raise_it_and_other_operators_most():
    same = [replace(a_check(n, 3 + 2 * n, LONELY_KM), vehicle_id=f"bus{n}") for n in range(4)]
    others = [by(f"bus{n}", check) for n, check in enumerate(same)]
    (one,), (more,), (most,) = told(same[0]), told(*same), told(*others)
    assert one.confidence < more.confidence < most.confidence <= SUREST
    assert most.severity == "medium"


def test_an_authorised_place_and_a_doubtful_one_a_border_and_the_departure_accuse_nobody():
    assert told(a_check(1, 3, TOWN_KM), a_check(2, 9, 110.8)) == []
    post = world()[0].posts["CI-noe"].points[0]
    assert told(replace(a_check(1, 3, LONELY_KM), latitude=post.latitude, longitude=post.longitude)) == []


def test_what_the_scan_finds_at_the_place_absorbs_it_and_a_stretch_all_inside():
    check = a_check(1, 3, GHANA_KM)
    (own,) = told(check)
    near = replace(barrier(own.section_km + 1.5), section_id=own.section_id)
    far = replace(near, section_km=own.section_km + 4)
    stretch = replace(far, estimate=(5, 4, 7), from_km=far.km - 3, to_km=far.km + 3)
    assert [told(check, scanned=[one]) for one in (near, far, stretch)] == [[], [own], []]


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=4))
def test_order_and_repetition_change_nothing(order, doubled):
    checks = [by(f"bus{n % 3}", a_check(n + 1, 3 + 5 * n, LONELY_KM + 0.7 * n)) for n in range(6)]
    assert told(*(checks[n] for n in order)) == told(*checks)
    again = told(*checks, *(checks[n] for n in doubled))
    assert [(one.km, one.confidence) for one in again] == [(one.km, one.confidence) for one in told(*checks)]
