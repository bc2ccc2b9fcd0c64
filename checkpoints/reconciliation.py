"""Reconciliation: what positions, crews and the posts' logs say of crossings, as one sequence each. Pure.

Exit formalities, the line, entry formalities. Each entry of a log goes to the crossing that positions show of its coach at
its post, `NEAR` it in time: the right direction first, then the nearest, then the earlier one. Entries that no position
explains make crossings of their own, as long as they follow one another (`_visits`). The result depends on what was said,
never on the order in which it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

from checkpoints.crossing_sides import CrossingSide, Presence, Told, disputed, dwell_differs, make_side
from checkpoints.desks import Direction, LogEntry, desks_of
from checkpoints.opening_wait import closed_s
from tracker.facts import BorderCrossing
from tracker.places import BorderPost

# A log's minute of arrival and the positions' may lie this far apart: the queue before the first desk is longer than that
# only at night, and then positions hold the whole wait. An assumption.
NEAR = timedelta(hours=3)
# Between leaving one state's formalities and coming to the other's lies a night at most (opening hours).
OVERNIGHT = timedelta(hours=14)
LONGEST = timedelta(hours=24)

SIDES: tuple[Direction, Direction] = ("exit", "entry")
PostOf = Callable[[str], BorderPost | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciledCrossing:
    """One crossing. `coach`: the vehicle's id, or `plate:` and the plate of a coach that nobody registered.

    `state` is what positions show (`crossed`, `turned_back`), None where they show nothing; `basis` likewise (see
    `tracker.facts`). `unsplit_s`: dwell of both sides together where nothing tells them apart; `unsplit_difference_s`
    compares it with the whole log. `order_contradicts`: the log has it enter before it left, at posts that are not joint.
    `seen_id`: the fact of the positions.
    """

    crossing_id: str
    coach: str
    vehicle_id: str | None
    operator_id: str | None
    exit: CrossingSide
    entry: CrossingSide
    started_at: datetime
    ended_at: datetime
    line_at: datetime | None = None
    state: Literal["crossed", "turned_back"] | None = None
    basis: str | None = None
    unsplit_s: float | None = None
    unsplit_difference_s: float | None = None
    order_contradicts: bool = False
    seen_id: str | None = None
    corridor_id: str | None = None
    trip_id: str | None = None
    first_seq: int
    last_seq: int

    @property
    def is_under_way(self) -> bool:
        """Say whether positions show that the coach is in the middle of it."""
        return self.seen_id is not None and self.state is None

    @property
    def plate(self) -> str | None:
        """The plate, as it is compared, of a coach that nobody registered."""
        return self.coach.removeprefix("plate:") if self.vehicle_id is None else None

    def side(self, direction: Direction) -> CrossingSide:
        """Return one side."""
        return self.exit if direction == "exit" else self.entry

    def is_at(self, direction: Direction) -> bool:
        """Say whether positions show the coach at a side now: it has come (or began there), and not gone on."""
        seen = self.side(direction).seen
        if not self.is_under_way or seen.left_at is not None:
            return False
        if direction == "entry":
            return seen.arrived_at is not None
        return self.line_at is None and self.entry.seen.arrived_at is None


@dataclass(slots=True)
class _Open:
    """A crossing that is being put together."""

    seen_id: str | None = None
    seen: BorderCrossing | None = None
    posts: dict[Direction, str | None] = field(default_factory=dict)
    entries: dict[Direction, list[LogEntry]] = field(default_factory=lambda: {"exit": [], "entry": []})
    told: dict[Direction, list[Told]] = field(default_factory=lambda: {"exit": [], "entry": []})
    wrong_way: set[Direction] = field(default_factory=set)


def reconcile(
    coach: str,
    operator_id: str | None,
    seen: Iterable[tuple[str, BorderCrossing]],
    logged: Iterable[LogEntry],
    told: Iterable[tuple[str | None, Told]],
    post_of: PostOf,
) -> list[ReconciledCrossing]:
    """Return the crossings of one coach, by start.

    `seen`: what positions show, with the facts' ids; `told`: controls that the crew reported, with the post they took
    place at (None: the crew did not say where).
    """
    found = [
        _Open(own_id, fact, {"exit": fact.exit_post, "entry": fact.entry_post})
        for own_id, fact in sorted(seen, key=lambda one: (one[1].started_at, one[0]))
    ]
    rest = []
    for entry in sorted(logged, key=lambda e: (e.arrived_at, e.seq)):
        own = _nearest(found, entry)
        if own is None:
            rest.append(entry)
            continue
        side = _side_of(own, entry.post_id, entry.direction)
        if side != entry.direction:
            own.wrong_way.add(side)
        own.entries[side].append(entry)
    found += _visits(rest, post_of)
    for post_id, check in told:
        _attach(found, post_id, check)
    made = [_closed(coach, operator_id, one, post_of) for one in found]
    return sorted(made, key=lambda one: (one.started_at, one.crossing_id))


def _side_of(own: _Open, post_id: str, direction: Direction) -> Direction:
    """Return the side of a crossing at which a post stands: the direction said, where both sides share one post."""
    if own.posts[direction] == post_id:
        return direction
    return "entry" if direction == "exit" else "exit"


def _nearest(found: Sequence[_Open], entry: LogEntry) -> _Open | None:
    best: tuple[tuple[bool, timedelta, int], _Open] | None = None
    for number, own in enumerate(found):
        if own.seen is None or entry.post_id not in own.posts.values():
            continue
        start, end = own.seen.started_at, own.seen.ended_at or own.seen.started_at
        gap = max(start - entry.arrived_at, entry.arrived_at - end, timedelta(0))
        rank = (own.posts[entry.direction] != entry.post_id, gap, number)
        if gap <= NEAR and (best is None or rank < best[0]):
            best = rank, own
    return best[1] if best else None


def _visits(entries: Sequence[LogEntry], post_of: PostOf) -> list[_Open]:
    """Gather entries that no position explains, by time: those of one side follow within `NEAR`, the other side's a
    night later at most."""
    found: list[_Open] = []
    for entry in entries:
        own = next((one for one in reversed(found) if _continues(one, entry)), None)
        if own is None:
            post = post_of(entry.post_id)
            across = post.counterpart_id if post is not None else None
            other: Direction = "entry" if entry.direction == "exit" else "exit"
            own = _Open(posts={entry.direction: entry.post_id, other: across})
            found.append(own)
        own.entries[entry.direction].append(entry)
    return found


def _continues(own: _Open, entry: LogEntry) -> bool:
    if own.posts[entry.direction] != entry.post_id:
        return False
    same, every = own.entries[entry.direction], [e for entries in own.entries.values() for e in entries]
    if entry.arrived_at - every[0].arrived_at > LONGEST:
        return False
    if same:
        return entry.arrived_at - same[-1].arrived_at <= NEAR
    return entry.arrived_at - every[-1].arrived_at <= OVERNIGHT


def _attach(found: Sequence[_Open], post_id: str | None, check: Told) -> None:
    """Give a reported control to the crossing at whose post, and during whose time, it took place, if there is one.

    Where the crew did not say where, it must have been while the coach was seen there.
    """
    for own in found:
        start, end = _span(own)
        slack = timedelta(0) if post_id is None else NEAR
        is_there = post_id in own.posts.values() if post_id is not None else own.seen is not None
        if not is_there or not start - slack <= check.started_at <= end + slack:
            continue
        side: Direction = "exit" if own.posts["exit"] == post_id else "entry"
        line_at = own.seen.line_at if own.seen else None
        if post_id is None or own.posts["exit"] == own.posts["entry"]:
            side = "exit" if line_at is None or check.started_at < line_at else "entry"
        own.told[side].append(check)
        return


def _span(own: _Open) -> tuple[datetime, datetime]:
    if own.seen is not None:
        return own.seen.started_at, own.seen.ended_at or own.seen.started_at
    times = [at for entries in own.entries.values() for e in entries for at in (e.arrived_at, e.released_at) if at]
    return min(times), max(times)


def _closed(coach: str, operator_id: str | None, own: _Open, post_of: PostOf) -> ReconciledCrossing:
    fact, every = own.seen, [e for side in SIDES for e in own.entries[side]]
    sides = {side: _closed_side(own, side, post_of) for side in SIDES}
    unsplit_s = fact.unsplit_s if fact is not None else None
    first, last = sides["exit"].desks, sides["entry"].desks
    difference_s = None
    if unsplit_s is not None and sides["exit"].logged_s is not None and sides["entry"].logged_s is not None:
        ends = [desk.released_at for desk in (*first, *last) if desk.released_at is not None]
        starts = [desk.arrived_at for desk in (*first, *last)]
        difference_s = unsplit_s - (max(ends) - min(starts)).total_seconds()
    if difference_s is not None and unsplit_s is not None and dwell_differs(unsplit_s, unsplit_s - difference_s):
        # Nothing tells whose minutes they are: the two logs together contradict what was seen of both sides.
        sides = {side: disputed(known, "dwell_differs") for side, known in sides.items()}
    started_at, ended_at = _span(own)
    return ReconciledCrossing(
        crossing_id=_name(coach, own), coach=coach,
        vehicle_id=coach if not coach.startswith("plate:") else None,
        operator_id=operator_id or next((e.operator_id for e in every if e.operator_id), None),
        exit=sides["exit"], entry=sides["entry"], started_at=started_at, ended_at=ended_at,
        line_at=fact.line_at if fact is not None else None,
        state=None if fact is None or fact.state == "under_way" else fact.state,
        basis=fact.basis if fact is not None else None,
        unsplit_s=unsplit_s, unsplit_difference_s=difference_s,
        order_contradicts=_is_out_of_order(own, sides, post_of),
        seen_id=own.seen_id, corridor_id=fact.corridor_id if fact is not None else None,
        trip_id=next((e.trip_id for e in every if e.trip_id), None),
        first_seq=min([e.seq for e in every] + ([fact.first_seq] if fact else [])),
        last_seq=max([e.seq for e in every] + ([fact.last_seq] if fact else [])),
    )  # fmt: skip


def _closed_side(own: _Open, side: Direction, post_of: PostOf) -> CrossingSide:
    fact, entries, post_id = own.seen, own.entries[side], own.posts[side]
    reasons = ["direction_differs"] if side in own.wrong_way else []
    if fact is None:
        return make_side(post_id, Presence(), desks_of(entries), own.told[side], is_seen=False, went_on=None,
                         reasons=reasons)  # fmt: skip
    went_on = None if fact.state == "under_way" else fact.state == "crossed"
    presence = (
        Presence(arrived_at=fact.exit_arrived_at, left_at=fact.exit_left_at, seconds=fact.exit_s)
        if side == "exit"
        else Presence(arrived_at=fact.entry_arrived_at, left_at=fact.entry_left_at, seconds=fact.entry_s)
    )
    post = post_of(post_id) if post_id else None
    waited_s = 0.0
    if post is not None and presence.arrived_at is not None and presence.seconds is not None:
        waited_s = closed_s(post, presence.arrived_at, presence.arrived_at + timedelta(seconds=presence.seconds))
    is_seen = went_on is True or side == "exit" or presence.arrived_at is not None
    return make_side(
        post_id, presence, desks_of(entries), own.told[side], is_seen=is_seen, went_on=went_on, waited_s=waited_s,
        is_off_post=_is_off_post(own, post_of), reasons=reasons,
    )  # fmt: skip


def _is_off_post(own: _Open, post_of: PostOf) -> bool:
    """Say whether the coach passed the line away from both posts: neither fence was touched, nobody wrote it down, and
    both posts stand where we think they do."""
    fact = own.seen
    if fact is None or fact.state != "crossed" or fact.basis != "line" or any(own.entries.values()):
        return False
    if any(seconds is not None for seconds in (fact.exit_s, fact.entry_s, fact.unsplit_s)):
        return False
    posts = [post_of(post_id) for post_id in own.posts.values() if post_id]
    return len(posts) == 2 and all(post is not None and post.position_confidence == "high" for post in posts)


def _is_out_of_order(own: _Open, sides: dict[Direction, CrossingSide], post_of: PostOf) -> bool:
    """Say whether the log has the coach enter before it left; at joint posts either may come first."""
    left, came = sides["exit"].desks, sides["entry"].desks
    if (
        not left
        or not came
        or any(post is not None and post.is_joint for post in map(post_of, filter(None, own.posts.values())))
    ):
        return False
    return max(desk.arrived_at for desk in left) > max(desk.released_at or desk.arrived_at for desk in came)


def _name(coach: str, own: _Open) -> str:
    """Return a name that lasts as long as what the crossing is made of: its fact, else its first entry."""
    entries = (
        (e.arrived_at.isoformat(), e.post_id, e.direction, e.agency) for side in SIDES for e in own.entries[side]
    )
    first = own.seen_id or ":".join(min(entries))
    return blake2b(f"{coach}:{first}".encode(), digest_size=8).hexdigest()
