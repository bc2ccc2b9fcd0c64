"""Passwords: the policy, and Argon2id.

The policy is length, not composition: rules such as *one capital, one digit* make people write `Password1!`. A short
list of what attackers try first is refused, and anything made of the person's own user name.
"""

from __future__ import annotations

import itertools
import threading

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from tracker.errors import Reason

SHORTEST = 10
LONGEST = 256  # a limit, so that nobody makes us hash megabytes

# Stems: refused alone and with digits or signs around them (`Password2026!`).
COMMON = frozenset(
    {
        "password", "passwort", "motdepasse", "monmotdepasse", "palavrapasse", "minhasenha", "changeme", "changethis",
        "letmein", "letmeinplease", "welcome", "bienvenue", "bemvindo", "bonjour", "bonjourbonjour", "azertyuiop",
        "qwertyuiop", "qwertzuiop", "administrator", "administrateur", "administrador", "corridor", "corridormonitor",
        "ecowas", "cedeao", "ecowascedeao", "iloveyou", "iloveyouforever", "jetaime", "monamour", "football",
        "superman", "princesse", "abcdefghij", "abcdefghijk", "abidjan", "lagos", "accra", "cotonou", "lome",
    }
)  # fmt: skip

# OWASP's second recommendation (19 MiB, two passes). Not the 64 MiB of the library: forty threads may sign people in
# at once and the process has 250 MB, so the gate below lets two through at a time.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_GATE = threading.BoundedSemaphore(2)


def weaknesses(password: str, username: str) -> list[Reason]:
    """Return every reason why `password` is refused for `username`; none when it is good."""
    reasons = []
    if len(password) < SHORTEST:
        reasons.append(Reason("password_too_short", "password", {"least": SHORTEST}))
    if len(password) > LONGEST:
        reasons.append(Reason("password_too_long", "password", {"most": LONGEST}))
    stem = "".join(letter for letter in password.lower() if letter.isalpha())
    if stem in COMMON or len(set(password)) < 4 or _is_run(password):
        reasons.append(Reason("password_common", "password"))
    letters = "".join(letter for letter in username.lower() if letter.isalpha())
    if password.lower() == username.lower() or (letters and stem in (letters, letters * 2)):
        reasons.append(Reason("password_is_username", "password"))
    return reasons


def hash_password(password: str) -> str:
    """Return the Argon2id hash, with its salt and parameters."""
    with _GATE:
        return _HASHER.hash(password)


def password_matches(password: str, hashed: str | None) -> bool:
    """Say whether `password` has that hash.

    Without a hash (no such user, no password yet) it takes as long: the time must not tell who has an account.
    """
    if len(password) > LONGEST:
        return False
    with _GATE:
        right = _HASHER.verify(password, hashed or _nobodys())
    return right and hashed is not None


_dummy: list[str] = []


def _nobodys() -> str:
    # Made at the first need, not at import; two threads may both make one, which harms nothing.
    if not _dummy:
        _dummy.append(_HASHER.hash("nobody has this password"))
    return _dummy[0]


def _is_run(password: str) -> bool:
    """Say whether the characters only count up or down: `1234567890`, `abcdefghij`."""
    steps = {ord(b) - ord(a) for a, b in itertools.pairwise(password)}
    return steps <= {1, -9} or steps <= {-1, 9}
