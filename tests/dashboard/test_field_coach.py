"""What the crew of a coach is offered: declared trips to take over, and halts that a fitted unit showed."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.field_coach import halts_to_ask, open_trips
from operators.trip_sheets import TripSheet
from tests.dashboard.map_world import a_control, geography_of
from tracker.fact_tables import CoachNow, HaltRow

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BARRIER = (5.9, 0.6)  # between Accra and Aflao, away from posts and hubs


@pytest.fixture
def session(sqlite_database):
    from tracker.geography import seed

    with sqlite_database.writing() as session:
        seed(session)
        yield session


def a_sheet(session, trip_id, vehicle_id="sti-1", operator_id="sti", leaves=1.0, **more):
    at = NOON + timedelta(hours=leaves)
    session.add(TripSheet(
        operator_id=operator_id, trip_id=trip_id, vehicle_id=vehicle_id, corridor_id="ABJ-LOS", declared_at=NOON,
        said={"scheduled_departure": at.isoformat(), "seal_number": "S 1"}, first_seq=1, last_seq=1, **more,
    ))  # fmt: skip


def a_halt(session, fact_id, at=BARRIER, minutes=8, ago_min=30, vehicle_id="sti-1", **more):
    began = NOON - timedelta(minutes=ago_min + minutes)
    session.add(HaltRow(
        fact_id=fact_id, vehicle_id=vehicle_id, operator_id="sti", started_at=began,
        ended_at=began + timedelta(minutes=minutes), first_seq=1, last_seq=2, latitude=at[0], longitude=at[1],
        spread_m=10.0, fixes=5, **more,
    ))  # fmt: skip


def stands_at(session, latitude, longitude):
    session.add(CoachNow(
        vehicle_id="sti-1", operator_id="sti", observed_at=NOON, latitude=latitude, longitude=longitude, last_seq=3
    ))  # fmt: skip


def asked(session):
    session.flush()
    return [one["id"] for one in halts_to_ask(session, "sti", "sti-1", geography_of(session), NOON)]


def test_declared_trips_of_the_own_coach_that_have_not_left_are_offered(session):
    a_sheet(session, "now")
    a_sheet(session, "left", departed_at=NOON)
    a_sheet(session, "cancelled", cancelled_at=NOON)
    a_sheet(session, "tomorrow", leaves=30)
    a_sheet(session, "other-coach", vehicle_id="sti-2")
    a_sheet(session, "now", operator_id="utb")
    session.flush()
    (offered,) = open_trips(session, "sti", ["sti-1"], NOON)
    assert (offered["trip_id"], offered["seal_number"]) == ("now", "S 1")


def test_a_halt_is_asked_about_when_the_coach_is_far_or_an_hour_has_passed(session):
    a_halt(session, "fresh")
    a_halt(session, "old", ago_min=90)
    stands_at(session, 5.95, 0.65)
    assert asked(session) == ["old"]


def test_fifteen_kilometres_on_it_is_asked_at_once(session):
    a_halt(session, "fresh")
    stands_at(session, 6.1, 0.9)
    assert asked(session) == ["fresh"]


def test_nothing_is_asked_of_borders_stations_short_stands_other_coaches_and_what_was_told(session):
    accra = next(hub for hub in geography_of(session).hubs.values() if hub.name == "Accra")
    a_halt(session, "post", post_id="GH-aflao")
    a_halt(session, "station", at=(accra.latitude, accra.longitude))
    a_halt(session, "short", minutes=2)
    a_halt(session, "other", vehicle_id="sti-2")
    a_halt(session, "long-ago", ago_min=26 * 60)
    a_halt(session, "told", ago_min=300)
    a_control(session, 7, "sti", BARRIER, NOON - timedelta(minutes=304))
    stands_at(session, 6.1, 0.9)
    assert asked(session) == []
