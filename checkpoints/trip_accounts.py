"""Trip accounts, kept: made anew for the trips around whatever was said or seen of their coach, and counted into cells.

It hears what people and posts say itself, and what became of the facts through `touched_coaches`. An account that changes is
taken out of the cells exactly as it was put in, so a day's data updates a quarter without reading the quarter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import and_, delete, or_
from sqlmodel import Session, SQLModel, col, select

from checkpoints.account_counting import count
from checkpoints.account_tables import (
    CELLS,
    MONEY,
    IndicatorCell,
    IndicatorMoney,
    Period,
    TripAccountRow,
    start_of,
)
from checkpoints.accounts import Counted, Declared, Paid, TripAccount, make_account
from checkpoints.control_points import Register
from checkpoints.control_stop_reading import is_at_known_place, read_stops
from checkpoints.crossing_rows import list_reconciled
from checkpoints.departures import list_departures
from checkpoints.register import load_register
from checkpoints.reported_controls import ReportedIncident
from checkpoints.touched_coaches import Moments, spans_of, with_touched
from checkpoints.trip_account import BREAKDOWNS, Incident, Share
from tracker.atlas import Atlas
from tracker.events import ControlReported, CrossingLogged, Event, IncidentReported, TripReported
from tracker.fact_rows import TABLES, Sighting, read_facts
from tracker.facts import BorderCrossing, Fact, Gap, Halt, TripRun
from tracker.projection import insert_rows, with_keys
from tracker.tallies import Changing

# So long before and after a moment at which something was said lie the trips that it may belong to.
REACH = timedelta(days=1)
BEFORE = timedelta(hours=3)  # the grouped control comes before the start
LONGEST = timedelta(days=5)  # a trip: nothing is heard of a coach for half a day, and it is over
FACTS: tuple[type[Fact], ...] = (TripRun, Halt, BorderCrossing, Gap)
_COLUMNS = tuple(TripAccountRow.model_fields)
Span = tuple[str, datetime, datetime]  # a coach, and a stretch of time that is made anew
_DETAILS = ("time", "money", "controls")


class TripAccounts:
    """Keeps `TripAccountRow` and the cells; it must stand after everything that it reads."""

    name = "trip_accounts"
    tables: Sequence[type[SQLModel]] = (TripAccountRow, IndicatorCell, IndicatorMoney)
    reads: Sequence[str] = ("departures", "logged_crossings", "crew_reports", "journeys", "reconciled_crossings")

    def __init__(self) -> None:
        """Look places up in the geography of the day."""
        self._atlas = Atlas()

    def apply(self, session: Session, events: Sequence[Event]) -> None:
        """Take in what posts, crews and operators said."""
        self.finish(session, self.gather(events, None))

    def gather(self, events: Sequence[Event], so_far: Moments | None) -> Moments:
        """Gather of which coaches something was said, and of when."""
        moments = so_far if so_far is not None else {}
        for event in events:
            if isinstance(event, (ControlReported, IncidentReported, TripReported)):
                moments.setdefault(event.vehicle_id, []).append(event.observed_at)
            elif isinstance(event, CrossingLogged) and event.body.get("vehicle_id"):
                moments.setdefault(event.body["vehicle_id"], []).append(event.observed_at)
        return moments

    def finish(self, session: Session, gathered: Moments) -> None:
        """Make the accounts around those moments anew."""
        refresh(session, with_touched(session, gathered, FACTS), self._atlas)


def refresh(session: Session, moments: Mapping[str, Iterable[datetime]], atlas: Atlas) -> None:
    """Make anew the accounts of the finished trips of coaches that lie within `REACH` of those moments."""
    if not moments:
        return
    atlas.open(session)
    register: Register | None = None
    cells, money = Changing(CELLS), Changing(MONEY)
    spans = [(coach, *span) for coach in sorted(moments) for span in spans_of(moments[coach], REACH)]
    runs, accounted = _runs(session, spans), _accounted(session, spans)
    for span in spans:
        if span not in runs and span not in accounted:
            continue
        coach, since, until = span
        table = TripAccountRow
        around = _around(table, since, until)
        known = list(session.exec(select(table).where(col(table.vehicle_id) == coach, *around)))
        register = register or load_register(session)
        made = _accounts(session, coach, runs.get(span, ()), atlas, register)
        _replace(session, known, made, cells, money)
    cells.write(session)
    money.write(session)


def _replace(
    session: Session, known: Sequence[TripAccountRow], made: Sequence[TripAccount], cells: Changing, money: Changing
) -> None:
    """Put accounts in the place of others; what came out as it was stays."""
    before = {row.trip_key: _values(row) for row in known}
    after = {account.trip_key: tuple(_row(account)) for account in made}
    gone = {key for key, values in before.items() if after.get(key) != values}
    for row in known:
        if row.trip_key in gone:
            count(account_of(row), cells, money, -1)
        session.expunge(row)
    if gone:
        session.connection().execute(delete(TripAccountRow).where(col(TripAccountRow.trip_key).in_(sorted(gone))))
    new = [account for account in made if before.get(account.trip_key) != after[account.trip_key]]
    for account in new:
        count(account, cells, money, 1)
    insert_rows(session, TripAccountRow, _COLUMNS, [after[account.trip_key] for account in new])


def _runs(session: Session, spans: Sequence[Span]) -> Mapping[Span, Sequence[tuple[str, Sighting]]]:
    """Return the finished trips around each stretch, where there are any."""
    table = TABLES[TripRun].__table__.c  # type: ignore[attr-defined]
    found: dict[Span, list[tuple[str, Sighting]]] = {}
    for span_of, around in _together(spans, table):
        where = (table.settled_hour.is_not(None), table.ending != "cancelled", *around)
        for rows in read_facts(session, TripRun, *where):
            for own_id, _, sighting in rows:
                span = span_of[sighting.vehicle_id]
                if _is_around(span, sighting.fact.started_at, sighting.fact.ended_at):
                    found.setdefault(span, []).append((own_id, sighting))
    return found


def _accounted(session: Session, spans: Sequence[Span]) -> set[Span]:
    """Return the stretches around which there are accounts."""
    table = TripAccountRow.__table__.c  # type: ignore[attr-defined]
    found: set[Span] = set()
    for span_of, around in _together(spans, table):
        query = select(table.vehicle_id, table.started_at, table.ended_at).where(*around)
        found |= {
            span_of[coach] for coach, *when in session.connection().execute(query) if _is_around(span_of[coach], *when)
        }
    return found


def _together(spans: Sequence[Span], table: Any) -> Iterator[tuple[Mapping[str, Span], tuple[Any, ...]]]:
    """Yield stretches of the same days, by coach, and conditions that hold for all that lies around them: a query each."""
    alike: dict[tuple[date, date], dict[str, Span]] = {}
    for span in spans:
        alike.setdefault((span[1].date(), span[2].date()), {})[span[0]] = span
    for span_of in alike.values():
        since, until = min(span[1] for span in span_of.values()), max(span[2] for span in span_of.values())
        for coaches in with_keys((table.vehicle_id,), [(coach,) for coach in span_of]):
            yield span_of, (coaches, *_around(table, since, until))


def _around(table: Any, since: datetime, until: datetime) -> tuple[Any, ...]:
    return table.started_at < until, table.started_at >= since - LONGEST, table.ended_at > since


def _is_around(span: Span, started_at: datetime, ended_at: datetime | None) -> bool:
    _, since, until = span
    return ended_at is not None and since - LONGEST <= started_at < until and ended_at > since


def _accounts(
    session: Session, coach: str, runs: Sequence[tuple[str, Sighting]], atlas: Atlas, register: Register
) -> list[TripAccount]:
    if not runs:
        return []
    begin = min(sighting.fact.started_at for _, sighting in runs) - BEFORE
    end = max(sighting.fact.ended_at or sighting.fact.started_at for _, sighting in runs)
    geography = atlas.on(session, begin.date())
    stops = read_stops(session, begin, end, geography=geography, register=register, vehicle_id=coach).stops
    crossings = list_reconciled(session, begin - LONGEST, end, coach=coach)[::-1]
    halts, gaps = (_facts(session, kind, coach, begin, end) for kind in (Halt, Gap))
    incidents = _incidents(session, coach, begin, end)
    declared = {
        (one.operator_id, one.trip_id): Declared(in_order=one.told("in_order"), is_closed=one.is_closed)
        for one in list_departures(session, coach)
    }
    found = []
    for own_id, sighting in runs:
        run = sighting.fact
        assert isinstance(run, TripRun)
        assert run.ended_at is not None
        since, until = run.started_at, run.ended_at
        found.append(
            make_account(
                own_id, run, coach, sighting.operator_id, declared.get((sighting.operator_id, run.trip_id)),
                geography.find_corridor(run.corridor_id),
                [stop for stop in stops if since - BEFORE <= stop.started_at <= until and stop.trip_id in (None, run.trip_id)],
                [c for c in crossings if c.started_at <= until and c.ended_at >= since],
                [h for h in halts if isinstance(h, Halt) and h.started_at < until and (h.ended_at or until) > since],
                [g for g in gaps if isinstance(g, Gap) and g.started_at < until and (g.ended_at or until) > since],
                [i for i in incidents if since <= i.started_at <= until],
                partial(is_at_known_place, register),
            )
        )  # fmt: skip
    return found


def _facts(session: Session, kind: type[Fact], coach: str, since: datetime, until: datetime) -> list[Fact]:
    table = TABLES[kind].__table__.c  # type: ignore[attr-defined]
    where = (
        table.vehicle_id == coach,
        table.settled_hour.is_not(None),
        table.started_at < until,
        table.ended_at > since,
    )
    found = [sighting.fact for rows in read_facts(session, kind, *where) for _, _, sighting in rows]
    return sorted(found, key=lambda fact: (fact.started_at, fact.ended_at or fact.started_at))


def _incidents(session: Session, coach: str, since: datetime, until: datetime) -> list[Incident]:
    table = ReportedIncident
    query = (
        select(table)
        .where(col(table.vehicle_id) == coach, col(table.incident_type).in_(sorted(BREAKDOWNS)))
        .where(col(table.observed_at) >= since, col(table.observed_at) < until)
        .order_by(col(table.observed_at), col(table.seq))
    )
    return [Incident(row.observed_at, row.ended_at) for row in session.exec(query)]


def list_accounts(
    session: Session,
    period: Period,
    *,
    corridor_id: str | None = None,
    operators: Collection[str] | None = None,
    limit: int | None = None,
    before: tuple[datetime, str] | None = None,
) -> list[TripAccountRow]:
    """Return the accounts of trips that began in a period, the newest start first; `before`: start and key of the last one."""
    table = TripAccountRow
    started, key = col(table.started_at), col(table.trip_key)
    query = select(table).where(started >= start_of(period.first), started < start_of(period.last + 1))
    if corridor_id is not None:
        query = query.where(col(table.corridor_id) == corridor_id)
    if operators is not None:
        query = query.where(col(table.operator_id).in_(operators))
    if before is not None:
        query = query.where(or_(started < before[0], and_(started == before[0], key < before[1])))
    return list(session.exec(query.order_by(started.desc(), key.desc()).limit(limit)))


def account_of(row: TripAccountRow) -> TripAccount:
    """Return a stored account."""
    said = row.details
    return TripAccount(
        **{name: getattr(row, name) for name in _COLUMNS if name != "details"},
        countries=tuple(said["countries"]),
        metres=dict(said["metres"]),
        time=tuple(Share(*values) for values in said["time"]),
        money=tuple(Paid(*values) for values in said["money"]),
        controls=tuple(Counted(*values) for values in said["controls"]),
        heard={(country, told): n for country, told, n in said["heard"]},
    )


def _row(account: TripAccount) -> Iterable[Any]:
    lists = {name: [list(asdict(one).values()) for one in getattr(account, name)] for name in _DETAILS}
    details = lists | {
        "countries": list(account.countries),
        "metres": sorted(([c, m] for c, m in account.metres.items()), key=lambda one: one[0] or ""),
        "heard": sorted(
            ([c, told, n] for (c, told), n in account.heard.items()), key=lambda one: (one[0] or "", one[1])
        ),
    }
    return (details if name == "details" else getattr(account, name) for name in _COLUMNS)


def _values(row: TripAccountRow) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _COLUMNS)
