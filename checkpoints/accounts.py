"""Accounts: everything that is counted of one trip, by state and agency: time, money, controls, kilometres. Pure.

OPA's three indicators are sums of these: controls, illicit payments, control time. Counted are trips whose sheet is closed
and of which positions heard `COVERED` at least (`care.md`, section 3); others have an account too, and do not count.
Whether *coach and crew were in order* is what the operator declared, and what no control of the trip denied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Literal

from checkpoints.control_stops import ControlStop
from checkpoints.crossing_sides import CrossingSide
from checkpoints.reconciliation import ReconciledCrossing
from checkpoints.trip_account import Incident, Share, claims, country_of_post, spend
from tracker.corridors import Corridor
from tracker.facts import Gap, Halt, TripRun

COVERED = 0.9
Where = Literal["road", "border"]


@dataclass(frozen=True, slots=True)
class Paid:
    """Payments of one sort on a trip. `cents`: hundredths of the currency; `payments`: how many there were.

    `observatory_only`: the crew does not want its operator to see them.
    """

    country: str | None
    agency: str | None
    where: Where
    basis: str
    payer: str
    currency: str
    cents: int
    payments: int
    observatory_only: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """Controls on a trip by one agency (None: not known whose) in one state. `by`: report, positions, both, log.

    `stops`: places of control, told once for each, under the first agency there: five agencies at one place are one stop.
    """

    country: str | None
    agency: str | None
    where: Where
    formality: str | None
    by: str
    controls: int
    stops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TripAccount:
    """One trip's account. `metres` by state. `heard`: which sources told of each stop, by where it was and who told:
    letters of g (positions), c (crew), l (log), as `road:gc`."""

    trip_key: str
    trip_id: str
    vehicle_id: str
    operator_id: str
    corridor_id: str
    direction: str
    started_at: datetime
    ended_at: datetime
    in_order: bool | None
    is_closed: bool
    silent_share: float
    countries: tuple[str | None, ...]
    metres: Mapping[str | None, int]
    time: tuple[Share, ...]
    money: tuple[Paid, ...]
    controls: tuple[Counted, ...]
    heard: Mapping[tuple[str | None, str], int]
    first_seq: int
    last_seq: int

    @property
    def counts(self) -> bool:
        """Say whether it belongs to the denominator of the indicators."""
        return self.is_closed and self.silent_share <= 1 - COVERED

    @property
    def seconds(self) -> int:
        """The whole time; what `time` adds up to."""
        return round(self.ended_at.timestamp()) - round(self.started_at.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the operator's sheet says that an account needs."""

    in_order: bool | None = None
    is_closed: bool = False


def make_account(
    trip_key: str,
    run: TripRun,
    vehicle_id: str,
    operator_id: str,
    declared: Declared | None,
    corridor: Corridor | None,
    stops: Sequence[ControlStop],
    crossings: Sequence[ReconciledCrossing],
    halts: Sequence[Halt],
    gaps: Iterable[Gap],
    incidents: Iterable[Incident],
    is_known: Callable[[ControlStop], bool],
) -> TripAccount:
    """Return the account of a finished trip. `stops` are those of its time, the grouped control before it included.

    `is_known` says of a stop on the road that it lies where the register knows of a control, so that positions alone
    would have told of it: only there are they a source of their own.

    Raises:
        ValueError: the trip is not over.
    """
    if run.ended_at is None:
        raise ValueError("an account is of a finished trip")
    passed = [c for c in crossings if c.state == "crossed" and run.started_at <= c.started_at <= run.ended_at]
    countries = _countries(run, corridor, passed)
    metres = _metres(run, corridor)
    denied = any(control.in_order is False for stop in stops for control in stop.controls)
    said = declared.in_order if declared is not None else None
    whole = max(1.0, (run.ended_at - run.started_at).total_seconds())
    return TripAccount(
        trip_key=trip_key, trip_id=run.trip_id, vehicle_id=vehicle_id, operator_id=operator_id,
        corridor_id=run.corridor_id, direction=run.direction, started_at=run.started_at.astimezone(UTC),
        ended_at=run.ended_at.astimezone(UTC), in_order=False if denied else said,
        is_closed=declared is not None and declared.is_closed, silent_share=run.silent_s / whole,
        countries=tuple(country for _, country in countries), metres=metres,
        time=spend(run.started_at, run.ended_at, claims(stops, crossings, halts, gaps, incidents), countries, metres),
        money=_money(stops), controls=_controls(stops, crossings), heard=_heard(stops, crossings, is_known),
        first_seq=min([run.first_seq, *(stop.seqs[0] for stop in stops)]),
        last_seq=max([run.last_seq, *(stop.seqs[1] for stop in stops)]),
    )  # fmt: skip


def _countries(
    run: TripRun, corridor: Corridor | None, passed: Sequence[ReconciledCrossing]
) -> list[tuple[datetime, str | None]]:
    start = corridor.country_at(run.start_km) if corridor is not None and corridor.passages else None
    found: list[tuple[datetime, str | None]] = [(run.started_at, start)]
    for crossing in sorted(passed, key=lambda c: c.started_at):
        post_id = crossing.entry.post_id
        at = crossing.line_at or crossing.exit.seen.left_at or crossing.entry.seen.arrived_at or crossing.ended_at
        found.append((at, country_of_post(post_id)))
    return found


def _metres(run: TripRun, corridor: Corridor | None) -> dict[str | None, int]:
    low, high = sorted((run.start_km, run.end_km))
    if corridor is None or not corridor.passages:
        return {None: round((high - low) * 1000)}
    edges = sorted({low, high, *(m.km for m in corridor.borders if low < m.km < high)})
    found: Counter[str | None] = Counter()
    for start, end in pairwise(edges):
        found[corridor.country_at((start + end) / 2)] += round((end - start) * 1000)
    return dict(found)


def _where(stop: ControlStop) -> Where:
    return "road" if stop.formality in (None, "departure") else "border"


def _agency(control: Any) -> str | None:
    return None if control.doubts or control.agency == "unknown" else str(control.agency)


def _money(stops: Iterable[ControlStop]) -> tuple[Paid, ...]:
    sums: dict[tuple[Any, ...], list[int]] = {}
    for stop in stops:
        for control in stop.controls:
            for payment in control.payments:
                key = (stop.place.country, _agency(control), _where(stop), payment.basis, payment.payer or "unknown",
                       payment.currency, payment.observatory_only)  # fmt: skip
                total = sums.setdefault(key, [0, 0])
                total[0] += round(payment.amount * 100) * payment.count
                total[1] += payment.count
    return tuple(Paid(*key[:6], *sums[key], *key[6:]) for key in sorted(sums, key=_plain))


def _controls(stops: Iterable[ControlStop], crossings: Iterable[ReconciledCrossing]) -> tuple[Counted, ...]:
    """Return the controls: on the road those of stops, at borders those of crossings, and of stops that no crossing holds."""
    found: dict[tuple[Any, ...], list[int]] = {}

    def add(country: str | None, agencies: Sequence[str | None], where: Where, formality: str | None, by: str) -> None:
        for number, agency in enumerate(agencies or [None]):
            total = found.setdefault((country, agency, where, formality, by), [0, 0])
            total[0] += 1
            total[1] += number == 0

    held: set[int] = set()
    for crossing in crossings:
        for formality, side, by in _sides(crossing):
            agencies = sorted({desk.agency for desk in side.desks} | {told.agency for told in side.told} - {"unknown"})
            add(country_of_post(side.post_id), agencies, "border", formality, by)
        held |= {told.seq for side in (crossing.exit, crossing.entry) for told in side.told}
    for stop in stops:
        if _where(stop) == "road" or (stop.controls and not held & {seq for c in stop.controls for seq in c.seqs}):
            add(stop.place.country, [_agency(c) for c in stop.controls], _where(stop), stop.formality, stop.seen_by)
    return tuple(Counted(*key, *found[key]) for key in sorted(found, key=_plain))


def _sides(crossing: ReconciledCrossing) -> Iterable[tuple[str, CrossingSide, str]]:
    """Yield the sides at which the coach was controlled, and who says so: the crew, the post's log, or positions alone."""
    sides = (("exit", crossing.exit), ("entry", crossing.entry))
    found = [
        (name, side, "report" if side.told else "log" if side.desks else "positions")
        for name, side in sides
        if side.desks or side.told or side.seen.seconds is not None
    ]
    return found or ([("unsplit", crossing.entry, "positions")] if crossing.unsplit_s is not None else [])


def _heard(
    stops: Iterable[ControlStop],
    crossings: Iterable[ReconciledCrossing],
    is_known: Callable[[ControlStop], bool],
) -> dict[tuple[str | None, str], int]:
    """Return by state how many places of control were told by which sources: what capture and recapture count."""
    found: Counter[tuple[str | None, str]] = Counter()
    for stop in stops:
        if stop.formality is None:
            letters = ("g" if stop.seen_by != "report" and is_known(stop) else "") + ("c" if stop.controls else "")
            if letters:
                found[stop.place.country, f"road:{letters}"] += 1
    for crossing in crossings:
        for side in (crossing.exit, crossing.entry):
            letters = "g" if side.seen.seconds is not None or (crossing.unsplit_s is not None) else ""
            letters += ("c" if side.told else "") + ("l" if side.desks else "")
            if letters and side.post_id:
                found[country_of_post(side.post_id), f"border:{letters}"] += 1
    return dict(found)


def _plain(key: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple("" if part is None else str(part) for part in key)
