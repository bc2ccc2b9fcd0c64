"""Touched coaches: of which coaches, and around which moments, facts changed in the open transaction.

Projections of this room that are made of facts and of reports alike (reconciled crossings, accounts) are made anew once a
batch, when everything has spoken: until then what changed is noted with the transaction, and goes with it if it fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, SQLModel

from tracker.fact_rows import Changes
from tracker.facts import BorderCrossing, Fact, Gap, Halt, TripRun

Moments = dict[str, list[datetime]]
_NOTED = "touched_coaches"


class TouchedCoaches:
    """Notes what became of the facts that this room's projections are made of. It has no table of its own."""

    name = "touched_coaches"
    tables: Sequence[type[SQLModel]] = ()
    facts: Sequence[type[Fact]] = (TripRun, Halt, BorderCrossing, Gap)

    def take(self, session: Session, changes: Changes) -> None:
        """Note the coaches and the moments."""
        noted: dict[type[Fact], Moments] = session.info.setdefault(_NOTED, {})
        for _, sighting in changes.of(*self.facts):
            fact = sighting.fact
            moments = noted.setdefault(type(fact), {}).setdefault(sighting.vehicle_id, [])
            moments += (fact.started_at, fact.ended_at or fact.started_at)


def with_touched(session: Session, moments: Mapping[str, Iterable[datetime]], kinds: Iterable[type[Fact]]) -> Moments:
    """Return moments together with those at which facts of some kinds changed in this transaction."""
    every: Moments = {coach: list(own) for coach, own in moments.items()}
    noted: Mapping[type[Fact], Moments] = session.info.get(_NOTED, {})
    for kind in kinds:
        for coach, own in noted.get(kind, {}).items():
            every.setdefault(coach, []).extend(own)
    return every


def spans_of(moments: Iterable[datetime], reach: timedelta) -> list[tuple[datetime, datetime]]:
    """Return the stretches of time within `reach` of moments, joined where they overlap."""
    spans: list[tuple[datetime, datetime]] = []
    for at in sorted(moments):
        if spans and at - reach <= spans[-1][1]:
            spans[-1] = (spans[-1][0], at + reach)
        else:
            spans.append((at - reach, at + reach))
    return spans
