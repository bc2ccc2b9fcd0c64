"""What a post's log and positions say of the same coaches: counts by state and side, and the crossings they dispute. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from checkpoints.crossing_sides import CrossingSide, SideState
from checkpoints.desks import Direction
from checkpoints.reconciliation import SIDES, ReconciledCrossing

# What only a crew tells is not among them: it says nothing of the log, and is not for those who serve at the post.
STATES: tuple[SideState, ...] = ("matched", "seen_only", "logged_only", "disputed", "off_post")


@dataclass(frozen=True, slots=True)
class SideTally:
    """How many crossings of one side are in each of `STATES`, of `n`."""

    direction: Direction
    n: int
    counts: dict[str, int]

    def share(self, state: str) -> float:
        """Return the share of a state."""
        return self.counts[state] / self.n


@dataclass(frozen=True, slots=True)
class Dispute:
    """One side of one crossing about which positions and the log contradict each other."""

    crossing: ReconciledCrossing
    direction: Direction
    side: CrossingSide


def _sides(post_id: str, crossings: Iterable[ReconciledCrossing]) -> Iterable[Dispute]:
    """Yield the sides at a post of crossings that are over: what goes on may still be written down."""
    for crossing in crossings:
        if crossing.is_under_way:
            continue
        for direction in SIDES:
            side = crossing.side(direction)
            if side.post_id == post_id:
                yield Dispute(crossing, direction, side)


def tally_sides(post_id: str, crossings: Iterable[ReconciledCrossing]) -> list[SideTally]:
    """Return the counts at a post, of the sides at which there are any."""
    counts = {direction: Counter[str]() for direction in SIDES}
    for one in _sides(post_id, crossings):
        if one.side.state in STATES:
            counts[one.direction][one.side.state] += 1
    return [
        SideTally(direction, own.total(), {state: own[state] for state in STATES})
        for direction, own in counts.items()
        if own
    ]


def list_disputes(post_id: str, crossings: Iterable[ReconciledCrossing], limit: int) -> list[Dispute]:
    """Return the last disputes at a post, the newest first."""
    found = [one for one in _sides(post_id, crossings) if one.side.state == "disputed"]
    found.sort(key=lambda one: (one.crossing.started_at, one.crossing.crossing_id), reverse=True)
    return found[:limit]
