"""Where everything of a corridor strip lies on the paper, in pixels: scales, labels that do not collide, lines. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from dashboard.map_places import name_of_place
from dashboard.strips import CoachLine, Mark, Strip
from tracker.corridors import Milestone
from tracker.countries import zone_of
from tracker.geography import Geography

HOUR_PX = 36.0
LEFT, RIGHT, FOOT = 58.0, 58.0, 30.0
LEAST_WIDTH, KM_PX = 900.0, 0.85  # long corridors get more room, so that places stay apart
LETTER_PX, BOLD_PX, ROW_PX, LABEL_GAP = 6.7, 7.5, 17.0, 12.0
BORDER_ZONE_KM = 4.0  # the band drawn around a border: formalities spread over some kilometres (an assumption)
LEAST_ZONE_PX, LEAST_MARK_PX = 12.0, 3.0

Across = Callable[[float], float]
Down = Callable[[datetime], float]


@dataclass(frozen=True, slots=True)
class Place:
    """A labelled vertical: a hub, or a border with the post of each side. `row` counts label lines from the paper up."""

    kind: str  # hub, border
    words: str
    km: float
    x: float
    label_x: float
    label_y: float
    zone: tuple[float, float] | None  # left edge and width of a border's band


@dataclass(frozen=True, slots=True)
class Hour:
    """A horizontal line: the same moment in the zone at the left and in the one at the right."""

    y: float
    left: str
    right: str
    is_strong: bool


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A halt on the paper."""

    x: float
    y: float
    height: float
    mark: Mark


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A coach on the paper: SVG paths of what was driven and what was silent, and its halts."""

    line: CoachLine
    driven: str
    silent: str
    marks: list[DrawnMark]
    tip: tuple[float, float, float] | None  # the arrow at its end: x, y, degrees; None where it goes on tomorrow


@dataclass(frozen=True, slots=True)
class Drawing:
    """A strip on the paper. `zones`: the zone of the left scale and of the right one, None where they are one."""

    width: float
    height: float
    top: float
    left: float
    right: float
    bottom: float
    places: list[Place]
    hours: list[Hour]
    lines: list[DrawnLine]
    ticks: list[tuple[float, int]]
    now_y: float | None
    zones: tuple[timezone, timezone | None]


def draw(strip: Strip, geography: Geography) -> Drawing:
    """Return the drawing of a strip."""
    corridor = strip.corridor
    inner = max(LEAST_WIDTH, corridor.length_km * KM_PX)
    start, span = corridor.line.start_km, max(corridor.length_km - corridor.line.start_km, 1.0)

    def x(km: float) -> float:
        return round(LEFT + (km - start) / span * inner, 1)

    places, top = _places(corridor.milestones, x, geography, LEFT + inner + RIGHT)
    hours = strip.window.shift.total_seconds() / 3600

    def y(at: datetime) -> float:
        return round(top + (at - strip.window.since).total_seconds() / 3600 * HOUR_PX, 1)

    bottom = top + hours * HOUR_PX
    zones = [zone_of(code) for code in corridor.kilometres_by_country()]
    other = next((zone for zone in reversed(zones) if zone.utcoffset(None)), None)
    return Drawing(
        width=LEFT + inner + RIGHT,
        height=bottom + FOOT,
        top=top,
        left=LEFT,
        right=LEFT + inner,
        bottom=bottom,
        places=places,
        hours=[_hour(strip.window.since + timedelta(hours=n), y, other) for n in range(int(hours) + 1)],
        lines=[_line(line, x, y, strip.window.until) for line in strip.lines],
        ticks=_ticks(start, corridor.length_km, x),
        now_y=y(strip.now) if strip.window.since < strip.now < strip.window.until else None,
        zones=(UTC, other),
    )


def _places(
    milestones: tuple[Milestone, ...], x: Across, geography: Geography, width: float
) -> tuple[list[Place], float]:
    """Lay the labels in rows, each in the first one where it collides with none; return them and where the paper starts."""
    chosen: list[tuple[Milestone, str]] = []
    for stone in milestones:
        if stone.kind == "border":
            sides = dict.fromkeys(name_of_place(p, geography) for p in (stone.exit_place, stone.entry_place))
            chosen.append((stone, " / ".join(sides)))
        elif (hub := geography.hubs.get(stone.exit_place)) is None or hub.kind == "city":
            chosen.append((stone, name_of_place(stone.exit_place, geography)))
    ends: list[float] = []
    laid = []
    for stone, words in chosen:
        half = len(words) * (BOLD_PX if stone.kind == "border" else LETTER_PX) / 2
        middle = min(max(x(stone.km), half + 4), width - half - 4)
        row = next((n for n, end in enumerate(ends) if middle - half > end + LABEL_GAP), len(ends))
        if row == len(ends):
            ends.append(0.0)
        ends[row] = middle + half
        laid.append((stone, words, middle, row))
    top = len(ends) * ROW_PX + 34
    places = []
    for stone, words, middle, row in laid:
        zone = None
        if stone.kind == "border":
            low, high = x(stone.km - BORDER_ZONE_KM), x(stone.km + BORDER_ZONE_KM)
            wide = max(high - low, LEAST_ZONE_PX)
            zone = (round((low + high - wide) / 2, 1), round(wide, 1))
        places.append(
            Place(stone.kind, words, stone.km, x(stone.km), round(middle, 1), round(top - 30 - row * ROW_PX, 1), zone)
        )
    return places, top


def _hour(at: datetime, y: Down, other: timezone | None) -> Hour:
    right = at.astimezone(other) if other else at
    return Hour(y(at), at.strftime("%H:%M"), right.strftime("%H:%M"), at.hour % 6 == 0)


def _line(line: CoachLine, x: Across, y: Down, midnight: datetime) -> DrawnLine:
    def path(kind: str) -> str:
        parts: list[str] = []
        before: tuple[float, float] | None = None
        for stroke in line.strokes:
            if stroke.kind != kind:
                continue
            start, end = (x(stroke.from_km), y(stroke.since)), (x(stroke.to_km), y(stroke.until))
            parts.append(f"L{end[0]} {end[1]}" if start == before else f"M{start[0]} {start[1]}L{end[0]} {end[1]}")
            before = end
        return "".join(parts)

    marks = [
        DrawnMark(x(m.km), y(m.since), round(max(y(m.until) - y(m.since), LEAST_MARK_PX), 1), m) for m in line.marks
    ]
    moving = [s for s in line.strokes if x(s.from_km) != x(s.to_km)]
    end = x(line.ends[1]), y(line.until)
    turn = 0.0
    if moving:
        last = moving[-1]
        turn = 90.0 if last.to_km > last.from_km else -90.0
    tip = (*end, turn) if line.until < midnight else None
    return DrawnLine(line, path("driving"), path("silent"), marks, tip)


def _ticks(start: float, length: float, x: Across) -> list[tuple[float, int]]:
    step = 50 if length < 700 else 100
    return [(x(km), km) for km in range(0, int(length) + 1, step) if km >= start]
