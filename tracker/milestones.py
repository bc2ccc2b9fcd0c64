"""When a coach passed which milestone of its corridor: hubs and borders, interpolated between two fixes. Pure.

The first and last milestone of a corridor count `END_KM` before the end is reached: stations lie some kilometres from
the place that names the hub, on either side.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tracker.corridors import Corridor
from tracker.facts import Direction
from tracker.fixes import Leg
from tracker.geo import Floats
from tracker.steps import Memory, World

END_KM = 5.0


@dataclass(frozen=True, slots=True)
class Passing:
    """Milestone `number` of a corridor was passed at `at_s`, seen with fix `index` of the leg."""

    index: int
    at_s: float
    corridor: Corridor
    number: int
    direction: Direction
    seq: int
    late: bool


@lru_cache(maxsize=256)
def thresholds(corridor: Corridor) -> Floats:
    """Return the kilometre at which each milestone counts as passed, never falling."""
    kms = [milestone.km for milestone in corridor.milestones]
    if len(kms) > 1:
        kms[0] += min(END_KM, (kms[1] - kms[0]) / 3)
        kms[-1] -= min(END_KM, (kms[-1] - kms[-2]) / 3)
    return np.array(kms)


def last_place(leg: Leg, world: World) -> Memory:
    """Return what `passings` must know of the last fix of a leg, for the next one."""
    number = int(leg.corridors[-1])
    return {
        "corridor": world.corridors[number].id if number >= 0 else None,
        "km": float(leg.kms[-1]) if number >= 0 else None,
        "at_s": float(leg.fixes.at_s[-1]),
    }


def passings(before: Memory | None, leg: Leg, world: World, late_s: float) -> list[Passing]:
    """Return the milestones passed, in order; `before` is `last_place` of the leg before."""
    first_km, first_at, first_number = np.nan, leg.fixes.at_s[0], -1
    if before is not None and before["km"] is not None:
        first_km, first_at = before["km"], before["at_s"]
        first_number = world.numbers.get(before["corridor"], -1)
    km = np.concatenate(([first_km], leg.kms))
    at = np.concatenate(([first_at], leg.fixes.at_s))
    number = np.concatenate(([first_number], leg.corridors))
    late = leg.fixes.sent_s - leg.fixes.at_s > late_s
    result: list[Passing] = []
    for n in set(leg.corridors.tolist()):
        if n < 0:
            continue
        corridor = world.corridors[n]
        marks = thresholds(corridor)
        cell = np.searchsorted(marks, km)
        moved = np.flatnonzero((number[:-1] == n) & (number[1:] == n) & (cell[:-1] != cell[1:]))
        for i in moved.tolist():
            a, b = int(cell[i]), int(cell[i + 1])
            up = b > a
            for j in range(a, b) if up else range(a - 1, b - 1, -1):
                share = (marks[j] - km[i]) / (km[i + 1] - km[i])
                moment = float(at[i] + share * (at[i + 1] - at[i]))
                result.append(
                    Passing(i, moment, corridor, j, "up" if up else "down", int(leg.fixes.seqs[i]), bool(late[i]))
                )
    return sorted(result, key=lambda passing: passing.index)
