"""The rule of unlisted checkpoints over stored facts: what it looks at again, and that remembering changes nothing."""

from datetime import timedelta

import pytest

from checkpoints import register
from checkpoints.unlisted_rule import UnlistedCheckpoints
from tests.checkpoints.section_traffic import DAY, HOUR, MONDAY_S, Road
from tests.checkpoints.test_false_accusations import BORDER
from tests.checkpoints.test_unlisted import BARRIER_KM, at_barrier, week
from tracker import geography
from tracker.fact_rows import COLUMNS, TABLES, FactRows, fact_id
from tracker.facts import moment
from tracker.projection import insert_rows

END = moment(MONDAY_S + 9 * DAY)


@pytest.fixture
def database(sqlite_database):
    with sqlite_database.writing() as session:
        geography.seed(session)
        register.seed(session)
    return sqlite_database


def keep(database, road, since=0):
    """Store what happened on a road, from the sighting with that number on."""
    rows = FactRows()
    for sighting in road.sightings[since:]:
        rows.add(fact_id(sighting), sighting, int(sighting.fact.settled_at.timestamp()) // 3600)
    with database.writing() as session:
        for kind, gathered in rows.rows.items():
            insert_rows(session, TABLES[kind], COLUMNS[kind], gathered)


def found(database, rule, at=END):
    with database.reading() as session:
        return rule.find(session, at)


def test_only_sections_with_new_facts_are_looked_at_again_and_the_findings_are_those_of_a_rule_that_remembers_nothing(
    database,
):
    road, other = week(Road(), at_barrier(0.6)), week(Road(section=BORDER), at_barrier(0.5, km=30.0), seed=3)
    keep(database, road)
    keep(database, other)
    rule = UnlistedCheckpoints()
    first = found(database, rule)
    assert {finding.section_id for finding in first} == {road.section.id, other.section.id}
    assert rule.looked == 2
    assert found(database, rule, END + timedelta(hours=1)) == first
    assert rule.looked == 2
    so_far = len(road.sightings)
    for number in range(4):
        road.drive(MONDAY_S + (180 + 5 * number) * HOUR, [(BARRIER_KM, 4.0)], "later", "op2")
    keep(database, road, so_far)
    again = found(database, rule)
    assert rule.looked == 3
    assert again == found(database, UnlistedCheckpoints())
    assert again != first


def test_facts_that_leave_the_window_count_no_more(database):
    road = week(Road(), at_barrier(0.6))
    keep(database, road)
    rule = UnlistedCheckpoints()
    for days in (5, 30, 36, 38, 60):
        at = END + timedelta(days=days)
        assert found(database, rule, at) == found(database, UnlistedCheckpoints(), at)
    assert found(database, rule, END + timedelta(days=60)) == []


def test_what_a_coach_did_elsewhere_makes_no_section_be_looked_at_again(database):
    road = week(Road(), at_barrier(0.6))
    keep(database, road)
    rule = UnlistedCheckpoints()
    first, so_far = found(database, rule), len(road.sightings)
    road.silence(MONDAY_S + 8.5 * DAY, MONDAY_S + 8.6 * DAY, "bus1", "op1")
    keep(database, road, so_far)
    assert found(database, rule) == first
    assert rule.looked == 1
