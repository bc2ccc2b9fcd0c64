"""What comes wrong: results stay right, and what was not used is counted with its reason.

From messages in the log to the rows of facts, through every real step.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid5

import pytest
from sqlmodel import select

from dashboard.pipeline import DERIVED, STEPS
from tests.tracker.drives import START, in_order, make_fixes, merged
from tests.tracker.entries import NAMESPACE
from tests.tracker.straight_road import emptied_of_messages, log, messages_of, rows_of, trip_message, with_straight_road
from tracker.database import Database
from tracker.fact_rows import TABLES
from tracker.fact_tables import TripRunRow
from tracker.journeys import Journeys
from tracker.log import Entry
from tracker.pipeline import Pipeline
from tracker.sightings import refused_counts

DAY_OUT = [
    ("stand", 20), ("drive", 80, 53), ("creep", 300, 20), ("stand", 30), ("drive", 20, 3), ("stand", 25), ("drive", 80, 45),
    ("stand", 8), ("drive", 80, 130), ("stand", 150),
]  # fmt: skip
RESULTS = (*TABLES.values(), *(table for part in DERIVED for table in part.tables))
Rows = dict[str, list[str]]
Refused = list[tuple[str, str, int]]


@pytest.fixture
def road(sqlite_database: Database) -> Database:
    return with_straight_road(sqlite_database)


def day_out(**how):
    return make_fixes(DAY_OUT, every_s=60, jitter_m=8, **how)


def told(database: Database, *batches: Sequence[Entry]) -> tuple[Rows, Refused]:
    """The rows of facts and totals, and what was refused, after the batches came one after the other."""
    emptied_of_messages(database)
    pipeline = Pipeline(database, [Journeys(STEPS, DERIVED)])
    for batch in batches:
        log(database, batch)
        pipeline.run_all()
    with database.reading() as session:
        return rows_of(database, RESULTS), refused_counts(session)


def of_coach(rows: Rows, vehicle_id: str) -> Rows:
    return {
        table.__tablename__: [row for row in rows[table.__tablename__] if f"'{vehicle_id}'" in row]
        for table in TABLES.values()
    }


def trips_of(database: Database) -> list[TripRunRow]:
    with database.reading() as session:
        return list(session.exec(select(TripRunRow).order_by(TripRunRow.started_at)))


def test_a_trip_declared_twice_is_driven_once_and_says_so(road):
    def declared(trip_id, minutes, destination="east"):
        return trip_message("declared", START.timestamp() + minutes * 60, trip_id, destination=destination)

    told(road, [declared("T-1", 10), declared("T-2", 25), *messages_of(day_out())])
    assert [(trip.trip_id, trip.ending, trip.remarks) for trip in trips_of(road)] == [
        ("T-2", "arrived", ["declared_twice"])
    ]
    told(road, [declared("T-1", 10), declared("T-1", 25), *messages_of(day_out())])  # the same one, corrected
    assert [(trip.trip_id, trip.remarks) for trip in trips_of(road)] == [("T-1", [])]
    told(road, [declared("T-1", 10), declared("T-2", 35, "middle"), *messages_of(day_out())])  # another journey
    assert [(trip.trip_id, trip.remarks) for trip in trips_of(road)][:1] == [("T-2", [])]


def test_of_two_phones_in_one_coach_one_is_used_and_every_fix_of_the_other_is_counted(road):
    one, other = day_out(device="phone-a"), day_out(device="phone-b", seed=4, offset_m=25)
    other = replace(other, at_s=other.at_s + 17, sent_s=other.sent_s + 17, received_s=other.received_s + 17)
    alone, refused = told(road, messages_of(one))
    assert refused == []
    both, refused = told(road, messages_of(merged(one, other)))
    assert both == alone
    assert refused == [("COACH-1", "other_device", len(other))]


def test_a_device_moved_into_a_coach_that_has_its_own_changes_nothing_of_it_and_is_counted(road):
    first, second = day_out(device="unit-9"), day_out(device="unit-2", start_km=2, seed=3)
    half = len(first) // 2
    before, moved = first.take(slice(0, half)), first.take(slice(half, None))
    apart, _ = told(road, messages_of(before), messages_of(second, "COACH-2", "OP-2"))
    rows, refused = told(
        road, messages_of(before), messages_of(second, "COACH-2", "OP-2"), messages_of(moved, "COACH-2", "OP-2")
    )
    assert rows == apart
    assert refused == [("COACH-2", "other_device", len(moved))]


def test_a_device_moved_to_another_coach_in_mid_trip_ends_the_first_ones_trip_where_it_was(road):
    """Its way is told under the coach it was in; the trip that was declared for the first one ends there."""
    fixes = day_out(device="unit-9")
    half = int((fixes.at_s < START.timestamp() + 110 * 60).sum())
    before, moved = fixes.take(slice(0, half)), fixes.take(slice(half, None))
    trip = trip_message("declared", START.timestamp() + 600, destination="east")
    home = make_fixes([("stand", 60)], start=START + timedelta(days=2), every_s=60, device="unit-1")
    rows, refused = told(road, [trip, *messages_of(before)], messages_of(moved, "COACH-2"), messages_of(home))
    first, second = trips_of(road)
    assert (first.vehicle_id, first.trip_id, first.ending) == ("COACH-1", "T-1", "lost")
    assert first.end_km == pytest.approx(71, abs=4)
    assert (second.vehicle_id, second.declared, second.ending) == ("COACH-2", False, "arrived")
    assert second.start_km == pytest.approx(first.end_km, abs=4)
    assert of_coach(rows, "COACH-2") == of_coach(told(road, messages_of(moved, "COACH-2"))[0], "COACH-2")
    assert refused == []


def test_of_a_day_of_fixes_at_one_second_one_is_used_and_the_others_are_counted(road):
    fixes = make_fixes([("stand", 1440)], every_s=240, jitter_m=8, seed=2)
    frozen = replace(fixes, at_s=fixes.at_s * 0 + fixes.at_s[0], sent_s=fixes.sent_s * 0 + fixes.sent_s[0])
    rows, refused = told(road, messages_of(frozen))
    assert refused == [("COACH-1", "same_time", len(fixes) - 1)]
    assert [row for table in TABLES.values() for row in rows[table.__tablename__]] == []
    # the clock runs again the next day: the coach's way is told as with the one fix alone
    again, used = messages_of(day_out(start=START + timedelta(days=1))), in_order(frozen).take(slice(0, 1))
    assert told(road, messages_of(frozen), again)[0] == told(road, messages_of(used), again)[0]


def test_a_replay_of_yesterdays_file_changes_nothing(road):
    yesterday = messages_of(day_out())
    today = messages_of(day_out(start=START + timedelta(days=1)))
    once = told(road, yesterday, today)
    assert told(road, yesterday, today, yesterday) == once  # known by their ids: not even counted
    # Under new ids, as another program would send them, and a day later: each is counted, and none is used.
    renamed = [
        replace(entry, message_id=uuid5(NAMESPACE, f"again {entry.message_id}"), sent_at=entry.sent_at + timedelta(days=1),
                received_at=entry.received_at + timedelta(days=1))
        for entry in yesterday
    ]  # fmt: skip
    rows, refused = told(road, yesterday, today, renamed)
    assert rows == once[0]
    assert refused == [("COACH-1", "same_time", len(yesterday))]
