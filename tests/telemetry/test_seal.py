import pytest

from telemetry.seal import Sealer, SealKey, erase
from tests.builders import NOW
from tracker.database import Database
from tracker.errors import NotFound


def test_a_sealed_text_opens_until_its_key_is_erased(sqlite_database: Database):
    sealer = Sealer("s" * 40)
    sealed = sealer.seal(b"rude words")
    with sqlite_database.writing() as session:
        sealer.keep(session, [sealed], NOW)
    with sqlite_database.reading() as session:
        assert sealer.open_sealed(session, sealed.written) == b"rude words"
    with sqlite_database.writing() as session:
        assert erase(session, sealed.key_id, NOW)
        assert not erase(session, sealed.key_id, NOW)
    with sqlite_database.reading() as session:
        key = session.get(SealKey, sealed.key_id)
        assert key is not None
        assert (key.wrapped, key.erased_at) == (None, NOW)
        with pytest.raises(NotFound, match="sealed_text_erased"):
            sealer.open_sealed(session, sealed.written)


def test_another_installations_secret_opens_nothing(sqlite_database: Database):
    sealed = Sealer("s" * 40).seal(b"rude words")
    with sqlite_database.writing() as session:
        Sealer("s" * 40).keep(session, [sealed], NOW)
        with pytest.raises(NotFound, match="sealed_text_unreadable"):
            Sealer("t" * 40).open_sealed(session, sealed.written)


def test_nothing_of_the_text_shows_and_no_two_seals_are_alike():
    first, second = Sealer("s" * 40).seal(b"rude words"), Sealer("s" * 40).seal(b"rude words")
    assert b"rude" not in first.ciphertext
    assert first.ciphertext != second.ciphertext
