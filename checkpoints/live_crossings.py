"""Crossings up to now: the reconciled ones, and those that coaches are in the middle of, made of the same facts on the spot.

A crossing becomes a row when it has settled; until then the entries of its coach's log stand in the table as if nobody had
seen it. Whoever asks about now therefore has the last crossings of coaches at a border reconciled anew.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlmodel import Session, col

from checkpoints.crossing_rows import list_reconciled
from checkpoints.reconciled_crossings import reconciled_of
from checkpoints.reconciliation import OVERNIGHT, ReconciledCrossing
from tracker.fact_tables import BorderCrossingRow
from tracker.geography import Geography

# One that has stood longer is not waiting for formalities; and its device may be dead. An assumption.
LONGEST = timedelta(days=4)


def list_with_under_way(
    session: Session,
    since: datetime,
    until: datetime,
    geography: Geography,
    *,
    posts: Collection[str],
    operators: Collection[str] | None = None,
) -> list[ReconciledCrossing]:
    """Return the crossings at some posts, of some operators (None: of all), that began in [`since`, `until`), newest first.

    One that is under way has a `seen_id` and no `state`.
    """
    under_way = _coaches_under_way(session, until, posts, operators)
    stored = list_reconciled(session, since, until, posts=posts, operators=operators)
    found = [one for one in stored if one.coach not in under_way or one.started_at < under_way[one.coach]]
    for coach, begin in under_way.items():
        found += [
            one
            for one in reconciled_of(session, coach, begin, until, geography, only_settled=False)
            if max(begin, since) <= one.started_at < until and {one.exit.post_id, one.entry.post_id} & set(posts)
        ]
    return sorted(found, key=lambda one: (one.started_at, one.crossing_id), reverse=True)


def _coaches_under_way(
    session: Session, until: datetime, posts: Collection[str], operators: Collection[str] | None
) -> dict[str, datetime]:
    """Return the coaches whose crossings at some posts have not settled, with when an entry of theirs may be from."""
    row = BorderCrossingRow
    query = select(col(row.vehicle_id), col(row.started_at)).where(
        col(row.settled_hour).is_(None), col(row.started_at) >= until - LONGEST,
        or_(col(row.exit_post).in_(posts), col(row.entry_post).in_(posts)),
    )  # fmt: skip
    if operators is not None:
        query = query.where(col(row.operator_id).in_(operators))
    found: dict[str, datetime] = {}
    for coach, started_at in session.execute(query.order_by(col(row.vehicle_id))):
        found[coach] = min(found.get(coach, until), started_at - OVERNIGHT)
    return found
