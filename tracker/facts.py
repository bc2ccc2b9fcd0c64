"""What the steps find out about a coach's way: trips, halts, crossings, passes of sections, connections, gaps.

A fact under way has `ended_at` None and `settled_at` None; it may change with the next fix. A settled one never changes,
unless a late fix makes its coach's way be gone over again. `settled_at` is the time of the fix that settled it, which is
later than `ended_at`. Durations are in seconds, distances in kilometres along the corridor. All times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

# A fix that was sent this much after it was observed was stored on the device meanwhile: an assumption (two lost tries of
# a unit that sends arrays once a minute). By the device's own clock, so that a replay or an outage of ours is not its silence.
LATE_AFTER = timedelta(minutes=5)

STRETCH_KM = 0.25  # the pace of a pass is kept this finely
UNSEEN_S = -1  # in the place of a time that is not known

Direction = Literal[
    "up", "down"
]  # with rising kilometres of the corridor (or from `start` to `end` of a section), or falling

# arrived: at the declared destination, or at the end of the corridor. declared: the operator said so. turned: it drives
# back. left: it drives away from the corridor. lost: nothing was heard for too long. next: another trip began.
Ending = Literal["arrived", "declared", "turned", "left", "lost", "next", "cancelled"]

CrossingState = Literal["under_way", "crossed", "turned_back"]
# fences: seen within the posts' fences. line: only the border itself was seen passed. gap: it lies in a silence.
CrossingBasis = Literal["fences", "line", "gap"]


def moment(seconds: float) -> datetime:
    """Return seconds since 1970 as an aware time."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact carries. `first_seq` and `last_seq` name the messages of its first and last fix; `late`: part of
    it was delivered late."""

    started_at: datetime
    ended_at: datetime | None
    settled_at: datetime | None
    first_seq: int
    last_seq: int
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TripRun(Fact):
    """One journey on a corridor, as it was driven.

    `trip_id` is the declared one, or `seen-COACH-SECONDS` (seconds since 1970 of its start) for an inferred trip.
    `origin` and `destination` are hubs: as declared, else the nearest to where it began and ended. `remarks` are codes:
    `corridor_not_driven`, `declared_twice`, `never_moved`, `began_on_the_way`.
    """

    trip_id: str
    declared: bool
    corridor_id: str
    direction: Direction
    start_km: float
    end_km: float
    origin: str | None
    destination: str | None
    halted_s: float = 0.0
    border_s: float = 0.0
    silent_s: float = 0.0
    ending: Ending | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt(Fact):
    """A stretch of standing still, or creeping in a queue (`creep_m`: how far it moved on meanwhile).

    `latitude`, `longitude`: the median of its fixes; `spread_m`: the 90th percentile of their distances from it.
    `unheard_s`: the longest time within it without a fix. `post_id`: the border post in whose fence, or at whose border, it lies.
    """

    latitude: float
    longitude: float
    spread_m: float
    fixes: int
    creep_m: float = 0.0
    unheard_s: float = 0.0
    corridor_id: str | None = None
    km: float | None = None
    offset_m: float | None = None
    section_id: str | None = None
    country: str | None = None
    post_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderCrossing(Fact):
    """Exit formalities, the line, entry formalities: one sequence, seen by positions.

    `exit_post` and `entry_post` in the coach's own order. Where both sides share one place and nothing tells their
    dwell apart, `unsplit_s` holds it and the others are None. Null is *not seen*, never zero.
    """

    corridor_id: str
    exit_post: str
    entry_post: str
    km: float
    state: CrossingState
    basis: CrossingBasis
    line_at: datetime | None = None
    exit_arrived_at: datetime | None = None
    exit_left_at: datetime | None = None
    entry_arrived_at: datetime | None = None
    entry_left_at: datetime | None = None
    exit_s: float | None = None
    entry_s: float | None = None
    unsplit_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPass(Fact):
    """A whole section driven from one end to the other. `direction` is the section's own."""

    section_id: str
    direction: Direction
    corridor_id: str
    length_km: float
    halted_s: float = 0.0  # all halts in it, those at border posts included
    border_s: float = 0.0  # those at border posts


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPace(Fact):
    """When a whole pass was where: `cuts_s[n]`, in whole seconds after it began, at kilometre `n * STRETCH_KM` of the section.

    `UNSEEN_S` where it is not known: fixes were too far apart, or the pass began behind it. `every_s`: how many seconds lie
    between two fixes (the median where it is known).
    """

    section_id: str
    direction: Direction
    every_s: float
    cuts_s: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection(Fact):
    """A coach went from one hub to another on one trip: from leaving the first to reaching the second."""

    origin: str
    destination: str
    corridor_id: str
    halted_s: float = 0.0
    border_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Fact):
    """Nothing was observed between two fixes of a coach that was on its way; with kilometres where both are known.

    `lost`: no fix of that time ever came. `late` gaps are the opposite: fixes were observed but came late; `from_km`,
    `to_km` are then those of the late stretch.
    """

    kind: Literal["lost", "late"]
    corridor_id: str | None = None
    from_km: float | None = None
    to_km: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFixes(Fact):
    """Fixes that were not used, and why: `reason` is a code of `plausibility`. `ended_at` is the last of them."""

    reason: str
    count: int
