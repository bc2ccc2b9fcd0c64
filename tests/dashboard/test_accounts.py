"""Accounts: what a role needs, and what the table refuses."""

import pytest
from sqlalchemy.exc import IntegrityError

from dashboard.accounts import User, change_role, create_user, find_user, list_users
from dashboard.passwords import password_matches, weaknesses
from tests.dashboard.people import NOON, OWN, PASSWORD, populate
from tracker.errors import BadInput, Conflict
from tracker.scope import Role


def codes(error):
    return {(reason.code, reason.field) for reason in error.value.reasons}


@pytest.mark.parametrize(
    ("role", "kept"),
    [
        (Role.DISPATCHER, {"operator_id"}),
        (Role.DRIVER, {"operator_id"}),
        (Role.OFFICIAL, {"post_id", "agency"}),
        (Role.FOCAL_POINT, {"country", "agency"}),
        (Role.MONITOR, set()),
        (Role.PROTECTION_OFFICER, set()),
        (Role.ADMINISTRATOR, set()),
    ],
)
def test_a_role_keeps_its_own_scope_fields_only(sqlite_database, role, kept):
    with sqlite_database.writing() as session:
        user = create_user(session, "aminata", "Aminata", role, now=NOON, **OWN)
        assert {name for name in OWN if getattr(user, name) is not None} == kept


def test_every_reason_is_given_at_once(sqlite_database):
    with sqlite_database.writing() as session, pytest.raises(BadInput) as error:
        create_user(session, "A b", " ", Role.OFFICIAL, now=NOON, language="de", password="short", post_id="a b")
    assert codes(error) == {
        ("username_malformed", "username"),
        ("display_name_length", "display_name"),
        ("language_unknown", "language"),
        ("password_too_short", "password"),
        ("identifier_malformed", "post_id"),
        ("scope_field_missing", "agency"),
    }


def test_a_user_name_is_one_in_any_capitals(sqlite_database):
    with sqlite_database.writing() as session:
        create_user(session, "Aminata", "Aminata", Role.MONITOR, now=NOON)
        assert find_user(session, " AMINATA ") is not None
        with pytest.raises(Conflict):
            create_user(session, "aminata", "Another", Role.MONITOR, now=NOON)


@pytest.mark.parametrize(
    "fields",
    [
        {"role": "king"},
        {"role": "dispatcher"},
        {"role": "official", "post_id": "CI-noe"},
        {"role": "focal_point"},
        {"role": "monitor", "operator_id": "sti"},
        {"role": "administrator", "agency": "police"},
        {"role": "monitor", "username": "Aminata"},
        {"role": "monitor", "language": "de"},
    ],
)
def test_the_table_itself_refuses_a_role_without_its_scope(sqlite_database, fields):
    user = User(**{"username": "aminata", "display_name": "A", "created_at": NOON, "language": "en"} | fields)
    with pytest.raises(IntegrityError), sqlite_database.writing() as session:
        session.add(user)


def test_changing_the_role_changes_the_scope_with_it(sqlite_database):
    with sqlite_database.writing() as session:
        user = populate(session)["official"]
        change_role(user, Role.DISPATCHER, **OWN)
        session.flush()
        assert (user.role, user.operator_id, user.post_id, user.agency) == ("dispatcher", "sti", None, None)
        with pytest.raises(BadInput):
            change_role(user, Role.FOCAL_POINT)


def test_the_disabled_come_last(sqlite_database):
    with sqlite_database.writing() as session:
        populate(session)["administrator"].disabled_at = NOON
        session.flush()
        assert list_users(session)[-1].username == "administrator"


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        (PASSWORD, set()),
        ("trois cars à Noé", set()),
        ("short", {"password_too_short"}),
        ("Password2026!", {"password_common"}),
        ("1234567890", {"password_common"}),
        ("aaaaaaaaaaaa", {"password_common"}),
        ("motdepasse123", {"password_common"}),
        ("aminata2026", {"password_is_username"}),
        ("aminataaminata", {"password_is_username"}),
        ("x1y2" * 100, {"password_too_long"}),
    ],
)
def test_the_password_policy_asks_for_length_not_for_signs(password, reasons):
    assert {reason.code for reason in weaknesses(password, "aminata")} == reasons


def test_a_password_matches_its_own_hash_only(sqlite_database):
    with sqlite_database.writing() as session:
        user = create_user(session, "aminata", "A", Role.MONITOR, now=NOON, password=PASSWORD)
        assert PASSWORD not in str(user.password_hash)
        assert password_matches(PASSWORD, user.password_hash)
        assert not password_matches(PASSWORD + "x", user.password_hash)
        assert not password_matches(PASSWORD, None)
        assert not password_matches("x" * 1_000_000, user.password_hash)
