"""Flags over the weeks: one barrier keeps its name, goes quiet, comes back, is decided about."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel

import dashboard.tables  # noqa: F401
from checkpoints.flag_keeping import Flags
from checkpoints.flag_matching import matched
from checkpoints.flag_merging import merge_faults
from checkpoints.flag_states import DECISIONS, POSSIBLE, check, possible
from checkpoints.flags import STATUSES, Flag, RuleRun, list_decisions, list_evidence, list_flags
from tests.checkpoints.flag_stories import Told, barrier, decision, slot
from tracker.database import Database


@pytest.fixture
def session(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/flags.sqlite3")
    SQLModel.metadata.create_all(database.engine)
    with database.writing() as open_session:
        yield open_session
    database.close()


def see(session: Session, rule: Told, day: float, *findings, is_protected=lambda _: False):
    """At a slot, these are found; the rule is run although no new fact came."""
    rule.findings = list(findings)
    if (run := session.get(RuleRun, rule.name)) is not None:
        run.seen = -1000
    Flags([rule], is_protected).finish(session, [slot(day)])
    return list_flags(session, with_protected=True)


def test_the_same_barrier_next_week_is_the_same_flag_with_its_new_evidence(session):
    rule = Told()
    (first,) = see(session, rule, 4, barrier())
    name = first.flag_id
    (again,) = see(session, rule, 11, barrier(60.3, 0, 10, confidence=0.97))
    assert again.flag_id == name
    assert again.confidence == 0.97
    assert again.last_seen_at > again.first_seen_at
    assert [piece.operator_id for piece in list_evidence(session, name)] == ["sti", "utb"]
    assert len(list_evidence(session, name, ["utb"])) == 1


def test_another_place_and_another_season_are_other_flags(session):
    rule = Told()
    assert len(see(session, rule, 4, barrier(60), barrier(63))) == 2
    assert len(see(session, rule, 40, barrier(60, 30, 35), barrier(63, 0, 30))) == 3


def test_a_flag_that_went_quiet_closes_and_one_that_was_disproved_is_withdrawn(session):
    rule = Told()
    see(session, rule, 4, barrier(60), barrier(80, 0, 3))
    statuses = {flag.section_km: flag.status for flag in see(session, rule, 5, barrier(60))}
    assert statuses == {60: "open", 80: "withdrawn"}
    assert {flag.status for flag in see(session, rule, 30)} == {"closed_quiet", "withdrawn"}
    assert [flag.status for flag in see(session, rule, 31, barrier(60, 0, 16)) if flag.section_km == 60] == ["open"]


def test_what_a_person_decided_stays_when_the_machine_looks_again(session):
    rule = Told()
    (flag,) = see(session, rule, 4, barrier())
    Flags([rule]).finish(session, [decision(9, flag.flag_id, 5, decision="dismiss", reason="rest_place")])
    assert see(session, rule, 6, barrier(60, 0, 5))[0].status == "dismissed"
    assert see(session, rule, 40)[0].status == "dismissed"
    Flags([rule]).finish(session, [decision(10, flag.flag_id, 41, decision="reopen")])
    assert [one.decision for one in list_decisions(session, flag.flag_id)] == ["dismiss", "reopen"]
    assert list_flags(session)[0].status == "open"


def test_protected_flags_are_in_no_list_that_does_not_ask_for_them(session):
    see(session, Told(), 4, barrier(), is_protected=lambda _: True)
    assert list_flags(session) == []
    assert len(list_flags(session, with_protected=True)) == 1


def test_lists_are_narrowed_by_kind_status_corridor_country_operator_and_time(session):
    (flag,) = see(session, Told(), 4, barrier())
    hits = (
        {"kinds": ["unlisted_checkpoint"]}, {"statuses": ["open"]}, {"corridor_id": "ABJ-LOS"}, {"countries": ["GH"]},
        {"evidence_of": ["utb"]}, {"since": flag.last_seen_at}, {"until": flag.last_seen_at},
    )  # fmt: skip
    misses = (
        {"kinds": ["harassment"]}, {"statuses": ["dismissed"]}, {"corridor_id": "LFW-COO"}, {"countries": ["TG"]},
        {"countries": []}, {"evidence_of": ["ghost"]}, {"evidence_of": []}, {"until": flag.first_seen_at},
    )  # fmt: skip
    assert all(list_flags(session, **one) for one in hits)
    assert not any(list_flags(session, **one) for one in misses)


@given(st.lists(st.floats(0, 100), max_size=8), st.lists(st.floats(0, 100), max_size=8))
def test_each_finding_and_each_flag_is_in_one_pair_at_most_a_kilometre_apart(ours, theirs):
    findings = [barrier(km) for km in ours]
    known = [
        Flag(
            flag_id=str(n), rule="told", kind="unlisted_checkpoint", severity="low", confidence=0.5,
            first_seen_at=barrier().started_at, last_seen_at=barrier().ended_at, detected_at=barrier().ended_at,
            changed_at=barrier().ended_at, section_id="accra--takoradi", section_km=km,
        )
        for n, km in enumerate(theirs)
    ]  # fmt: skip
    pairs = matched(findings, known)
    assert sorted(id(f) for f, _ in pairs if f is not None) == sorted(map(id, findings))
    assert sorted(flag.flag_id for _, flag in pairs if flag is not None) == sorted(flag.flag_id for flag in known)
    both = [(f, flag) for f, flag in pairs if f is not None and flag is not None]
    assert all(abs(f.section_km - flag.section_km) <= 1 for f, flag in both)


def test_only_an_act_confirms_and_a_dismissal_says_why():
    act = {"authority": "Ministry", "title": "Order 12", "date": "2026-06-09", "reference": "12/2026"}
    assert check("open", {"decision": "confirm", "act": act}) == []
    missing = check("open", {"decision": "confirm", "act": act | {"reference": " "}})
    assert [(reason.code, reason.field) for reason in missing] == [("act_needed", "act.reference")]
    assert len(check("open", {"decision": "confirm"})) == 4
    assert [reason.code for reason in check("open", {"decision": "dismiss"})] == ["dismissal_needs_reason"]
    assert [reason.code for reason in check("open", {"decision": "refer"})] == ["referral_needs_whom"]
    assert [reason.code for reason in check("open", {})] == ["unknown_decision"]


@given(st.sampled_from(STATUSES), st.sampled_from([*DECISIONS, "erase"]))
def test_a_decision_is_taken_just_where_it_is_possible(status, chosen):
    body = {
        "decision": chosen, "reason": "duplicate", "to": "the committee",
        "act": {"authority": "a", "title": "t", "date": "d", "reference": "r"},
    }  # fmt: skip
    allowed = chosen in POSSIBLE and status in POSSIBLE[chosen]
    assert (check(status, body) == []) is allowed
    assert (chosen in possible(status)) is allowed


def test_two_flags_of_one_barrier_are_one_until_they_are_split_again(session):
    rule = Told()
    here, there = sorted(see(session, rule, 4, barrier(60), barrier(63)), key=lambda flag: flag.section_km)
    Flags([rule]).finish(session, [decision(9, there.flag_id, 5, decision="merge", into=here.flag_id)])
    assert [flag.flag_id for flag in list_flags(session)] == [here.flag_id]
    piece = barrier(63).evidence[0]
    other = replace(barrier(63, 0, 6), evidence=(replace(piece, ref="h9", vehicle_id="bus-9"),))
    (kept,) = see(session, rule, 7, barrier(60, 0, 5), other)
    assert (kept.section_km, kept.status) == (60, "open")
    assert {one.ref for one in list_evidence(session, here.flag_id)} == {"h0", "h1", "h9"}
    assert kept.last_seen_at == other.ended_at
    (kept,) = see(session, rule, 15, replace(other, ended_at=other.ended_at + timedelta(days=8)))
    assert (kept.flag_id, kept.section_km, kept.status) == (here.flag_id, 60, "open")
    Flags([rule]).finish(session, [decision(10, there.flag_id, 16, decision="split")])
    assert {flag.flag_id for flag in list_flags(session)} == {here.flag_id, there.flag_id}


def test_a_merge_of_things_that_are_not_the_same_changes_nothing(session):
    rule = Told()
    flags = {
        flag.section_km: flag
        for flag in see(session, rule, 4, barrier(60), barrier(75), replace(barrier(61), kind="en_route_control"))
    }
    for n, other in enumerate((75, 61, 60)):
        faults = merge_faults(flags[60], flags[other])
        assert faults
        Flags([rule]).finish(
            session, [decision(9 + n, flags[60].flag_id, 5, decision="merge", into=flags[other].flag_id)]
        )
    assert len(list_flags(session)) == 3
    abroad = replace(barrier(62), country="CI")
    there = next(flag for flag in see(session, rule, 5, barrier(60), abroad) if flag.country == "CI")
    assert [reason.code for reason in merge_faults(flags[60], there)] == ["merge_too_far"]


def test_of_two_people_at_once_the_second_changes_nothing(session):
    (flag,) = see(session, Told(), 4, barrier())
    first = decision(9, flag.flag_id, 5, decision="dismiss", reason="rest_place")
    Flags([Told()]).finish(session, [first, decision(10, flag.flag_id, 5, decision="corroborate")])
    assert list_flags(session)[0].status == "dismissed"
    assert [one.status for one in list_decisions(session, flag.flag_id)] == ["dismissed", "dismissed"]


def test_a_deadline_and_a_comment_leave_the_status_as_it_is(session):
    (flag,) = see(session, Told(), 4, barrier())
    said = [
        decision(9, flag.flag_id, 5, decision="deadline", due="2026-07-01"),
        decision(10, flag.flag_id, 6, decision="comment", text={"key_id": "k"}),
    ]
    Flags([Told()]).finish(session, said)
    (flag,) = list_flags(session)
    assert (flag.status, str(flag.due_on)) == ("open", "2026-07-01")
    assert [one.status for one in list_decisions(session, flag.flag_id)] == ["open", "open"]
    assert [reason.code for reason in check("open", {"decision": "deadline", "due": "soon"})] == ["deadline_needs_day"]
    assert [reason.code for reason in check("open", {"decision": "comment"})] == ["comment_needs_text"]
    assert [reason.code for reason in check("dismissed", {"decision": "merge", "into": "x"})] == [
        "decision_not_possible"
    ]
    assert [reason.code for reason in check("open", {"decision": "split"})] == ["decision_not_possible"]


def test_a_finding_without_a_place_is_known_by_what_it_is_about(session):
    rule = Told()
    nowhere = {"section_id": None, "section_km": None, "km": None, "corridor_id": None}
    device = replace(barrier(), kind="device_suspect", vehicle_id="bus-1", **nowhere)
    other = replace(device, vehicle_id="bus-2")
    assert len(see(session, rule, 4, device, other)) == 2
    assert len(see(session, rule, 5, device, other)) == 2


def test_findings_of_several_weeks_on_one_road_keep_each_its_own_name(session):
    rule = Told()
    weeks = [
        replace(barrier(0, 7 * n, 7 * n + 7), kind="excess_controls", section_id=None, section_km=None, km=None)
        for n in range(5)
    ]
    names = {flag.first_seen_at: flag.flag_id for flag in see(session, rule, 29, *weeks[:4])}
    again = {flag.first_seen_at: flag.flag_id for flag in see(session, rule, 36, *weeks[1:])}
    assert len(names) == 4
    assert {start: name for start, name in again.items() if start in names} == names
    assert len(again) == 5


def test_two_findings_of_one_day_about_the_same_thing_are_two_flags_and_each_keeps_its_secrecy(session):
    """As two norms for one corridor and week, two faults of one device, open and protected reports of one stretch are."""
    nowhere = {"section_id": None, "section_km": None, "km": None}
    two = [replace(barrier(agency=agency), kind="harassment", **nowhere) for agency in ("customs", "police")]

    def is_protected(finding):
        return finding.agency == "police"

    first = {flag.flag_id: flag.is_protected for flag in see(session, Told(), 4, *two, is_protected=is_protected)}
    assert sorted(first.values()) == [False, True]
    later = see(session, Told(), 5, *reversed(two), is_protected=is_protected)
    assert {flag.flag_id: flag.is_protected for flag in later} == first
    assert {flag.is_protected: flag.agency for flag in later} == {False: "customs", True: "police"}
    other = see(session, Told("another rule"), 5, two[0])
    assert len(other) == 3
