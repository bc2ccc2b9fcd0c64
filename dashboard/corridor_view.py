"""What a corridor's page adds to its flow: its posts, its controls, the flags along it, and its figures by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from checkpoints.account_tables import month_of, start_of
from checkpoints.control_stop_reading import read_stops
from checkpoints.control_stops import ControlStop
from checkpoints.flags import Flag
from checkpoints.indicator_reading import MONTHS, POPULATIONS, read_trend
from checkpoints.indicators import Group
from checkpoints.log_states import SideTally, tally_sides
from checkpoints.post_stays import PostWait
from dashboard.along import direction_on
from dashboard.border_view import read_crossings, wait_of
from dashboard.flow_tables import sees_section
from dashboard.map_flags import read_flags
from dashboard.visible_figures import visible
from dashboard.windows import Window
from tracker.corridors import Corridor
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.restrictions import Where, where_of
from tracker.scope import Action, Scope, names
from tracker.section_hours import FlowReading, read_flow_by_month


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post of the corridor. `waits` None: not for this viewer; `tallies` None: of all coaches, not for operators."""

    km: float
    post: BorderPost
    state: str | None
    waits: list[PostWait] | None
    tallies: list[SideTally] | None

    def share(self, state: str) -> float | None:
        """Return the share of both sides' crossings in a state; None where there are none."""
        n = sum(one.n for one in self.tallies or ())
        return sum(one.counts[state] for one in self.tallies or ()) / n if n else None


@dataclass(frozen=True, slots=True)
class ControlLine:
    """The control stops of one section and agency in a window; `agency` None: positions show them, nobody said whose.

    `minutes`: those spent there, as far as known.
    """

    section_id: str
    agency: str | None
    stops: int
    coaches: int
    minutes: float | None


def post_lines(
    session: Session,
    corridor: Corridor,
    states: Mapping[str, str | None],
    geography: Geography,
    scope: Scope,
    window: Window,
    now: datetime,
) -> list[PostLine]:
    """Return the posts in the order of the corridor, with state, the wait now and the log of a window."""
    posts = [
        (stone.km, geography.get_post(post_id))
        for stone in corridor.borders
        for post_id in dict.fromkeys((stone.exit_place, stone.entry_place))
    ]
    seen = [p.id for _, p in posts if scope.may(Action.VIEW_CROSSINGS, post_id=p.id, country=p.country)]
    crossings = read_crossings(session, seen, geography, scope, now) if seen else []
    is_own = names(scope.operators(Action.VIEW_CROSSINGS)) is not None
    lately = [one for one in crossings if window.since <= one.started_at < window.until]
    return [
        PostLine(
            km, post, states.get(post.id), wait_of(post, crossings, now) if post.id in seen else None,
            tally_sides(post.id, lately) if post.id in seen and not is_own else None,
        )
        for km, post in posts
    ]  # fmt: skip


def control_lines(
    session: Session, corridor: Corridor, geography: Geography, scope: Scope, window: Window
) -> list[ControlLine] | None:
    """Return the controls along a corridor in a window, the most stops first; None where the viewer may not know of them."""
    seeing = Action.VIEW_REPORTS_EXACT
    if not scope.may(seeing):
        return None
    found = read_stops(
        session, window.since, window.until, geography=geography, operators=names(scope.operators(seeing))
    )
    here = {passage.section.id for passage in corridor.passages}
    return sum_controls(
        stop
        for stop in found.stops
        if stop.place.section_id in here
        and scope.may(seeing, country=stop.place.country)
        and not withholds_stop(scope, stop, in_sum=True)
    )


def withholds_stop(scope: Scope, stop: ControlStop, *, in_sum: bool = False) -> bool:
    """Say whether a restricted section keeps a control stop from the viewer, as such or in a sum by section."""
    if not scope.restrictions:
        return False
    return scope.is_withheld(stop.operator_id, where_of(stop.place), stop.started_at, stop.ended_at, in_sum=in_sum)


def sum_controls(stops: Iterable[ControlStop]) -> list[ControlLine]:
    """Return control stops by section and agency; one with two agencies counts for each. Formalities at posts are none."""
    by_place: dict[tuple[str, str | None], list[tuple[str, float | None]]] = defaultdict(list)
    for stop in stops:
        if stop.formality is not None or stop.place.section_id is None:
            continue
        whose: set[str | None] = {one.agency for one in stop.controls}
        for agency in whose or {None}:
            by_place[stop.place.section_id, agency].append((stop.vehicle_id, stop.minutes))
    lines = []
    for (section_id, who), own in by_place.items():
        minutes = [spent for _, spent in own if spent is not None]
        coaches = len({coach for coach, _ in own})
        lines.append(ControlLine(section_id, who, len(own), coaches, sum(minutes) if minutes else None))
    return sorted(lines, key=lambda one: (-one.stops, one.section_id, one.agency or ""))


def flags_along(session: Session, corridor: Corridor, scope: Scope) -> list[Flag]:
    """Return the flags that go on along a corridor, at its posts too, the surest of the gravest first."""
    sections = {passage.section.id for passage in corridor.passages}
    posts = {place for stone in corridor.borders for place in (stone.exit_place, stone.entry_place)}
    return [
        flag
        for flag in read_flags(session, scope)
        if flag.corridor_id == corridor.id or flag.section_id in sections or flag.post_id in posts
    ]


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A corridor's figures of one month; `delays` by direction, where every section that the viewer sees was passed."""

    month: str
    group: Group
    delays: Mapping[str, MonthDelay]


@dataclass(frozen=True, slots=True)
class MonthDelay:
    """The delay against free flow in one direction: the sections' medians added up. `n`: passes of the least passed one."""

    seconds: float
    n: int


def delays_by_month(
    session: Session, corridor: Corridor, geography: Geography, scope: Scope, now: datetime
) -> dict[str, dict[str, MonthDelay]]:
    """Return the delay by month and direction, against the free flow of all of them together."""
    seen = [p.section for p in corridor.passages if sees_section(scope, p.section.id, geography)]
    lengths = {section.id: section.length_km for section in seen}
    operators = names(scope.operators(Action.VIEW_POSITIONS))
    since = start_of(month_of(now) - MONTHS + 1)
    sums: dict[tuple[str, str], list[FlowReading]] = defaultdict(list)

    def read(ids: Collection[str], until: datetime) -> list[FlowReading]:
        return read_flow_by_month(session, {name: lengths[name] for name in ids}, since, until, operators)

    for reading in visible(scope, {name: Where(name) for name in lengths}, since, now, now, read, operators):
        way = direction_on(corridor, reading.section_id, reading.direction)
        if way is not None:
            sums[f"{reading.start:%Y-%m}", way].append(reading)
    found: dict[str, dict[str, MonthDelay]] = defaultdict(dict)
    for (month, towards), own in sorted(sums.items(), reverse=True):
        if len(own) == len(lengths):
            found[month][towards] = MonthDelay(sum(one.delay_median_s for one in own), min(one.trips for one in own))
    return found


def months_of(
    session: Session,
    corridor: Corridor,
    geography: Geography,
    scope: Scope,
    countries: Collection[str] | None,
    now: datetime,
) -> list[MonthLine]:
    """Return the figures of the last months, coach and crew in order, the latest first; months without trips are left out."""
    if not scope.may(Action.VIEW_INDICATORS):
        return []
    delays = delays_by_month(session, corridor, geography, scope, now)
    found = read_trend(
        session, "month", now, corridors=[corridor.id], countries=countries,
        operators=names(scope.operators(Action.VIEW_INDICATORS)),
    )  # fmt: skip
    return [MonthLine(name, one, delays.get(name, {})) for name, one in found if one.population == POPULATIONS[0]]
