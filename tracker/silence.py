"""Step 7: where nothing was heard of a coach on its way, and where its fixes came late.

- `lost`: more than `LOST_S` between two accepted fixes, of which at least one lies on a corridor, in two places. A coach
  unheard that is found where it was left has switched its unit off: that says nothing of the network.
- `late`: fixes one after the other, each sent more than `facts.LATE_AFTER` after it was observed, with no `LOST_S` between
  them: the device had no network there, and kept them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tracker.facts import LATE_AFTER, Fact, Gap, moment
from tracker.fixes import Leg
from tracker.geo import haversine_m
from tracker.steps import Memory, World

LOST_S = 600.0  # five times the slowest sampling of the contract's scenarios (120 s)
SAME_PLACE_M = 300.0
LATE_S = LATE_AFTER.total_seconds()


class Silence:
    """Finds gaps and late stretches."""

    name = "silence"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"last": None, "late": None}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        if not len(leg):
            return memory, leg, []
        fixes = leg.fixes
        last = memory["last"]
        first = last if last is not None else _fix(leg, 0, world)
        at = np.concatenate(([first[0]], fixes.at_s))
        late = fixes.sent_s - fixes.at_s > LATE_S
        found: list[Fact] = []
        run = memory["late"]
        marks = np.flatnonzero((at[1:] - at[:-1] > LOST_S) | (late != np.concatenate(([run is not None], late[:-1]))))
        for i in marks.tolist():
            here = _fix(leg, i, world)
            before = first if i == 0 else _fix(leg, i - 1, world)
            silent = here[0] - before[0] > LOST_S
            if run is not None and (silent or not late[i]):
                found.append(_gap("late", run, before, here[0], late=True))
                run = None
            if (silent and last is not None) or (silent and i > 0):
                away = float(haversine_m(before[1], before[2], here[1], here[2]))
                if away > SAME_PLACE_M and (before[3] or here[3]):
                    found.append(_gap("lost", before, here, here[0], late=False))
            if late[i] and run is None:
                run = here
        return {"last": _fix(leg, len(leg) - 1, world), "late": run}, leg, found

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return nothing: what is silent now is known by its last word."""
        return []


def _fix(leg: Leg, i: int, world: World) -> list[Any]:
    number = int(leg.corridors[i])
    fixes = leg.fixes
    on = number >= 0
    return [
        float(fixes.at_s[i]), float(fixes.latitudes[i]), float(fixes.longitudes[i]),
        world.corridors[number].id if on else None, round(float(leg.kms[i]), 3) if on else None, int(fixes.seqs[i]),
    ]  # fmt: skip


def _gap(kind: Any, start: Sequence[Any], end: Sequence[Any], settled_s: float, *, late: bool) -> Gap:
    same = start[3] is not None and start[3] == end[3]
    return Gap(
        started_at=moment(start[0]),
        ended_at=moment(end[0]),
        settled_at=moment(settled_s),
        first_seq=start[5],
        last_seq=end[5],
        late=late,
        kind=kind,
        corridor_id=start[3] if same else None,
        from_km=start[4] if same else None,
        to_km=end[4] if same else None,
    )
