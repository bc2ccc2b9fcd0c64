"""Errors this system raises on purpose.

    CorridorError                     code, HTTP status, values; never a sentence
    +-- BadInput              422     what was sent cannot be used; carries every reason
    |   +-- BadSetting        -       a setting is unknown or unsafe: the start stops
    |   +-- BadFile           422     an imported file; reasons carry line numbers
    +-- NotSignedIn           401
    +-- NotAllowed            403     outside the caller's scope
    +-- NotFound              404
    +-- Conflict              409
    +-- TooLarge              413
    +-- TooMany               429     carries retry_after_s
    +-- Unavailable           503     carries retry_after_s
        +-- DatabaseAway
        +-- BrokerAway

An error says what happened as a code with values; the sentence in the reader's language is made in `dashboard/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was refused.

    `code` names the rule (`latitude_out_of_range`), `field` the part of the input it speaks of (`[3].latitude`, or
    None for the whole), `values` what a sentence needs to say it (`{"limit": 90}`).
    """

    code: str
    field: str | None = None
    values: dict[str, Any] = dataclass_field(default_factory=dict)


class CorridorError(Exception):
    """Root of the tree. `values` fill the translated sentence of `code`."""

    status = 500
    code = "internal"

    def __init__(self, code: str | None = None, reasons: Sequence[Reason] = (), **values: Any) -> None:
        """Carry `code` (default: the class's), the reasons in order, and the values of the sentence."""
        self.code = code or type(self).code
        self.reasons = tuple(reasons)
        self.values = values
        super().__init__(self.code, self.reasons, values)

    def __str__(self) -> str:
        """Return code and values, for logs."""
        details = ", ".join(f"{k}={v!r}" for k, v in self.values.items())
        reasons = "; ".join(f"{r.field or '-'}: {r.code} {r.values or ''}".strip() for r in self.reasons)
        return " ".join(part for part in (self.code, details and f"({details})", reasons) if part)


class BadInput(CorridorError):
    """What was sent cannot be used."""

    status = 422
    code = "bad_input"


class BadSetting(BadInput):
    """A setting is unknown or unsafe."""

    code = "bad_setting"


class BadFile(BadInput):
    """A file cannot be imported; nothing of it was."""

    code = "bad_file"


class NotSignedIn(CorridorError):
    """No valid session or token."""

    status = 401
    code = "not_signed_in"


class NotAllowed(CorridorError):
    """Outside the caller's scope."""

    status = 403
    code = "not_allowed"


class NotFound(CorridorError):
    """No such thing, or none that the caller may see."""

    status = 404
    code = "not_found"


class Conflict(CorridorError):
    """The thing exists already, with other content."""

    status = 409
    code = "conflict"


class TooLarge(CorridorError):
    """A body over the limit."""

    status = 413
    code = "too_large"


class TooMany(CorridorError):
    """The caller is faster than its limit. `retry_after_s` says when to come back."""

    status = 429
    code = "too_many"

    @property
    def retry_after_s(self) -> int:
        """Seconds to wait."""
        return int(self.values.get("retry_after_s", 1))


class Unavailable(TooMany):
    """A part this needs is away; come back later."""

    status = 503
    code = "unavailable"


class DatabaseAway(Unavailable):
    """The database does not answer."""

    code = "database_away"


class BrokerAway(Unavailable):
    """The broker does not answer."""

    code = "broker_away"
