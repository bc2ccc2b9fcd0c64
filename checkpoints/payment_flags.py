"""Flags of illicit payments: repeated at one place, with amounts in the money they were paid in.

Only a payment that is known to rest on no listed charge counts (`no_receipt`, `receipt_unlisted`); a listed charge does not,
and of an unknown basis nothing is claimed. One report makes a finding of low confidence, never a certainty.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlmodel import Session

from checkpoints.checks import Payment
from checkpoints.control_stop_reading import read_stops
from checkpoints.control_stops import Control, ControlStop
from checkpoints.crews_word import confidence_of, counts_of, grounds_of
from checkpoints.findings import Evidence, Finding, Ground, Value
from checkpoints.legality import distinct_places
from checkpoints.thresholds import DEFAULT, Thresholds

SUREST = 0.97


@dataclass(frozen=True, slots=True)
class Taking:
    """One control at which something illicit was paid."""

    stop: ControlStop
    control: Control
    payments: tuple[Payment, ...]


class PaymentFlags:
    """Finds places at which payments without a listed charge were reported in the last weeks."""

    name = "illicit_payments"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Ask for as many controls as the thresholds say."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return a finding for each place."""
        since = as_of - self._thresholds.reports_window
        return find_payments(read_stops(session, since, as_of).stops, self._thresholds)


def find_payments(stops: Iterable[ControlStop], thresholds: Thresholds = DEFAULT) -> list[Finding]:
    """Return a finding for each place at which illicit payments were reported; places on no corridor are left out."""
    takings = [
        Taking(stop, control, illicit)
        for stop in stops
        for control in stop.controls
        if (illicit := tuple(p for p in control.payments if p.is_illicit))
    ]
    at_posts: dict[str, list[Taking]] = defaultdict(list)
    on_roads: dict[str, list[Taking]] = defaultdict(list)
    for taking in takings:
        place = taking.stop.place
        if place.post_id is not None:
            at_posts[place.post_id].append(taking)
        elif place.section_id is not None and _km(taking) is not None:
            on_roads[place.section_id].append(taking)
    places = [at_posts[post_id] for post_id in sorted(at_posts)]
    for section_id in sorted(on_roads):
        own = sorted(on_roads[section_id], key=lambda t: (_km(t) or 0.0, t.stop.stop_id, t.control.agency))
        for kilometres in distinct_places([_km(t) or 0.0 for t in own], thresholds.payment_place_km):
            places.append(own[: len(kilometres)])
            own = own[len(kilometres) :]
    enough = [taken for taken in places if len(taken) >= thresholds.payment_least_reports]
    return [_finding(taken, thresholds.payment_repeated) for taken in enough]


def _km(taking: Taking) -> float | None:
    place = taking.stop.place
    return place.section_km if place.section_km is not None else place.km


def amounts(payments: Iterable[Payment]) -> Mapping[str, tuple[int, float, float, float]]:
    """Return by currency how many payments there were, and the least, the median and the greatest of them."""
    by_currency: dict[str, list[float]] = defaultdict(list)
    for payment in payments:
        by_currency[payment.currency].append(payment.amount)
    return {c: (len(own), min(own), median(own), max(own)) for c, own in sorted(by_currency.items())}


def _finding(takings: Sequence[Taking], repeated: int) -> Finding:
    stops = [taking.stop for taking in takings]
    counts = counts_of(stops, len(takings)) | {
        "payments": sum(len(taking.payments) for taking in takings),
        "doubles": sum(taking.control.reports - 1 for taking in takings),
    }
    is_repeated = counts["reports"] >= repeated and counts["coaches"] > 1
    grounds = grounds_of("payments_reported" if is_repeated else "payment_reported_once", counts)
    for currency, (n, least, middle, most) in amounts(p for t in takings for p in t.payments).items():
        values: dict[str, Value] = {"currency": currency, "payments": n, "least": least, "median": middle, "most": most}
        grounds.append(Ground("payment_amounts", values))
    agencies = {taking.control.agency for taking in takings if not taking.control.doubts}
    place = sorted(stops, key=lambda stop: (stop.place.km or 0.0, stop.stop_id))[len(stops) // 2].place
    same = [s.place.km for s in stops if s.place.km is not None and s.place.corridor_id == place.corridor_id]
    return Finding(
        kind="illicit_payment", severity="medium" if is_repeated else "low",
        confidence=confidence_of(grounds, SUREST), started_at=min(s.started_at for s in stops),
        ended_at=max(s.ended_at for s in stops), corridor_id=place.corridor_id, km=place.km,
        from_km=min(same, default=None), to_km=max(same, default=None), section_id=place.section_id,
        section_km=place.section_km, latitude=place.latitude, longitude=place.longitude, country=place.country,
        post_id=place.post_id, agency=next(iter(agencies)) if len(agencies) == 1 else None, counts=counts,
        grounds=tuple(grounds),
        evidence=tuple(
            Evidence("control", str(seq), t.stop.vehicle_id, t.stop.operator_id, t.control.observed_at, None, seq, seq)
            for t in takings
            for seq in t.control.seqs
        ),
    )  # fmt: skip
