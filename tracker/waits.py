"""Halts that later steps remember until what they need them for is settled. Pure.

A halt is kept as `[start_s, end_s, is_at_border]`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tracker.facts import Halt
from tracker.fixes import Leg

Kept = list[list[float]]


def add_halts(kept: Kept, halts: Sequence[Halt]) -> Kept:
    """Return the remembered halts and new ones."""
    new = [
        [halt.started_at.timestamp(), halt.ended_at.timestamp(), float(halt.post_id is not None)]
        for halt in halts
        if halt.ended_at is not None
    ]
    return [*kept, *new]


def forget_before(kept: Kept, at_s: float) -> Kept:
    """Return those that ended at or after a moment."""
    return [halt for halt in kept if halt[1] >= at_s]


def stood(kept: Kept, start_s: float, end_s: float) -> tuple[float, float]:
    """Return the seconds stood between two moments, and how many of them at border posts."""
    halted = border = 0.0
    for begin, end, at_border in kept:
        overlap = max(0.0, min(end, end_s) - max(begin, start_s))
        halted += overlap
        border += overlap * at_border
    return round(halted, 3), round(border, 3)


def first_decided(leg: Leg, at_s: float, seen_s: float) -> float | None:
    """Return the time of the first fix, not before `seen_s`, at which all halts up to `at_s` are decided; None: not yet."""
    index = max(
        int(np.searchsorted(leg.decided_s, at_s, side="left")),
        int(np.searchsorted(leg.fixes.at_s, seen_s, side="left")),
    )
    return float(leg.fixes.at_s[index]) if index < len(leg) else None
