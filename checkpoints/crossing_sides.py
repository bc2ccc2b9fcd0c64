"""One side of a border, as positions, the crew and each agency's log tell of it, and whether they agree. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from checkpoints.desks import Desk, logged_span

# matched: positions and the log tell the same. logged_only, seen_only, told_only: one source alone (log, positions, crew).
# disputed: they contradict each other, `reasons` say in what. off_post: the line was passed away from the post, and
# nobody there wrote it down. nothing: nobody says anything of this side.
SideState = Literal["matched", "logged_only", "seen_only", "told_only", "disputed", "off_post", "nothing"]

# Travellers and officials who report the same wait lie 15 to 35 minutes apart (the project's brief): from a quarter of an
# hour on, and a fifth of the whole, the two are told as a dispute.
DISPUTED = timedelta(minutes=15)
DISPUTED_SHARE = 0.2
# A log whose times lie so far outside the coach's presence speaks of another time: minutes are rounded, clocks differ.
CLOCKS_DIFFER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """When positions saw the coach at a side. Null is *not seen*. `seconds` is its dwell there, queue included."""

    arrived_at: datetime | None = None
    left_at: datetime | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A control at a side that the crew reported."""

    seq: int
    agency: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingSide:
    """What is known of one side. `waited_s`: how long it stood there before the post opened. `difference_s`: dwell by
    positions, without that wait, less dwell by the log; null where one is not known.

    `reasons`, codes of a dispute: `dwell_differs`, `times_differ`, `outcome_differs` (held or refused by the log,
    and it went on; or released, and it turned back), `direction_differs`.
    """

    post_id: str | None
    state: SideState
    seen: Presence
    desks: tuple[Desk, ...] = ()
    told: tuple[Told, ...] = ()
    waited_s: float = 0.0
    logged_s: float | None = None
    difference_s: float | None = None
    reasons: tuple[str, ...] = ()


def dwell_differs(seen_s: float, logged_s: float) -> bool:
    """Say whether two dwells are too far apart to be the same wait, rounded."""
    return abs(seen_s - logged_s) >= max(DISPUTED.total_seconds(), DISPUTED_SHARE * max(seen_s, logged_s))


def make_side(
    post_id: str | None,
    seen: Presence,
    desks: Sequence[Desk],
    told: Sequence[Told],
    *,
    is_seen: bool,
    went_on: bool | None,
    waited_s: float = 0.0,
    is_off_post: bool = False,
    reasons: Sequence[str] = (),
) -> CrossingSide:
    """Judge one side. `is_seen`: positions show that the coach came by. `went_on`: it passed this side (None: not known).

    `reasons` are disputes that were found while its entries were looked for.
    """
    first, last = logged_span(desks)
    logged_s = (last - first).total_seconds() if first and last and last >= first else None
    difference_s = None
    if seen.seconds is not None and logged_s is not None:
        difference_s = max(0.0, seen.seconds - waited_s) - logged_s
    found = list(reasons)
    if difference_s is not None and logged_s is not None and dwell_differs(logged_s + difference_s, logged_s):
        found.append("dwell_differs")
    if first is not None and _lie_apart(seen, first, last):
        found.append("times_differ")
    outcomes = {desk.outcome for desk in desks} - {None}
    if (went_on is True and outcomes & {"held", "refused"} and "released" not in outcomes) or (
        went_on is False and outcomes == {"released"}
    ):
        found.append("outcome_differs")
    state: SideState
    if found:
        state = "disputed"
    elif desks:
        state = "matched" if is_seen else "logged_only"
    elif is_off_post:
        state = "off_post"
    elif is_seen:
        state = "seen_only"
    else:
        state = "told_only" if told else "nothing"
    return CrossingSide(
        post_id=post_id, state=state, seen=seen, desks=tuple(desks), told=tuple(told), waited_s=waited_s, logged_s=logged_s,
        difference_s=difference_s, reasons=tuple(sorted(set(found))),
    )  # fmt: skip


def disputed(side: CrossingSide, reason: str) -> CrossingSide:
    """Return a side as disputed, for a reason that only both sides together show."""
    return replace(side, state="disputed", reasons=tuple(sorted({*side.reasons, reason})))


def _lie_apart(seen: Presence, first: datetime, last: datetime | None) -> bool:
    came, went = seen.arrived_at, seen.left_at
    return (went is not None and first > went + CLOCKS_DIFFER) or (
        came is not None and last is not None and last < came - CLOCKS_DIFFER
    )
