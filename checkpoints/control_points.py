"""Control points: the dated register of places where the law of a state allows controls on the road. Pure.

It knows two things apart: which places are authorised, and where the register is known at all. A control at a place
outside it is *unlisted* only where it is known; elsewhere nothing can be said but that it was en route.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tracker.validity import holding, holds

# Where the law speaks of the entries and exits of a town, the barrier stands somewhere on the town's edge, and only
# the centre is known: the interval is the centre's kilometre and this much to both sides, wide enough for the edge of
# a town and the error of a coarse line, narrow beside the 20 km and more between listed towns. Abidjan alone is wider.
TOWN_HALF_WIDTH_KM = 5.0
METROPOLIS_HALF_WIDTH_KM = 15.0
# A place named by itself (a bridge, a village): the gazetteer's rounding to an arc-minute is almost 2 km.
POINT_HALF_WIDTH_KM = 2.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval of a corridor's kilometres; the whole corridor where a bound is None."""

    corridor_id: str
    from_km: float | None = None
    to_km: float | None = None

    def holds(self, corridor_id: str, km: float) -> bool:
        """Say whether a kilometre of a corridor lies in it, its ends included."""
        low = self.from_km is None or self.from_km <= km
        return corridor_id == self.corridor_id and low and (self.to_km is None or km <= self.to_km)


@dataclass(frozen=True, slots=True)
class Act:
    """A legal act that authorises places of control, and how far it reaches.

    `covers_country` says that it settles the whole state's roads, `stretches` only these. `precision`: how exactly
    `valid_from` is known. `agency` is the service it speaks of, empty for all.
    """

    id: str
    title: str
    country: str
    covers_country: bool
    stretches: tuple[Stretch, ...]
    agency: str
    precision: str
    source: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """An authorised place of control.

    `stretches` are its kilometres on each corridor that passes it; none where the place was not found on one. `basis`
    is `town_entries_exits` or `point`; `status` is `authorised`, or `uncertain` where its source leaves doubt.
    Latitude and longitude are None where the place was not located.
    """

    id: str
    name: str
    country: str
    act_id: str
    status: str
    basis: str
    latitude: float | None
    longitude: float | None
    stretches: tuple[Stretch, ...]
    source: str
    licence: str
    valid_from: date | None = None
    valid_to: date | None = None


class Register:
    """Every control point and act that is or was in force."""

    def __init__(self, points: Iterable[ControlPoint], acts: Iterable[Act]) -> None:
        """Hold the points and acts."""
        self.points = tuple(points)
        self.acts = {act.id: act for act in acts}
        self._on_corridor: dict[str, list[ControlPoint]] = {}
        for point in self.points:
            for corridor_id in dict.fromkeys(stretch.corridor_id for stretch in point.stretches):
                self._on_corridor.setdefault(corridor_id, []).append(point)

    def control_points_on(self, on: date) -> list[ControlPoint]:
        """Return the points in force on a day, by country and name."""
        return sorted(holding(self.points, on), key=lambda point: (point.country, point.name))

    def find_points(self, corridor_id: str, km: float, on: date) -> list[ControlPoint]:
        """Return the points whose interval holds a kilometre of a corridor on a day."""
        here = self._on_corridor.get(corridor_id, ())
        return [
            point for point in holding(here, on) if any(stretch.holds(corridor_id, km) for stretch in point.stretches)
        ]

    def find_act(self, country: str | None, corridor_id: str, km: float, on: date) -> Act | None:
        """Return an act that settles where controls may stand there on that day; None: no register is known there."""
        for act in self.acts.values():
            reaches = act.country == country and act.covers_country
            if holds(act, on) and (reaches or self._on_stretch(act, country, corridor_id, km)):
                return act
        return None

    def is_known(self, country: str | None, corridor_id: str, km: float, on: date) -> bool:
        """Say whether a register is known there: without one a control is *en route*, never *unlisted*."""
        return self.find_act(country, corridor_id, km, on) is not None

    @staticmethod
    def _on_stretch(act: Act, country: str | None, corridor_id: str, km: float) -> bool:
        return country in (None, act.country) and any(stretch.holds(corridor_id, km) for stretch in act.stretches)


def parse_stretches(text: str) -> tuple[Stretch, ...]:
    """Read `ABJ-LOS@107.8-123.8;COO-LOS` (corridor, and its kilometres or the whole of it).

    Raises:
        ValueError: it is written otherwise, or an interval is reversed.
    """
    stretches = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        corridor_id, at, interval = part.partition("@")
        if not at:
            stretches.append(Stretch(corridor_id))
            continue
        low, dash, high = interval.partition("-")
        if not dash or not 0 <= float(low) <= float(high) < 10_000:
            raise ValueError(part)
        stretches.append(Stretch(corridor_id, float(low), float(high)))
    return tuple(stretches)


def format_stretches(stretches: Iterable[Stretch]) -> str:
    """Write what `parse_stretches` reads."""
    return ";".join(
        s.corridor_id if s.from_km is None or s.to_km is None else f"{s.corridor_id}@{s.from_km:.1f}-{s.to_km:.1f}"
        for s in stretches
    )
