"""Who speaks through a door, once the door has checked it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class SenderKind(StrEnum):
    """What a sender is, which decides what it may say and what is kept of it."""

    FITTED = "fitted"  # a unit built into a coach
    PERSONAL = "personal"  # somebody's own phone: its positions count inside a declared trip only
    POST = "post"  # a device of one agency at one border post
    SYSTEM = "system"  # another program: a fleet's server, a border system
    PERSON = "person"  # somebody signed in, with a browser


@dataclass(frozen=True, slots=True)
class Sender:
    """One known sender. What is None is not fixed by its token: the body must name it."""

    device_id: str
    kind: SenderKind
    operator_id: str | None = None
    vehicle_id: str | None = None
    post_id: str | None = None
    agency: str | None = None
    language: str = "en"

    @property
    def is_phone_of_a_person(self) -> bool:
        """Say whether its positions are somebody's own whereabouts."""
        return self.kind in {SenderKind.PERSONAL, SenderKind.PERSON}


class Authenticator(Protocol):
    """Knows tokens. `DeviceRegistry` is one; `dashboard/main.py` may chain others (people's API tokens) behind it."""

    def authenticate(self, token: str) -> Sender | None:
        """Return whose token it is, None for an unknown or revoked one.

        Raises:
            DatabaseAway: nobody can say now.
        """
        ...
