"""Three languages: complete, with the right plurals and formats, and never a failing page."""

import ast
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from dashboard.completeness import codes_in, find_faults, placeholders
from dashboard.formats import Formats
from dashboard.translations import Translations
from tracker.phrases import LANGUAGES

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'


@pytest.fixture(scope="module")
def translations():
    return Translations()


def test_every_sentence_and_code_is_in_every_language():
    assert find_faults() == []


def test_codes_are_said_with_and_without_their_prefix(translations):
    assert translations.say("role.monitor", {}, "fr") == "Observateur CEDEAO"
    assert translations.say("password_too_short", {"least": 10}, "en") == "At least 10 characters."
    assert translations.say("error.not_allowed", {}, "pt") != translations.say("error.not_allowed", {}, "en")
    assert translations.say("no.such.code", {}, "fr") == "no.such.code"


def test_a_missing_value_shows_its_name_and_no_error(translations):
    assert translations.say("reason.password_too_short", {}, "en") == "At least {least} characters."


@pytest.mark.parametrize(
    ("language", "n", "words"),
    [("en", 0, "0 accounts"), ("en", 1, "1 account"), ("fr", 0, "0 compte"), ("fr", 2, "2 comptes"),
     ("pt", 0, "0 contas"), ("pt", 1, "1 conta")],
)  # fmt: skip
def test_plurals_follow_the_language(translations, language, n, words):
    assert translations.ngettext(language)("{n} account", "{n} accounts", n) == words


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("", "en"),
        ("fr", "fr"),
        ("fr-CI,fr;q=0.9,en;q=0.5", "fr"),
        ("pt-GW", "pt"),
        ("de, pt;q=0.3, fr;q=0.7", "fr"),
        ("de", "en"),
        ("fr;q=0", "en"),
        ("*;q=abc,,;;q", "en"),
    ],
)
def test_the_browser_is_asked_which_language(translations, header, language):
    assert translations.choose_language(header) == language


def test_times_name_their_zone():
    moment = datetime(2026, 11, 23, 21, 5, tzinfo=UTC)
    lagos = timezone(timedelta(hours=1))
    assert Formats("en").moment(moment) == "23 Nov 2026, 21:05 UTC"
    assert Formats("fr").moment(moment, lagos) == "23 nov. 2026, 22:05 UTC+1"
    assert Formats("pt").clock(moment, timezone(timedelta(hours=-3, minutes=-30))) == "17:35 UTC−3:30"


def test_numbers_money_and_durations():
    assert Formats("en").number(1234567.89, 1) == "1,234,567.9"
    assert Formats("fr").money(15000, "XOF").replace("\u202f", " ").replace("\xa0", " ") == "15 000 F CFA"
    assert Formats("en").money(Decimal("12.5"), "GHS").endswith("12.50")
    words = [
        Formats("fr").duration(timedelta(seconds=seconds)).replace("\u202f", " ")
        for seconds in (0, 40, 59.6, 90, 7500, 273_600)
    ]
    assert words == ["0 s", "40 s", "1 min", "2 min", "2 h 05 min", "3 j 4 h"]
    assert [Formats(language).country("CV") for language in LANGUAGES] == ["Cape Verde", "Cap-Vert", "Cabo Verde"]


def test_codes_are_found_in_the_source():
    source = """
class Odd(NotFound):
    code = "odd"
raise BadInput(reasons=[Reason("low" if x else "high", "field"), Reason(computed)])
raise Conflict("taken", name=1)
audit.record(session, viewer, "user.made", "user:x", at=now)
go_to("/", "flash.done")
"""
    assert set(codes_in(ast.parse(source))) == {
        "error.odd", "reason.low", "reason.high", "error.taken", "audit.user.made", "flash.done",
    }  # fmt: skip


def test_placeholders_must_be_the_same_names():
    assert placeholders(["{a} and {b:.1f}"]) == {"a", "b"}
    assert placeholders(["{a.__class__}"]) == placeholders(["{"]) == {"?"}


def test_the_check_finds_what_is_wrong(tmp_path):
    for room in ("tracker", "telemetry", "checkpoints", "operators", "dashboard/templates"):
        (tmp_path / room).mkdir(parents=True)
    (tmp_path / "tracker/one.py").write_text('raise NotFound("lost")\nReason("odd")')
    (tmp_path / "dashboard/templates/one.html").write_text(
        '{{ _("Hello {name}") }} {{ _("Again") }} {{ _("Vague") }}{{ say("mood." ~ x) }}'
    )
    sentences = {
        "en": {"error.lost": "Lost at {place}", "Hello {name}": "Hi"},
        "fr": {"error.lost": "Perdu", "Hello {name}": "Bonjour {nom}", "Gone": "Parti", "Again": "Encore"},
        "pt": {"error.lost": "Perdido em {place}", "Hello {name}": "Olá {name}", "Vague": "Vago", "Again": ""},
    }
    for language, texts in sentences.items():
        (tmp_path / "locale" / language).mkdir(parents=True)
        entries = [f"msgid {json.dumps(k)}\nmsgstr {json.dumps(v, ensure_ascii=False)}\n" for k, v in texts.items()]
        (tmp_path / "locale" / language / "a.po").write_text(HEAD + "\n" + "\n".join(entries))
    with (tmp_path / "locale/fr/b.po").open("w") as more:
        more.write(HEAD + '\nmsgid "Again"\nmsgstr "De nouveau"\n\n#, fuzzy\nmsgid "Vague"\nmsgstr "Vague"\n')
    assert set(find_faults(tmp_path, tmp_path / "locale")) == {
        "en: missing 'reason.odd' (tracker/one.py)",
        "en: no code begins with 'mood.' (dashboard/templates/one.html)",
        "en: 'Hello {name}' is not a code; English sentences are their own msgid",
        "fr/b.po: 'Again' is translated otherwise in another file",
        "fr/b.po: fuzzy 'Vague'",
        "fr: missing 'Vague'",
        "fr: missing 'reason.odd'",
        "fr: obsolete 'Gone'",
        "fr: other placeholders than the original: 'Hello {name}'",
        "fr: other placeholders than the original: 'error.lost'",
        "pt: missing 'Again'",
        "pt: missing 'reason.odd'",
        "pt: other placeholders than the original: 'Hello {name}'",
    }
