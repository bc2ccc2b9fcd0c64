"""Weeks of coaches on several roads at once, with barriers that nobody told of: for the scan, from another generator.

On each road: popular places to rest that every company uses, lonely rests, jams at the entries of towns, queues at borders,
authorised places that hold coaches, and barriers of every sort - all day, at night, for some days, another place each day,
two 3 km apart, behind an authorised place, beside a popular one. Nothing here is shared with the simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.roads.traffic import START_S, Happening, Road, Way, drive_coach
from tracker.fixes import Fixes

DAY_S, HOUR_S = 86_400.0, 3600.0
Span = tuple[float, float]
JAM_MPS = 3.0
SILENT_LATE = 0.5  # of what was driven in silences so much comes afterwards
FREE_KM = 7.0  # of borders and ends nothing lies nearer
SORTS = ("all_day", "all_day", "night", "some_days", "moving", "pair", "near_authorised", "beside_rest")


@dataclass(frozen=True, slots=True)
class Barrier:
    """A barrier: it holds `share` of the coaches that pass while it stands, for `minutes` from and to.

    `hours` of the day (UTC), over midnight where the second is less; None: all day. `sort`: what makes it hard.
    """

    sort: str
    corridor_id: str
    km: float
    from_s: float
    to_s: float
    share: float
    minutes: tuple[float, float]
    hours: tuple[float, float] | None = None

    def stands(self, at_s: float) -> bool:
        """Say whether it stands at a moment."""
        return self.from_s <= at_s < self.to_s and (self.hours is None or _within(at_s, self.hours))


@dataclass(frozen=True, slots=True)
class Sent:
    """What one coach sent in all these weeks. `trips`: when it left on a road, and whether against its kilometres."""

    vehicle_id: str
    operator_id: str
    corridor_id: str
    fixes: tuple[Fixes, ...]
    trips: tuple[tuple[float, bool], ...]


@dataclass(frozen=True, slots=True)
class Weeks:
    """What was sent, and the truth: the barriers and how many coaches each held; the popular places, `(corridor, km)`."""

    sent: tuple[Sent, ...]
    barriers: tuple[Barrier, ...]
    held: tuple[int, ...]
    popular: tuple[tuple[str, float], ...]
    start_s: float
    end_s: float


def make_weeks(
    roads: Mapping[str, Road],
    fleet: Mapping[str, int],
    *,
    seed: int,
    days: int,
    authorised: Mapping[str, Sequence[tuple[float, float]]],
    operators: int = 5,
    sorts: Sequence[str] = SORTS,
    start_s: float = START_S,
) -> Weeks:
    """Return the traffic of `fleet` (how many coaches drive on which road) and the barriers of `sorts` on each road.

    `authorised`: the kilometres between which places are authorised, by road.
    """
    span_s = (start_s, start_s + days * DAY_S)
    scenes = {
        corridor_id: _Scene(
            roads[corridor_id], np.random.default_rng([seed, n]), span_s, authorised[corridor_id], sorts
        )
        for n, corridor_id in enumerate(fleet)
    }
    sent = []
    for n, corridor_id in enumerate(fleet):
        for number in range(fleet[corridor_id]):
            chance = np.random.default_rng([seed, n, number])
            coach = _coach(scenes[corridor_id], f"{corridor_id}-{number}", f"OP{number % operators}", chance, span_s)
            sent.append(coach)
    barriers = [(barrier, scene.held[i]) for scene in scenes.values() for i, barrier in enumerate(scene.barriers)]
    return Weeks(
        tuple(sent), tuple(barrier for barrier, _ in barriers), tuple(held for _, held in barriers),
        tuple((corridor_id, km) for corridor_id, scene in scenes.items() for km in scene.popular), *span_s,
    )  # fmt: skip


def _coach(scene: _Scene, vehicle_id: str, operator_id: str, chance: np.random.Generator, span_s: Span) -> Sent:
    """Drive to and fro, with a night's rest and more at each end, until the weeks are over."""
    every_s, is_reversed = float(chance.choice([30.0, 60.0])), bool(chance.random() < 0.5)
    at_s = span_s[0] + float(chance.uniform(0, 1.2 * DAY_S))
    fixes, trips = [], []
    while at_s < span_s[1] - DAY_S / 2:
        coach = drive_coach(
            scene.road, seed=int(chance.integers(1 << 30)), is_reversed=is_reversed, every_s=every_s, start_s=at_s,
            happenings=list(scene.happenings(chance)), spike_share=0.01, late_share=SILENT_LATE,
        )  # fmt: skip
        fixes.append(coach.fixes)
        trips.append((at_s, is_reversed))
        at_s = float(coach.fixes.at_s[-1]) + float(chance.uniform(10, 30)) * HOUR_S
        is_reversed = not is_reversed
    return Sent(vehicle_id, operator_id, scene.road.corridor_id, tuple(fixes), tuple(trips))


class _Scene:
    """One road with what lies on it."""

    def __init__(
        self,
        road: Road,
        chance: np.random.Generator,
        span_s: Span,
        authorised: Sequence[tuple[float, float]],
        sorts: Sequence[str],
    ) -> None:
        self.road, self._chance, self._span_s = road, chance, span_s
        self._low, self._high = float(road.kilometres[0]), float(road.kilometres[-1])
        self._authorised = [ends for ends in authorised if all(map(self._is_free, ends))]
        self._listed = tuple(authorised)
        self._taken = [km for low, high in authorised for km in np.arange(low, high + 1, 1.0)]
        count = max(2, round((self._high - self._low) / 120))
        self.popular = [self._place(self._taken, 2.0) for _ in range(count)]
        self._visits = [float(chance.uniform(0.2, 0.5)) for _ in self.popular]
        self._jams = [
            (self._place([*self._taken, *self.popular], 6.0), float(chance.uniform(1, 4)), hours)
            for hours in ((5.0, 10.0), (15.0, 20.0), (6.0, 19.0))
        ]
        self.barriers: list[Barrier] = []
        for sort in sorts:
            found = self._of_sort(sort)
            while not all(self._is_free(one.km) and self._is_unlisted(one.km) for one in found):
                found = self._of_sort(sort)
            self.barriers += found
        self.held = [0] * len(self.barriers)

    def happenings(self, chance: np.random.Generator) -> Iterator[Happening]:
        """Yield what may happen to one coach on its way."""
        for km, visits in zip(self.popular, self._visits, strict=True):
            if chance.random() < visits:
                yield Happening(km + float(chance.uniform(-0.03, 0.03)), _standing("rest", (10, 40)))
        for _ in range(chance.poisson((self._high - self._low) / 250)):
            km = float(chance.uniform(self._low, self._high))
            if self._is_free(km):
                yield Happening(km, _standing("rest", (3, 20)))
        for low, high in self._authorised:
            if chance.random() < 0.6:
                yield Happening((low + high) / 2 + float(chance.uniform(-0.05, 0.05)), _standing("control", (2, 10)))
        for km, length, hours in self._jams:
            if chance.random() < 0.75:
                for piece in np.sort(chance.uniform(km, km + length, chance.poisson(4 * length))):
                    yield Happening(float(piece), _creeping(hours))
        for number, barrier in enumerate(self.barriers):
            where = barrier.km + float(chance.uniform(-0.03, 0.03))
            yield Happening(where, self._holding(number, barrier))

    def _holding(self, number: int, barrier: Barrier) -> Callable[[Way, float], None]:
        def drive(way: Way, km: float) -> None:
            way.drive_to(km)
            if barrier.stands(way.times[-1]) and way.chance.random() < barrier.share:
                self.held[number] += 1
                way.stand(60 * float(way.chance.uniform(*barrier.minutes)), "control")

        return drive

    def _of_sort(self, sort: str) -> list[Barrier]:
        """Return the barriers of a sort; none where the road has no second authorised place to stand behind."""
        plain, chance, (start_s, end_s) = self._barrier(sort), self._chance, self._span_s
        found = [plain]
        match sort:
            case "night":
                found = [replace(plain, hours=(20.0, 5.0))]
            case "some_days":
                first_s = start_s + float(chance.uniform(0.1, 0.5)) * (end_s - start_s)
                found = [replace(plain, from_s=first_s, to_s=first_s + 4 * DAY_S)]
            case "moving":  # a day here, a day there
                days = [(start_s + end_s) / 2 + number * DAY_S for number in range(3)]
                found = [
                    replace(plain, km=plain.km + away_km, from_s=day, to_s=day + DAY_S, share=0.8)
                    for away_km, day in zip((0, 5.4, 2.7), days, strict=True)
                ]
            case "pair":
                found.append(replace(plain, km=plain.km + 3.0))
            case "near_authorised":
                away_km = float(chance.uniform(1, 2))
                found = [replace(plain, km=high + away_km) for _, high in self._authorised[1:2]]
            case "beside_rest":
                place = self.popular[int(chance.integers(len(self.popular)))]
                found = [replace(plain, km=place + float(chance.choice([-1, 1])) * float(chance.uniform(0.4, 1)))]
        return found

    def _barrier(self, sort: str) -> Barrier:
        """Return one that stands all the time, where nothing else is for some kilometres."""
        others = [barrier.km for barrier in self.barriers]
        place = self._place([*self._taken, *self.popular, *others], 3.0)
        minutes = ((2.0, 6.0), (3.0, 9.0), (2.0, 12.0))[int(self._chance.integers(3))]
        share = float(self._chance.uniform(0.3, 0.8))
        return Barrier(sort, self.road.corridor_id, place, *self._span_s, share, minutes)

    def _place(self, others: Sequence[float], apart_km: float) -> float:
        while True:
            km = float(self._chance.uniform(self._low, self._high))
            if self._is_free(km) and all(abs(km - other) > apart_km for other in others):
                return km

    def _is_unlisted(self, km: float) -> bool:
        return all(km < low - 0.6 or km > high + 0.6 for low, high in self._listed)

    def _is_free(self, km: float) -> bool:
        edges = (self._low, self._high, *(border.km for border in self.road.borders))
        return all(abs(km - edge) > FREE_KM for edge in edges)


def _standing(kind: str, minutes: tuple[float, float]) -> Callable[[Way, float], None]:
    def drive(way: Way, km: float) -> None:
        way.drive_to(km)
        way.stand(60 * float(way.chance.uniform(*minutes)), kind)

    return drive


def _creeping(hours: tuple[float, float]) -> Callable[[Way, float], None]:
    """Creep up to the next place at which a jam stands still, and stand there, if it is its hour."""

    def drive(way: Way, km: float) -> None:
        if not _within(way.times[-1], hours):
            return
        way.drive_to(km - 0.4)
        way.go(km, JAM_MPS)
        way.stand(float(way.chance.uniform(20, 200)), "queue")

    return drive


def _within(at_s: float, hours: tuple[float, float]) -> bool:
    hour, (start, end) = at_s % DAY_S / HOUR_S, hours
    return start <= hour < end if start < end else hour >= start or hour < end
