"""Baselines: how many stops for control a trip should meet. Two norms, selectable, and named wherever one is used. Pure.

- `mechanism`: one grouped control at departure and one at each border post of entry. For every pilot state.
- `uemoa`: two (departure, destination) and one at each border. It binds UEMOA's members on the day and nobody else: only
  the stops in member states are counted, and Ghana or Nigeria are never scored by it.

Stops are counted, not controls: five agencies at one place are one stop. Formalities of leaving a state count apart.
Reported stops are a lower bound: what the crew did not tell is not in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from checkpoints.control_stops import ControlStop
from tracker.countries import is_member

Baseline = Literal["mechanism", "uemoa"]


@dataclass(frozen=True, slots=True)
class TripCounts:
    """What is needed of one trip: the countries in the order it passed them, and its stops by country, exits apart.

    `countries` begins with that of departure; each following one was entered at a declared border post.
    """

    on: date
    countries: tuple[str, ...]
    stops_in: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A trip against a norm. `excess` may be below zero: fewer stops were seen than the norm allows."""

    baseline: Baseline
    stops: int
    allowed: int

    @property
    def excess(self) -> int:
        """Stops above the norm."""
        return self.stops - self.allowed


def counted(stops: Iterable[ControlStop]) -> tuple[str | None, ...]:
    """Return the country of every stop that a norm counts: all but the formalities of leaving a state."""
    return tuple(stop.place.country for stop in stops if stop.formality != "exit")


def judge(baseline: Baseline, trip: TripCounts) -> Judgement | None:
    """Return a trip against a norm; None where the norm does not bind there (no member of UEMOA was passed)."""
    if baseline == "mechanism":
        return Judgement("mechanism", len(trip.stops_in), 1 + max(0, len(trip.countries) - 1))
    bound = [is_member(country, "UEMOA", trip.on) for country in trip.countries]
    if not any(bound):
        return None
    ends = sum((bound[0], bound[-1]))
    # A border is counted where the side that is entered or left is a member's: its post stands in a member state.
    borders = sum(1 for one, other in pairwise(bound) if one or other)
    members = {country for country, is_bound in zip(trip.countries, bound, strict=True) if is_bound}
    return Judgement("uemoa", sum(1 for country in trip.stops_in if country in members), ends + borders)
