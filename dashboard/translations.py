"""Sentences in English, French and Portuguese.

Catalogues lie in `dashboard/locale/LANGUAGE/AREA.po`, one file per area. The msgid of a text on a page is its English
sentence; the msgid of a code (`reason.latitude_out_of_range`, `role.monitor`) is the code, which `en/AREA.po` turns
into English. Placeholders are written `{limit}`. `python -m dashboard.translations` is the completeness check.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from babel.core import negotiate_locale
from babel.messages.pofile import read_po

from dashboard.formats import Formats
from tracker.phrases import LANGUAGES

LARGE = 10_000  # from here on a number is written in groups; below, it may be a year

LOCALE = Path(__file__).parent / "locale"
# Prefixes under which a bare code (`latitude_out_of_range`) is looked for: below this floor they carry none.
BARE = ("reason.", "error.")
IS_PLURAL: Mapping[str, Callable[[int], bool]] = {
    "en": lambda n: n != 1,
    "fr": lambda n: n > 1,
    "pt": lambda n: n != 1,
}


class _Values(dict[str, Any]):
    """Values of a sentence; one that is missing shows its name instead of taking the page down."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


class Translations:
    """Every catalogue, read once. Implements `tracker.phrases.Phrasebook`."""

    def __init__(self, folder: Path = LOCALE) -> None:
        """Read all catalogues under `folder` (about a tenth of a second)."""
        self._single: dict[str, dict[str, str]] = {}
        self._plural: dict[str, dict[str, tuple[str, ...]]] = {}
        for language in LANGUAGES:
            self._single[language], self._plural[language] = _read(folder / language, language)

    def gettext(self, language: str) -> Callable[..., str]:
        """Return the function `_` of a language: `_("Signed in as {name}", name=...)`."""
        texts = self._single[language]

        def translate(message: str, /, **values: Any) -> str:
            return _fill(texts.get(message, message), values)

        return translate

    def ngettext(self, language: str) -> Callable[..., str]:
        """Return the function `ngettext` of a language: `ngettext("{n} coach", "{n} coaches", 3)`."""
        texts, is_plural = self._plural[language], IS_PLURAL[language]

        def translate(singular: str, plural: str, n: int, /, **values: Any) -> str:
            forms = texts.get(singular, (singular, plural))
            return _fill(forms[-1 if is_plural(n) else 0], {"n": n} | values)

        return translate

    def say(self, code: str, values: Mapping[str, Any], language: str) -> str:
        """Return the sentence of `code`, with or without its prefix; an unknown code is returned as it is."""
        for texts in (self._single.get(language, {}), self._single["en"]):
            for prefix in ("", *BARE):
                if (text := texts.get(prefix + code)) is not None:
                    return _fill(text, _grouped(values, language))
        return code

    def knows(self, code: str) -> bool:
        """Say whether `code` has an English sentence."""
        return code in self._single["en"]

    def choose_language(self, accept_language: str | None) -> str:
        """Return the best of `LANGUAGES` for an `Accept-Language` header; `en` when none fits."""
        wanted: list[tuple[float, str]] = []
        for part in (accept_language or "")[:200].split(","):
            name, _, quality = part.partition(";")
            try:
                weight = float(quality.strip().removeprefix("q=") or 1)
            except ValueError:
                continue
            if name.strip() and weight > 0:
                wanted.append((-weight, name.strip().replace("-", "_")))
        wanted.sort(key=lambda pair: pair[0])
        return negotiate_locale([name for _, name in wanted], LANGUAGES) or "en"


def _grouped(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the values of a sentence, large whole numbers as the language writes them."""
    formats = Formats(language if language in LANGUAGES else "en")
    return {
        name: formats.number(value) if type(value) is int and abs(value) >= LARGE else value
        for name, value in values.items()
    }


def _fill(text: str, values: Mapping[str, Any]) -> str:
    try:
        return text.format_map(_Values(values))
    except (ValueError, AttributeError, IndexError, TypeError):
        return text  # a sentence with odd braces is still better than no page


def _read(folder: Path, language: str) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    for file in sorted(folder.glob("*.po")):
        with file.open("rb") as handle:
            catalogue = read_po(handle, locale=language, charset="utf-8")
        for message in catalogue:
            if not message.id or message.fuzzy or not message.string:
                continue
            if isinstance(message.id, str):
                single[message.id] = str(message.string)
            elif all(message.string):
                plural[message.id[0]] = tuple(message.string)
    return single, plural


if __name__ == "__main__":
    from dashboard.completeness import main

    sys.exit(main())
