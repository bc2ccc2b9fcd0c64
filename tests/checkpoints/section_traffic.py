"""Coaches driven through one section of the shipped roads at 60 km/h, halting where a test says: facts, no simulator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from checkpoints.control_points import Act, ControlPoint, Register, Stretch
from checkpoints.explanations import Told
from checkpoints.thresholds import Thresholds
from checkpoints.unlisted import Looked, look_at
from tests.tracker.places_of_truth import shipped
from tracker.fact_rows import Sighting
from tracker.facts import STRETCH_KM, Gap, Halt, SectionPace, SectionPass, moment
from tracker.geo import METRES_PER_DEGREE
from tracker.sections import Section

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
    section: Section = SECTION

    def drive(
        self,
        at_s: float,
        halts: Sequence[tuple[float, float]] = (),
        coach: str = "bus",
        operator: str = "sti",
        rising: bool = True,
        beside_m: float = 0.0,
        slow: Sequence[tuple[float, float]] = (),
        every_s: float | None = None,
        kmh: Callable[[float], float] = lambda km: SPEED_KMH,
    ) -> list[tuple[float, float]]:
        """Drive one coach through, from `at_s` on, halting at `(km, minutes)`; return when each halt began and ended.

        With `every_s` between fixes its pace is known too: it loses seconds at `(km, seconds)` and drives as `kmh(km)` says.
        """
        length = self.section.length_km
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
                section_id=self.section.id, direction="up" if rising else "down", corridor_id=ROAD.id,
                length_km=length, started_at=moment(at_s), ended_at=moment(clock), settled_at=moment(clock),
                first_seq=1, last_seq=2,
            ),
        )  # fmt: skip
        if every_s is not None:
            self._pace(
                coach, operator, at_s, clock, rising, every_s, [*((km, m * MINUTE) for km, m in halts), *slow], kmh
            )
        return times

    def _pace(
        self,
        coach: str,
        operator: str,
        at_s: float,
        end_s: float,
        rising: bool,
        every_s: float,
        lost: Sequence[tuple[float, float]],
        kmh: Callable[[float], float],
    ) -> None:
        """Say when it passed each cut: evenly but for what it lost, and by `kmh`; the whole pass keeps its own times."""
        cuts = np.arange(int(self.section.length_km / STRETCH_KM) + 1) * STRETCH_KM
        took = np.array([STRETCH_KM / kmh(km + STRETCH_KM / 2) * HOUR for km in cuts[:-1]])
        for km, seconds in lost:
            took[min(took.size - 1, int(km / STRETCH_KM))] += seconds
        passed = np.concatenate(([0.0], np.cumsum(took if rising else took[::-1])))
        passed = passed if rising else passed[::-1]
        self._add(
            coach, operator, SectionPace(
                section_id=self.section.id, direction="up" if rising else "down", every_s=every_s,
                cuts_s=tuple(np.rint(passed).astype(int).tolist()), started_at=moment(at_s), ended_at=moment(end_s),
                settled_at=moment(end_s), first_seq=1, last_seq=2,
            ),
        )  # fmt: skip

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
            self.section, GEOGRAPHY.corridors, GEOGRAPHY.hubs, self._register(), self.sightings, self.told,
            Thresholds(**thresholds),
        )  # fmt: skip

    def _register(self) -> Register:
        acts = [Act("act", "act", self.section.country or "", True, (), "", "day", "test")] if self.known else []
        points = []
        for km in self.listed_km:
            at = ROAD.find_km(self.section.id, km)
            assert at is not None
            stretch = (Stretch(ROAD.id, at - 0.5, at + 0.5),)
            points.append(
                ControlPoint(
                    f"p{km}",
                    "p",
                    self.section.country or "",
                    "act",
                    "authorised",
                    "point",
                    None,
                    None,
                    stretch,
                    "t",
                    "t",
                )
            )
        return Register(points, acts)

    def _halt(self, coach: str, operator: str, km: float, start_s: float, end_s: float, beside_m: float) -> None:
        latitude, longitude = self.section.line.point_at(km)
        ahead = self.section.line.point_at(km + 0.3)
        north, east = ahead[0] - latitude, ahead[1] - longitude
        length = float(np.hypot(north, east))
        latitude += -east / length * beside_m / METRES_PER_DEGREE
        longitude += north / length * beside_m / METRES_PER_DEGREE
        self._add(
            coach, operator, Halt(
                started_at=moment(start_s), ended_at=moment(end_s), settled_at=moment(end_s + 60), first_seq=1, last_seq=9,
                latitude=latitude, longitude=longitude, spread_m=5.0, fixes=9, corridor_id=ROAD.id,
                km=ROAD.find_km(self.section.id, km), offset_m=3.0, section_id=self.section.id, country=self.section.country,
            ),
        )  # fmt: skip

    def _add(self, coach: str, operator: str, fact: SectionPass | SectionPace | Halt | Gap) -> None:
        self.sightings.append(Sighting(coach, operator, fact))
