"""An administrator sets the status of a section and it holds at once; its operator reads the safety alerts, nobody else."""

from datetime import timedelta

import pytest

from dashboard.audit import list_entries, read_details
from tests.dashboard.journey_world import Journey, a_company, tell
from tests.dashboard.map_world import a_coach, a_control, an_incident, geography_of
from tests.dashboard.people import token_on
from tests.dashboard.whole_site import whole_site
from tracker.fact_tables import CoachNow

HOUR = timedelta(hours=1)
ROAD = "accra--akatsi"


@pytest.fixture
def site(tmp_path):
    with whole_site(tmp_path) as made:
        yield made


def set_status(site, who="administrator", **changes):
    browser = site.browser(who)
    today = site.clock.now().date().isoformat()
    given = {"section_id": ROAD, "status": "restricted", "valid_from": today, "source": "decree 12", "source_on": today}
    token = token_on(browser.get("/account").text)
    return browser.post("/security", data={"csrf_token": token} | given | changes)


def live(site, who):
    browser = site.browser(who)
    return {row[0] for row in browser.get("/map/live.json").json()["coaches"]["rows"]}


def test_a_status_that_is_set_holds_at_once_is_read_by_all_and_leaves_a_trace(site):
    now = site.clock.now()
    with site.database.writing() as session:
        corridor = geography_of(session).get_corridor("ABJ-LOS")
        for operator_id in ("sti", "utb"):
            a_company(session, operator_id, now, [f"{operator_id}-1"])
            a_coach(session, f"{operator_id}-1", operator_id, corridor.point_at(600), now)
    assert live(site, "monitor") == {"sti-1", "utb-1"}
    assert set_status(site).status_code == 303
    assert (live(site, "monitor"), live(site, "administrator"), live(site, "dispatcher")) == (set(), set(), {"sti-1"})
    for who in ("monitor", "official", "dispatcher", "administrator"):
        page = site.browser(who).get("/security", headers={"accept-language": "en"}).text
        assert (f'data-section="{ROAD}"' in page, "decree 12" in page, 'name="section_id"' in page) == (
            True, True, who == "administrator",
        )  # fmt: skip
    assert "/security" in site.browser("monitor").get("/corridors/ABJ-LOS").text
    with site.database.reading() as session:
        (entry,) = list_entries(session, action="security.set")
    assert entry.object == f"section:{ROAD}"
    assert read_details(entry)["status"] == "restricted"


def test_nobody_else_sets_it_and_what_is_wrong_changes_nothing(site):
    for who in ("monitor", "dispatcher", "focal_point", "protection_officer", "official"):
        assert set_status(site, who).status_code == 403
    assert set_status(site, section_id="nowhere").status_code == 422
    assert set_status(site, source_on="").status_code == 422
    assert set_status(site).status_code == 303
    yesterday = (site.clock.now().date() - timedelta(days=1)).isoformat()
    assert set_status(site, status="normal", valid_from=yesterday).status_code == 422
    with site.database.reading() as session:
        assert len(list_entries(session, action="security.set")) == 1


def test_safety_alerts_are_of_own_coaches_for_their_operator_alone(site):
    now = site.clock.now()
    with site.database.writing() as session:
        geography = geography_of(session)
        corridor = geography.get_corridor("ABJ-LOS")
        inside, outside = corridor.point_at(600), corridor.point_at(450)
        for number, operator_id in enumerate(("sti", "utb")):
            seq, coach = 100 * number, f"{operator_id}-1"
            a_company(session, operator_id, now, [coach, f"{operator_id}-2"])
            for place in (inside, outside):
                for agency in ("armed_group", "military", "police"):
                    a_control(session, seq := seq + 1, operator_id, place, now - HOUR, vehicle_id=coach, agency=agency)
            an_incident(session, seq := seq + 1, operator_id, outside, now - HOUR, incident_type="insecurity")
            an_incident(session, seq + 1, operator_id, inside, now - HOUR, incident_type="delay")
            drive = Journey(
                geography, "ABJ-LOS", f"T-{operator_id}", now - 9 * HOUR, 400, 740, kmh=60.0, silence=(560, 600)
            )
            tell(session, operator_id, coach, drive.facts(now))
            a_coach(
                session,
                f"{operator_id}-2",
                operator_id,
                inside,
                now,
                heard_at=now - 2 * HOUR,
                trip_id=f"T2-{operator_id}",
            )
            here = session.get(CoachNow, f"{operator_id}-2")
            assert here is not None
            here.observed_at = now - 2 * HOUR
    set_status(site)
    for who, own in (("dispatcher", "sti"), ("dispatcher_elsewhere", "utb")):
        items = site.browser(who).get("/api/v1/safety-alerts").json()["items"]
        assert {item["operator_id"] for item in items} == {own}
        kinds = sorted(item["kind"] for item in items)
        assert kinds == ["armed_group", "armed_group", "insecurity", "military", "silence", "silence"]
        assert [item["until"] for item in items if item["kind"] == "silence" and item["vehicle_id"] == f"{own}-2"] == [
            None
        ]
        assert 'data-panel="safety"' in site.browser(who).get("/trips").text
        assert site.browser(who).get("/api/v1/safety-alerts?format=csv").text.count("\n") == 7
    for who in ("driver", "monitor", "administrator", "protection_officer", "focal_point", "official"):
        assert site.browser(who).get("/api/v1/safety-alerts").status_code == 403
        assert 'data-panel="safety"' not in site.browser(who).get("/trips").text
    reported = {row["agency"] for row in site.browser("monitor").get("/api/v1/controls").json()["items"]}
    assert reported == {"military", "police"}, "those on the free road"
