"""Validity: from when to when a dated fact holds.

Half-open intervals of days: `valid_from` is the first day it holds (None: the start is not known, it holds as far
back as asked), `valid_to` the first day it no longer does (None: until further notice).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar


class Dated(Protocol):
    """Anything with an interval of validity."""

    @property
    def valid_from(self) -> date | None:
        """First day it holds."""
        ...

    @property
    def valid_to(self) -> date | None:
        """First day it no longer holds."""
        ...


Fact = TypeVar("Fact", bound=Dated)


def holds(fact: Dated, on: date) -> bool:
    """Say whether the fact holds on that day."""
    return (fact.valid_from or date.min) <= on < (fact.valid_to or date.max)


def holding(facts: Iterable[Fact], on: date) -> list[Fact]:
    """Return the facts that hold on that day, in their order."""
    return [fact for fact in facts if holds(fact, on)]


def overlaps(one: Dated, other: Dated) -> bool:
    """Say whether there is a day on which both hold."""
    return (one.valid_from or date.min) < (other.valid_to or date.max) and (other.valid_from or date.min) < (
        one.valid_to or date.max
    )
