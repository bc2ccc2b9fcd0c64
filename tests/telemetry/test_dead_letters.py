from datetime import timedelta
from uuid import UUID

import orjson

from telemetry.dead_letter import DeadLetter
from telemetry.kinds import Kind
from telemetry.replay import replay
from telemetry.seal import erase
from tests.builders import NOW, a_crossing, a_position, a_trip
from tests.telemetry.doors import COACH, POST, Doors


def test_letters_are_seen_within_a_reach_and_page_by_page(doors: Doors):
    doors.send(Kind.POSITION, [a_position(latitude=number) for number in range(91, 96)])
    doors.send(Kind.CROSSING, a_crossing(direction="x"), POST)
    assert [one.kind for one in doors.letters.list(posts={"CI-noe"})] == ["crossing"]
    assert doors.letters.list(operators=set()) == []
    first = doors.letters.list(operators={"OP1"}, limit=3)
    second = doors.letters.list(operators={"OP1"}, limit=3, before=first[-1].id)
    assert (len(first), len(second)) == (3, 2)
    assert len({one.id for one in first + second}) == 5


def test_the_message_of_a_letter_is_sealed_and_can_be_erased(doors: Doors):
    doors.send(Kind.CROSSING, a_crossing(direction="x", note="rude"), POST)
    (letter,) = doors.letters.list()
    with doors.database.reading() as session:
        stored = session.get(DeadLetter, letter.id)
        assert stored is not None
        assert stored.raw is not None
        assert b"rude" not in stored.raw
        key_id = orjson.loads(stored.raw)["key_id"]
    assert b"rude" in doors.letters.open_raw(letter.id)
    with doors.database.writing() as session:
        assert erase(session, UUID(key_id), NOW)


def test_a_replay_goes_through_the_front_door_as_of_when_it_came(doors: Doors):
    doors.send(Kind.TRIP, a_trip(observed_at="2026-06-01T13:00:00Z"), COACH)
    (letter,) = doors.letters.list()
    doors.clock.advance(timedelta(hours=2))
    (receipt,) = replay(letter.id, doors.letters, doors.intake)
    assert receipt.reasons[0].code == "time_in_future"
    assert (doors.letters.get(letter.id).replay_outcome, doors.letters.get(letter.id).times) == ("rejected", 1)
