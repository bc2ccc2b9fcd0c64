"""What explains by itself that a coach halts, or is slow, somewhere on a section: posts, stations, listed places. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from checkpoints.agencies import find_fault
from checkpoints.control_points import Register
from checkpoints.traffic import span_of
from tracker.corridors import Corridor
from tracker.fact_rows import Sighting
from tracker.facts import Halt, TripRun
from tracker.sections import Section

HUB_KM = 4.0  # how far from a hub's centre a coach's station may lie
CENTRE_KM = (
    1.0  # in the middle of its town everybody halts, for passengers and lights; and its jam lies on two sections
)
STATION_S = 1800.0  # a halt there, this soon after its trip began or before it ended, is its station
QUEUE_KM = 1.5  # how far a border's queue reaches beyond what its posts explain
SLOW_BORDER_KM = 4.0  # the towns that borders are
LONGEST_S = (
    7200.0  # nobody checks a coach, nor does it rest, so long by the road: a night, a breakdown, a unit left behind
)
ABOUT_S = 900.0  # a report may be this much off the halt it speaks of
BROKEN = frozenset({"breakdown", "accident"})


@dataclass(frozen=True, slots=True)
class Told:
    """Something a crew reported: a control, a breakdown, an accident. `kind` is `control` or the incident's type."""

    seq: int
    vehicle_id: str
    operator_id: str
    kind: str
    at_s: float
    agency: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def tidied_agencies(told: Sequence[Told], country: str | None) -> tuple[list[Told], Counter[str]]:
    """Return reports without the agencies that this country does not have, and how many there were, by reason."""
    faults: Counter[str] = Counter()
    found = []
    for one in told:
        on = datetime.fromtimestamp(one.at_s, UTC).date()
        fault = find_fault(one.agency, country, on) if one.agency is not None else None
        faults.update([fault.code] if fault is not None else [])
        found.append(one if fault is None else replace(one, agency=None))
    return found, faults


class Explanations:
    """Says what explains a halt by itself, as a code; None: nothing does."""

    def __init__(
        self,
        section: Section,
        corridors: Mapping[str, Corridor],
        hubs: frozenset[str],
        register: Register,
        told: Sequence[Told],
        sightings: Iterable[Sighting],
    ) -> None:
        self._section, self._register = section, register
        self._corridors = [corridors[name] for name in section.corridors]
        places = ((section.start, 0.0), (section.end, section.length_km))
        self._hubs = [km for place, km in places if place in hubs]
        self._borders = [km for place, km in places if place not in hubs]
        self._broken: dict[str, list[float]] = {}
        for one in told:
            if one.kind in BROKEN:
                self._broken.setdefault(one.vehicle_id, []).append(one.at_s)
        self._ends: dict[str, list[float]] = {}
        for sighting in sightings:
            if isinstance(sighting.fact, TripRun):
                ends = self._ends.setdefault(sighting.vehicle_id, [])
                ends += [at.timestamp() for at in (sighting.fact.started_at, sighting.fact.ended_at) if at is not None]
        self._listed: dict[tuple[date, int], bool] = {}

    def __call__(self, sighting: Sighting, halt: Halt, km: float) -> str | None:
        """Say what explains a halt at a kilometre of the section."""
        if halt.post_id is not None:
            return "border_post"
        away_km = min((abs(km - at) for at in self._hubs), default=HUB_KM + 1)
        if away_km <= CENTRE_KM or (away_km <= HUB_KM and self._is_at_end(sighting.vehicle_id, halt)):
            return "town_centre" if away_km <= CENTRE_KM else "station"
        if self.is_listed(km, halt.started_at.date()):
            return "authorised_place"
        start, end = span_of(halt)
        if end - start > LONGEST_S:
            return "stood_for_hours"
        if any(start - ABOUT_S <= at <= end + ABOUT_S for at in self._broken.get(sighting.vehicle_id, ())):
            return "reported_breakdown"
        return None

    def slow(self, km: float, at_s: float) -> str | None:
        """Say what explains that coaches are slow somewhere: a town, a border, a listed place; None: nothing does."""
        if any(abs(km - at) <= HUB_KM for at in self._hubs):
            return "slow_in_town"
        if any(abs(km - at) <= SLOW_BORDER_KM for at in self._borders):
            return "slow_at_border"
        on = datetime.fromtimestamp(at_s, UTC).date()
        return "slow_at_authorised_place" if any(self.is_listed(km + off, on) for off in (-0.25, 0.0, 0.25)) else None

    def _is_at_end(self, vehicle_id: str, halt: Halt) -> bool:
        start, end = span_of(halt)
        return any(start - STATION_S <= at <= end + STATION_S for at in self._ends.get(vehicle_id, ()))

    def is_listed(self, km: float, on: date) -> bool:
        """Say whether the register has an authorised place there on that day."""
        key = (on, round(km * 50))
        if key not in self._listed:
            places = ((corridor.id, corridor.find_km(self._section.id, km)) for corridor in self._corridors)
            self._listed[key] = any(at is not None and self._register.find_points(name, at, on) for name, at in places)
        return self._listed[key]

    def is_near_border(self, km: float) -> bool:
        """Say whether a border's queue may reach there."""
        return any(abs(km - at) <= QUEUE_KM for at in self._borders)
