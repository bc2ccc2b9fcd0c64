"""Facts to rows and back, and what changed of them: what derived projections are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any, NamedTuple, Protocol

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from tracker.fact_tables import (
    BorderCrossingRow,
    ConnectionRow,
    FactRow,
    GapRow,
    HaltRow,
    SectionPaceRow,
    SectionPassRow,
    TripRunRow,
)
from tracker.facts import BorderCrossing, Connection, Fact, Gap, Halt, SectionPace, SectionPass, TripRun

TABLES: Mapping[type[Fact], type[FactRow]] = {
    TripRun: TripRunRow,
    Halt: HaltRow,
    BorderCrossing: BorderCrossingRow,
    SectionPass: SectionPassRow,
    SectionPace: SectionPaceRow,
    Connection: ConnectionRow,
    Gap: GapRow,
}
_FIELDS = {kind: tuple(f.name for f in fields(kind)) for kind in TABLES}
COLUMNS = {kind: ("fact_id", "vehicle_id", "operator_id", "settled_hour", *_FIELDS[kind]) for kind in TABLES}
TOGETHER = 2000
LISTS = frozenset(("remarks", "cuts_s"))  # tuples of a fact; JSON has lists
_SEQS = frozenset(("first_seq", "last_seq"))  # where in the log it is told; not what happened
_SAID: dict[type[Fact], tuple[str, ...]] = {
    kind: tuple(name for name in names if name not in _SEQS) for kind, names in _FIELDS.items()
}


class Sighting(NamedTuple):
    """A fact, and whose it is."""

    vehicle_id: str
    operator_id: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class Changes:
    """Settled facts that no longer hold, and those that hold now."""

    removed: Sequence[Sighting] = ()
    added: Sequence[Sighting] = ()

    def of(self, *kinds: type[Fact]) -> Iterator[tuple[int, Sighting]]:
        """Yield those of some kinds: -1 with each that was removed, 1 with each that was added."""
        for sighting in self.removed:
            if isinstance(sighting.fact, kinds):
                yield -1, sighting
        for sighting in self.added:
            if isinstance(sighting.fact, kinds):
                yield 1, sighting


class Derived(Protocol):
    """A projection made of settled facts instead of events: whole numbers only, so that taking back is exact.

    `facts` are the kinds it is made of; it is told of others too.
    """

    name: str
    tables: Sequence[type[SQLModel]]
    facts: Sequence[type[Fact]]

    def take(self, session: Session, changes: Changes) -> None:
        """Take in what changed, inside the open transaction."""
        ...


@dataclass(slots=True)
class FactRows:
    """Rows gathered to be written, by kind."""

    rows: dict[type[Fact], list[tuple[Any, ...]]] = field(default_factory=lambda: {kind: [] for kind in TABLES})

    def add(self, own_id: str, sighting: Sighting, settled_hour: int | None) -> None:
        """Add the row of one fact, whose `fact_id` is `own_id`."""
        kind = type(sighting.fact)
        values = _VALUES[kind](sighting.fact)
        self.rows[kind].append((own_id, sighting.vehicle_id, sighting.operator_id, settled_hour, *values))


def _getter(kind: type[Fact]) -> Callable[[Any], list[Any]]:
    names = _FIELDS[kind]

    def values(fact: Any) -> list[Any]:
        return [list(value) if isinstance(value := getattr(fact, name), tuple) else value for name in names]

    return values


_VALUES = {kind: _getter(kind) for kind in TABLES}


def fact_id(sighting: Sighting) -> str:
    """Return the id of a fact's row: a hash of the coach and of all that the fact says."""
    kind = type(sighting.fact)
    said = [getattr(sighting.fact, name) for name in _SAID[kind]]
    return blake2b(repr((kind.__name__, sighting.vehicle_id, said)).encode(), digest_size=8).hexdigest()


def read_facts(
    session: Session, kind: type[Fact], *where: Any, is_long: bool = False
) -> Iterator[list[tuple[str, int | None, Sighting]]]:
    """Yield lists of `(fact_id, settled_hour, sighting)` of the rows of a kind that meet the conditions.

    `is_long`: they may be too many for memory, and are fetched list by list.
    """
    table = TABLES[kind].__table__  # type: ignore[attr-defined]
    query = select(*(table.c[name] for name in COLUMNS[kind])).where(*where)
    names = _FIELDS[kind]
    connection = session.connection()
    options = {"yield_per": TOGETHER} if is_long else {}
    for rows in connection.execute(query, execution_options=options).partitions(TOGETHER):
        found = []
        for own_id, vehicle_id, operator_id, hour, *values in rows:
            facts: dict[str, Any] = dict(zip(names, values, strict=True))
            for name in LISTS & facts.keys():
                facts[name] = tuple(facts[name])
            found.append((own_id, hour, Sighting(vehicle_id, operator_id, kind(**facts))))
        yield found
