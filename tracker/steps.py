"""The steps a coach's fixes go through, one after the other: pure, state and positions in, state and facts out.

Each step is a fold: cut the same fixes into runs anywhere, and the memory and the settled facts are the same. That is
what lets a batch end where it wants, a worker die, and a late fix be put in its place by going over the way again from
the last stored memory. `STEPS` itself stands in `dashboard/pipeline.py`.

A memory is plain JSON (dicts, lists, strings, finite floats, ints, bools, None), because it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from tracker.corridors import Corridor
from tracker.facts import Fact
from tracker.fixes import Fixes, Leg, unlocated
from tracker.geography import Geography

Memory = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeclaredTrip:
    """What the operator said of a trip of this coach. `starts_at`: departed, else scheduled, else declared.

    `ends_at`: arrived or cancelled, None where neither was said. `origin`, `destination`: hub ids, where they were said.
    """

    trip_id: str
    corridor_id: str
    starts_at: datetime
    ends_at: datetime | None = None
    is_cancelled: bool = False
    has_departed: bool = True
    origin: str | None = None
    destination: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What the rules know besides the fixes: the coach, the geography, and its declared trips by start, then id."""

    vehicle_id: str
    geography: Geography
    declared: tuple[DeclaredTrip, ...] = ()
    corridors: tuple[Corridor, ...] = field(init=False)
    numbers: Mapping[str, int] = field(init=False)  # of each corridor in `corridors`, by its id

    def __post_init__(self) -> None:
        """Number the corridors."""
        corridors, numbers = _numbered(self.geography)
        object.__setattr__(self, "corridors", corridors)
        object.__setattr__(self, "numbers", numbers)


@lru_cache(maxsize=8)
def _numbered(geography: Geography) -> tuple[tuple[Corridor, ...], Mapping[str, int]]:
    corridors = tuple(geography.corridors.values())
    return corridors, {corridor.id: number for number, corridor in enumerate(corridors)}


class Step(Protocol):
    """One rule. Its name is the key of its memory."""

    name: str

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        ...

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; return the new memory, the leg with what this step says of it, and what it settled.

        `facts` are those that earlier steps settled in this run, in the order of `settled_at`. `memory` is not changed.
        """
        ...

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return the facts that are under way, as far as this memory knows them."""
        ...


@dataclass(frozen=True, slots=True)
class Drive:
    """What a run of the steps gave: the memory of every step, the settled facts, and those under way."""

    memory: Mapping[str, Memory]
    settled: list[Fact]
    under_way: list[Fact]
    leg: Leg


def drive(steps: Sequence[Step], memory: Mapping[str, Memory], fixes: Fixes, world: World) -> Drive:
    """Run the fixes through the steps, in their order. `memory` is `{}` for a new coach."""
    leg = unlocated(fixes)
    after: dict[str, Memory] = {}
    settled: list[Fact] = []
    under_way: list[Fact] = []
    for step in steps:
        before = memory[step.name] if step.name in memory else step.start()
        after[step.name], leg, found = step.run(before, leg, world, settled)
        if found:
            settled = sorted([*settled, *found], key=_order)
        under_way += step.under_way(after[step.name], world)
    return Drive(after, settled, under_way, leg)


def _order(fact: Fact) -> datetime:
    assert fact.settled_at is not None
    return fact.settled_at
