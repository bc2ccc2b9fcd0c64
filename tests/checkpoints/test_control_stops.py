"""Checks that crews report and what positions show become control stops: one place, one time, a control per agency."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints.agencies import AGENCIES
from checkpoints.checks import Check, Way, check_of
from checkpoints.control_stops import ControlStop, make_stops
from checkpoints.reported_controls import ReportedControl
from checkpoints.stop_places import find_halt, post_at
from tests.checkpoints.road import TODAY, a_check, a_crossing, a_halt, a_trip, a_way, at, km_of, paid, point, world


def stops_of(*checks: Check, way: Way | None = None, **more) -> tuple[list[ControlStop], dict[str, int]]:
    found, left_out = make_stops(checks, {"BUS": way} if way else {}, world()[0], **more)
    return found, dict(left_out)


def test_five_agencies_at_a_post_are_one_stop_with_five_controls():
    post = km_of("CI-noe")
    agencies = ("police", "gendarmerie", "customs", "forestry", "health")
    checks = [a_check(n, 3 + n / 10, post, agency) for n, agency in enumerate(agencies)]
    halt = a_halt(2.9, 60, post, "CI-noe")
    [stop], left_out = stops_of(*checks, way=a_way(halt, trips=(a_trip(),)))
    assert [control.agency for control in stop.controls] == sorted(agencies)
    assert (stop.formality, stop.seen_by, left_out) == ("exit", "both", {})
    assert stop.minutes == 60


def test_the_sides_of_a_border_are_two_stops_and_only_the_entry_is_one():
    crossing = a_crossing(3, "CI-noe", "GH-elubo")
    halts = (a_halt(3, 30, km_of("CI-noe"), "CI-noe"), a_halt(3.5, 30, km_of("GH-elubo"), "GH-elubo", "GH"))
    checks = (a_check(1, 3.1, None, "customs"), a_check(2, 3.7, None, "immigration"))
    stops, _ = stops_of(*checks, way=a_way(*halts, crossings=(crossing,)))
    assert [(s.place.post_id, s.formality, s.seen_by) for s in stops] == [
        ("CI-noe", "exit", "both"),
        ("GH-elubo", "entry", "both"),
    ]


def test_positions_alone_show_the_stops_of_a_crossing_and_a_post_that_cannot_be_split_is_one():
    stops, _ = stops_of(way=a_way(crossings=(a_crossing(3, "CI-noe", "GH-elubo"),)))
    assert [(s.formality, s.seen_by, s.controls) for s in stops] == [
        ("exit", "positions", ()),
        ("entry", "positions", ()),
    ]
    nothing = dict.fromkeys(("exit_arrived_at", "exit_left_at", "entry_arrived_at", "entry_left_at"))
    joint = a_crossing(3, "BJ-krake", "NG-seme", exit_s=None, entry_s=None, unsplit_s=3600.0, **nothing)
    [stop], _ = stops_of(way=a_way(crossings=(joint,)))
    assert stop.formality == "unsplit"


def test_driving_along_a_border_is_no_entry():
    """The line alone, without a declared post, makes no stop."""
    near = km_of("CI-noe") - 6
    [stop], _ = stops_of(a_check(1, 3, near), way=a_way(a_halt(3, 5, near), trips=(a_trip(),)))
    assert stop.formality is None
    assert stop.place.post_id is None


def test_the_grouped_control_is_before_departure_at_the_station_and_not_in_the_next_town():
    way = a_way(trips=(a_trip(start=1.0, from_km=10.0),))
    stops, _ = stops_of(a_check(1, 0.5, 10.5), a_check(2, 1.1, 14.5), a_check(3, 1.5, 11.0), way=way)
    assert [s.formality for s in stops] == ["departure", None, None]


def test_a_check_told_twice_is_one_control_and_its_payment_counts_once():
    checks = [a_check(n, 3 + n / 60, 150.0, payments=(paid(),)) for n in (1, 2)]
    [stop], _ = stops_of(*checks)
    [control] = stop.controls
    assert (control.reports, control.seqs, control.payments) == (2, (1, 2), (paid(),))
    other = a_check(3, 3.02, 150.0, payments=(paid(2000),))
    [stop], _ = stops_of(*checks, other)
    assert sorted(p.amount for p in stop.controls[0].payments) == [1000, 2000]


def test_two_halts_near_each_other_are_two_stops_and_one_place_without_halts_is_one():
    way = a_way(a_halt(3, 3, 150.0), a_halt(3.1, 3, 150.3))
    stops, _ = stops_of(a_check(1, 3.01, 150.0), a_check(2, 3.12, 150.3), way=way)
    assert len(stops) == 2
    stops, _ = stops_of(a_check(1, 3.01, 150.0), a_check(2, 3.12, 150.3, "customs"))
    assert len(stops) == 1


def test_a_check_without_a_place_takes_it_from_the_halt_else_from_the_way_else_is_counted():
    [stop], _ = stops_of(a_check(1, 3.02), way=a_way(a_halt(3, 5, 150.0)))
    assert (stop.place.basis, stop.place.km, stop.seen_by) == ("halt", 150.0, "both")
    [stop], _ = stops_of(a_check(1, 3.02), way=a_way(trips=(a_trip(),), place_at=lambda _: point(151.0)))
    assert (stop.place.basis, stop.seen_by) == ("way", "report")
    assert abs(stop.place.km - 151.0) < 0.1
    assert stops_of(a_check(1, 3.02)) == ([], {"no_place": 1})


def test_a_check_without_an_end_has_no_length_and_impossible_ends_are_not_believed():
    [stop], left_out = stops_of(a_check(1, 3, 150.0))
    assert (stop.minutes, stop.controls[0].minutes, left_out) == (None, None, {})
    reversed_, endless = a_check(1, 3, 150.0, ended_at=at(2)), a_check(2, 9, 350.0, ended_at=at(50))
    stops, left_out = stops_of(reversed_, endless)
    assert [s.minutes for s in stops] == [None, None]
    assert left_out == {"end_before_start": 1, "end_too_late": 1}


def test_money_that_does_not_exist_is_left_out_and_the_control_stays():
    [stop], left_out = stops_of(a_check(1, 3, 150.0, payments=(paid(5, "ZZZ"), paid())))
    assert [p.currency for p in stop.controls[0].payments] == ["XOF"]
    assert left_out == {"unknown_currency": 1}


def test_a_stop_by_an_armed_group_is_never_a_control_stop():
    assert stops_of(a_check(1, 3, 150.0, "armed_group")) == ([], {"armed_group": 1})


def test_an_agency_that_the_country_does_not_have_is_kept_with_its_doubt():
    [stop], _ = stops_of(a_check(1, 3, 300.0, "gendarmerie"))
    assert (stop.place.country, stop.controls[0].doubts) == ("GH", ("agency_not_in_country",))
    [stop], _ = stops_of(a_check(1, 3, 100.0, "gendarmerie"))
    assert stop.controls[0].doubts == ()


def test_halts_count_by_themselves_only_at_known_places_and_only_when_they_are_like_controls():
    way = a_way(a_halt(3, 5, 150.0), a_halt(4, 90, 200.0), a_halt(6, 5, 250.0))
    stops, _ = stops_of(way=way, is_known=lambda halt: halt.km < 220)
    assert [(s.place.km, s.seen_by, s.minutes) for s in stops] == [(150.0, "positions", 5)]


def test_a_row_of_the_table_becomes_a_check():
    row = ReportedControl(
        seq=4, operator_id="sti", vehicle_id="BUS", agency="police", observed_at=at(1), received_at=at(1),
        payments=[{"amount": 500, "currency": "XOF"}, {"currency": "XOF"}], reasons=["toll"],
    )  # fmt: skip
    check = check_of(row)
    assert [(p.amount, p.basis, p.is_illicit) for p in check.payments] == [(500.0, "unknown", False)]
    assert check.point is None


CHECKS = st.lists(
    st.builds(
        lambda seq, minute, km, agency: a_check(seq, minute / 60, km, agency, payments=(paid(),)),
        st.integers(1, 10**6), st.integers(0, 600), st.sampled_from([None, 40.0, 40.2, 149.0, 150.0, 300.0]),
        st.sampled_from(AGENCIES),
    ),
    max_size=12, unique_by=lambda check: check.seq,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(CHECKS, st.randoms())
def test_every_check_is_in_one_control_or_counted_whatever_the_order(checks, random):
    way = a_way(a_halt(2, 15, 149.9), a_halt(6, 10, 40.1), trips=(a_trip(),))
    stops, left_out = stops_of(*checks, way=way)
    told = [seq for stop in stops for control in stop.controls for seq in control.seqs]
    assert sorted(told) == sorted(set(told))
    assert len(told) + left_out.get("no_place", 0) + left_out.get("armed_group", 0) == len(checks)
    for stop in stops:
        assert len({control.agency for control in stop.controls}) == len(stop.controls)
        assert stop.started_at <= stop.ended_at
    shuffled = list(checks)
    random.shuffle(shuffled)
    assert stops_of(*shuffled, way=way) == (stops, left_out)


def test_stops_know_their_coach_and_trip():
    other = replace(a_check(2, 3, 150.0), vehicle_id="BUS-2", operator_id="utb", trip_id="X")
    stops, _ = stops_of(a_check(1, 3, 150.0), other, way=a_way(trips=(a_trip(),)))
    assert [(s.vehicle_id, s.operator_id, s.trip_id, s.direction) for s in stops] == [
        ("BUS", "sti", "T1", "up"),
        ("BUS-2", "utb", "X", None),
    ]
    assert stops[0].ended_at - stops[0].started_at == timedelta(0)


@given(
    st.lists(st.tuples(st.floats(0, 6), st.floats(1, 200), st.floats(300, 304)), max_size=8),
    st.floats(0, 6),
    st.one_of(st.none(), st.floats(300, 304)),
)
@settings(deadline=None, max_examples=60)
def test_a_checks_halt_is_the_nearest_in_time_of_all_that_could_be_meant(spans, hours, km):
    halts = sorted((a_halt(*span) for span in spans), key=lambda halt: halt.started_at)
    check = a_check(1, hours, km)

    def rank(halt):
        gap = max(halt.started_at - check.observed_at, check.observed_at - halt.ended_at, timedelta(0))
        return gap, abs(halt.started_at - check.observed_at)

    alone = [halt for halt in halts if find_halt(check, a_way(halt))]
    found = find_halt(check, a_way(*halts))
    assert (found and rank(found[1])) == (min(map(rank, alone)) if alone else None)


def test_a_post_that_moved_is_at_its_old_place_until_that_day_and_at_the_new_one_from_then_on():
    noe = world()[0].get_post("CI-noe")
    old, moved_on, inland = noe.list_points(TODAY)[0], TODAY, point(km_of("CI-noe") - 9)
    points = (
        replace(old, valid_to=moved_on),
        replace(old, latitude=inland[0], longitude=inland[1], valid_from=moved_on),
    )
    posts, before = [replace(noe, points=points)], moved_on - timedelta(days=1)
    assert post_at(old.latitude, old.longitude, before, posts) == "CI-noe" == post_at(*inland, moved_on, posts)
    assert post_at(old.latitude, old.longitude, moved_on, posts) is None is post_at(*inland, before, posts)
