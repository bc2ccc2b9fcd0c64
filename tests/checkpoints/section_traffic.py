"""Coaches driven through one section of the shipped roads at 60 km/h, halting where a test says: facts, no simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from checkpoints.control_points import Act, ControlPoint, Register, Stretch
from checkpoints.thresholds import Thresholds
from checkpoints.unlisted import Looked, Told, look_at
from tests.tracker.places_of_truth import shipped
from tracker.fact_rows import Sighting
from tracker.facts import Gap, Halt, SectionPass, moment
from tracker.geo import METRES_PER_DEGREE

GEOGRAPHY = shipped()
ROAD = GEOGRAPHY.get_corridor("ABJ-LOS")
SECTION = next(p.section for p in ROAD.passages if {p.section.start, p.section.end} == {"takoradi", "accra"})
MONDAY_S = 1_780_272_000.0  # 1 June 2026, midnight UTC, and local time too: the section lies in Ghana
HOUR, DAY, MINUTE = 3600.0, 86400.0, 60.0
SPEED_KMH = 60.0


@dataclass
class Road:
    """What happened on the section so far."""

    sightings: list[Sighting] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    listed_km: tuple[float, ...] = ()
    known: bool = True

    def drive(
        self,
        at_s: float,
        halts: Sequence[tuple[float, float]] = (),
        coach: str = "bus",
        operator: str = "sti",
        rising: bool = True,
        beside_m: float = 0.0,
    ) -> list[tuple[float, float]]:
        """Drive one coach through, from `at_s` on, halting at `(km, minutes)`; return when each halt began and ended."""
        length = SECTION.length_km
        clock, times = at_s, []
        last = 0.0 if rising else length
        for km, minutes in sorted(halts, reverse=not rising):
            clock += abs(km - last) / SPEED_KMH * HOUR
            times.append((clock, clock + minutes * MINUTE))
            self._halt(coach, operator, km, clock, clock + minutes * MINUTE, beside_m)
            clock, last = clock + minutes * MINUTE, km
        clock += abs((length if rising else 0.0) - last) / SPEED_KMH * HOUR
        self._add(
            coach, operator, SectionPass(
                section_id=SECTION.id, direction="up" if rising else "down", corridor_id=ROAD.id,
                length_km=length, started_at=moment(at_s), ended_at=moment(clock), settled_at=moment(clock),
                first_seq=1, last_seq=2,
            ),
        )  # fmt: skip
        return times

    def silence(self, start_s: float, end_s: float, coach: str, operator: str = "sti") -> None:
        """Nothing was ever heard of the coach in that time."""
        self._add(
            coach, operator, Gap(
                kind="lost", started_at=moment(start_s), ended_at=moment(end_s), settled_at=moment(end_s),
                first_seq=1, last_seq=2,
            ),
        )  # fmt: skip

    def tell(self, at_s: float, coach: str, kind: str = "control", agency: str = "police") -> None:
        """A crew reports something, without a place."""
        self.told.append(Told(len(self.told) + 1, coach, "sti", kind, at_s, agency))

    def look(self, **thresholds: Any) -> Looked:
        """Look for unlisted checkpoints."""
        return look_at(
            SECTION, GEOGRAPHY.corridors, GEOGRAPHY.hubs, self._register(), self.sightings, self.told,
            Thresholds(**thresholds),
        )  # fmt: skip

    def _register(self) -> Register:
        acts = [Act("act", "act", "GH", True, (), "", "day", "test")] if self.known else []
        points = []
        for km in self.listed_km:
            at = ROAD.find_km(SECTION.id, km)
            assert at is not None
            stretch = (Stretch(ROAD.id, at - 0.5, at + 0.5),)
            points.append(
                ControlPoint(f"p{km}", "p", "GH", "act", "authorised", "point", None, None, stretch, "t", "t")
            )
        return Register(points, acts)

    def _halt(self, coach: str, operator: str, km: float, start_s: float, end_s: float, beside_m: float) -> None:
        latitude, longitude = SECTION.line.point_at(km)
        ahead = SECTION.line.point_at(km + 0.3)
        north, east = ahead[0] - latitude, ahead[1] - longitude
        length = float(np.hypot(north, east))
        latitude += -east / length * beside_m / METRES_PER_DEGREE
        longitude += north / length * beside_m / METRES_PER_DEGREE
        self._add(
            coach, operator, Halt(
                started_at=moment(start_s), ended_at=moment(end_s), settled_at=moment(end_s + 60), first_seq=1, last_seq=9,
                latitude=latitude, longitude=longitude, spread_m=5.0, fixes=9, corridor_id=ROAD.id,
                km=ROAD.find_km(SECTION.id, km), offset_m=3.0, section_id=SECTION.id, country="GH",
            ),
        )  # fmt: skip

    def _add(self, coach: str, operator: str, fact: SectionPass | Halt | Gap) -> None:
        self.sightings.append(Sighting(coach, operator, fact))
