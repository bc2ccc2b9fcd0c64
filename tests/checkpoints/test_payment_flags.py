"""Illicit payments by place; authorised places with too many posts; corridors with more stops than the norm."""

from dataclasses import replace

from checkpoints.control_stops import make_stops
from checkpoints.device_suspects import DeviceSuspects
from checkpoints.excess_controls import ExcessControls, sureness
from checkpoints.excess_points import ExcessPoints, find_excess_points
from checkpoints.harassment_flags import HarassmentFlags, is_protected
from checkpoints.payment_flags import PaymentFlags, find_payments
from checkpoints.register import seed
from checkpoints.reported_controls import ReportedControl, ReportedIncident
from tests.checkpoints.road import a_check, at, paid, point, world
from tracker.geography import seed as seed_geography

RULES = (
    PaymentFlags(),
    HarassmentFlags(),
    ExcessPoints(),
    ExcessControls("mechanism"),
    ExcessControls("uemoa"),
    DeviceSuspects(),
)


def stops_of(*checks):
    return make_stops(checks, {}, world()[0])[0]


def of(coach, check):
    return replace(check, vehicle_id=coach, operator_id=f"op-{coach}")


def test_one_report_is_a_finding_of_low_confidence_and_three_of_two_coaches_are_more():
    checks = [of(c, a_check(n, 3 + n, 150.0, payments=(paid(),))) for n, c in enumerate("ABC")]
    [one] = find_payments(stops_of(checks[0]))
    [more] = find_payments(stops_of(*checks))
    assert (one.grounds[0].code, one.severity) == ("payment_reported_once", "low")
    assert one.confidence < 0.3 < more.confidence < 1
    assert more.counts["operators"] == 3
    assert [e.first_seq for e in more.evidence] == [0, 1, 2]


def test_listed_and_unknown_charges_are_not_illicit():
    checks = [a_check(n, n, 150.0, payments=(paid(basis=b),)) for n, b in enumerate(("listed_charge", "unknown"), 1)]
    assert find_payments(stops_of(*checks)) == []


def test_amounts_stay_in_their_own_money():
    checks = [a_check(n, n, 300.0, payments=(paid(n, m),)) for n, m in enumerate(("GHS", "GHS", "XOF"), 1)]
    [found] = find_payments(stops_of(*checks))
    amounts = {g.values["currency"]: g.values for g in found.grounds if g.code == "payment_amounts"}
    assert (amounts["GHS"]["payments"], amounts["GHS"]["median"], amounts["XOF"]["most"]) == (2, 1.5, 3)


def test_an_authorised_point_with_two_posts_has_one_too_many_and_one_coach_proves_nothing():
    checks = [
        of(c, a_check(n, 10 + n / 2, km)) for n, (c, km) in enumerate([("A", 936), ("A", 938), ("B", 936), ("B", 938)])
    ]
    [found] = find_excess_points(stops_of(*checks), world()[1])
    assert (found.counts["posts"], found.counts["allowed"]) == (2, 1)
    assert find_excess_points(stops_of(*checks[:2]), world()[1]) == []


def test_sureness_follows_the_coaches_not_the_trips():
    assert sureness([("A", 9)] * 9 + [("B", -1), ("C", -1)]) < 1.0
    assert sureness([(c, 4) for c in "ABC"]) == 1.0
    assert sureness([(c, -1) for c in "ABC"]) == 0.0


def test_rules_on_the_tables_give_the_same_twice_and_nothing_of_nothing(sqlite_database):
    with sqlite_database.writing() as session:
        seed_geography(session)
        seed(session)
        assert [rule.find(session, at(24)) for rule in RULES] == [[]] * len(RULES)
        shared = {"received_at": at(3), "latitude": point(153.0)[0], "longitude": point(153.0)[1]}
        told = [("A", ["verbal_abuse"]), ("A", ["verbal_abuse"]), ("B", ["detention", "verbal_abuse"])]
        for seq, (coach, kinds) in enumerate(told, 1):
            session.add(
                ReportedControl(
                    seq=seq, operator_id="sti", vehicle_id=coach, agency="police", observed_at=at(3 + seq / 100),
                    harassment=kinds, payments=[{"amount": 5, "currency": "XOF", "basis": "no_receipt"}], **shared,
                )
            )  # fmt: skip
        session.add(
            ReportedIncident(seq=9, operator_id="sti", vehicle_id="C", agency="armed_group",
                             incident_type="harassment", observed_at=at(4), **shared)
        )  # fmt: skip
        session.flush()
        first, second = ([rule.find(session, at(24)) for rule in RULES] for _ in range(2))
    assert first == second
    payments, harassment, *others = first
    assert len(payments) == 1
    assert others == [[], [], [], []]
    plain, protected = harassment
    assert (is_protected(plain), is_protected(protected), protected.severity) == (False, True, "high")
    assert (plain.counts["reports"], plain.counts["doubles"]) == (1, 1)
    assert plain.to_km - plain.from_km == 10
    assert plain.km == 155.0  # the middle of the stretch, not where the reporter was
    assert plain.confidence < 0.5
    assert (plain.started_at, plain.ended_at) == (at(0), at(24))
    assert {e.vehicle_id for f in harassment for e in f.evidence} == {"A", "B"}
