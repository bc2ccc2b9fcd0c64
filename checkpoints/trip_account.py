"""A trip's account: where its time and its money went, closing to the whole, by state and agency. Pure.

Every second of a trip is spent on one thing. Where several could claim it, the one that says most wins: a control that the
crew reported before the halt it stood in, an agency's desk before the wait around it, a halt before the silence it lies in.
What nobody explains is *halt* (stood, not known why) or *silent* (not heard); driving is split into what the way takes at
free flow, and *slow*. The method is that of a time budget; the states of a trip are OPA's (control time) and this project's
(`care.md`, section 3: four delays kept apart).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from checkpoints.control_stops import ControlStop
from checkpoints.reconciliation import SIDES, ReconciledCrossing
from tracker.facts import Gap, Halt
from tracker.section_hours import ASSUMED_FREE_KMH

# control: at a control on the way. border: at a border post, open. opening: in front of one that was closed. breakdown:
# what the crew called so. halt: stood, and nobody says why. silent: nothing was heard. slow: driven, but slower than
# free flow. driving: what the way takes at free flow.
Spent = Literal["control", "border", "opening", "breakdown", "halt", "silent", "slow", "driving"]
SPENT: tuple[Spent, ...] = ("driving", "slow", "control", "border", "opening", "breakdown", "halt", "silent")

# A control whose end nobody reported lasts as long as the coach stood, but no longer than this: an assumption (nine in ten
# controls of `care.md`, section 5, are shorter).
UNTOLD_CONTROL = timedelta(minutes=20)
BREAKDOWNS = frozenset({"breakdown", "accident"})


@dataclass(frozen=True, slots=True)
class Share:
    """So many seconds went to this, in this state; `agency` None: nobody's, or not known whose."""

    spent: Spent
    country: str | None
    agency: str | None
    post_id: str | None
    seconds: int


HERE = "here"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time that something claims; of two that overlap the lower `rank` wins, then the earlier one.

    `country`: whose time it is, `HERE` for that of the state the coach is in. At a border it is the post's, and None where
    nothing tells the dwell of the two sides apart.
    """

    rank: int
    started_at: datetime
    ended_at: datetime
    spent: Spent
    agency: str | None = None
    post_id: str | None = None
    country: str | None = HERE


@dataclass(frozen=True, slots=True)
class Incident:
    """A breakdown or accident that the crew reported; `ended_at` None where its end was not."""

    started_at: datetime
    ended_at: datetime | None


def claims(
    stops: Iterable[ControlStop],
    crossings: Iterable[ReconciledCrossing],
    halts: Sequence[Halt],
    gaps: Iterable[Gap],
    incidents: Iterable[Incident],
) -> list[Piece]:
    """Return what claims the time of a trip."""
    pieces: list[Piece] = []
    for stop in stops:
        if stop.formality in (None, "departure"):
            pieces += _of_stop(stop)
    for crossing in crossings:
        pieces += _of_crossing(crossing)
    pieces += [
        Piece(4, halt.started_at, halt.ended_at, "border", None, halt.post_id, country_of_post(halt.post_id))
        for halt in halts
        if halt.post_id is not None and halt.ended_at is not None
    ]
    for incident in incidents:
        stood = [
            h for h in halts if h.ended_at and h.started_at <= (incident.ended_at or incident.started_at) <= h.ended_at
        ]
        until = incident.ended_at or max((h.ended_at for h in stood if h.ended_at), default=incident.started_at)
        pieces.append(Piece(5, incident.started_at, until, "breakdown"))
    pieces += [Piece(6, halt.started_at, halt.ended_at, "halt") for halt in halts if halt.ended_at is not None]
    pieces += [Piece(7, gap.started_at, gap.ended_at, "silent") for gap in gaps if gap.kind == "lost" and gap.ended_at]
    return pieces


def _of_stop(stop: ControlStop) -> list[Piece]:
    """Return the controls of a stop, one after the other where they overlap: each agency has what it reported."""
    until = stop.started_at + UNTOLD_CONTROL
    if not stop.controls:
        return [Piece(0, stop.started_at, stop.ended_at, "control")]
    return [
        Piece(
            0, control.observed_at,
            control.observed_at + timedelta(minutes=control.minutes) if control.minutes is not None
            else max(control.observed_at, min(stop.ended_at, until)),
            "control", None if control.doubts or control.agency == "unknown" else control.agency,
        )
        for control in stop.controls
    ]  # fmt: skip


def _of_crossing(crossing: ReconciledCrossing) -> list[Piece]:
    pieces = []
    for direction in SIDES:
        side = crossing.side(direction)
        came, post_id = side.seen.arrived_at, side.post_id
        country = country_of_post(post_id)
        if came is not None and side.waited_s:
            pieces.append(Piece(1, came, came + timedelta(seconds=side.waited_s), "opening", None, post_id, country))
        pieces += [
            Piece(
                2,
                desk.processing_started_at or desk.arrived_at,
                desk.released_at,
                "border",
                desk.agency,
                post_id,
                country,
            )
            for desk in side.desks
            if desk.released_at is not None and desk.seconds is not None
        ]
        pieces += [
            Piece(2, told.started_at, told.ended_at, "border", told.agency, post_id, country)
            for told in side.told
            if told.ended_at is not None and told.agency != "unknown"
        ]
        if came is not None and side.seen.left_at is not None:
            pieces.append(Piece(4, came, side.seen.left_at, "border", None, post_id, country))
    if crossing.unsplit_s is not None:
        posts = f"{crossing.exit.post_id}/{crossing.entry.post_id}"
        pieces.append(Piece(3, crossing.started_at, crossing.ended_at, "border", None, posts, None))
    return pieces


def country_of_post(post_id: str | None) -> str | None:
    """Return the state of a post: posts are named `CC-name` (`contract.md`, section 4)."""
    return post_id.partition("-")[0] if post_id else None


def spend(
    started_at: datetime,
    ended_at: datetime,
    pieces: Iterable[Piece],
    countries: Sequence[tuple[datetime, str | None]],
    metres: Mapping[str | None, int],
) -> tuple[Share, ...]:
    """Return how the time from start to end was spent, in whole seconds that add up to it.

    `countries`: from when on the coach was in which state, the first from the start on. `metres`: how far it drove in
    each. What no piece claims was driven; of that, what `metres` takes at free flow is *driving*, the rest *slow*.
    """
    begin, end = _second(started_at), _second(ended_at)
    cut = [
        (piece.rank, start, stop, piece)
        for piece in pieces
        for start, stop in [(max(begin, _second(piece.started_at)), min(end, _second(piece.ended_at)))]
        if stop > start
    ]
    cut.sort(key=lambda one: (*one[:3], one[3].spent, one[3].agency or "", one[3].post_id or "", one[3].country or ""))
    changes = [(max(begin, _second(at)), country) for at, country in countries]
    edges = sorted({begin, end, *(at for one in cut for at in one[1:3]), *(at for at, _ in changes if at < end)})
    spent: dict[tuple[Spent, str | None, str | None, str | None], int] = defaultdict(int)
    for start, stop in pairwise(edges):
        country = next((c for at, c in reversed(changes) if at <= start), None)
        own = next((piece for _, since, until, piece in cut if since <= start and stop <= until), None)
        if own is None:
            key: tuple[Spent, str | None, str | None, str | None] = ("driving", country, None, None)
        else:
            key = (own.spent, country if own.country == HERE else own.country, own.agency, own.post_id)
        spent[key] += stop - start
    for country in {key[1] for key in spent if key[0] == "driving"}:
        driven = spent.pop(("driving", country, None, None))
        free = min(driven, round(metres.get(country, 0) * 3.6 / ASSUMED_FREE_KMH))
        spent["driving", country, None, None] += free
        spent["slow", country, None, None] += driven - free
    return tuple(
        Share(*key, seconds)
        for key, seconds in sorted(spent.items(), key=lambda item: tuple(part or "" for part in item[0]))
        if seconds
    )


def _second(at: datetime) -> int:
    return round(at.timestamp())
