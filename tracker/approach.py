"""When a coach that drives towards a place gets there: a band of time, never a minute. Pure.

From where it was heard last, each part of the way ahead takes what it usually takes at the hour the coach comes to it: the
rest of its section, whole sections, the formalities of borders in between. Half of coaches take no longer than `middle_s`, one in
ten no longer than `low_s`, nine in ten no longer than `high_s`. Some of what makes one part slow makes the next one slow too (a
slow coach, rain), so spreads add up between the root of their squares and their sum. How many arrivals lie in the band is
measured (`docs/evaluation.md`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.corridors import Corridor, Milestone

# So much of the spread of parts goes together: fitted to a simulated week, looked at on others (`docs/evaluation.md`).
TOGETHER = 0.5
# Where a post's queue begins, and when the last fix was taken: even the shortest way is known no better than that.
ROUGH_S = 420.0
# Nothing heard for so long is told beside the band: some lost fixes are no silence.
SILENT = timedelta(minutes=30)
AT_BORDER_KM = 3.0  # so near to a border's line a coach that stands is at its formalities

# A trip that was declared and has not begun: it leaves so long after it was to leave. Assumptions.
DEPARTS = (0.0, 20 * 60.0, 75 * 60.0)


@dataclass(frozen=True, slots=True)
class Usual:
    """How long something takes: one in ten takes no longer than `low_s`, half `middle_s`, nine in ten `high_s`."""

    low_s: float
    middle_s: float
    high_s: float

    def part(self, share: float) -> Usual:
        """Return what is left of it when `share` of the way is left: rests and controls in it come by chance, so that its
        spread falls with the root of that."""
        middle, root = self.middle_s * share, math.sqrt(share)
        return Usual(
            max(0.0, middle - (self.middle_s - self.low_s) * root),
            middle,
            middle + (self.high_s - self.middle_s) * root,
        )

    def from_moment(self, at: datetime) -> tuple[datetime, datetime, datetime]:
        """Return when it is over, by each of the three, for one that begins at a moment."""
        low, middle, high = (at + timedelta(seconds=s) for s in (self.low_s, self.middle_s, self.high_s))
        return low, middle, high

    def after(self, spent_s: float) -> Usual:
        """Return what is left of it for one that has spent some of it already."""
        return Usual(*(max(0.0, left - spent_s) for left in (self.low_s, self.middle_s, self.high_s)))


@dataclass(frozen=True, slots=True)
class Heard:
    """Where a coach was heard of last on its corridor; `up`: it drives towards rising kilometres."""

    at: datetime
    km: float
    up: bool
    standing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Eta:
    """The band in which a coach arrives. `silent_since`: nothing was heard of it since; `is_planned`: it has not left yet."""

    low: datetime
    middle: datetime
    high: datetime
    silent_since: datetime | None = None
    is_planned: bool = False


# `(section_id, its own direction, its kilometres, hour of the day in UTC)`
RoadTime = Callable[[str, str, float, int], Usual]
# `(post_id, exit, entry or unsplit, hour of the day in UTC)`; None where nothing was seen.
PostTime = Callable[[str, str, int], Usual | None]


def eta_of(
    corridor: Corridor, post_id: str, heard: Heard, road_time: RoadTime, post_time: PostTime, now: datetime
) -> Eta | None:
    """Return when a coach gets to a border post of its corridor; None where that lies behind it.

    Of all positions of a coach the last observed one is to be given: it alone decides.
    """
    found = _left(corridor, post_id, heard, road_time, post_time)
    if found is None:
        return None
    silent = heard.at if now - heard.at >= SILENT else None
    return Eta(*found.from_moment(heard.at), silent)


def planned_eta(
    corridor: Corridor,
    post_id: str,
    origin_km: float,
    up: bool,
    leaves_at: datetime,
    road_time: RoadTime,
    post_time: PostTime,
) -> Eta | None:
    """Return when a coach gets to a post whose trip was declared and has not begun; None where it does not come by."""
    found = _left(corridor, post_id, Heard(leaves_at, origin_km, up), road_time, post_time)
    if found is None:
        return None
    whole = added([Usual(*DEPARTS), found])
    return Eta(*whole.from_moment(leaves_at), is_planned=True)


def added(parts: Iterable[Usual]) -> Usual:
    """Return how long several things take one after the other."""
    known = list(parts)
    middle = sum(one.middle_s for one in known)
    down = _spread([ROUGH_S, *(one.middle_s - one.low_s for one in known)])
    above = _spread([ROUGH_S, *(one.high_s - one.middle_s for one in known)])
    return Usual(max(0.0, middle - down), middle, middle + above)


def _spread(spreads: list[float]) -> float:
    return math.sqrt((1 - TOGETHER) * sum(one * one for one in spreads) + TOGETHER * sum(spreads) ** 2)


def _left(corridor: Corridor, post_id: str, heard: Heard, road_time: RoadTime, post_time: PostTime) -> Usual | None:
    goal = corridor.find_milestone(post_id)
    if goal is None or goal.kind != "border":
        return None
    ahead = goal.km - heard.km if heard.up else heard.km - goal.km
    is_entry = _is_entry(goal, post_id, heard.up)
    if ahead <= 0 and not (is_entry and -ahead < AT_BORDER_KM and heard.standing_since):
        return None
    parts: list[Usual] = []

    def hour() -> int:
        return (heard.at + timedelta(seconds=sum(one.middle_s for one in parts))).hour

    passages = corridor.passages if heard.up else corridor.passages[::-1]
    for passage in passages:
        low, high = max(passage.from_km, min(heard.km, goal.km)), min(passage.to_km, max(heard.km, goal.km))
        start = passage.from_km if heard.up else passage.to_km
        border = next((m for m in corridor.borders if abs(m.km - start) < 1e-6), None)
        if border is not None and border is not goal and low < high and passage is not passages[0]:
            parts += _formalities(border, heard, post_time, hour())
        if low < high:
            direction = passage.turned("up" if heard.up else "down")
            usual = road_time(passage.section.id, direction, passage.length_km, hour())
            parts.append(usual.part((high - low) / passage.length_km))
    if is_entry:
        parts += _formalities(goal, heard, post_time, hour())[:1]
    return added(parts)


def _formalities(border: Milestone, heard: Heard, post_time: PostTime, hour: int) -> list[Usual]:
    """Return what a border on the way takes, exit side first; less what a coach that stands there has spent of it."""
    before, behind = (border.exit_place, border.entry_place) if heard.up else (border.entry_place, border.exit_place)
    passed = heard.km - border.km if heard.up else border.km - heard.km
    if passed > AT_BORDER_KM:
        return []
    whole = post_time(before, "unsplit", hour)
    sides = [post_time(before, "exit", hour), post_time(behind, "entry", hour)]
    found = [one for one in sides if one is not None] or [one for one in (whole,) if one is not None]
    if found and abs(passed) < AT_BORDER_KM and heard.standing_since is not None:
        found[0] = found[0].after((heard.at - heard.standing_since).total_seconds())
    return found


def _is_entry(goal: Milestone, post_id: str, up: bool) -> bool:
    if goal.exit_place == goal.entry_place:
        return False
    return (post_id == goal.entry_place) == up
