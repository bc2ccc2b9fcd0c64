"""Step 1: which fixes can be believed. What is refused is counted with its reason.

First each fix for itself and its device, then each against its neighbours:

- `clock_ahead`: observed more than 5 minutes after we received it. `clock_stale`: observed more than 30 days before the
  device sent it. Both are what a phone's clock does that was reset; satellites' clocks do not.
- `inaccurate`: the device itself says 500 m or worse.
- `same_time`: another fix of the same second is there already (the more accurate one, else the first in order of place).
- `other_device`: another device speaks for the coach; it is heard once the first was silent for 10 minutes.
- `teleport`: farther than a coach drives (45 m/s and 200 m). Three fixes in a row that agree with one another are believed:
  then the coach, or its device, was carried.
- `spike`: out and back, seen with the fix after it, also where no law of driving is broken. The newest fix therefore waits
  for the next one.

The gate before the halts is what keeps them alive: 1 % of spikes halves the F1 of stop detectors that have none. The
thresholds are assumptions that follow from what coaches and receivers do; only spikes of under 150 m pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tracker.facts import Fact, RefusedFixes, moment
from tracker.fixes import Bools, Fixes, Leg, join, unlocated
from tracker.geo import plane_m, planes_m
from tracker.steps import Memory, World

AHEAD_S = 300.0
STALE_S = 30 * 86400.0
INACCURATE_M = 500.0
SILENT_S = 600.0  # so long a device keeps the word
FASTEST_MPS = 45.0
SLACK_M = 200.0
BELIEVED_AFTER = 3
SPIKE_M = 150.0
SPIKE_SHARE = 0.3  # a spike's neighbours lie nearer to each other than this share of the way out
SPIKE_S = 900.0  # between neighbours farther apart in time a coach may really go and come back

COLUMNS = ("at_s", "latitudes", "longitudes", "speeds_mps", "accuracies_m", "sent_s", "received_s", "seqs", "devices")


class Plausibility:
    """Lets plausible fixes through, in the order they came."""

    name = "plausibility"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"voice": None, "spoke_s": None, "heard_s": None, "last": None, "waiting": [], "doubted": []}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        refused: list[Fact] = []
        after = dict(memory)
        candidates = self._for_themselves(after, leg.fixes, refused)
        accepted = self._among_neighbours(after, candidates, refused)
        return after, unlocated(accepted), refused

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return nothing: a fix that waits for the next one is not refused yet."""
        return []

    def _for_themselves(self, memory: Memory, fixes: Fixes, refused: list[Fact]) -> Fixes:
        ahead = fixes.at_s > fixes.received_s + AHEAD_S
        stale = fixes.at_s < fixes.sent_s - STALE_S
        vague = fixes.accuracies_m >= INACCURATE_M
        if (ahead | stale | vague).any():
            _refuse(refused, fixes, ahead, "clock_ahead")
            _refuse(refused, fixes, stale & ~ahead, "clock_stale")
            _refuse(refused, fixes, vague & ~ahead & ~stale, "inaccurate")
            fixes = fixes.take(~(ahead | stale | vague))
        fixes = self._without(fixes, self._foreign(memory, fixes), "other_device", refused)
        if not len(fixes):
            return fixes
        before = np.concatenate(([-np.inf if memory["heard_s"] is None else memory["heard_s"]], fixes.at_s[:-1]))
        memory["heard_s"] = float(fixes.at_s[-1])
        return self._without(fixes, fixes.at_s <= before, "same_time", refused)

    @staticmethod
    def _without(fixes: Fixes, mask: Bools, reason: str, refused: list[Fact]) -> Fixes:
        """Refuse those fixes; return the others."""
        if not mask.any():
            return fixes
        _refuse(refused, fixes, mask, reason)
        return fixes.take(~mask)

    def _foreign(self, memory: Memory, fixes: Fixes) -> Bools:
        """Say which fixes are of a device that has not got the word."""
        foreign = np.zeros(len(fixes), dtype=np.bool_)
        if not len(fixes):
            return foreign
        voice, spoke_s = memory["voice"] or str(fixes.devices[0]), memory["spoke_s"]
        if (fixes.devices == voice).all():
            memory["voice"], memory["spoke_s"] = voice, float(fixes.at_s[-1])
            return foreign
        for i, (device, at_s) in enumerate(zip(fixes.devices.tolist(), fixes.at_s.tolist(), strict=True)):
            if device == voice or at_s - spoke_s > SILENT_S:
                voice, spoke_s = device, at_s
            else:
                foreign[i] = True
        memory["voice"], memory["spoke_s"] = voice, spoke_s
        return foreign

    def _among_neighbours(self, memory: Memory, fixes: Fixes, refused: list[Fact]) -> Fixes:
        if not len(fixes):
            return fixes
        held = [*memory["doubted"], *memory["waiting"]]
        everything = join(_restored(held), fixes) if held else fixes
        first = len(held)
        gate = _Gate(everything, memory["last"], list(range(len(memory["doubted"]))), refused)
        waiting = list(range(len(memory["doubted"]), first))
        gate.go(waiting[0] if waiting else first)
        memory["last"] = gate.last
        memory["doubted"] = [_packed(everything, i) for i in gate.doubted]
        memory["waiting"] = [_packed(everything, len(everything) - 1)]
        return everything.take(gate.accepted)


class _Gate:
    """Walks over candidates; the normal run of fixes is taken in one stride."""

    def __init__(self, fixes: Fixes, last: list[float] | None, doubted: list[int], refused: list[Fact]) -> None:
        self.fixes, self.last, self.doubted, self.refused = fixes, last, doubted, refused
        self.accepted = np.zeros(len(fixes), dtype=np.bool_)
        lat, lon, at = fixes.latitudes, fixes.longitudes, fixes.at_s
        step = planes_m(lat[:-1], lon[:-1], lat[1:], lon[1:])
        jump = step > FASTEST_MPS * (at[1:] - at[:-1]) + SLACK_M
        odd = np.zeros(len(fixes), dtype=np.bool_)
        odd[1:] |= jump
        odd[:-1] |= jump
        if len(fixes) > 2:
            across = planes_m(lat[:-2], lon[:-2], lat[2:], lon[2:])
            odd[1:-1] |= _is_spike(step[:-1], step[1:], across, at[2:] - at[:-2])
        self._odd = np.flatnonzero(odd).tolist()

    def go(self, start: int) -> None:
        """Judge the fixes from `start` on, but for the last one, which waits."""
        i, end, odd = start, len(self.fixes) - 1, iter(self._odd)
        suspect = next(odd, end)
        while i < end:
            while suspect < i:
                suspect = next(odd, end)
            if not self.doubted and self._follows(i) and suspect > i:
                until = min(suspect, end)
                self.accepted[i:until] = True
                self._reached(until - 1)
                i = until
            else:
                self._judge(i)
                i += 1

    def _follows(self, i: int) -> bool:
        """Say whether the fix before `i` is the last accepted one, so that what was computed for the array holds."""
        return self.last is not None and i > 0 and self.last[0] == self.fixes.at_s[i - 1]

    def _judge(self, i: int) -> None:
        place = self._place(i)
        if self.last is not None and _is_jump(self.last, place):
            if self.doubted and _is_jump(self._place(self.doubted[-1]), place):
                self._drop_doubted(i)
            self.doubted.append(i)
            if len(self.doubted) == BELIEVED_AFTER:
                self.accepted[self.doubted] = True
                self.doubted = []
                self._reached(i)
            return
        self._drop_doubted(i)
        following = self._place(i + 1)
        if self.last is not None and bool(
            _is_spike(
                _apart(self.last, place),
                _apart(place, following),
                _apart(self.last, following),
                following[0] - self.last[0],
            )
        ):
            self._refuse(i, "spike", i + 1)
            return
        self.accepted[i] = True
        self._reached(i)

    def _place(self, i: int) -> list[float]:
        return [float(self.fixes.at_s[i]), float(self.fixes.latitudes[i]), float(self.fixes.longitudes[i])]

    def _reached(self, i: int) -> None:
        self.last = self._place(i)

    def _drop_doubted(self, settled: int) -> None:
        for i in self.doubted:
            self._refuse(i, "teleport", settled + 1)
        self.doubted = []

    def _refuse(self, i: int, reason: str, settled: int) -> None:
        fixes = self.fixes
        at, seq = moment(float(fixes.at_s[i])), int(fixes.seqs[i])
        settled_at = moment(float(fixes.at_s[settled]))
        self.refused.append(
            RefusedFixes(
                started_at=at, ended_at=at, settled_at=settled_at, first_seq=seq, last_seq=seq, reason=reason, count=1
            )
        )


def _refuse(refused: list[Fact], fixes: Fixes, mask: Bools, reason: str) -> None:
    for i in np.flatnonzero(mask).tolist():
        at, seq = moment(float(fixes.at_s[i])), int(fixes.seqs[i])
        refused.append(
            RefusedFixes(started_at=at, ended_at=at, settled_at=at, first_seq=seq, last_seq=seq, reason=reason, count=1)
        )


def _is_spike(out_m: Any, back_m: Any, across_m: Any, seconds: Any) -> Any:
    """Say whether a fix lies out and back between its neighbours; numbers or arrays."""
    both_far = (out_m > SPIKE_M) & (back_m > SPIKE_M)
    return both_far & (across_m < SPIKE_SHARE * out_m) & (across_m < SPIKE_SHARE * back_m) & (seconds < SPIKE_S)


def _apart(one: Sequence[float], other: Sequence[float]) -> float:
    return plane_m(one[1], one[2], other[1], other[2])


def _is_jump(one: Sequence[float], other: Sequence[float]) -> bool:
    return _apart(one, other) > FASTEST_MPS * (other[0] - one[0]) + SLACK_M


def _packed(fixes: Fixes, i: int) -> list[Any]:
    values = [getattr(fixes, name)[i].item() for name in COLUMNS[:-1]]
    return [None if value != value else value for value in values] + [str(fixes.devices[i])]  # noqa: PLR0124 - NaN


def _restored(rows: Sequence[Sequence[Any]]) -> Fixes:
    columns: dict[str, Any] = {}
    for name, values in zip(COLUMNS, zip(*rows, strict=True), strict=True):
        if name == "devices":
            columns[name] = np.array(values, dtype=object)
        elif name == "seqs":
            columns[name] = np.array(values, dtype=np.int64)
        else:
            columns[name] = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return Fixes(**columns)
