"""Step 4: border crossings as positions show them: exit formalities, the line, entry formalities.

A coach is at a border from when it enters its zone (`border_zones`) until it leaves it again. Left at the other end it
has *crossed*; left at the end it came in by, after it stood at a post or had passed the line, it *turned back*. The halts
at the posts (`Halt.post_id`) in between are the formalities; from the first to the last of a side, with the moving up
between them, is the dwell there. Where exit and entry share one place, or the posts are joint, and nothing tells the two
apart, the whole is `unsplit_s`.

`basis`: *fences* when it stood at a post or passed through a fence (the way between two fixes is tested, because a coach jumps
a small fence); *gap* when the line was passed in a silence of more than `GAP_S`; else *line*.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tracker.border_places import DOUBT_KM
from tracker.border_zones import Zone, zones
from tracker.facts import LATE_AFTER, BorderCrossing, CrossingBasis, Fact, Halt, moment
from tracker.fixes import Leg
from tracker.geo import segment_meets_circle
from tracker.milestones import last_place, passings
from tracker.steps import Memory, World
from tracker.waits import first_decided

GAP_S = 1200.0
LATE_S = LATE_AFTER.total_seconds()


class Crossings:
    """Finds border crossings. One waits until its halts are decided."""

    name = "crossings"

    def start(self) -> Memory:
        """Return the memory of a coach of which nothing was heard yet."""
        return {"last": None, "at": None, "waiting": [], "halts": []}

    def run(self, memory: Memory, leg: Leg, world: World, facts: Sequence[Fact]) -> tuple[Memory, Leg, list[Fact]]:
        """Take in the next fixes; see `tracker.steps.Step.run`."""
        if not len(leg):
            return memory, leg, []
        at, waiting = memory["at"], [*memory["waiting"], *_leapt(memory["last"], leg, world)]
        halts = memory["halts"] + [_kept(fact) for fact in facts if isinstance(fact, Halt) and fact.post_id]
        for first, end, zone in _stretches(leg, world):
            if at is not None and (zone is None or _key(zone) != at["key"]):
                waiting.append(at | {"left_s": float(leg.fixes.at_s[first])})
                at = None
            if zone is not None:
                at = _go_on(at, zone, leg, first, end)
        found: list[Fact] = []
        still = []
        for row in waiting:
            settled_s = first_decided(leg, row["left_s"], row["left_s"])
            if settled_s is None:
                still.append(row)
            elif (fact := _fact(row, _zone(row, world), halts, settled_s)) is not None:
                found.append(fact)
        oldest = min([row["came_s"] for row in [*still, *([at] if at else [])]], default=float(leg.decided_s[-1]))
        halts = [halt for halt in halts if halt[1] >= oldest]
        return {"last": last_place(leg, world), "at": at, "waiting": still, "halts": halts}, leg, found

    def under_way(self, memory: Memory, world: World) -> list[Fact]:
        """Return the crossing that has begun: the coach stood at a post, or has passed the line."""
        rows = [*memory["waiting"], *([memory["at"]] if memory["at"] else [])]
        facts = [_fact(row, _zone(row, world), memory["halts"], None) for row in rows]
        return [fact for fact in facts if fact is not None]


def _key(zone: Zone) -> list[str]:
    return [*zone.posts]


def _stretches(leg: Leg, world: World) -> list[tuple[int, int, Zone | None]]:
    """Return runs of fixes in one zone, or outside all; fixes off every corridor are left out."""
    result: list[tuple[int, int, Zone | None]] = []
    cell = np.full(len(leg), -1, dtype=np.int64)  # even: outside a zone of its corridor
    known: list[Zone] = []
    for number in np.unique(leg.corridors).tolist():
        if number < 0:
            continue
        on = leg.corridors == number
        own = zones(world.geography, world.corridors[number])
        edges = [edge for zone in own for edge in (zone.low_km, zone.high_km)]
        place = np.searchsorted(edges, leg.kms[on])
        cell[on] = np.where(place % 2 == 1, len(known) + place // 2 + 1, 0)
        known += own
    cuts = [0, *(np.flatnonzero(np.diff(cell)) + 1).tolist(), len(leg)]
    for first, end in pairwise(cuts):
        if cell[first] >= 0:
            result.append((first, end, known[int(cell[first]) - 1] if cell[first] else None))
    return result


def _leapt(last: Memory | None, leg: Leg, world: World) -> list[Memory]:
    """Return the borders that were passed between two fixes outside their zones: in a silence."""
    rows = []
    kms, times = (
        [last["km"] if last else None, *leg.kms.tolist()],
        [last["at_s"] if last else 0.0, *leg.fixes.at_s.tolist()],
    )
    for passing in passings(last, leg, world, LATE_S):
        milestone, i = passing.corridor.milestones[passing.number], passing.index
        zone = next((z for z in zones(world.geography, passing.corridor) if z.border is milestone), None)
        if zone is not None and not any(zone.low_km <= km <= zone.high_km for km in kms[i : i + 2]):
            came = 0 if passing.direction == "up" else 1
            rows.append({
                "key": _key(zone), "corridor": zone.corridor.id, "came_s": passing.at_s, "from": came, "side": 1 - came,
                "line_s": passing.at_s, "gap": times[i + 1] - times[i] > GAP_S, "fence": False, "first_seq": passing.seq,
                "last_seq": passing.seq, "late": passing.late, "left_s": times[i + 1],
            })  # fmt: skip
    return rows


def _go_on(at: Memory | None, zone: Zone, leg: Leg, first: int, end: int) -> Memory:
    """Take in the fixes of one zone."""
    fixes = leg.fixes
    lat, lon, times = fixes.latitudes[first:end], fixes.longitudes[first:end], fixes.at_s[first:end]
    sides = zone.sides(leg.kms[first:end], lat, lon).tolist()
    if at is None:
        middle = (zone.low_km + zone.high_km) / 2
        came = sides[0] if zone.corridor.line.quality == "coarse" else int(leg.kms[first] > middle)
        at = {
            "key": _key(zone), "corridor": zone.corridor.id, "came_s": float(times[0]), "from": came, "side": came,
            "last": [float(times[0]), float(lat[0]), float(lon[0])], "line_s": None, "gap": False, "fence": False,
            "first_seq": int(fixes.seqs[first]), "last_seq": int(fixes.seqs[first]), "late": False,
        }  # fmt: skip
    at = dict(at)
    for i, side in enumerate(sides):
        before, here = at["last"], [float(times[i]), float(lat[i]), float(lon[i])]
        if not at["fence"]:
            at["fence"] = any(
                segment_meets_circle((before[1], before[2]), (here[1], here[2]), p.latitude, p.longitude, p.radius_m)
                for p in zone.points
            )
        if side != at["side"]:
            away = side != at["from"]
            at["line_s"] = (before[0] + here[0]) / 2 if away else None
            at["gap"] = away and here[0] - before[0] > GAP_S
            at["side"] = side
        at["last"] = here
    at["last_seq"] = int(fixes.seqs[end - 1])
    at["late"] = bool(at["late"] or (fixes.sent_s[first:end] - times > LATE_S).any())
    return at


def _zone(row: Memory, world: World) -> Zone | None:
    corridor = world.geography.find_corridor(row["corridor"])
    return next((z for z in zones(world.geography, corridor) if _key(z) == row["key"]), None) if corridor else None


def _kept(halt: Halt) -> list[Any]:
    assert halt.ended_at is not None
    return [halt.started_at.timestamp(), halt.ended_at.timestamp(), halt.post_id, halt.km]


def _fact(
    row: Memory, zone: Zone | None, halts: Sequence[Sequence[Any]], settled_s: float | None
) -> BorderCrossing | None:
    if zone is None:
        return None
    mine = [h for h in halts if h[2] in zone.posts and h[1] >= row["came_s"] and h[0] <= row.get("left_s", h[0])]
    crossed = row["side"] != row["from"]
    if not mine and not crossed:
        return None
    exit_post, entry_post = zone.posts if row["from"] == 0 else zone.posts[::-1]
    line_s = row["line_s"]
    first, last = _span(mine)
    out = _span([h for h in mine if h[2] == exit_post and exit_post != entry_post])
    into = _span([h for h in mine if h[2] == entry_post and exit_post != entry_post])
    unsplit = _cannot_be_split(zone, mine, exit_post, entry_post)
    seen = bool(mine) or (row["fence"] and not row["gap"])
    basis: CrossingBasis = "fences" if seen else "gap" if row["gap"] else "line"
    start_s = min([s for s in (first, line_s) if s is not None] or [row["came_s"]])
    end_s = max([s for s in (last, line_s) if s is not None] or [row["came_s"]])
    return BorderCrossing(
        started_at=moment(start_s),
        ended_at=None if settled_s is None else moment(end_s),
        settled_at=None if settled_s is None else moment(settled_s),
        first_seq=row["first_seq"],
        last_seq=row["last_seq"],
        late=row["late"],
        corridor_id=row["corridor"],
        exit_post=exit_post,
        entry_post=entry_post,
        km=round(zone.border.km, 3),
        state="under_way" if settled_s is None else "crossed" if crossed else "turned_back",
        basis=basis,
        line_at=_moment(line_s),
        exit_arrived_at=None if unsplit else _moment(out[0]),
        exit_left_at=None if unsplit else _moment(out[1]),
        entry_arrived_at=None if unsplit else _moment(into[0]),
        entry_left_at=None if unsplit else _moment(into[1]),
        exit_s=None if unsplit else _seconds(out),
        entry_s=None if unsplit else _seconds(into),
        unsplit_s=_seconds((first, last)) if unsplit else None,
    )


def _cannot_be_split(zone: Zone, mine: Sequence[Sequence[Any]], exit_post: str, entry_post: str) -> bool:
    if not mine:
        return False
    if zone.is_joint or exit_post == entry_post:
        return True
    near = [halt[3] is not None and abs(halt[3] - zone.border.km) <= DOUBT_KM for halt in mine]
    return zone.corridor.line.quality != "coarse" and all(near)


def _span(halts: Sequence[Sequence[Any]]) -> tuple[float | None, float | None]:
    return (min(h[0] for h in halts), max(h[1] for h in halts)) if halts else (None, None)


def _seconds(span: tuple[float | None, float | None]) -> float | None:
    return None if span[0] is None or span[1] is None else round(span[1] - span[0], 3)


def _moment(seconds: float | None) -> Any:
    return None if seconds is None else moment(seconds)
