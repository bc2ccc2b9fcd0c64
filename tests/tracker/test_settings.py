import stat

import pytest

from tracker.errors import BadSetting
from tracker.settings import load_settings, secret_of

GOOD = "k3J9vQx7Lm2Wz8Rt5Yb1Nc6Hd4Gf0PsA"


def reasons(environ=None, **overrides):
    with pytest.raises(BadSetting) as caught:
        load_settings(environ or {}, **overrides)
    return {(reason.code, reason.field) for reason in caught.value.reasons}


def test_the_defaults_are_a_demo_on_sqlite(tmp_path):
    settings = load_settings({}, data_dir=tmp_path)
    assert settings.environment == "demo"
    assert settings.resolved_database_url == f"sqlite:///{tmp_path / 'corridor.sqlite3'}"


def test_an_unknown_name_stops_the_start():
    assert reasons({"CORRIDOR_DATABSE_URL": "x"}) == {("unknown_setting", "CORRIDOR_DATABSE_URL")}


def test_names_of_the_tests_and_of_others_are_left_alone():
    load_settings({"CORRIDOR_TEST_REQUIRE": "npm", "PATH": "/bin"})


def test_a_wrong_value_names_its_setting(monkeypatch):
    monkeypatch.setenv("CORRIDOR_PORT", "eighty")
    assert reasons() == {("wrong_setting", "CORRIDOR_PORT")}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"secret_key": "short"}, "secret_too_short"),
        ({"secret_key": "changethis" * 4}, "secret_guessable"),
        ({"environment": "production", "public_url": "https://x.example"}, "secret_missing"),
        ({"environment": "production", "secret_key": GOOD}, "public_url_missing"),
        ({"environment": "production", "secret_key": GOOD, "public_url": "http://x.example"}, "public_url_not_https"),
        ({"broker_tls_cert": "a.crt"}, "tls_needs_both"),
    ],
)
def test_what_is_unsafe_is_refused(overrides, expected):
    assert expected in {code for code, _ in reasons(**overrides)}


def test_postgresql_is_reached_by_psycopg_3():
    assert load_settings({}, database_url="postgres://u@h/d").resolved_database_url == "postgresql+psycopg://u@h/d"


def test_the_demo_secret_survives_a_restart_and_is_readable_by_its_owner_only(tmp_path):
    settings = load_settings({}, data_dir=tmp_path / "new")
    assert secret_of(settings) == secret_of(settings)
    assert stat.S_IMODE((tmp_path / "new" / "secret_key").stat().st_mode) == 0o600
