"""Control stops: what crews reported and what positions show, one stop for each place at which a coach was controlled.

A `ControlStop` is one place; it holds `Control`s, one for each agency: five agencies at a post are one stop. Formalities of
leaving a state are told apart from those of entering one, by the posts of the crossing and never by the line, which
roads touch without crossing. Pure: everything comes with the arguments, what is left out is counted with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

from checkpoints.agencies import find_fault
from checkpoints.checks import Check, Payment, Way, Ways, tidied
from checkpoints.stop_places import CountryAt, Place, place_of, place_of_halt
from tracker.countries import country_at
from tracker.facts import BorderCrossing, Halt, TripRun
from tracker.geo import is_within
from tracker.geography import Geography

# entry, exit: formalities of entering or leaving a state at a declared border post. unsplit: at a post where nothing tells
# the two sides apart. departure: the grouped control at the station.
Formality = Literal["entry", "exit", "unsplit", "departure"]
Seen = Literal["report", "positions", "both"]

SAME_PLACE_M = 500.0  # barriers of several agencies stand within it; two barriers 1 km apart are two stops
SAME_TIME = timedelta(minutes=20)
SAME_POST_TIME = timedelta(hours=14)  # a coach that comes after closing waits for the morning at the post
DOUBLED_TIME = timedelta(minutes=10)  # the same check told twice, by two of the crew
STATION_KM = 3.0  # the station of departure lies this near to where the trip began
STATION_TIME = timedelta(minutes=15)
# A halt at a known place of control is taken for a control when it lasts so long: assumptions between a red light and a meal.
SHORTEST_HALT, LONGEST_HALT = timedelta(seconds=30), timedelta(minutes=60)

IsKnown = Callable[[Halt], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What one agency did at a stop. `reports`: how often it was told, doubles included; `seqs` name them in the log.

    `minutes` is None where no end was reported. `doubts` are codes (`agency_not_in_country`): then `agency` is what was
    said, and nothing is held against that agency.
    """

    agency: str
    observed_at: datetime
    minutes: float | None
    payments: tuple[Payment, ...]
    reasons: tuple[str, ...]
    harassment: tuple[str, ...]
    in_order: bool | None
    reports: int
    seqs: tuple[int, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStop:
    """One coach at one place of control. `controls` is empty where only positions show it, by agency otherwise.

    `minutes` it stood there by positions, else the longest reported check; None where nobody knows.
    """

    stop_id: str
    operator_id: str
    vehicle_id: str
    trip_id: str | None
    direction: str | None
    place: Place
    started_at: datetime
    ended_at: datetime
    minutes: float | None
    seen_by: Seen
    formality: Formality | None
    controls: tuple[Control, ...]
    seqs: tuple[int, int]


@dataclass(slots=True)
class _Open:
    """A stop that is being put together."""

    place: Place
    started_at: datetime
    ended_at: datetime
    formality: Formality | None
    trip: TripRun | None
    halt: tuple[str, Halt] | None = None
    crossing: str | None = None
    is_seen: bool = False
    checks: list[Check] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)


def make_stops(
    checks: Iterable[Check],
    ways: Ways,
    geography: Geography,
    is_known: IsKnown | None = None,
    country_of: CountryAt = country_at,
) -> tuple[list[ControlStop], Mapping[str, int]]:
    """Return the control stops by time and coach, and how many checks were left out, by reason.

    `is_known` says of a halt that it lies at a known place of control away from borders; None: there is none. Reasons:
    those of `checks.tidied`, and `no_place`: nobody said where, and no position of the coach tells.
    """
    left_out: Counter[str] = Counter()
    by_coach: dict[str, list[Check]] = {vehicle_id: [] for vehicle_id in ways}
    for check in tidied(checks, left_out):
        by_coach.setdefault(check.vehicle_id, []).append(check)
    stops: list[ControlStop] = []
    for vehicle_id in sorted(by_coach):
        way = ways.get(vehicle_id, Way())
        found = _told(by_coach[vehicle_id], way, geography, country_of, left_out)
        _seen_at_posts(found, way, geography)
        if is_known is not None:
            _seen_at_known_places(found, way, geography, is_known)
        stops += [_closed(one, vehicle_id, way) for one in found]
    return sorted(stops, key=lambda stop: (stop.started_at, stop.vehicle_id, stop.stop_id)), dict(
        sorted(left_out.items())
    )


def _told(
    checks: Sequence[Check], way: Way, geography: Geography, country_of: CountryAt, left_out: Counter[str]
) -> list[_Open]:
    """Gather a coach's checks at the places they speak of."""
    found: list[_Open] = []
    for check in checks:
        known = place_of(check, way, geography, country_of)
        if known is None:
            left_out["no_place"] += 1
            continue
        place, halt = known
        trip = way.trip_at(check.observed_at)
        crossing = _crossing_at(way, place, check.observed_at, check.until)
        formality = _formality(place, trip, crossing[1] if crossing else None, check, geography)
        started = min(check.observed_at, halt[1].started_at) if halt else check.observed_at
        ended = max(check.until, halt[1].ended_at or check.until) if halt else check.until
        new = _Open(place, started, ended, formality, trip, halt, crossing[0] if crossing else None)
        own = next((one for one in reversed(found) if _is_same(one, new)), None)
        if own is None:
            found.append(own := new)
        elif own.halt is None and halt is not None:
            own.place, own.halt = place, halt
        own.is_seen |= halt is not None
        own.started_at, own.ended_at = min(own.started_at, started), max(own.ended_at, ended)
        own.checks.append(check)
        own.seqs += [check.seq, *((halt[1].first_seq, halt[1].last_seq) if halt else ())]
    return found


def _is_same(one: _Open, other: _Open) -> bool:
    """Say whether a check belongs to a stop that is there: the same halt, post or place, and the same time."""
    gap = max(other.started_at - one.ended_at, one.started_at - other.ended_at, timedelta(0))
    if one.place.post_id or other.place.post_id:
        same_post = one.place.post_id == other.place.post_id and one.formality == other.formality
        return same_post and (one.crossing == other.crossing) and gap <= SAME_POST_TIME
    if one.halt and other.halt:
        return one.halt[0] == other.halt[0]
    if gap > SAME_TIME:
        return False
    here, there = one.place, other.place
    return is_within(here.latitude, here.longitude, there.latitude, there.longitude, SAME_PLACE_M)


def _crossing_at(way: Way, place: Place, start: datetime, end: datetime) -> tuple[str, BorderCrossing] | None:
    for own_id, crossing in way.crossings:
        if place.post_id not in (crossing.exit_post, crossing.entry_post) or place.post_id is None:
            continue
        until = crossing.ended_at or end
        if start <= until + SAME_TIME and end >= crossing.started_at - SAME_TIME:
            return own_id, crossing
    return None


def _formality(
    place: Place, trip: TripRun | None, crossing: BorderCrossing | None, check: Check, geography: Geography
) -> Formality | None:
    """Return what a stop at a border post, or at the station of departure, is for; None for one on the way."""
    if place.post_id is not None:
        return _side(place.post_id, trip, crossing, geography)
    if trip is not None and trip.corridor_id == place.corridor_id and place.km is not None:
        at_station = abs(place.km - trip.start_km) <= STATION_KM and "began_on_the_way" not in trip.remarks
        if at_station and check.observed_at <= trip.started_at + STATION_TIME:
            return "departure"
    return None


def _side(
    post_id: str, trip: TripRun | None, crossing: BorderCrossing | None, geography: Geography
) -> Formality | None:
    """Return the side of a post in the coach's own order: of its crossing, else of its trip's direction."""
    if crossing is not None:
        if crossing.unsplit_s is not None or crossing.exit_post == crossing.entry_post:
            return "unsplit"
        return "exit" if post_id == crossing.exit_post else "entry"
    corridor = geography.find_corridor(trip.corridor_id) if trip else None
    stone = corridor.find_milestone(post_id) if corridor else None
    if stone is None or trip is None or stone.exit_place == stone.entry_place:
        return "unsplit"
    is_first = post_id == (stone.exit_place if trip.direction == "up" else stone.entry_place)
    return "exit" if is_first else "entry"


def _seen_at_posts(found: list[_Open], way: Way, geography: Geography) -> None:
    """Add what positions show of crossings: a stop for each side at which the coach stayed."""
    for own_id, crossing in way.crossings:
        sides: list[tuple[str, Formality, datetime | None, datetime | None]] = [
            (crossing.exit_post, "exit", crossing.exit_arrived_at, crossing.exit_left_at),
            (crossing.entry_post, "entry", crossing.entry_arrived_at, crossing.entry_left_at),
        ]
        if crossing.unsplit_s is not None:
            sides = [(crossing.entry_post, "unsplit", crossing.started_at, crossing.ended_at)]
        for post_id, formality, arrived, left in sides:
            post = geography.find_post(post_id)
            if arrived is None or post is None or (left is not None and left - arrived < SHORTEST_HALT):
                continue
            told = [one for one in found if one.crossing == own_id and one.formality == formality]
            if told:
                told[0].started_at = min(told[0].started_at, arrived)
                told[0].ended_at = max(told[0].ended_at, left or arrived)
                told[0].seqs += [crossing.first_seq, crossing.last_seq]
                told[0].is_seen = True
                continue
            corridor = geography.find_corridor(crossing.corridor_id)
            section = corridor.passage_at(crossing.km).section.id if corridor and corridor.passages else None
            latitude, longitude = post.crossing or (post.latitude, post.longitude)
            place = Place(
                latitude=latitude, longitude=longitude, basis="halt", corridor_id=crossing.corridor_id, km=crossing.km,
                section_id=section, country=post.country, post_id=post_id,
            )  # fmt: skip
            new = _Open(place, arrived, left or arrived, formality, way.trip_at(arrived), None, own_id)
            new.seqs = [crossing.first_seq, crossing.last_seq]
            found.append(new)


def _seen_at_known_places(found: list[_Open], way: Way, geography: Geography, is_known: IsKnown) -> None:
    """Add halts at places of control that are known, which nobody reported."""
    told = {one.halt[0] for one in found if one.halt}
    for own_id, halt in way.halts:
        if own_id in told or halt.post_id is not None or halt.ended_at is None:
            continue
        if SHORTEST_HALT <= halt.ended_at - halt.started_at <= LONGEST_HALT and is_known(halt):
            place, trip = place_of_halt(own_id, halt, geography), way.trip_at(halt.started_at)
            new = _Open(place, halt.started_at, halt.ended_at, None, trip, (own_id, halt))
            new.seqs = [halt.first_seq, halt.last_seq]
            found.append(new)


def _closed(one: _Open, vehicle_id: str, way: Way) -> ControlStop:
    groups: dict[str, list[Check]] = {}
    for check in one.checks:
        groups.setdefault(check.agency, []).append(check)
    controls = tuple(_control(agency, groups[agency], one.place.country) for agency in sorted(groups))
    minutes: float | None = max((c.minutes for c in controls if c.minutes is not None), default=None)
    if not one.checks or one.is_seen:
        minutes = (one.ended_at - one.started_at).total_seconds() / 60
    seen: Seen = "positions" if not one.checks else "both" if one.is_seen else "report"
    operator_id = one.checks[0].operator_id if one.checks else way.operator_id
    trip_id = next((c.trip_id for c in one.checks if c.trip_id), one.trip.trip_id if one.trip else None)
    name = repr((vehicle_id, one.started_at, one.place.post_id, one.formality, round(one.place.latitude, 4)))
    return ControlStop(
        stop_id=blake2b(name.encode(), digest_size=8).hexdigest(), operator_id=operator_id, vehicle_id=vehicle_id,
        trip_id=trip_id, direction=one.trip.direction if one.trip else None, place=one.place,
        started_at=one.started_at, ended_at=one.ended_at, minutes=minutes, seen_by=seen, formality=one.formality,
        controls=controls, seqs=(min(one.seqs), max(one.seqs)),
    )  # fmt: skip


def _control(agency: str, checks: Sequence[Check], country: str | None) -> Control:
    """Join the checks of one agency at one stop: what is told twice counts once, what differs is kept."""
    payments: Counter[Payment] = Counter()
    telling: Counter[Payment] = Counter()  # of the same check
    before = checks[0].observed_at
    for check in checks:
        if check.observed_at - before > DOUBLED_TIME:
            payments, telling = payments + telling, Counter()
        before, telling = check.observed_at, telling | Counter(check.payments)
    payments += telling
    lengths = [(c.ended_at - c.observed_at).total_seconds() / 60 for c in checks if c.ended_at]
    fault = find_fault(agency, country, checks[0].observed_at.date())
    said = [c.in_order for c in checks if c.in_order is not None]
    return Control(
        agency=agency, observed_at=checks[0].observed_at, minutes=max(lengths, default=None),
        payments=tuple(payments.elements()), reasons=tuple(sorted({r for c in checks for r in c.reasons})),
        harassment=tuple(sorted({h for c in checks for h in c.harassment})), in_order=all(said) if said else None,
        reports=len(checks), seqs=tuple(c.seq for c in checks), doubts=(fault.code,) if fault else (),
    )  # fmt: skip
