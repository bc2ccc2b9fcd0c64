"""Step 8: when each stretch of a section was driven, on every whole pass of it.

A section is cut every `STRETCH_KM` from its start. The moment at which a coach passes a cut is interpolated between two
fixes; the time between two cuts is that of a stretch, stands included. Cuts that lie between fixes farther
apart than `FINE_S` are not known: whatever a coach did there is smeared over more road than a stretch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from tracker.facts import STRETCH_KM, UNSEEN_S, Fact, SectionPace, SectionPass
from tracker.fixes import Ints, Leg, runs
from tracker.geo import Floats
from tracker.geography import Geography
from tracker.steps import Memory, World

FINE_S = 65.0  # a fix a minute, and what a device is late with it
BACK_KM = 1.0  # a coach that is so far behind where it has been has turned
KEPT_S = 3 * 86400.0  # so long a way through a section is kept for the pass that will be settled over it


class _Ways(NamedTuple):
    """A corridor's passages as arrays: where each begins and ends, its section's number in the geography and length, and
    whether the section runs the other way."""

    from_km: Floats
    to_km: Floats
    sections: Ints
    lengths: Floats
    is_reversed: Any


class Paces:
    """Finds the pace of whole passes. It stands behind the step `passes`, whose facts it waits for.

    Its memory: `last` (the newest fix on a section), `now` (the way through its section), `back` (what it would be had the
    coach turned where it was farthest; None there), `done` (ways whose pass is not settled yet), `told_s` (the end of the last
    pass that was). A way has `base` (whole seconds), `first` (the first cut) and `cuts`: seconds since `base` at each further
    cut, None where it is not known; `apart` has the seconds between the two fixes around it. `far`: the farthest it came, as a
    kilometre that rises in its direction, and `far_s`, when it was last there.
    """

    name = "paces"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"last": None, "now": None, "back": None, "done": [], "told_s": 0.0}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        if not len(leg):
            return memory, leg, []
        last, now, back, done, told_s = (memory[part] for part in ("last", "now", "back", "done", "told_s"))
        done = list(done)
        for name, at, kms, length in _stretches(leg, world):
            if now is None or now["section"] != name:
                done += [now] if now is not None and now["cuts"] else []
                up = bool(kms[0] <= length / 2)  # towards the end that is farther off
                now, back, last = _begun(name, up, float(at[0]), float(kms[0]), length), None, None
            turned, now, back = _driven(now, back, last, at, kms)
            done += turned
            last = [float(at[-1]), float(kms[-1])]
        found: list[Fact] = []
        for fact in facts:
            if isinstance(fact, SectionPass):
                own = [way for way in (*done, now) if way is not None and _is_of(way, fact)]
                if own:
                    found.append(_pace(own, fact))
                told_s = max(told_s, (fact.ended_at or fact.started_at).timestamp())
        since_s = max(told_s, float(leg.fixes.at_s[-1]) - KEPT_S)
        kept = [way for way in done if _last_s(way) > since_s]  # a function of what was seen, however it was cut
        return {"last": last, "now": now, "back": back, "done": kept, "told_s": told_s}, leg, found

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return nothing: half a section has no pass."""
        return []


@lru_cache(maxsize=8)
def _ways(geography: Geography) -> tuple[tuple[_Ways, ...], tuple[tuple[str, float], ...]]:
    """Return the passages of each corridor, and each section's id and length: corridors may share sections."""
    roads = [corridor.passages for corridor in geography.corridors.values()]
    lengths = {passage.section.id: passage.section.length_km for road in roads for passage in road}
    numbers = {name: number for number, name in enumerate(lengths)}
    ways = tuple(
        _Ways(
            np.array([p.from_km for p in road]), np.array([p.to_km for p in road]),
            np.array([numbers[p.section.id] for p in road], dtype=np.int64),
            np.array([p.section.length_km for p in road]), np.array([p.is_reversed for p in road], dtype=bool),
        )
        for road in roads
    )  # fmt: skip
    return ways, tuple(lengths.items())


def _stretches(leg: Leg, world: World) -> Iterator[tuple[str, Floats, Floats, float]]:
    """Yield the fixes of one section after the other: its id, their times and kilometres on it, its length."""
    roads, sections = _ways(world.geography)
    numbers, kms = np.full(len(leg), -1, dtype=np.int64), np.zeros(len(leg))
    for n in set(leg.corridors.tolist()):
        if n < 0 or not roads[n].sections.size:
            continue
        ways = roads[n]
        on: Ints = np.flatnonzero(leg.corridors == n)
        km = leg.kms[on]
        at = np.searchsorted(ways.from_km[1:], km, side="right")
        share = np.minimum(np.maximum((km - ways.from_km[at]) / (ways.to_km[at] - ways.from_km[at]), 0.0), 1.0)
        kms[on] = np.where(ways.is_reversed[at], 1 - share, share) * ways.lengths[at]
        numbers[on] = ways.sections[at]
    used = np.flatnonzero(numbers >= 0)
    if not used.size:
        return
    for first, end in runs(numbers[used]):
        part = used[first:end]
        name, length = sections[int(numbers[part[0]])]
        yield name, leg.fixes.at_s[part], kms[part], length


def _begun(name: str, up: bool, at_s: float, km: float, length_km: float) -> Memory:
    """Return a way that begins here."""
    first = int(np.ceil(km / STRETCH_KM)) if up else int(np.floor(km / STRETCH_KM))
    return {
        "section": name, "up": up, "length": length_km, "base": int(at_s), "first": first, "far": km if up else -km,
        "far_s": at_s, "cuts": [], "apart": [],
    }  # fmt: skip


def _driven(
    now: Memory, back: Memory | None, last: list[float] | None, at: Floats, kms: Floats
) -> tuple[list[Memory], Memory, Memory | None]:
    """Take in the next fixes of a section: return the ways that ended in a turn, the way now, and the way back."""
    turned: list[Memory] = []
    while True:
        sign = 1 if now["up"] else -1
        far = np.maximum(np.maximum.accumulate(kms * sign), now["far"])
        behind = np.flatnonzero(far - kms * sign > BACK_KM)
        end = int(behind[0]) if behind.size else at.size
        at_far = np.flatnonzero(kms[:end] * sign >= far[:end])
        ahead = int(at_far[-1]) + 1 if at_far.size else 0  # from there on the coach is behind where it was
        if ahead:
            now = _gone_on(now, last, at[:ahead], kms[:ahead])
            back, last = None, [float(at[ahead - 1]), float(kms[ahead - 1])]
        if end == at.size:
            if ahead < at.size:
                back = _gone_on(back or _turned(now), last, at[ahead:], kms[ahead:])
            return turned, now, back
        turned += [now] if now["cuts"] else []
        now, back, at, kms = back or _turned(now), None, at[ahead:], kms[ahead:]


def _turned(way: Memory) -> Memory:
    """Return the way back from where another was farthest."""
    km = way["far"] if way["up"] else -way["far"]
    return _begun(way["section"], not way["up"], way["far_s"], km, way["length"])


def _gone_on(way: Memory, last: list[float] | None, at: Floats, kms: Floats) -> Memory:
    """Return a way with the next fixes of its section: the cuts they reach for the first time."""
    sign = 1 if way["up"] else -1
    if last is not None:
        at, kms = np.concatenate(([last[0]], at)), np.concatenate(([last[1]], kms))
    far = np.maximum(np.maximum.accumulate(kms * sign), way["far"])
    at_far = np.flatnonzero(kms * sign >= far)
    way = way | {"far": float(far[-1]), "far_s": float(at[at_far[-1]]) if at_far.size else way["far_s"]}
    cut = way["first"] + sign * len(way["cuts"])
    reached = sign * int(np.floor(far[-1] / STRETCH_KM))
    if (reached - cut) * sign < 0:
        return way
    numbers = np.arange(cut, reached + sign, sign)
    goals = numbers * STRETCH_KM * sign
    i = np.searchsorted(far, goals, side="left")
    before = np.maximum(i - 1, 0)
    step = far[i] - far[before]
    share = np.divide(goals - far[before], step, out=np.zeros(goals.size), where=step > 0)
    times = np.rint(at[before] + share * (at[i] - at[before]) - way["base"]).astype(np.int64).tolist()
    apart = np.rint(at[i] - at[before]).astype(np.int64).tolist()
    cuts = way["cuts"] + [time if gap <= FINE_S else None for time, gap in zip(times, apart, strict=True)]
    return way | {"cuts": cuts, "apart": way["apart"] + apart}


def _last_s(way: Memory) -> float:
    """Return when the last known cut of a way was passed."""
    return float(way["base"] + max((cut for cut in way["cuts"] if cut is not None), default=0))


def _is_of(way: Memory, fact: SectionPass) -> bool:
    if way["section"] != fact.section_id or way["up"] != (fact.direction == "up"):
        return False
    start_s, end_s = _span(way, fact)
    return any(cut is not None and start_s <= cut <= end_s for cut in way["cuts"])


def _pace(ways: Sequence[Memory], fact: SectionPass) -> SectionPace:
    """Return the pace of a pass that was driven in one way, or in several where the coach turned twice meanwhile."""
    apart = []
    at = [UNSEEN_S] * (int(ways[0]["length"] / STRETCH_KM) + 1)
    for way in ways:
        sign, start_s, end_s = 1 if way["up"] else -1, *_span(way, fact)
        for n, cut in enumerate(way["cuts"]):
            number = way["first"] + sign * n
            if cut is not None and start_s <= cut <= end_s and 0 <= number < len(at) and at[number] == UNSEEN_S:
                at[number] = round(cut - start_s)
                apart.append(way["apart"][n])
    return SectionPace(
        started_at=fact.started_at, ended_at=fact.ended_at, settled_at=fact.settled_at,
        first_seq=fact.first_seq, last_seq=fact.last_seq, late=fact.late, section_id=fact.section_id,
        direction=fact.direction, every_s=float(median(apart or [0])), cuts_s=tuple(at),
    )  # fmt: skip


def _span(way: Memory, fact: SectionPass) -> tuple[float, float]:
    """Return when a pass began and ended, in seconds since the base of a way."""
    assert fact.ended_at is not None
    return fact.started_at.timestamp() - way["base"], fact.ended_at.timestamp() - way["base"]
