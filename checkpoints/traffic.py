"""The traffic of one section: who drove through it when, and where they stood. What the detection of control places reads.

Everything is in the section's own kilometres, from 0 at its `start`, so that corridors that share a road share their
traffic. Times are seconds since 1970 (UTC). Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from tracker.corridors import Corridor
from tracker.fact_rows import Sighting
from tracker.facts import STRETCH_KM, UNSEEN_S, Fact, Gap, Halt, SectionPace, SectionPass
from tracker.fixes import Bools
from tracker.geo import Floats
from tracker.sections import Section

# What explains a halt by itself, as a code: given the halt, whose it is, and its kilometre on the section.
CauseOf = Callable[[Sighting, Halt, float], str | None]
CREEP_KM, CREEP_S = 1.0, 240.0  # slower than 15 km/h over a kilometre, halts apart: stop and go
GRID_KM = (
    STRETCH_KM  # when a coach was where is kept this finely; a control place's window is a few hundred metres wide
)


TURNED_FIXES = 2


@dataclass(frozen=True, slots=True)
class Stand:
    """One halt on a section, or a passage that was slow. `drive`: the number of the drive it belongs to. `sighting`: the fact
    that shows it. `cause`: a code where it is explained."""

    drive: int
    km: float
    start_s: float
    end_s: float
    latitude: float
    longitude: float
    sighting: Sighting
    cause: str | None = None

    @property
    def minutes(self) -> float:
        """How long it lasted."""
        return (self.end_s - self.start_s) / 60


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """A section's drives (arrays of one length, by time of start) and the stands on them.

    `at_s[i, g]`: when drive `i` was at kilometre `grid[g]`. `seen[i, g]`: whether it was heard of there; where it was not,
    it could have stood unseen. `rising`: in the direction of the section's kilometres. `cut_s[i, g]`: when positions show drive
    `i` at `grid[g]`; NaN: they do not show it (`tracker/paces.py`); `moving_s[i, g]`: how long it took from there to the next
    kilometre of the grid, halts apart; `paces[i]`: the fact that shows it, None: there is none.
    """

    section: Section
    grid: Floats
    vehicles: tuple[str, ...]
    operators: tuple[str, ...]
    rising: Bools
    at_s: Floats
    seen: Bools
    stands: tuple[Stand, ...]
    cut_s: Floats
    moving_s: Floats
    paces: tuple[Sighting | None, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many drives there are."""
        return len(self.vehicles)

    def coaches(self, drives: Iterable[int]) -> set[str]:
        """Return whose drives these are."""
        return {self.vehicles[drive] for drive in drives}

    def companies(self, drives: Iterable[int]) -> set[str]:
        """Return which operators' drives these are."""
        return {self.operators[drive] for drive in drives}

    def beside_s(self, km: float) -> tuple[Floats, Floats]:
        """Return how long each drive moved on the kilometre (`CREEP_KM`) above a place and on that below; NaN: not known."""
        column, size = self.column(km), round(CREEP_KM / GRID_KM)
        above = self.moving_s[:, column + 1 : column + 1 + size].sum(axis=1)
        return above, self.moving_s[:, max(0, column - 1 - size) : max(0, column - 1)].sum(axis=1)

    def not_creeping(self, stands: Iterable[Stand]) -> list[Stand]:
        """Return the stands of coaches that drove freely up to the place and behind it: one that creeps stands anywhere, and
        for as short a time as at a control."""
        kept = []
        for stand in stands:
            above, below = self.beside_s(stand.km)
            if not max(above[stand.drive], below[stand.drive]) >= CREEP_S:  # NaN: not known
                kept.append(stand)
        return kept

    def column(self, km: float) -> int:
        """Return the grid's column nearest to a kilometre."""
        return int(np.clip(round(km / GRID_KM), 0, self.grid.size - 1))


def traffic_of(
    section: Section, corridors: Mapping[str, Corridor], sightings: Iterable[Sighting], cause_of: CauseOf | None = None
) -> Traffic:
    """Gather a section's traffic out of settled facts: whole passes of it, halts on it, and silences.

    Halts outside a whole pass (a coach that began or ended its way within the section) are left out and counted: nobody
    knows how many others passed there likewise.
    """
    passes: list[tuple[Sighting, SectionPass]] = []
    halts: dict[str, list[tuple[Sighting, Halt]]] = defaultdict(list)
    gaps: dict[str, list[Gap]] = defaultdict(list)
    known: dict[tuple[str, str, datetime], Sighting] = {}
    for sighting in sightings:
        fact = sighting.fact
        if fact.ended_at is None:
            continue
        if isinstance(fact, SectionPass) and fact.section_id == section.id:
            passes.append((sighting, fact))
        elif isinstance(fact, SectionPace) and fact.section_id == section.id:
            known[sighting.vehicle_id, fact.direction, fact.started_at] = sighting
        elif isinstance(fact, Halt) and fact.section_id == section.id and fact.km is not None:
            halts[sighting.vehicle_id].append((sighting, fact))
        elif isinstance(fact, Gap) and fact.kind == "lost":
            gaps[sighting.vehicle_id].append(fact)
    passes.sort(key=lambda one: (one[1].started_at, one[0].vehicle_id))
    grid = np.arange(0.0, section.length_km + GRID_KM, GRID_KM)
    size = len(passes)
    at_s, seen = np.zeros((size, grid.size)), np.ones((size, grid.size), dtype=bool)
    cut_s = np.full((size, grid.size), np.nan)
    paces = tuple(known.get((one.vehicle_id, fact.direction, fact.started_at)) for one, fact in passes)
    stands: list[Stand] = []
    used = 0
    for number, (sighting, fact) in enumerate(passes):
        start, end = span_of(fact)
        rising = fact.direction == "up"
        own = []
        for halt_sighting, halt in halts[sighting.vehicle_id]:
            begun, ended = span_of(halt)
            if start - 1 <= begun <= end:
                own.append((begun, ended, _section_km(section.id, corridors, halt), halt_sighting, halt))
        own.sort(key=lambda one: one[0])
        used += len(own)
        knots, kms = [start], [0.0 if rising else section.length_km]
        for begun, ended, km, halt_sighting, halt in own:
            cause = (cause_of and cause_of(halt_sighting, halt, km)) or _hardly_seen(halt, paces[number])
            stands.append(Stand(number, km, begun, ended, halt.latitude, halt.longitude, halt_sighting, cause))
            knots += [max(begun, knots[-1]), max(ended, knots[-1])]
            kms += [km, km]
        knots.append(max(end, knots[-1]))
        kms.append(section.length_km if rising else 0.0)
        order = np.maximum.accumulate(np.array(kms if rising else [-km for km in kms]))
        at_s[number] = np.interp(grid if rising else -grid, order, np.array(knots))
        cut_s[number] = _cuts(paces[number], start, grid.size)
        for gap in gaps[sighting.vehicle_id]:
            low, high = span_of(gap)
            if low < end and high > start:
                seen[number] &= ~((at_s[number] >= low) & (at_s[number] <= high))
    return Traffic(
        section,
        grid,
        tuple(sighting.vehicle_id for sighting, _ in passes),
        tuple(sighting.operator_id for sighting, _ in passes),
        np.array([fact.direction == "up" for _, fact in passes], dtype=bool),
        at_s,
        seen,
        tuple(stands),
        cut_s,
        _moving(cut_s, stands),
        paces,
        {"outside_whole_pass": sum(map(len, halts.values())) - used},
    )


def _moving(cut_s: Floats, stands: Iterable[Stand]) -> Floats:
    took: Floats = np.abs(np.diff(cut_s, axis=1))
    low, high = np.minimum(cut_s[:, :-1], cut_s[:, 1:]), np.maximum(cut_s[:, :-1], cut_s[:, 1:])
    for stand in stands:
        i = stand.drive
        took[i] -= np.clip(np.minimum(high[i], stand.end_s) - np.maximum(low[i], stand.start_s), 0.0, None)
    return took


def _hardly_seen(halt: Halt, pace: Sighting | None) -> str | None:
    """Return `scarcely_seen` where a halt rests on two fixes with others missing between them: the coach may have turned
    meanwhile, as on roads that go out to the next exit and back."""
    if halt.fixes > TURNED_FIXES or halt.ended_at is None or pace is None or not isinstance(pace.fact, SectionPace):
        return None
    is_apart = (halt.ended_at - halt.started_at).total_seconds() > 1.5 * pace.fact.every_s
    return "scarcely_seen" if is_apart else None


def _cuts(pace: Sighting | None, start_s: float, size: int) -> Floats:
    """Return when a drive passed each kilometre of the grid; NaN where it is not known."""
    result = np.full(size, np.nan)
    if pace is not None and isinstance(pace.fact, SectionPace):
        cuts = np.array(pace.fact.cuts_s[:size], dtype=np.float64)
        result[: cuts.size] = np.where(cuts == UNSEEN_S, np.nan, start_s + cuts)
    return result


def span_of(fact: Fact) -> tuple[float, float]:
    """Return when a settled fact began and ended, in seconds since 1970."""
    assert fact.ended_at is not None
    return fact.started_at.timestamp(), fact.ended_at.timestamp()


def _section_km(section_id: str, corridors: Mapping[str, Corridor], halt: Halt) -> float:
    """Return a halt's kilometre on its section, from that on the corridor on which it was located."""
    assert halt.corridor_id is not None
    assert halt.km is not None
    passage = corridors[halt.corridor_id].find_passage(section_id)
    assert passage is not None
    return passage.on_section(halt.km)
