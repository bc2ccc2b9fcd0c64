"""What each section and each border post usually takes, by hour of the day: from the coaches of the last weeks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from tracker.approach import Usual
from tracker.dwell_hours import HOURS as STAYS
from tracker.dwell_readings import DWELL
from tracker.section_hours import HOURS as PASSES
from tracker.section_hours import ROAD
from tracker.tallies import ALL, Sum, hours_of, read_cells

WEEKS = timedelta(weeks=4)
SHARES = (0.1, 0.5, 0.9)
ENOUGH = 20  # coaches around an hour; else of wider ones, at last of all
WIDTHS = (1, 3, 12)  # hours on either side
LEAST = 5  # fewer coaches than this show nothing
# A coach on these roads, its halts on the way included, but no border: assumptions.
ASSUMED_KMH = (60.0, 45.0, 30.0)


@dataclass(frozen=True, slots=True)
class UsualTimes:
    """Usual times by `(section, its own direction)` and by `(post, direction)`, each with one for each hour (UTC)."""

    roads: Mapping[tuple[str, str], tuple[Usual, ...]] = field(default_factory=dict)
    posts: Mapping[tuple[str, str], tuple[Usual, ...]] = field(default_factory=dict)

    def road(self, section_id: str, direction: str, length_km: float, hour: int) -> Usual:
        """Return what a section takes without its borders' halts; assumed where too few coaches drove it."""
        known = self.roads.get((section_id, direction))
        return known[hour] if known else Usual(*(length_km / kmh * 3600 for kmh in ASSUMED_KMH))

    def post(self, post_id: str, direction: str, hour: int) -> Usual | None:
        """Return what a post takes, the wait for its opening included; None where too few coaches were seen."""
        known = self.posts.get((post_id, direction))
        return known[hour] if known else None


class KeptUsualTimes:
    """The usual times, read once an hour: the coaches of one hour more change little."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: tuple[int, UsualTimes] | None = None

    def read(self, session: Session, now: datetime) -> UsualTimes:
        """Return the usual times as of the hour of `now`."""
        hour = int(now.timestamp() // 3600)
        kept = self._kept
        if kept is None or kept[0] != hour:
            kept = self._kept = hour, read_usual_times(session, now)
        return kept[1]


def read_usual_times(session: Session, now: datetime) -> UsualTimes:
    """Return the usual times of all sections and posts, of all operators' coaches together."""
    since, until = hours_of(now - WEEKS, now)
    roads: dict[tuple[str, str], dict[int, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    who = PASSES.columns(PASSES.keys)[PASSES.keys.index("operator_id")]
    for key, _, blobs in read_cells(session, PASSES, since, until, who == ALL):
        roads[key[0], key[1]][key[-1] % 24].append(blobs[ROAD])
    stays: dict[tuple[str, str], dict[int, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    for key, _, blobs in read_cells(session, STAYS, since, until):
        stays[key[0], key[1]][key[-1] % 24].append(blobs[DWELL])
    return UsualTimes(_by_hour(roads), _by_hour(stays))


def _by_hour(
    found: Mapping[tuple[str, str], Mapping[int, list[bytes]]],
) -> dict[tuple[str, str], tuple[Usual, ...]]:
    """Return usual times for each hour where all hours together have enough coaches."""
    result = {}
    for key, hours in found.items():
        day = [_around(hours, hour) for hour in range(24)]
        if all(day):
            result[key] = tuple(one for one in day if one)
    return result


def _around(hours: Mapping[int, list[bytes]], hour: int) -> Usual | None:
    for width in WIDTHS:
        near = {(hour + apart) % 24 for apart in range(-width, width + 1)}
        sums = Sum([], [[blob for one in near for blob in hours.get(one, ())]], 0)
        n = int(sums.histogram(0)[1].sum())
        if n >= (LEAST if width == WIDTHS[-1] else ENOUGH):
            return Usual(*sums.percentiles_s(0, SHARES))
    return None
