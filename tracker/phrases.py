"""How is this code said in French? Asked below `dashboard/`, answered by it.

Below the top floor there are codes and values; sentences for people are made from them at the last moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

LANGUAGES = ("en", "fr", "pt")


class Phrasebook(Protocol):
    """Says codes in the languages of `LANGUAGES`."""

    def say(self, code: str, values: Mapping[str, Any], language: str) -> str:
        """Return the sentence of `code` with `values` filled in; an unknown code is returned as it is."""
        ...

    def choose_language(self, accept_language: str | None) -> str:
        """Return the best of `LANGUAGES` for an `Accept-Language` header; `en` when none fits."""
        ...
