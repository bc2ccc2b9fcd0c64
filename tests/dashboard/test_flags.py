"""Flags from fixes to pages: the same whatever the batches, seen by whom they concern, decided about in the log."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

import orjson
import pytest
from sqlmodel import select

from checkpoints.flag_keeping import Flags
from checkpoints.flags import Flag, FlagDecision, FlagEvidence, list_decisions, list_flags
from dashboard.flag_decisions import decide
from dashboard.flag_reading import decisions_for
from dashboard.pipeline import PROJECTIONS
from dashboard.simulation import roads_of
from dashboard.tables import METADATA
from telemetry.kinds import Kind
from telemetry.seal import erase
from telemetry.simulator.play import play
from telemetry.simulator.scenario_files import parse_scenario
from tests.checkpoints.flag_stories import Told, barrier, slot
from tests.dashboard.people import token_on
from tests.dashboard.whole_site import whole_site
from tests.tracker.places_of_truth import shipped
from tracker.database import Database
from tracker.errors import BadInput, Conflict
from tracker.geography import seed
from tracker.log import Entry, LogRow, append
from tracker.pipeline import Pipeline, tick
from tracker.scope import Role, Viewer, scope_of

LEFT_OUT = {"authorised_place": 12, "no_place": 3}
STORY = b"""
name: three days
seed: 3
start: 2026-06-01T00:00:00Z
days: 3
fleet: {operators: 3, vehicles: 24, trips_per_vehicle_per_day: 1}
corridors: [LFW-COO]
sampling: {interval_s: 60, jitter_m: 12}
checkpoints:
  - {corridor: LFW-COO, at_km: 95.0, listed: false, agency: police, stop_share: 0.9, minutes: [3, 9]}
"""


def entries():
    """What the fleet's units say of their positions, as entries of the log."""
    scenario = parse_scenario(STORY)
    for said in play(scenario, roads_of(scenario, shipped())):
        if said.kind is not Kind.POSITION:
            continue
        operator_id, vehicle_id = said.topic.split("/")[3:5]
        for body in said.bodies:
            observed, sent = (datetime.fromtimestamp(body[name], UTC) for name in ("observed_at", "sent_at"))
            content = {k: v for k, v in body.items() if k != "sent_at"} | {"observed_at": observed.isoformat()}
            written = orjson.dumps(content)
            yield Entry(
                uuid5(NAMESPACE_OID, f"{vehicle_id}{body['observed_at']}"), f"vehicles/{operator_id}/{vehicle_id}", "position",
                f"unit-{vehicle_id}", "mqtt", observed, sent, sent, written, sha256(written).digest(),
            )  # fmt: skip


def flags_of(folder, batch, backlog):
    """Fill a log, with a slot in its middle and one at its end, and run every projection over it."""
    database = Database(f"sqlite:///{folder}/{batch}.sqlite3")
    METADATA.create_all(database.engine)
    everything = list(entries())
    with database.writing() as session:
        seed(session)
        append(database, session, everything[: len(everything) // 2])
    tick(database, everything[len(everything) // 2].received_at, 60)
    with database.writing() as session:
        append(database, session, everything[len(everything) // 2 :])
    tick(database, everything[-1].received_at + timedelta(hours=2), 60)
    pipeline = Pipeline(database, PROJECTIONS, batch, backlog)
    pipeline.run_all()
    if backlog:
        pipeline.rebuild("flags")
    with database.reading() as session:
        rows = [flag.model_dump() for flag in list_flags(session)]
        rows += [
            one.model_dump()
            for one in session.exec(select(FlagEvidence).order_by(FlagEvidence.flag_id, FlagEvidence.number))
        ]
    database.close()
    return rows


def test_a_barrier_becomes_a_flag_and_the_same_flag_however_the_log_is_cut_or_replayed(tmp_path):
    first = flags_of(tmp_path, 500, 0)
    barriers = [row for row in first if row.get("kind") == "en_route_control"]
    assert len(barriers) == 1
    km = shipped().get_corridor("LFW-COO").find_km(barriers[0]["section_id"], barriers[0]["section_km"])
    assert km == pytest.approx(95, abs=0.2)
    assert barriers[0]["confidence"] > 0.9
    assert flags_of(tmp_path, 5000, 50_000) == first


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    harassment = barrier(20, kind="harassment")
    violence = barrier(25, kind="harassment", agency="police")
    other = barrier(63, confidence=0.8)
    flags = Flags(
        [Told(findings=[barrier(), other, harassment, violence], left_out=LEFT_OUT)],
        lambda finding: finding.agency == "police",
    )
    with whole_site(tmp_path_factory.mktemp("flags")) as made:
        with made.database.writing() as session:
            flags.finish(session, [slot(4)])
        yield made


def flag_id(site, kind="unlisted_checkpoint", is_protected=False):
    with site.database.reading() as session:
        return next(
            flag.flag_id
            for flag in session.exec(select(Flag))
            if flag.kind == kind and flag.is_protected is is_protected and flag.section_km != 63
        )


def other_id(site):
    with site.database.reading() as session:
        return next(flag.flag_id for flag in session.exec(select(Flag)) if flag.section_km == 63)


def listed(site, who, query=""):
    return {item["flag_id"] for item in site.browser(who).get(f"/api/v1/flags{query}").json()["items"]}


def test_who_sees_which_flags(site):
    common, told, violence = flag_id(site), flag_id(site, "harassment"), flag_id(site, "harassment", is_protected=True)
    assert listed(site, "monitor") == {common, told, other_id(site)}
    assert listed(site, "protection_officer") == {common, told, violence, other_id(site)}
    assert listed(site, "monitor", "?corridor=ABJ-LOS&kind=harassment") == {told}
    assert listed(site, "monitor", "?corridor=TEM-OUA") == set()
    assert site.browser("monitor").get(f"/api/v1/flags/{violence}").status_code == 404
    assert site.browser("monitor").get(f"/flags/{violence}").status_code == 404


def test_a_flag_says_why_what_it_rests_on_and_what_it_does_not_claim_in_the_reader_s_language(site):
    english = site.browser("monitor").get(f"/api/v1/flags/{flag_id(site)}", headers={"Accept-Language": "en"}).json()
    french = site.browser("monitor").get(f"/api/v1/flags/{flag_id(site)}", headers={"Accept-Language": "fr"}).json()
    assert english["grounds"][0]["message"] == "9 of 20 coaches that passed were halted here."
    assert french["grounds"][0]["message"] == "9 cars sur 20 passés ici ont été arrêtés."
    assert "guilty" in english["does_not_claim"]
    assert [piece["vehicle_id"] for piece in english["evidence"]] == ["bus-sti", "bus-utb"]


def test_what_was_left_out_is_shown_with_reasons_to_those_who_see_every_flag(site):
    assert site.browser("monitor").get("/api/v1/flags").json()["left_out"] == {"authorised_place": 12, "no_place": 3}
    page = site.browser("monitor").get("/flags").text
    assert "halts at authorised places</dt><dd>12" in page
    for who in ("dispatcher", "focal_point"):
        assert site.browser(who).get("/api/v1/flags").json()["left_out"] is None
        assert 'data-panel="left-out"' not in site.browser(who).get("/flags").text


def test_nobody_learns_from_harassment_which_coach_told_it(site):
    details = site.browser("monitor").get(f"/api/v1/flags/{flag_id(site, 'harassment')}").json()
    assert {piece["vehicle_id"] for piece in details["evidence"]} == {None}
    assert {piece["operator_id"] for piece in details["evidence"]} == {None}
    assert all(piece["started_at"].endswith("T00:00:00Z") for piece in details["evidence"])
    page = site.browser("monitor").get(f"/flags/{flag_id(site, 'harassment')}").text
    assert "bus-sti" not in page
    messages = site.browser("monitor").get(f"/api/v1/flags/{flag_id(site, 'harassment')}/evidence/0")
    assert messages.status_code == 403


def test_pages_show_list_flag_and_raw_messages(site):
    browser = site.browser("monitor")
    assert f'data-flag="{flag_id(site)}"' in browser.get("/flags").text
    assert f'data-flag="{flag_id(site)}"' not in browser.get("/flags?status=dismissed").text
    page = browser.get(f"/flags/{flag_id(site)}").text
    assert 'data-decision="corroborate"' in page
    assert browser.get(f"/flags/{flag_id(site)}/evidence/0").status_code == 200
    assert browser.get(f"/flags/{flag_id(site)}/evidence/99").status_code == 404


def test_a_decision_is_judged_logged_replayed_and_shown(site):
    browser, name = site.browser("monitor"), flag_id(site)
    token = token_on(browser.get(f"/flags/{name}").text)
    refused = browser.post(f"/flags/{name}/decisions", data={"csrf_token": token, "decision": "confirm"})
    assert refused.status_code == 422
    taken = browser.post(f"/flags/{name}/decisions", data={"csrf_token": token, "decision": "corroborate"})
    assert taken.status_code == 303
    pipeline = site.app.state.parts.pipeline
    pipeline.run_all()
    said = browser.get(f"/api/v1/flags/{name}").json()
    assert said["status"] == "corroborated"
    assert [(one["decision"], one["role"]) for one in said["decisions"]] == [("corroborate", "monitor")]
    focal = site.browser("focal_point").get(f"/flags/{name}")
    assert focal.status_code == 404 or 'data-decision="dismiss"' not in focal.text


def test_a_comment_is_sealed_redacted_and_read_by_those_who_decide(site):
    name, browser = flag_id(site), site.browser("monitor")
    token = token_on(browser.get(f"/flags/{name}").text)
    words = "Call Mr Mensah on +233 24 123 4567: the rope was up at nine."
    form = {"csrf_token": token, "decision": "comment", "text": words}
    assert browser.post(f"/flags/{name}/decisions", data=form).status_code == 303
    site.app.state.parts.pipeline.run_all()
    (comment,) = [
        one
        for one in site.browser("protection_officer").get(f"/api/v1/flags/{name}").json()["decisions"]
        if one["decision"] == "comment"
    ]
    assert "the rope was up at nine" in comment["said"]["text"]
    assert "4567" not in comment["said"]["text"]
    assert "Mensah" not in comment["said"]["text"]
    assert "rope" in site.browser("monitor").get(f"/flags/{name}").text
    with site.database.reading() as session:
        written = b"".join(row.body for row in session.exec(select(LogRow).where(LogRow.kind == "decision")))
        stored = [one.said for one in session.exec(select(FlagDecision)) if one.decision == "comment"]
        key_id = UUID(stored[0]["text"]["key_id"])
    assert b"rope" not in written
    with site.database.writing() as session:
        assert erase(session, key_id, site.clock.now())
    assert "rope" not in site.browser("monitor").get(f"/flags/{name}").text


def test_a_deadline_that_is_over_is_marked_and_listed(site):
    name, today = flag_id(site), site.clock.now().date()
    browser = site.browser("monitor")
    token = token_on(browser.get(f"/flags/{name}").text)

    def set_to(day):
        form = {"csrf_token": token, "decision": "deadline", "due": day.isoformat()}
        answer = browser.post(f"/flags/{name}/decisions", data=form)
        site.app.state.parts.pipeline.run_all()
        return answer.status_code

    assert set_to(today - timedelta(days=1)) == 422
    assert set_to(today) == 303
    assert f'data-flag="{name}"' not in site.browser("monitor").get("/flags?status=overdue").text
    with site.database.writing() as session:
        session.get(Flag, name).due_on = today - timedelta(days=1)
    late = site.browser("monitor").get("/flags?status=overdue").text
    assert f'data-flag="{name}"' in late
    assert "overdue" in late


def test_flags_are_merged_and_split_by_monitors_and_not_by_a_focal_point(site):
    name, other = flag_id(site), other_id(site)
    browser = site.browser("monitor")
    page = browser.get(f"/flags/{other}").text
    assert f'<option value="{name}">' in page
    token = token_on(page)

    def posted(**form):
        answer = browser.post(f"/flags/{other}/decisions", data={"csrf_token": token, **form})
        site.app.state.parts.pipeline.run_all()
        return answer.status_code

    assert posted(decision="merge", into=flag_id(site, "harassment")) == 422
    assert posted(decision="merge", into=other) == 422
    assert posted(decision="merge", into=name) == 303
    assert other not in listed(site, "monitor")
    assert f"/flags/{other}" in site.browser("monitor").get(f"/flags/{name}").text
    assert 'data-decision="split"' in site.browser("monitor").get(f"/flags/{other}").text
    assert posted(decision="dismiss", reason="duplicate") == 422
    assert posted(decision="split") == 303
    assert other in listed(site, "monitor")
    assert "merge" not in decisions_for(scope_of(Viewer(1, "f", Role.FOCAL_POINT, country="GH")), the_flag(site, other))
    assert "comment" in decisions_for(scope_of(Viewer(1, "f", Role.FOCAL_POINT, country="GH")), the_flag(site, other))


def test_a_decision_sent_again_by_its_id_is_taken_once_and_another_one_by_that_id_not(site):
    parts, name, scope = site.app.state.parts, other_id(site), scope_of(Viewer(1, "Ama", Role.MONITOR))
    comment, review = uuid4(), uuid4()
    for _ in range(2):
        decide(parts, scope, the_flag(site, name), {"decision": "comment", "text": "a rope at nine"}, comment)
        decide(parts, scope, the_flag(site, name), {"decision": "review"}, review)
        parts.pipeline.run_all()
    with site.database.reading() as session:
        taken = [one.decision for one in list_decisions(session, name)]
    assert (taken.count("comment"), taken.count("review")) == (1, 1)
    with pytest.raises(Conflict):
        decide(parts, scope, the_flag(site, name), {"decision": "comment", "text": "another rope"}, comment)
    with pytest.raises(Conflict):
        decide(parts, scope_of(Viewer(2, "Kofi", Role.MONITOR)), the_flag(site, name), {"decision": "review"}, review)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"decision": ""}, "unknown_decision"),
        ({"decision": "comment", "text": " \n"}, "comment_needs_text"),
        ({"decision": "comment", "text": "x" * 2001}, "comment_too_long"),
        ({"decision": "merge", "into": str(UUID(int=7))}, "merge_needs_flag"),
        ({"decision": "deadline", "due": "tomorrow"}, "deadline_needs_day"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_its_reason(site, given, code):
    with pytest.raises(BadInput) as refused:
        decide(site.app.state.parts, scope_of(Viewer(1, "Ama", Role.MONITOR)), the_flag(site, other_id(site)), given)
    assert [reason.code for reason in refused.value.reasons] == [code]


def test_an_operator_is_not_told_of_a_merged_flag_that_is_not_its_own(site):
    name, other = flag_id(site), other_id(site)
    with site.database.writing() as session:
        session.get(Flag, other).merged_into = name
        gone = session.exec(
            select(FlagEvidence).where(FlagEvidence.flag_id == other, FlagEvidence.operator_id == "sti")
        )
        for piece in gone.all():
            session.delete(piece)
    assert f"/flags/{other}" in site.browser("monitor").get(f"/flags/{name}").text
    own = site.browser("dispatcher").get(f"/flags/{name}")
    assert own.status_code == 200
    assert f"/flags/{other}" not in own.text


def the_flag(site, name):
    with site.database.reading() as session:
        return session.get(Flag, name)


def test_page_and_api_say_what_the_two_laws_say_of_the_place(site):
    said = site.browser("monitor").get(f"/api/v1/flags/{flag_id(site)}").json()["law"]
    assert said["mechanism_status"] == "en_route"
    assert said["national_status"] in ("no_register", "unlisted")
    assert site.browser("monitor").get(f"/api/v1/flags/{flag_id(site, 'harassment')}").json()["law"] is None
    assert 'data-panel="law"' in site.browser("monitor").get(f"/flags/{flag_id(site)}").text


@pytest.mark.parametrize(
    ("language", "posts"), [("en", "about 7 (6 to 9)"), ("fr", "environ 7 (de 6 à 9)"), ("pt", "cerca de 7 (de 6 a 9)")]
)
def test_a_dense_stretch_says_how_many_posts_on_its_page_in_lists_and_over_the_api(site, language, posts):
    name, values = flag_id(site), {"posts": 7, "low": 6, "high": 9, "places": 6}
    with site.database.writing() as session:
        flag = session.get(Flag, name)
        before, flag.estimate, flag.from_km, flag.to_km = flag.grounds, [7, 6, 9], 357.5, 362.5
        flag.grounds = [{"code": "posts_estimated", "values": values, "weight": None}]
    browser = site.browser("monitor")
    browser.get(f"/language/{language}")
    page = browser.get(f"/flags/{name}").text
    assert posts in page
    ground = {"en": "about 7 posts (6 to 9)", "fr": "environ 7 postes (de 6 à 9)", "pt": "cerca de 7 postos (de 6 a 9)"}
    assert ground[language] in page
    assert posts in browser.get("/flags").text
    said = browser.get(f"/api/v1/flags/{name}").json()
    assert (said["estimate"], said["from_km"], said["to_km"]) == ([7, 6, 9], 357.5, 362.5)
    with site.database.writing() as session:
        session.get(Flag, name).grounds = before
        session.get(Flag, name).estimate = None
