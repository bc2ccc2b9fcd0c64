"""What the road cost one company: time and money by post, state and agency, and what its crews claimed beside the halts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from checkpoints.accounts import TripAccount
from checkpoints.control_stops import ControlStop
from checkpoints.trip_account import Spent

LOST: tuple[Spent, ...] = ("control", "border", "opening", "slow")


@dataclass(frozen=True, slots=True)
class TimeLost:
    """Time that went to one thing, in one state, at one post and agency; `trips`: on how many."""

    spent: Spent
    country: str | None
    post_id: str | None
    agency: str | None
    trips: int
    seconds: int


@dataclass(frozen=True, slots=True)
class MoneyPaid:
    """What crews said they paid, in its own money."""

    where: str
    country: str | None
    agency: str | None
    basis: str
    payer: str
    currency: str
    payments: int
    amount: float


@dataclass(frozen=True, slots=True)
class Claim:
    """One payment as the crew told it, beside what positions show: `halt_minutes` None where no halt was seen."""

    at: datetime
    vehicle_id: str
    trip_id: str | None
    country: str | None
    corridor_id: str | None
    km: float | None
    post_id: str | None
    agency: str
    amount: float
    currency: str
    count: int
    basis: str
    payer: str | None
    halt_minutes: float | None


def time_lost(accounts: Iterable[TripAccount]) -> list[TimeLost]:
    """Return where the time of trips was lost, most first; driving at free flow, rests and breakdowns are not *lost*."""
    seconds: dict[tuple[Spent, str | None, str | None, str | None], int] = defaultdict(int)
    trips: dict[tuple[Spent, str | None, str | None, str | None], set[str]] = defaultdict(set)
    for account in accounts:
        for share in account.time:
            if share.spent in LOST and share.seconds:
                key = (share.spent, share.country, share.post_id, share.agency)
                seconds[key] += share.seconds
                trips[key].add(account.trip_key)
    rows = [TimeLost(*key, len(trips[key]), total) for key, total in seconds.items()]
    return sorted(
        rows, key=lambda row: (-row.seconds, row.spent, row.country or "", row.post_id or "", row.agency or "")
    )


def money_paid(accounts: Iterable[TripAccount], sees: Callable[[bool], bool]) -> list[MoneyPaid]:
    """Return what was paid, by currency and then the largest sums first; see `claims`."""
    cents: dict[tuple[str, str | None, str | None, str, str, str], int] = defaultdict(int)
    payments: dict[tuple[str, str | None, str | None, str, str, str], int] = defaultdict(int)
    for account in accounts:
        for paid in (one for one in account.money if sees(one.observatory_only)):
            key = (paid.where, paid.country, paid.agency, paid.basis, paid.payer, paid.currency)
            cents[key] += paid.cents
            payments[key] += paid.payments
    rows = [MoneyPaid(*key, payments[key], total / 100) for key, total in cents.items()]
    return sorted(rows, key=lambda row: (row.currency, -row.amount, row.country or "", row.agency or "", row.basis))


def claims(stops: Iterable[ControlStop], sees: Callable[[bool], bool]) -> list[Claim]:
    """Return the payments told of stops, newest first, each beside the halt it belongs to.

    `sees` says whether the reader sees payments that their crew marked, or did not mark, as for the observatory only.
    """
    found = []
    for stop in stops:
        place = stop.place
        seen = stop.minutes if stop.seen_by == "both" else None
        for control in stop.controls:
            for payment in (one for one in control.payments if sees(one.observatory_only)):
                found.append(
                    Claim(
                        control.observed_at, stop.vehicle_id, stop.trip_id, place.country, place.corridor_id, place.km,
                        place.post_id, control.agency, payment.amount, payment.currency, payment.count, payment.basis,
                        payment.payer, seen,
                    )
                )  # fmt: skip
    return sorted(found, key=lambda claim: (claim.at, claim.vehicle_id, claim.agency), reverse=True)
