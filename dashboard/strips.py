"""The corridor strip: kilometres from left to right, the hours of a day from top to bottom, each coach a line. Pure.

Lines are drawn through what the steps found out (starts, ends of sections, halts, silences), not through fixes, so the
cost does not depend on how many positions lie in the log. Where a barrier stands, marks gather below one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise

from dashboard.along import carry
from dashboard.windows import Window
from tracker.corridors import Corridor
from tracker.geography import Geography
from tracker.sightings import CoachNow, GapRow, HaltRow, SectionPassRow, TripRunRow

DRIVING, SILENT = "driving", "silent"


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight piece of a coach's line, between two moments and kilometres of the strip's corridor."""

    kind: str  # driving, or silent
    since: datetime
    until: datetime
    from_km: float
    to_km: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A halt: `since` to `until`, cut to the strip's day; `minutes` is its whole length."""

    since: datetime
    until: datetime
    km: float
    minutes: float
    at_border: bool
    post_id: str | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class CoachLine:
    """One coach on one trip, within the day and the stretch that the viewer may see."""

    trip_id: str
    vehicle_id: str
    operator_id: str
    direction: str  # `up` away from the corridor's origin, `down` towards it
    is_inferred: bool
    strokes: list[Stroke]
    marks: list[Mark]

    @property
    def since(self) -> datetime:
        """When it is first seen on the strip."""
        return min([stroke.since for stroke in self.strokes] + [mark.since for mark in self.marks])

    @property
    def until(self) -> datetime:
        """When it is last seen on the strip."""
        return max([stroke.until for stroke in self.strokes] + [mark.until for mark in self.marks])

    @property
    def ends(self) -> tuple[float, float]:
        """Where it is first and last seen, in kilometres of the corridor."""
        places = [(s.since, s.from_km) for s in self.strokes] + [(s.until, s.to_km) for s in self.strokes]
        places += [(m.since, m.km) for m in self.marks] + [(m.until, m.km) for m in self.marks]
        return min(places)[1], max(places)[1]

    @property
    def halted_s(self) -> float:
        """Seconds it stood still within the day."""
        return sum((mark.until - mark.since).total_seconds() for mark in self.marks)

    @property
    def silent_s(self) -> float:
        """Seconds of silence within the day."""
        return sum((s.until - s.since).total_seconds() for s in self.strokes if s.kind == SILENT)


@dataclass(frozen=True, slots=True)
class Strip:
    """A corridor's day."""

    corridor: Corridor
    window: Window
    now: datetime
    lines: list[CoachLine] = field(default_factory=list)

    @property
    def halts(self) -> int:
        """How many marks there are."""
        return sum(len(line.marks) for line in self.lines)


def make_strip(
    corridor: Corridor,
    window: Window,
    now: datetime,
    runs: Iterable[TripRunRow],
    halts: Iterable[HaltRow],
    passes: Iterable[SectionPassRow],
    gaps: Iterable[GapRow],
    coaches: Iterable[CoachNow],
    geography: Geography,
    sees: Callable[[str, datetime, datetime, float, float], bool],
) -> Strip:
    """Return the strip of a day. `sees(operator, since, until, from_km, to_km)` says whether the viewer may see
    that operator's coach between those kilometres then.

    The facts may belong to other corridors that share the road: their kilometres are carried over.
    """
    by_coach: dict[str, list[HaltRow | SectionPassRow | GapRow]] = {}
    facts: list[HaltRow | SectionPassRow | GapRow] = [*halts, *passes, *gaps]
    for fact in facts:
        by_coach.setdefault(fact.vehicle_id, []).append(fact)
    now_by_coach = {coach.vehicle_id: coach for coach in coaches}
    lines = []
    for run in runs:
        end = run.ended_at or now
        own = [
            f for f in by_coach.get(run.vehicle_id, []) if f.started_at < end and (f.ended_at or now) > run.started_at
        ]
        pen = _Pen(corridor, geography, window, now, partial(sees, run.operator_id))
        line = pen.draw(run, own, now_by_coach.get(run.vehicle_id))
        if line is not None:
            lines.append(line)
    return Strip(corridor, window, now, sorted(lines, key=lambda line: (line.since, line.vehicle_id)))


@dataclass(frozen=True, slots=True)
class _Pen:
    """Draws the line of one trip."""

    corridor: Corridor
    geography: Geography
    window: Window
    now: datetime
    sees: Callable[[datetime, datetime, float, float], bool]

    def draw(
        self, run: TripRunRow, facts: Iterable[HaltRow | SectionPassRow | GapRow], coach: CoachNow | None
    ) -> CoachLine | None:
        knots: dict[datetime, float] = {}
        silences: list[tuple[datetime, datetime]] = []
        marks: list[Mark] = []

        def tie(at: datetime | None, corridor_id: str | None, km: float | None) -> None:
            place = self.km_of(corridor_id, km)
            if at is not None and place is not None:
                knots[at] = place

        tie(run.started_at, run.corridor_id, run.start_km)
        tie(run.ended_at, run.corridor_id, run.end_km)
        if run.ended_at is None and coach is not None and coach.observed_at > run.started_at:
            tie(coach.observed_at, coach.corridor_id, coach.km)
        for fact in facts:
            if isinstance(fact, HaltRow):
                tie(fact.started_at, fact.corridor_id, fact.km)
                tie(fact.ended_at, fact.corridor_id, fact.km)
                if (mark := self.mark(fact)) is not None:
                    marks.append(mark)
            elif isinstance(fact, SectionPassRow):
                for at, km in zip((fact.started_at, fact.ended_at), self.ends_of(fact), strict=True):
                    if at is not None and km is not None:
                        knots[at] = km
            elif fact.kind == "lost":
                tie(fact.started_at, fact.corridor_id, fact.from_km)
                tie(fact.ended_at, fact.corridor_id, fact.to_km)
                silences.append((fact.started_at, fact.ended_at or self.now))
        strokes = self.strokes(sorted(knots.items()), silences)
        if not strokes and not marks:
            return None
        first, last = self.km_of(run.corridor_id, run.start_km), self.km_of(run.corridor_id, run.end_km)
        climbs = last - first if first is not None and last is not None else 0.0
        if not climbs:
            climbs = sum(s.to_km - s.from_km for s in strokes)
        return CoachLine(
            run.trip_id,
            run.vehicle_id,
            run.operator_id,
            "up" if climbs >= 0 else "down",
            not run.declared,
            strokes,
            marks,
        )

    def km_of(self, corridor_id: str | None, km: float | None) -> float | None:
        source = self.geography.corridors.get(corridor_id or "")
        return None if source is None or km is None else carry(source, km, self.corridor)

    def ends_of(self, fact: SectionPassRow) -> tuple[float | None, float | None]:
        passage = self.corridor.find_passage(fact.section_id)
        if passage is not None:
            ends = (passage.from_km, passage.to_km)
            return ends if (fact.direction == "up") != passage.is_reversed else ends[::-1]
        return None, None

    def mark(self, halt: HaltRow) -> Mark | None:
        km = self.km_of(halt.corridor_id, halt.km)
        end = halt.ended_at or self.now
        since, until = max(halt.started_at, self.window.since), min(end, self.window.until)
        if km is None or until <= since or not self.sees(since, until, km, km):
            return None
        minutes = (end - halt.started_at).total_seconds() / 60
        return Mark(since, until, km, minutes, halt.post_id is not None, halt.post_id, halt.ended_at is not None)

    def strokes(self, knots: list[tuple[datetime, float]], silences: list[tuple[datetime, datetime]]) -> list[Stroke]:
        """Join neighbouring knots, cut to the day; where the viewer may not see the middle, nothing is drawn."""
        found: list[Stroke] = []
        for (since, from_km), (until, to_km) in pairwise(knots):
            begin, end = max(since, self.window.since), min(until, self.window.until)
            if end <= begin:
                continue
            a, b = _between(since, from_km, until, to_km, begin), _between(since, from_km, until, to_km, end)
            if not self.sees(begin, end, a, b):
                continue
            kind = SILENT if any(s < end and e > begin for s, e in silences if _covers(s, e, begin, end)) else DRIVING
            if (
                found
                and found[-1].kind == kind
                and found[-1].until == begin
                and a == b == found[-1].to_km == found[-1].from_km
            ):
                found[-1] = Stroke(kind, found[-1].since, end, a, b)
            else:
                found.append(Stroke(kind, begin, end, a, b))
        return found


def _covers(since: datetime, until: datetime, begin: datetime, end: datetime) -> bool:
    """Say whether a silence takes up the better part of a stroke."""
    shared = (min(until, end) - max(since, begin)).total_seconds()
    return shared > 0.5 * (end - begin).total_seconds()


def _between(since: datetime, from_km: float, until: datetime, to_km: float, at: datetime) -> float:
    whole = (until - since).total_seconds()
    return from_km + (to_km - from_km) * ((at - since).total_seconds() / whole if whole else 0.0)
