"""A trip's account as its page shows it: time and money by state and agency, each closing to its whole."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlmodel import Session

from checkpoints.account_tables import TripAccountRow
from checkpoints.accounts import Paid, TripAccount
from checkpoints.trip_account import SPENT, Share, Spent
from checkpoints.trip_accounts import account_of
from dashboard.timelines import Timeline
from tracker.fact_tables import TripRunRow
from tracker.scope import ALL, Action, Scope


@dataclass(frozen=True, slots=True)
class AccountView:
    """`shares`: what, seconds, share of the whole. `rows`: the same by state and agency, states in the trip's order."""

    account: TripAccount
    shares: list[tuple[Spent, int, float]]
    rows: list[Share]
    money: list[Paid]

    @property
    def totals(self) -> list[tuple[str, int]]:
        """Currencies with the hundredths paid in each, whatever the basis."""
        sums: dict[str, int] = defaultdict(int)
        for paid in self.money:
            sums[paid.currency] += paid.cents
        return sorted(sums.items())


def withholds_account(session: Session, scope: Scope, row: TripAccountRow) -> bool:
    """Say whether a trip passed a restricted section: its account would tell what the timeline keeps back."""
    return bool(scope.restrictions) and scope.withholds(session.get(TripRunRow, row.trip_key) or row)


def read_account_beside(
    session: Session, run: TripRunRow | None, timeline: Timeline, scope: Scope
) -> AccountView | None:
    """Return the account that stands beside a timeline; None where that keeps something back."""
    return read_account(session, run.fact_id, scope) if run and timeline.account and not timeline.hidden else None


def read_account(session: Session, trip_key: str, scope: Scope) -> AccountView | None:
    """Return the account of a finished trip; None where there is none, or the viewer may not see all that is in it."""
    row = session.get(TripAccountRow, trip_key)
    if row is None or scope.countries(Action.VIEW_REPORTS_EXACT) is not ALL:
        return None
    if not scope.may(Action.VIEW_REPORTS_EXACT, operator_id=row.operator_id) or withholds_account(session, scope, row):
        return None
    account = account_of(row)
    spent: dict[Spent, int] = dict.fromkeys(SPENT, 0)
    for share in account.time:
        spent[share.spent] += share.seconds
    order = {country: number for number, country in enumerate(account.countries)}
    rows = sorted(account.time, key=lambda s: (order.get(s.country, len(order)), SPENT.index(s.spent), -s.seconds))
    paid = [p for p in account.money if scope.may_see_payment(observatory_only=p.observatory_only)]
    money = sorted(paid, key=lambda p: (order.get(p.country, len(order)), p.where, p.agency or "", p.currency))
    whole = max(1, account.seconds)
    shares = [(what, seconds, seconds / whole) for what, seconds in spent.items() if seconds]
    return AccountView(account, shares, rows, money)
