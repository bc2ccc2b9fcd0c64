"""An agency's inspectorate answers what is said about it: what it sees, what it does not, and who may not."""

from datetime import timedelta

import pytest
from sqlmodel import select

from checkpoints.flag_keeping import Flags
from checkpoints.flags import Flag
from dashboard.flag_decisions import decide
from dashboard.flag_reading import decisions_for
from tests.checkpoints.flag_stories import Told, barrier, slot
from tests.dashboard.people import token_on
from tests.dashboard.whole_site import whole_site
from tracker.errors import BadInput, NotAllowed
from tracker.log import LogRow
from tracker.scope import Role, Viewer, scope_of

MANY = {"halts": 9, "passes": 20, "coaches": 4, "operators": 2}
INSPECTOR = Viewer(1, "An inspector", Role.FOCAL_POINT, agency="police", country="CI")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    about = {"agency": "police", "country": "CI", "counts": MANY}
    told = {
        "own": barrier(20, **about, hours=(20.0, 5.0)),
        "few": barrier(30, **about | {"counts": MANY | {"coaches": 2}}),
        "single": barrier(40, **about | {"counts": {"reports": 1, "coaches": 1, "operators": 1}}),
        "other_agency": barrier(50, **about | {"agency": "customs"}),
        "elsewhere": barrier(60, **about | {"country": "GH"}),
        "unnamed": barrier(70, **about | {"agency": None}),
        "harassment": barrier(80, **about, kind="harassment"),
        "protected": barrier(90, **about, severity="high"),
    }
    flags = Flags([Told(findings=list(told.values()))], lambda finding: finding.severity == "high")
    with whole_site(tmp_path_factory.mktemp("answers")) as made:
        with made.database.writing() as session:
            flags.finish(session, [slot(4)])
            names = {round(flag.section_km): flag.flag_id for flag in session.exec(select(Flag))}
        yield made, {name: names[round(finding.section_km)] for name, finding in told.items()}


def flag_of(site, flag_id):
    with site.database.reading() as session:
        return session.get(Flag, flag_id)


def test_it_sees_flags_that_name_it_in_its_country_as_a_band_days_hours_and_counts_and_nothing_else(site):
    pages, flags = site
    page = pages.browser("inspectorate").get("/answers").text
    assert f'data-flag="{flags["own"]}"' in page
    assert page.count("data-flag=") == 1
    assert "km 320 to 330" in page
    assert "20–5" in page
    for hidden in ("bus-sti", "utb", "5.2000", "-1.2000", "concentrated", "evidence/"):
        assert hidden not in page.split("<main")[1]


def test_not_before_seventy_two_hours_have_passed(site):
    pages, flags = site
    last = flag_of(pages, flags["own"]).last_seen_at
    with pages.database.writing() as session:
        session.get(Flag, flags["own"]).last_seen_at = pages.clock.now() - timedelta(hours=71)
    assert "data-flag=" not in pages.browser("inspectorate").get("/answers").text
    with pages.database.writing() as session:
        session.get(Flag, flags["own"]).last_seen_at = last


def test_an_answer_is_sealed_changes_no_status_and_stands_on_the_flag_for_those_who_decide(site):
    pages, flags = site
    browser, name = pages.browser("inspectorate"), flags["own"]
    token = token_on(browser.get("/answers").text)
    words = "A check ordered for Mr Mensah, +233 24 123 4567: the convoy of that week."
    answer = browser.post(f"/answers/{name}", data={"csrf_token": token, "text": words})
    assert answer.status_code == 303
    before = flag_of(pages, name)
    pages.app.state.parts.pipeline.run_all()
    after = flag_of(pages, name)
    assert (after.status, after.changed_at) == (before.status, before.changed_at)
    seen = pages.browser("monitor").get(f"/flags/{name}").text
    assert "the convoy of that week" in seen
    assert "4567" not in seen
    assert "the convoy of that week" in pages.browser("inspectorate").get("/answers").text
    with pages.database.reading() as session:
        assert all(b"convoy" not in row.body for row in session.exec(select(LogRow).where(LogRow.kind == "decision")))


@pytest.mark.parametrize("name", ["few", "single", "other_agency", "elsewhere", "unnamed", "harassment", "protected"])
def test_it_may_not_answer_what_is_not_about_it_or_would_lead_to_a_crew(site, name):
    pages, flags = site
    browser = pages.browser("inspectorate")
    token = token_on(browser.get("/answers").text)
    refused = browser.post(f"/answers/{flags[name]}", data={"csrf_token": token, "text": "words"})
    assert refused.status_code == 404


@pytest.mark.parametrize(
    "who", ["monitor", "protection_officer", "focal_point", "dispatcher", "driver", "official", "administrator"]
)
def test_nobody_else_answers_for_an_agency(site, who):
    pages, flags = site
    browser = pages.browser(who)
    assert browser.get("/answers").status_code == 403
    viewer = Viewer(2, who, Role(who), operator_id="sti", post_id="CI-noe", country="CI")
    assert "answer" not in decisions_for(scope_of(viewer), flag_of(pages, flags["own"]))


def test_an_inspectorate_closes_nothing_and_sees_no_flag_s_page(site):
    pages, flags = site
    own = flag_of(pages, flags["own"])
    assert decisions_for(scope_of(INSPECTOR), own) == ["answer"]
    for decision in ("review", "corroborate", "comment"):
        with pytest.raises(NotAllowed):
            decide(pages.app.state.parts, scope_of(INSPECTOR), own, {"decision": decision, "text": "words"})
    with pytest.raises(BadInput, match=r"."):
        decide(pages.app.state.parts, scope_of(INSPECTOR), own, {"decision": "answer", "text": " "})
    browser = pages.browser("inspectorate")
    for path in ("/flags", f"/flags/{own.flag_id}", f"/flags/{own.flag_id}/evidence/0"):
        assert browser.get(path).status_code == 403
        assert browser.get(f"/api/v1{path}").status_code == 403
    assert browser.post(f"/api/v1/flags/{own.flag_id}/decisions", json={"decision": "answer"}).status_code == 403


def test_programs_of_an_inspectorate_read_the_same_and_answer_once(site):
    pages, flags = site
    browser, own = pages.browser("inspectorate"), flags["own"]
    listed = browser.get("/api/v1/answers").json()["items"]
    assert [(one["flag_id"], one["from_km"], one["counts"]) for one in listed] == [(own, 320.0, MANY)]
    assert "bus-sti" not in str(listed)
    csrf = {"X-CSRF-Token": token_on(browser.get("/answers").text)}
    said = {"text": "The post was withdrawn on 3 June.", "id": "7a3f9c52-6c0e-4c0e-9a51-0f6f6f0a7c11"}
    for _ in range(2):
        assert browser.post(f"/api/v1/answers/{own}", json=said, headers=csrf).json()["status"] == "accepted"
    pages.app.state.parts.pipeline.run_all()
    (after,) = browser.get("/api/v1/answers").json()["items"]
    assert [one["text"] for one in after["answers"]].count(said["text"]) == 1
    refused = browser.post(f"/api/v1/answers/{flags['few']}", json=said, headers=csrf)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_answerable")
    assert browser.post(f"/api/v1/answers/{own}", json={"text": " "}, headers=csrf).status_code == 422
