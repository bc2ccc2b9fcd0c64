"""Flow on a corridor's sections, by direction and by hour of the day, ready to be printed. Pure.

A section nobody passed has no figures: *no coach passed* is not a speed of zero. Whoever reads a figure finds how many
passages it rests on, how old the newest is, and how many of them were delivered late, beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dashboard.along import direction_on, sees_country
from tracker.corridors import Corridor
from tracker.countries import zone_of
from tracker.geography import Geography
from tracker.scope import Action, Scope
from tracker.section_hours import FlowReading
from tracker.sections import Passage

FEW = 5  # fewer passages than this are marked: a percentile of them says little
CLASSES = (0.9, 0.75, 0.6, 0.4)  # shares of free-flow speed at which the colour changes, from flowing to standing


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One section of a corridor in one direction of the corridor. `reading` is None where no coach passed."""

    passage: Passage
    direction: str  # up: away from the corridor's origin
    reading: FlowReading | None
    is_shown: bool

    @property
    def share(self) -> float | None:
        """Median speed as a share of free flow."""
        r = self.reading
        return r.median_kmh / r.free_kmh if r and r.free_kmh and r.median_kmh is not None else None

    @property
    def is_few(self) -> bool:
        """Say whether too few passages stand behind the figures."""
        return self.reading is not None and self.reading.trips < FEW


@dataclass(frozen=True, slots=True)
class HourRow:
    """One section in one direction: a reading for each local hour of the day, None where no coach passed."""

    passage: Passage
    direction: str
    hours: list[FlowReading | None]
    is_shown: bool


def flow_class(share: float | None) -> int | None:
    """Return 0 (flowing) to 4 (nearly standing) for a share of free-flow speed; None where it is not known."""
    return None if share is None else sum(share < bound for bound in CLASSES)


def sees_section(scope: Scope, section_id: str, geography: Geography) -> bool:
    """Say whether the viewer may see figures of a section; those of a restricted one perhaps later (`visible_figures`)."""
    section = geography.sections.get(section_id)
    return section is not None and scope.may(Action.VIEW_POSITIONS) and sees_country(scope, section.country)


def flow_rows(corridor: Corridor, readings: Iterable[FlowReading], geography: Geography, scope: Scope) -> list[FlowRow]:
    """Return both directions of every section of a corridor, in the order of its kilometres."""
    found: dict[tuple[str, str | None], FlowReading] = {
        (r.section_id, direction_on(corridor, r.section_id, r.direction)): r for r in readings
    }
    rows = []
    for passage in corridor.passages:
        shown = sees_section(scope, passage.section.id, geography)
        for direction in ("up", "down"):
            reading = found.get((passage.section.id, direction)) if shown else None
            rows.append(FlowRow(passage, direction, reading, shown))
    return rows


def hour_rows(
    corridor: Corridor,
    readings: Iterable[FlowReading],
    direction: str,
    geography: Geography,
    scope: Scope,
) -> list[HourRow]:
    """Return every section of a corridor in one of its directions, by the hour of the day in the section's own zone."""
    cells: dict[tuple[str, int], FlowReading] = {}
    for reading in readings:
        section = geography.sections.get(reading.section_id)
        if section is not None and direction_on(corridor, reading.section_id, reading.direction) == direction:
            cells[reading.section_id, reading.start.astimezone(zone_of(section.country)).hour] = reading
    rows = []
    for passage in corridor.passages:
        shown = sees_section(scope, passage.section.id, geography)
        hours = [cells.get((passage.section.id, hour)) if shown else None for hour in range(24)]
        rows.append(HourRow(passage, direction, hours, shown))
    return rows


@dataclass(frozen=True, slots=True)
class CorridorLine:
    """A corridor in the list of corridors: what runs on it. `slowest` is the row farthest below free flow."""

    corridor: Corridor
    trips: int
    sections_with_trips: int
    newest_at: datetime | None
    slowest: FlowRow | None
    is_shown: bool


def corridor_line(corridor: Corridor, rows: list[FlowRow]) -> CorridorLine:
    """Return a corridor's line. Its trips are those of its busiest section: a sum would count a coach many times."""
    read = [row for row in rows if row.reading]
    by_section: dict[str, int] = {}
    for row in read:
        assert row.reading is not None
        by_section[row.passage.section.id] = by_section.get(row.passage.section.id, 0) + row.reading.trips
    steady = [row for row in read if not row.is_few and row.share is not None]
    return CorridorLine(
        corridor=corridor,
        trips=max(by_section.values(), default=0),
        sections_with_trips=len(by_section),
        newest_at=max((row.reading.newest_at for row in read if row.reading and row.reading.newest_at), default=None),
        slowest=min(steady, key=lambda row: row.share or 0.0, default=None),
        is_shown=any(row.is_shown for row in rows),
    )
