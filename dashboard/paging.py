"""Long lists in pages: a phone shows thirty entries in five or six screens, where two hundred took a hundred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query

SIZE = 30
Item = TypeVar("Item")
PageNumber = Annotated[int, Query(ge=1, le=100_000)]


@dataclass(frozen=True, slots=True)
class Paged(Generic[Item]):
    """One page of a list: its entries, its number from 1, and how many pages there are (at least one)."""

    items: Sequence[Item]
    number: int
    pages: int


def paged(items: Sequence[Item], number: int) -> Paged[Item]:
    """Return a page of a list; one beyond the end is the last."""
    pages = max(1, -(-len(items) // SIZE))
    number = min(number, pages)
    return Paged(items[(number - 1) * SIZE : number * SIZE], number, pages)
