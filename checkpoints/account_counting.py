"""Counts an account into the cells that indicators are sums of, or takes it out again. Whole numbers only, so exactly."""

from __future__ import annotations

from collections import Counter

from checkpoints.account_tables import ALL, COUNTS, UNKNOWN, month_of
from checkpoints.accounts import TripAccount
from tracker.tallies import Changing, Key

_TIMES = {
    "control": "control_s", "border": "border_s", "opening": "opening_s", "breakdown": "breakdown_s", "halt": "halt_s",
    "silent": "silent_s", "slow": "slow_s", "driving": "driving_s",
}  # fmt: skip


def count(account: TripAccount, cells: Changing, money: Changing, sign: int) -> None:
    """Count an account into the cells (`sign` 1), or take it out (-1)."""
    population = "out" if not account.counts else "in_order" if account.in_order else "other"
    whose = (population, account.vehicle_id, account.operator_id)
    month = month_of(account.started_at)

    def key(country: str | None, agency: str | None) -> Key:
        return (account.corridor_id, account.direction, country or UNKNOWN, agency or UNKNOWN, *whose, month)

    sums: dict[Key, Counter[str]] = {}

    def add(country: str | None, agency: str | None, **numbers: int) -> None:
        for place in (country, ALL):
            for who in (agency, ALL) if agency != ALL else (ALL,):
                sums.setdefault(key(place, who), Counter()).update(numbers)

    # Where two states share a post their dwell belongs to neither: it rests on the trips that had such a dwell.
    driven = dict.fromkeys((*account.countries, *account.metres, *(share.country for share in account.time)))
    for country in driven:
        sums.setdefault(key(country, ALL), Counter()).update(trips=1)
    sums.setdefault(key(ALL, ALL), Counter()).update(trips=1, crossings=max(0, len(account.countries) - 1))
    for country in account.countries[1:]:
        sums.setdefault(key(country, ALL), Counter()).update(crossings=1)
    for country, metres in account.metres.items():
        add(country, ALL, metres=metres)
    for share in account.time:
        add(
            share.country,
            share.agency if share.spent in ("control", "border") else ALL,
            **{_TIMES[share.spent]: share.seconds},
        )
    for counted in account.controls:
        is_exit = counted.formality == "exit"
        add(
            counted.country, counted.agency, controls=counted.controls,
            stops=0 if is_exit else counted.stops, exit_stops=counted.stops if is_exit else 0,
            reported=counted.controls if counted.by in ("report", "both") else 0,
        )  # fmt: skip
    for (country, told), number in account.heard.items():
        add(country, ALL, **{told.replace(":", "_"): number})
    for cell, numbers in sums.items():
        cells.add(cell, [numbers[name] for name in COUNTS], (), sign)
    for paid in account.money:
        for place in (paid.country, ALL):
            for who in (paid.agency, ALL):
                sort = (paid.where, paid.basis, paid.payer, paid.currency, paid.observatory_only)
                money.add((*key(place, who)[:-1], *sort, month), (paid.cents, paid.payments), (), sign)
