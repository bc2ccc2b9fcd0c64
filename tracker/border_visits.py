"""A coach's stay around a border, taken in fix by fix: on which side it was, where it stood, when it passed the line. Pure.

A visit is a plain dict, because it is stored. Sides: -1 and 1 (see `border_sites.Site`), 0: not certain.

- `from`: the side it came from; `side`, `sure`: the side it was last certainly on, with time and kilometre of that fix and
  how many there were in a row
- `flip`: when the kilometre last changed its sign since then; `line`: the last passing of the line, None before it; `prior`:
  the one before that, in a list
- `stand`: fixes within `STAND_M` of the first of them, so far; `stands`: those that were longer, linked into queues
- `touched`: first and last time in a fence, by side; `far`: the sides on which it was in one away from the line; `near_s`:
  when it last was at a fence or at the line
- `last`: time, latitude, longitude, kilometre beyond the line and number of the last fix

A stand is a list: see `STAND`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tracker.border_sites import Site
from tracker.geo import plane_m, segment_to_point_m
from tracker.steps import Memory

STAND_M = 100.0
STAND_S = 60.0
ROLLING_MPS = 8.0  # how fast a coach comes to its stand and leaves it, between two fixes
HEARD_S = 300.0  # between fixes farther apart nothing is interpolated
UNSEEN_S = 600.0  # a stand that begins or ends in such a silence has no seen beginning or end
QUEUE_MPS = 2.5  # stands between which it moved on no faster are one queue
SAME_PLACE_S = 600.0  # at the post itself: from one window to the next
GAP_S = 1200.0  # a silence in which the line was passed
OFF_ROAD_KM = 5.0  # passed farther than this from the road's crossing, the line was not passed at this site
MOST_STANDS = 40
LEANING_KM = 1.0

STAND = CAME, WENT, LATITUDE, LONGITUDE, SIDE, PLACE, FAR, FIRST_SEQ, LAST_SEQ, START_SEEN, END_SEEN, PARTS = range(12)
LINE = AT, TO, IS_GAP, LINE_SEQ, HEARD_BEFORE, HEARD_AFTER = range(6)


@dataclass(frozen=True, slots=True)
class Fix:
    """One fix as a site sees it: `side_km` beyond its line, None where nothing says on which side it lies."""

    at_s: float
    latitude: float
    longitude: float
    seq: int
    is_late: bool
    corridor: str | None
    side_km: float | None
    is_sure: bool

    @property
    def side(self) -> int:
        """Return the side, 0 where it is not certain."""
        return 0 if not self.is_sure or self.side_km is None else 1 if self.side_km > 0 else -1


def begin(fix: Fix, before: Fix | None) -> Memory:
    """Return the visit that begins with a fix; `before` is the one before it, outside the reach of the site."""
    visit: Memory = {
        "from": 0, "side": 0, "sure": None, "flip": None, "line": None, "prior": None, "stand": None, "stands": [], "touched": {},
        "far": [], "near_s": None, "began_s": fix.at_s, "last": None, "corridor": None, "late": False,
    }  # fmt: skip
    if before is not None:
        _see_side(visit, before)
        visit["last"] = _last(before)
    if not visit["side"] and not fix.side and fix.side_km is not None and abs(fix.side_km) >= LEANING_KM:
        # on ground that the outlines leave to no state, by a coarse line: more likely than not
        side = 1 if fix.side_km > 0 else -1
        visit |= {"from": side, "side": side, "sure": [fix.at_s, fix.side_km, 1]}
    return visit


def copied(visit: Memory) -> Memory:
    """Return a copy that `take_in` may change."""
    stand, touched = visit["stand"], visit["touched"]
    return visit | {
        "stand": None if stand is None else list(stand),
        "touched": {side: list(touch) for side, touch in touched.items()},
    }


def take_in(visit: Memory, site: Site, fix: Fix) -> None:
    """Take in one more fix (the visit is changed)."""
    place, is_far = site.place(fix.latitude, fix.longitude, fix.side_km)
    if fix.corridor in site.marks:
        visit["corridor"] = fix.corridor
    _see_side(visit, fix)
    touches, last = place == 2, visit["last"]
    if last is not None and not touches and fix.at_s - last[0] <= GAP_S:  # a fast coach jumps a fence
        way = ((last[1], last[2]), (fix.latitude, fix.longitude))
        hit = [f.is_far for f in site.fences if segment_to_point_m(*way, f.latitude, f.longitude) <= f.radius_m]
        touches, is_far = bool(hit), any(hit)
    if touches:
        visit["near_s"] = fix.at_s
        if is_far and visit["side"] not in visit["far"]:
            visit["far"] = [*visit["far"], visit["side"]]
        touch = visit["touched"].setdefault(str(visit["side"]), [fix.at_s, fix.at_s, fix.seq, fix.seq])
        touch[1], touch[3] = fix.at_s, fix.seq
    if place or touches:
        visit["late"] = bool(visit["late"] or fix.is_late)
    _stand(visit, fix, place, is_far)
    visit["last"] = _last(fix)


def _last(fix: Fix) -> list[Any]:
    return [fix.at_s, fix.latitude, fix.longitude, fix.side_km, fix.seq]


def _see_side(visit: Memory, fix: Fix) -> None:
    """Take in on which side a fix lies. The line was passed where the kilometre last changed its sign between two certain
    sides: jitter at the line is no passing."""
    last, km = visit["last"], fix.side_km
    if last is not None and last[3] is not None and km is not None and (km > 0) != (last[3] > 0):
        share = abs(last[3]) / (abs(last[3]) + abs(km))
        nearest_km = min(abs(last[3]), abs(km))
        visit["flip"] = [last[0] + share * (fix.at_s - last[0]), last[0], fix.at_s, nearest_km]
    if not fix.side:
        return
    if visit["side"] and fix.side != visit["side"] and visit["sure"][2] == 1 and visit["prior"] is not None:
        visit["line"], visit["prior"] = visit["prior"][0], None  # one fix alone on the other side was a spike
    elif visit["side"] and fix.side != visit["side"]:
        since_s, since_km, _ = visit["sure"]
        unseen = [(since_s + fix.at_s) / 2, since_s, fix.at_s, min(abs(since_km), abs(km or 0.0))]
        at_s, before_s, after_s, nearest_km = visit["flip"] or unseen
        is_here = nearest_km <= OFF_ROAD_KM or after_s - before_s > HEARD_S
        line = [at_s, fix.side, after_s - before_s > GAP_S, fix.seq, before_s, after_s]
        visit["prior"], visit["line"] = [visit["line"]], line if is_here else None
    again = visit["sure"][2] + 1 if fix.side == visit["side"] else 1
    visit["from"] = visit["from"] or fix.side
    visit["side"], visit["sure"], visit["flip"] = fix.side, [fix.at_s, km, again], None


def _stand(visit: Memory, fix: Fix, place: int, is_far: bool) -> None:
    """Take in whether the coach still stands. A stand begins and ends between two fixes (`ROLLING_MPS`)."""
    stand, last = visit["stand"], visit["last"]
    if stand is not None:
        away_m = plane_m(stand[LATITUDE], stand[LONGITUDE], fix.latitude, fix.longitude)
        if away_m <= STAND_M and fix.side * stand[SIDE] >= 0:
            stand[SIDE] = stand[SIDE] or fix.side
            stand[WENT], stand[LAST_SEQ] = fix.at_s, fix.seq
            if place > stand[PLACE]:
                stand[PLACE], stand[FAR] = place, is_far
            return
        silence_s = fix.at_s - stand[WENT]
        stand[END_SEEN] = silence_s <= UNSEEN_S
        if silence_s <= HEARD_S:
            stand[WENT] += max(0.0, silence_s - away_m / ROLLING_MPS)
        visit["stands"] = linked(visit["stands"], stand)
    came_s, is_seen = fix.at_s, False
    if last is not None:
        silence_s = fix.at_s - last[0]
        is_seen = silence_s <= UNSEEN_S
        if silence_s <= HEARD_S:
            came_s -= max(0.0, silence_s - plane_m(last[1], last[2], fix.latitude, fix.longitude) / ROLLING_MPS)
        if stand is not None:
            came_s = max(came_s, stand[WENT])
    place_of = [came_s, fix.at_s, fix.latitude, fix.longitude, fix.side, place, is_far]
    visit["stand"] = [*place_of, fix.seq, fix.seq, is_seen, False, 1]


def linked(stands: list[list[Any]], stand: list[Any]) -> list[list[Any]]:
    """Return the stands with one more, which goes on the last where it is the same queue or post."""
    if stand[WENT] - stand[CAME] < STAND_S or not stand[PLACE]:
        return stands
    if stands and _is_one(stands[-1], stand):
        last, whole = stands[-1], list(stand)
        whole[CAME], whole[FIRST_SEQ], whole[START_SEEN] = last[CAME], last[FIRST_SEQ], last[START_SEEN]
        whole[SIDE], whole[PARTS] = last[SIDE] or stand[SIDE], last[PARTS] + 1
        if last[PLACE] > stand[PLACE]:
            whole[PLACE], whole[FAR] = last[PLACE], last[FAR]
        return [*stands[:-1], whole]
    kept = [*stands, stand]
    if len(kept) > MOST_STANDS:
        kept.pop(next((number for number, each in enumerate(kept) if each[PLACE] < 2), 0))
    return kept


def _is_one(last: list[Any], stand: list[Any]) -> bool:
    pause_s = stand[CAME] - last[WENT]
    moved_m = plane_m(last[LATITUDE], last[LONGITUDE], stand[LATITUDE], stand[LONGITUDE])
    creeps = moved_m - 2 * STAND_M <= QUEUE_MPS * pause_s
    moves_up = last[PLACE] == stand[PLACE] == 2 and last[FAR] == stand[FAR] and pause_s <= SAME_PLACE_S
    return bool(last[SIDE] * stand[SIDE] >= 0 and (creeps or moves_up))
