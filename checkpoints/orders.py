"""Orders of authorities about where coaches may be stopped, and what became of them day by day. Pure.

An order names a stretch of a corridor and the points that may stand on it from a day on. A day is compared with it by the
control stops that were reported there; the coaches that passed are the denominator, and a day on which nobody passed, or too
few did, says nothing: no data is not zero. Days are those of the clocks at the place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from checkpoints.control_points import POINT_HALF_WIDTH_KM
from checkpoints.legality import distinct_places

PLACE_KM = 1.0  # stops within it are one place
BESIDE_KM = 10.0  # where barriers go that were ordered away
FEW_COACHES = 4  # under so many a day says nothing of the stretch: three coaches are three crews' moods
KEPT_DAYS = 3  # after so many days without a stop elsewhere, one is a relapse
BEFORE = timedelta(days=28)  # the days before the order that it is compared with

# no_data: nobody passed. too_few: fewer than FEW_COACHES did. kept: no stop outside the points was reported. broken: some
# were. relapse: the first such day after KEPT_DAYS kept ones.
State = Literal["no_data", "too_few", "kept", "broken", "relapse"]


@dataclass(frozen=True, slots=True)
class OrderPoint:
    """A place where the order allows a control. `km` is None where nobody could say where it is."""

    name: str
    km: float | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """How many places of control somebody counted there on a day, and who says so."""

    on: date
    count: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An authority's order, with its act."""

    id: str
    title: str
    authority: str
    ordered_on: date
    effective_on: date
    ended_on: date | None
    reference: str
    country: str
    corridor_id: str
    from_km: float
    to_km: float
    points: tuple[OrderPoint, ...]
    source: str
    published: tuple[Published, ...] = ()

    def allows(self, km: float) -> bool:
        """Say whether a kilometre is at one of its located points."""
        return any(p.km is not None and abs(p.km - km) <= POINT_HALF_WIDTH_KM for p in self.points)


@dataclass(frozen=True, slots=True)
class Seen:
    """A control stop on the order's corridor: when, at which kilometre, which coach."""

    at: datetime
    km: float
    vehicle_id: str


@dataclass(frozen=True, slots=True)
class Passed:
    """A coach that drove the whole or a part of the stretch."""

    at: datetime
    vehicle_id: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an order.

    `places`: distinct places of control on the stretch, `elsewhere` those at no allowed point (their middles, in
    kilometres). `unlocated`: how many of those an allowed point of unknown place could be. `beside`: distinct places in the
    next kilometres on both sides. Numbers are None where nobody passed.
    """

    on: date
    state: State
    coaches: int
    stops_allowed: int | None
    stops_elsewhere: int | None
    places: int | None
    elsewhere: tuple[float, ...]
    unlocated: int
    beside: int | None
    is_in_force: bool


@dataclass(frozen=True, slots=True)
class Displacement:
    """Stops beside the stretch for each coach that passed, before and after the order; None where nobody passed."""

    before: float | None
    after: float | None
    coaches_before: int
    coaches_after: int


@dataclass(frozen=True, slots=True)
class Following:
    """What became of an order."""

    order: Order
    days: tuple[Day, ...]
    displacement: Displacement

    def count(self, *states: State) -> int:
        """Return on how many days in force the order was in one of these states."""
        return sum(day.is_in_force and day.state in states for day in self.days)


def follow(
    order: Order, stops: Iterable[Seen], passes: Iterable[Passed], since: date, until: date, zone: tzinfo
) -> Following:
    """Return every day in [`since`, `until`) compared with the order, whatever the order of stops and passes."""
    by_day: dict[date, list[Seen]] = defaultdict(list)
    coaches: dict[date, set[str]] = defaultdict(set)
    for stop in stops:
        by_day[stop.at.astimezone(zone).date()].append(stop)
    for drive in passes:
        coaches[drive.at.astimezone(zone).date()].add(drive.vehicle_id)
    days: list[Day] = []
    kept = 0
    for offset in range((until - since).days):
        on = since + timedelta(days=offset)
        day = _day(order, on, by_day.get(on, []), len(coaches.get(on, ())), kept)
        if day.is_in_force and day.state in ("kept", "broken", "relapse"):
            kept = kept + 1 if day.state == "kept" else 0
        days.append(day)
    return Following(order, tuple(days), _displacement(order, days, by_day))


def _day(order: Order, on: date, stops: Sequence[Seen], passed: int, kept: int) -> Day:
    in_force = order.effective_on <= on and (order.ended_on is None or on < order.ended_on)
    within = [stop.km for stop in stops if order.from_km <= stop.km <= order.to_km]
    # A stop proves that its coach was there, even where no pass of it was seen.
    coaches = max(passed, len({stop.vehicle_id for stop in stops if order.from_km <= stop.km <= order.to_km}))
    if not coaches:
        return Day(on, "no_data", 0, None, None, None, (), 0, None, in_force)
    outside = [km for km in within if not order.allows(km)]
    elsewhere = tuple(round(sum(place) / len(place), 2) for place in distinct_places(outside, PLACE_KM))
    lost = sum(point.km is None for point in order.points)
    state: State = "kept" if len(elsewhere) <= lost else "relapse" if in_force and kept >= KEPT_DAYS else "broken"
    if coaches < FEW_COACHES:
        state = "too_few"
    return Day(
        on, state, coaches, len(within) - len(outside), len(outside), len(distinct_places(within, PLACE_KM)), elsewhere,
        min(lost, len(elsewhere)), len(distinct_places(_beside(order, stops), PLACE_KM)), in_force,
    )  # fmt: skip


def _beside(order: Order, stops: Iterable[Seen]) -> list[float]:
    low, high = order.from_km - BESIDE_KM, order.to_km + BESIDE_KM
    return [s.km for s in stops if low <= s.km < order.from_km or order.to_km < s.km <= high]


def _displacement(order: Order, days: Sequence[Day], by_day: Mapping[date, Sequence[Seen]]) -> Displacement:
    rates: list[float | None] = []
    sizes = []
    for in_force in (False, True):
        own = [
            day
            for day in days
            if day.is_in_force == in_force and (in_force or order.effective_on - BEFORE <= day.on < order.effective_on)
        ]
        coaches = sum(day.coaches for day in own)
        beside = sum(len(_beside(order, by_day.get(day.on, []))) for day in own if day.coaches)
        rates.append(beside / coaches if coaches else None)
        sizes.append(coaches)
    return Displacement(rates[0], rates[1], sizes[0], sizes[1])
