"""The security status of sections: imported all or nothing, lifted from today on only, compiled to what `Scope` asks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from tests.dashboard.map_world import geography_of
from tests.dashboard.restricted_world import restrictions_on, said
from tracker.errors import BadFile
from tracker.gazetteer import SectionSecurityRecord
from tracker.geography import seed
from tracker.restrictions import Where
from tracker.security import import_security_statuses, list_statuses, load_restrictions, sections_of, statuses_on

TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HEAD = "section_id,status,valid_from,valid_to,source,source_on\n"
ROAD = "accra--akatsi"


@pytest.fixture
def roads(sqlite_database):
    with sqlite_database.writing() as session:
        seed(session)
    return sqlite_database


def bring(database, *lines, on=TODAY):
    with database.writing() as session:
        return import_security_statuses(session, (HEAD + "\n".join(lines)).encode(), on, "a file")


def reasons(database, *lines):
    with pytest.raises(BadFile) as refused:
        bring(database, *lines)
    return {(reason.code, reason.values["line"]) for reason in refused.value.reasons}


def test_a_file_with_one_bad_line_changes_nothing_and_names_every_mistake(roads):
    found = reasons(
        roads, f"{ROAD},restricted,2026-01-01,,decree 12,2025-12-30", "nowhere,restricted,2026-01-01,,x,2025-12-30",
        "accra--takoradi,closed,2026-01-01,,x,2025-12-30", "lome--x,restricted,2026-02-01,2026-01-01,x,2025-12-30",
        "accra--takoradi,restricted,,,x,soon", f"{ROAD},restricted,2026-03-01,,x,2025-12-30",
    )  # fmt: skip
    assert {
        ("unknown_section", 3),
        ("not_one_of", 4),
        ("dates_reversed", 5),
        ("value_missing", 6),
        ("not_a_date", 6),
    } <= found
    assert reasons(
        roads, f"{ROAD},restricted,2026-01-01,,x,2025-12-30", f"{ROAD},restricted,2026-03-01,,x,2025-12-30"
    ) == {("duplicate_or_overlapping", 3)}
    with roads.reading() as session:
        assert list_statuses(session) == []


def test_a_restriction_is_lifted_from_today_on_and_its_days_stay_protected(roads):
    assert bring(roads, f"{ROAD},restricted,2026-01-01,,decree 12,2025-12-30").added == 1
    assert bring(roads, f"{ROAD},restricted,2026-01-01,,decree 12,2025-12-30").unchanged == 1
    assert reasons(roads, f"{ROAD},normal,2026-06-01,,decree 13,2026-05-30") == {("lifted_in_the_past", 2)}
    assert bring(roads, f"{ROAD},normal,2026-11-23,,decree 13,2026-11-20").closed == 1
    with roads.reading() as session:
        assert {row.status for row in statuses_on(session, TODAY).values()} == {"normal"}
        found = load_restrictions(session, geography_of(session), NOON)
    assert found.covers(Where(ROAD), NOON - timedelta(days=100))
    assert not found.covers(Where(ROAD), NOON)


def test_a_day_begins_an_hour_early_where_the_clocks_are_ahead(roads):
    with roads.reading() as session:
        found = restrictions_on(geography_of(session), NOON - timedelta(days=900), ROAD)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    assert found.covers(Where(ROAD), begin - timedelta(minutes=59))
    assert not found.covers(Where(ROAD), begin - timedelta(minutes=61))


def test_a_section_is_found_by_kilometre_point_and_post_and_its_neighbours_are_not(roads):
    with roads.reading() as session:
        geography = geography_of(session)
    found = restrictions_on(geography, NOON, "CI-noe--abidjan")
    corridor = geography.get_corridor("ABJ-LOS")
    low, high = (corridor.find_passage("CI-noe--abidjan").from_km, corridor.find_passage("CI-noe--abidjan").to_km)
    on_road = {"corridor_id": "ABJ-LOS"}
    assert found.covers(Where(**on_road, from_km=low + 40), NOON)
    assert found.covers(Where(**on_road, from_km=high + 50, to_km=high - 1), NOON)
    assert not found.covers(Where(**on_road, from_km=high, to_km=high + 50), NOON), "it ends where the section begins"
    assert found.covers(Where(**on_road, from_km=high), NOON), "a place at the line may lie on either side"
    assert found.covers(Where(**on_road), NOON)
    assert not found.covers(Where(corridor_id="COO-NIM"), NOON)
    inside, beside = corridor.point_at(high - 30), corridor.point_at(high + 60)
    assert found.covers(Where(latitude=inside[0], longitude=inside[1]), NOON)
    assert not found.covers(Where(latitude=beside[0], longitude=beside[1]), NOON)
    assert found.covers(Where(posts=("CI-noe",)), NOON)
    assert not found.covers(Where(posts=("GH-elubo",)), NOON)


def test_what_lies_beside_a_section_is_found_by_kilometre_point_post_and_name_when_it_is_asked_about(roads):
    with roads.reading() as session:
        geography = geography_of(session)
    found = restrictions_on(geography, NOON, "CI-noe--abidjan")
    corridor = geography.get_corridor("ABJ-LOS")
    high = corridor.find_passage("CI-noe--abidjan").to_km
    near, far = corridor.point_at(high + 9), corridor.point_at(high + 25)
    beside = [
        Where("GH-elubo--takoradi"), Where(posts=("GH-elubo",)), Where(latitude=near[0], longitude=near[1]),
        Where("GH-elubo--takoradi", "ABJ-LOS", high + 9), Where(corridor_id="ABJ-LOS", from_km=high + 50, to_km=high + 9),
    ]  # fmt: skip
    for where in beside:
        assert found.covers(where, NOON, beside=True)
    for where in (
        beside[0],
        beside[1],
        beside[3],
        beside[4],
    ):  # a point so near may lie on either side of a coarse line
        assert not found.covers(where, NOON)
    free = [
        Where("accra--takoradi"), Where(posts=("GH-aflao",)), Where(latitude=far[0], longitude=far[1]),
        Where("GH-elubo--takoradi", "ABJ-LOS", high + 25), Where(corridor_id="COO-NIM", from_km=9.0),
    ]  # fmt: skip
    assert not any(found.covers(where, NOON, beside=True) for where in free)


def test_a_new_hub_on_a_restricted_section_takes_nothing_from_its_protection(roads):
    with roads.reading() as session:
        geography = geography_of(session)
    assert sections_of("accra--lome", geography) >= {"accra--akatsi", "GH-aflao--akatsi", "TG-kodjoviakope--lome"}
    assert sections_of("accra--akatsi", geography) == {"accra--akatsi"}


def test_the_table_refuses_what_no_importer_would_bring(roads):
    for bad in (said(ROAD, status="closed"), said(ROAD, date(2026, 2, 1), date(2026, 1, 1))):
        with pytest.raises(IntegrityError), roads.writing() as session:
            session.add(bad)
    with pytest.raises(IntegrityError), roads.writing() as session:
        session.add(
            SectionSecurityRecord(section_id=ROAD, status="restricted", source="", source_on=TODAY, valid_from=TODAY)
        )
