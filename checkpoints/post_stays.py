"""Coaches' stays at a border post, for the wait there: of crossings that are over, and of those that go on. Pure.

The wait in front of a closed post is no one's slowness and no part of a stay: it begins when the post opens. Coaches that
turned back, and those whose coming or leaving nobody saw, have none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from statistics import median

from checkpoints.border_waits import LEAST_USUAL, Stay, Wait, wait_at
from checkpoints.opening_wait import closed_s
from checkpoints.reconciliation import SIDES, ReconciledCrossing
from tracker.places import BorderPost

DIRECTIONS = ("exit", "entry", "unsplit")
LEAST_S = 60.0  # a wait for opening hours is told from a minute on


@dataclass(frozen=True, slots=True, kw_only=True)
class PostStays:
    """Stays of one direction. `closed_s`: how long coaches waited for the post to open, of those that did.

    `before_opening`: how long those have stood that wait for it now.
    """

    stays: tuple[Stay, ...] = ()
    closed_s: tuple[float, ...] = ()
    before_opening: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostWait:
    """The wait in one direction; `opening_s`: the median wait for opening hours of `opening_n` coaches, which is not in it."""

    direction: str
    wait: Wait
    before_opening: tuple[float, ...]
    opening_s: float | None
    opening_n: int


def waits_at(
    post: BorderPost, crossings: Iterable[ReconciledCrossing], as_of: datetime, zone: tzinfo
) -> list[PostWait]:
    """Return the wait by direction: that of both sides together where some cannot be told apart, each side's otherwise."""
    found = stays_at(post, crossings, as_of)
    sides = [name for name in DIRECTIONS if name in found] or list(SIDES)
    return [_wait(name, found.get(name, PostStays()), as_of, zone) for name in sides]


def _wait(direction: str, own: PostStays, as_of: datetime, zone: tzinfo) -> PostWait:
    return PostWait(
        direction=direction, wait=wait_at(own.stays, as_of, zone), before_opening=own.before_opening,
        opening_s=median(own.closed_s) if own.closed_s else None, opening_n=len(own.closed_s),
    )  # fmt: skip


def stays_at(post: BorderPost, crossings: Iterable[ReconciledCrossing], as_of: datetime) -> Mapping[str, PostStays]:
    """Return the stays at a post by direction, where there are any."""
    stays: dict[str, list[Stay]] = defaultdict(list)
    closed: dict[str, list[float]] = defaultdict(list)
    before: dict[str, list[float]] = defaultdict(list)
    for crossing in crossings:
        for direction, came, seconds in _spans(post.id, crossing):
            until = as_of if seconds is None else came + timedelta(seconds=seconds)
            waited = closed_s(post, came, until)
            if seconds is None and came + timedelta(seconds=waited) >= until > came:
                before[direction].append(waited)
                continue
            if waited >= LEAST_S:
                closed[direction].append(waited)
            began = came + timedelta(seconds=waited)
            stays[direction].append(Stay(began, None if seconds is None else max(began, until)))
    return {
        name: PostStays(
            stays=tuple(sorted(stays[name], key=lambda s: s.arrived_at)), closed_s=tuple(sorted(closed[name])),
            before_opening=tuple(sorted(before[name], reverse=True)),
        )
        for name in DIRECTIONS
        if name in stays or name in before
    }  # fmt: skip


def _spans(post_id: str, crossing: ReconciledCrossing) -> Iterable[tuple[str, datetime, float | None]]:
    """Yield (direction, came, seconds) of a crossing's stays at a post; no seconds: it is there still."""
    if crossing.state != "crossed" and not crossing.is_under_way:
        return
    own = [direction for direction in SIDES if crossing.side(direction).post_id == post_id]
    nobody_knows_where = crossing.is_under_way and all(crossing.side(name).seen.arrived_at is None for name in SIDES)
    if crossing.unsplit_s is not None or nobody_knows_where:
        if own:
            yield "unsplit", crossing.started_at, crossing.unsplit_s
        return
    for direction in own:
        seen = crossing.side(direction).seen
        if seen.arrived_at is not None and (seen.seconds is not None or crossing.is_at(direction)):
            yield direction, seen.arrived_at, seen.seconds


@dataclass(frozen=True, slots=True)
class HourOfWeek:
    """Stays of coaches that came in one hour (0 to 23, local) of one weekday (0: Monday): their median, and of how many."""

    direction: str
    weekday: int
    hour: int
    p50_s: float
    n: int

    @property
    def is_few(self) -> bool:
        """Say whether too few stand behind the median."""
        return self.n < LEAST_USUAL


def by_hour_of_week(stays: Mapping[str, PostStays], as_of: datetime, zone: tzinfo) -> list[HourOfWeek]:
    """Return the hours of the week in which coaches came that have left, by direction, weekday and hour."""
    cells: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    for direction, own in stays.items():
        for stay in own.stays:
            if stay.is_over(as_of):
                local = stay.arrived_at.astimezone(zone)
                cells[direction, local.weekday(), local.hour].append(stay.seconds(as_of))
    ordered = sorted(cells, key=lambda key: (DIRECTIONS.index(key[0]), *key[1:]))
    return [HourOfWeek(*key, median(cells[key]), len(cells[key])) for key in ordered]
