"""The one way in on PostgreSQL: the statements that SQLite forgives."""

from collections.abc import Iterator

import pytest

from telemetry.kinds import Kind
from tests.builders import a_control, a_position, a_trip
from tests.telemetry.doors import COACH, PHONE, Doors, open_doors
from tracker.database import Database

pytestmark = pytest.mark.postgres


@pytest.fixture
def doors(postgres_database: Database) -> Iterator[Doors]:
    with open_doors(postgres_database) as opened:
        yield opened


def test_messages_seals_letters_and_devices_are_stored_as_on_sqlite(doors: Doors):
    doors.add(COACH)
    doors.add(PHONE)
    assert doors.send(Kind.POSITION, a_position(), PHONE)[0].reasons[0].code == "outside_declared_trip"
    doors.send(Kind.TRIP, a_trip(), PHONE)
    assert doors.send(Kind.POSITION, a_position(), PHONE)[0].status == "accepted"
    assert doors.send(Kind.CONTROL, a_control(note="rude"))[0].status == "accepted"
    doors.send(Kind.POSITION, a_position(latitude=5.5))
    for _ in range(2):
        doors.send(Kind.TRIP, a_trip(corridor_id="NO-WAY", sent_at="2026-06-01T12:02:00Z"))
    (letter,) = doors.letters.list(operators={"OP1"})
    assert (letter.times, b"NO-WAY" in doors.letters.open_raw(letter.id)) == (2, True)
    device = doors.devices.find("dev-1")
    assert device is not None
    assert (device.last_heard_at, device.clock_skew_s, device.refused_count) == (doors.clock.now(), 120, 2)
    doors.devices.note_refusal("dev-1", "foreign_topic", "a\0b", doors.clock.now())
    assert doors.devices.list_refusals("dev-1")[0].topic == "ab"
    doors.letters.note_replay(letter.id, "rejected")
    doors.devices.disable("dev-1")
    assert doors.devices.version() == 3
