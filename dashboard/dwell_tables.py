"""How long coaches stand at a border post: by direction and agency, positions beside the log, by hour of day and week. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timezone

from checkpoints.post_stays import HourOfWeek
from tracker.dwell_readings import DwellReading as Dwell

DIRECTIONS = ("exit", "entry", "unsplit")
FEW = 5

# The bars of a day, in pixels.
BAR_PX, TALL_PX, SIDE_PX, TOP_PX, FOOT_PX = 34.0, 160.0, 78.0, 10.0, 26.0
STEPS_MIN = (5, 10, 15, 30, 60, 120, 240, 480)


@dataclass(frozen=True, slots=True)
class DwellRow:
    """One line of the table: `agency` is None for positions, which do not know whose desk a coach stands at."""

    direction: str
    agency: str | None
    reading: Dwell

    @property
    def is_few(self) -> bool:
        """Say whether too few stand behind the figures."""
        return self.reading.n < FEW

    @property
    def late_share(self) -> float:
        """Share of what was delivered late."""
        return self.reading.late_n / self.reading.n if self.reading.n else 0.0


def dwell_rows(seen: Iterable[Dwell], logged: Iterable[Dwell]) -> list[DwellRow]:
    """Return the lines of the table: by direction, positions first, then agencies by name."""
    rows = [DwellRow(r.direction, None, r) for r in seen if r.n]
    rows += [DwellRow(r.direction, getattr(r, "agency", None), r) for r in logged if r.n]
    return sorted(rows, key=lambda row: (DIRECTIONS.index(row.direction), row.agency is not None, row.agency or ""))


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour of the day: the median as a bar, the 95th percentile as a line above it. `reading` None: no coach."""

    hour: int
    x: float
    reading: Dwell | None
    top: float
    height: float
    whisker: float | None


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of one direction, with the scale at their left (minutes)."""

    direction: str
    width: float
    height: float
    bars: list[Bar]
    ticks: list[tuple[float, int]]
    floor: float


def make_bars(readings: Sequence[Dwell], direction: str, zone: timezone) -> Bars | None:
    """Return the bars of a direction by local hour; None where nothing was seen at all."""
    by_hour = {r.start.astimezone(zone).hour: r for r in readings if r.direction == direction and r.n}
    tallest = max((r.p95_s or r.p50_s or 0.0 for r in by_hour.values()), default=0.0) / 60
    if not tallest:
        return None
    step = next((s for s in STEPS_MIN if tallest / s <= 4.5), STEPS_MIN[-1])
    top = step * (int(tallest / step) + 1)
    floor = TOP_PX + TALL_PX

    def y(minutes: float) -> float:
        return round(floor - minutes / top * TALL_PX, 1)

    bars = []
    for hour in range(24):
        reading = by_hour.get(hour)
        median = (reading.p50_s or 0.0) / 60 if reading else 0.0
        whisker = y(reading.p95_s / 60) if reading and reading.p95_s is not None else None
        bars.append(Bar(hour, SIDE_PX + hour * BAR_PX, reading, y(median), round(floor - y(median), 1), whisker))
    ticks = [(y(minutes), minutes) for minutes in range(0, top + 1, step)]
    return Bars(direction, SIDE_PX + 24 * BAR_PX + 8, floor + FOOT_PX, bars, ticks, floor)


@dataclass(frozen=True, slots=True)
class WeekTable:
    """The hours of the week of one direction: `rows` are its days from Monday, each with 24 hours; None: no coach."""

    direction: str
    rows: list[list[HourOfWeek | None]]
    longest_s: float

    def shade(self, cell: HourOfWeek) -> int:
        """Return how dark a cell is, 0 to 4, against the longest wait of the week."""
        return min(4, int(5 * cell.p50_s / self.longest_s)) if self.longest_s else 0


def week_tables(hours: Iterable[HourOfWeek]) -> list[WeekTable]:
    """Return a table for each direction in which coaches came."""
    by_direction: dict[str, dict[tuple[int, int], HourOfWeek]] = {}
    for one in hours:
        by_direction.setdefault(one.direction, {})[one.weekday, one.hour] = one
    return [
        WeekTable(
            direction, [[cells.get((day, hour)) for hour in range(24)] for day in range(7)],
            max(one.p50_s for one in cells.values()),
        )
        for direction, cells in by_direction.items()
    ]  # fmt: skip
