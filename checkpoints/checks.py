"""Checks as they were reported, tidied before anything is made of them; what cannot be used is counted with its reason.

Pure. A stop by an armed group is a safety alert to the operator, never a control (`care.md`, section 1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from checkpoints.agencies import ARMED_GROUP
from tracker.countries import list_countries
from tracker.facts import BorderCrossing, Halt, TripRun

# Of the two kinds of basis that make a payment illicit; `listed_charge` is lawful, `unknown` says nothing.
ILLICIT_BASES = frozenset({"no_receipt", "receipt_unlisted"})
# No check of a coach lasts longer; an end later than this was typed wrong and is not used (an assumption).
LONGEST_CHECK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Payment:
    """A sum paid or asked, in its own currency (ISO 4217); `count` times where it was paid by several people.

    `observatory_only`: counted as any other, and not shown to the crew's own operator.
    """

    amount: float
    currency: str
    basis: str = "unknown"
    payer: str | None = None
    channel: str | None = None
    count: int = 1
    observatory_only: bool = False

    @property
    def is_illicit(self) -> bool:
        """Say whether it is known to rest on no listed charge: a receipt does not make a payment lawful."""
        return self.basis in ILLICIT_BASES


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One agency's check of a coach, or an incident with it, as the crew reported it. `seq`: its number in the log."""

    seq: int
    operator_id: str
    vehicle_id: str
    agency: str
    observed_at: datetime
    trip_id: str | None = None
    ended_at: datetime | None = None
    latitude: float | None = None
    longitude: float | None = None
    payments: tuple[Payment, ...] = ()
    reasons: tuple[str, ...] = ()
    harassment: tuple[str, ...] = ()
    in_order: bool | None = None

    @property
    def until(self) -> datetime:
        """Its end where one was reported, else its start."""
        return self.ended_at or self.observed_at

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, None where no place was reported."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)


def _nowhere(_at: datetime) -> tuple[float, float] | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What positions show of one coach: trips, halts and crossings by their start, with ids, and where it was at a moment."""

    operator_id: str = ""
    trips: tuple[TripRun, ...] = ()
    halts: tuple[tuple[str, Halt], ...] = ()
    crossings: tuple[tuple[str, BorderCrossing], ...] = ()
    place_at: Callable[[datetime], tuple[float, float] | None] = _nowhere

    def trip_at(self, at: datetime, slack: timedelta = timedelta(minutes=90)) -> TripRun | None:
        """Return the trip under way at a moment, or the one that begins or ended nearest to it within `slack`."""
        near = [
            (max(t.started_at - at, at - (t.ended_at or at), timedelta(0)), t.started_at.timestamp(), t)
            for t in self.trips
        ]
        best = min(near, key=lambda one: one[:2], default=None)
        return best[2] if best and best[0] <= slack else None


def check_of(row: Any) -> Check:
    """Return a row of `reported_control` or `reported_incident` as a check; a payment without an amount is left out."""
    payments = tuple(
        Payment(
            float(p["amount"]),
            str(p["currency"]),
            p.get("basis") or "unknown",
            p.get("payer"),
            p.get("channel"),
            p.get("count") or 1,
            bool(p.get("observatory_only")),
        )
        for p in getattr(row, "payments", ())
        if p.get("amount") is not None and p.get("currency")
    )
    return Check(
        seq=row.seq, operator_id=row.operator_id, vehicle_id=row.vehicle_id, agency=row.agency or "unknown",
        observed_at=row.observed_at, trip_id=row.trip_id, ended_at=row.ended_at, latitude=row.latitude,
        longitude=row.longitude, payments=payments, reasons=tuple(getattr(row, "reasons", ())),
        harassment=tuple(row.harassment), in_order=getattr(row, "in_order", None),
    )  # fmt: skip


def known_currencies() -> frozenset[str]:
    """Return the moneys of the region, those taken beside them, and the leone before its division by 1,000."""
    own = {money for country in list_countries() for money in (country.currency, *country.also_used)}
    return frozenset(own | {"USD", "EUR", "SLL"})


def tidied(checks: Iterable[Check], left_out: Counter[str]) -> list[Check]:
    """Return the checks that can be used, by time; count in `left_out` what was taken off, under its reason.

    `armed_group`: the whole check. `end_before_start`, `end_too_late`: the end only. `unknown_currency`: the payment
    only. The doors refuse all of these but the first; what came by another way is not believed either.
    """
    moneys = known_currencies()
    kept = []
    for check in checks:
        if check.agency == ARMED_GROUP:
            left_out["armed_group"] += 1
            continue
        usable = check
        if check.ended_at is not None and check.ended_at < check.observed_at:
            left_out["end_before_start"] += 1
            usable = replace(usable, ended_at=None)
        elif check.until - check.observed_at > LONGEST_CHECK:
            left_out["end_too_late"] += 1
            usable = replace(usable, ended_at=None)
        good = tuple(p for p in check.payments if p.currency in moneys and p.amount > 0)
        if len(good) < len(check.payments):
            left_out["unknown_currency"] += len(check.payments) - len(good)
            usable = replace(usable, payments=good)
        kept.append(usable)
    return sorted(kept, key=lambda one: (one.observed_at, one.seq))


Ways = Mapping[str, Way]
