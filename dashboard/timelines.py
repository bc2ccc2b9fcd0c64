"""A trip's timeline: everything that is known of one journey, in order, from the operator, the crew and the positions.

Pure. A halt says what is known of it: a border post, a control or incident that the crew reported meanwhile, else
nothing, and *not known* is said as such. What the viewer may not see is left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dashboard.along import Spot, spot_at
from dashboard.map_reports import MapReport
from operators.trip_sheets import TripSheet
from tracker.corridors import Corridor
from tracker.geography import Geography
from tracker.sightings import BorderCrossingRow, GapRow, HaltRow, TripRunRow

# A crew notes the minutes of a control by the clock of a phone, after the fact: an assumption.
REPORT_LEEWAY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. `seqs`: the first and last message it rests on; `row` has what only its kind has.

    Kinds: declared, grouped_control, departed, started, halt, crossing, control, incident, lost, late, ended, arrived,
    cancelled; and restricted, which stands for all that a restricted section keeps back: `at` only orders it.
    """

    kind: str
    at: datetime
    until: datetime | None = None
    spot: Spot | None = None
    country: str | None = None
    seqs: tuple[int, int] | None = None
    is_late: bool = False
    row: Any = None
    reports: tuple[MapReport, ...] = ()

    @property
    def length(self) -> timedelta | None:
        """How long it lasted, None where no end is known."""
        return self.until - self.at if self.until else None


@dataclass(frozen=True, slots=True)
class Account:
    """Where a trip's time went, closing to its whole; seconds. `since` and `until` bound what it accounts for."""

    since: datetime
    until: datetime
    driving_s: float
    halted_s: float  # apart from border posts
    border_s: float
    silent_s: float

    @property
    def whole_s(self) -> float:
        """All of it."""
        return (self.until - self.since).total_seconds()

    @property
    def shares(self) -> list[tuple[str, float, float]]:
        """Return `(what, seconds, share of the whole)`."""
        parts = [
            ("driving", self.driving_s), ("border", self.border_s), ("halted", self.halted_s), ("silent", self.silent_s),
        ]  # fmt: skip
        return [(name, seconds, seconds / self.whole_s if self.whole_s else 0.0) for name, seconds in parts]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What one page of a trip shows. `hidden` counts entries that the viewer may not see."""

    trip_id: str
    vehicle_id: str
    operator_id: str
    corridor: Corridor | None
    sheet: TripSheet | None
    run: TripRunRow | None
    entries: list[Entry]
    account: Account | None
    hidden: int = 0
    refused: list[tuple[str, int]] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Say whether the coach is on this trip now."""
        return self.run is not None and self.run.ended_at is None


def make_timeline(
    run: TripRunRow | None,
    sheet: TripSheet | None,
    halts: Iterable[HaltRow],
    crossings: Iterable[BorderCrossingRow],
    gaps: Iterable[GapRow],
    reports: Sequence[MapReport],
    refused: Iterable[tuple[str, int]],
    geography: Geography,
    sees: Callable[[str | None, str | None], bool],
    until: datetime,
    is_withheld: Callable[[Any], bool] = lambda _row: False,
) -> Timeline:
    """Return the timeline of a trip, of which the run, the sheet or both are known.

    `sees(country, section)` says whether the viewer may see what happened there. `until` is the last moment that is
    known of a trip under way. `is_withheld(row)` says whether a restricted section keeps a fact, or a part of the run, from
    the viewer: then one entry says that there is something, and there is no account, because it would tell the rest.

    Raises:
        ValueError: neither run nor sheet is given.
    """
    known = run or sheet
    if known is None:
        raise ValueError("a trip has a run or a sheet")
    entries = _of_sheet(sheet) + (_of_run(run, geography) if run else [])
    rest: list[MapReport] = []
    for halt in halts:
        there = tuple(r for r in reports if _meets(r, halt.started_at, halt.ended_at or until))
        rest += there
        entries.append(_halt(halt, there, geography))
    entries += [
        Entry(
            kind="crossing", at=_first(c), until=c.entry_left_at, spot=spot_at(geography, c.corridor_id, c.km),
            country=_country_of(geography, c.exit_post), seqs=(c.first_seq, c.last_seq), is_late=c.late, row=c,
        )
        for c in crossings
    ]  # fmt: skip
    entries += [_gap(gap, geography) for gap in gaps]
    entries += [_report(report) for report in reports if report not in rest]
    seen = [entry for entry in entries if sees_entry(entry, sees)]
    shown = [entry for entry in seen if entry.kind in OF_TRIP or not is_withheld(entry.row)]
    hidden = len(entries) - len(seen)
    restricted = run is not None and (len(shown) < len(seen) or is_withheld(run))
    if run is not None and restricted:
        first = min((entry.at for entry in seen if entry not in shown), default=run.started_at)
        before = [entry.at for entry in shown if entry.at <= first]
        shown.append(Entry("restricted", max(before, default=run.started_at), row=run))
    return Timeline(
        trip_id=known.trip_id,
        vehicle_id=known.vehicle_id,
        operator_id=known.operator_id,
        corridor=geography.corridors.get(known.corridor_id),
        sheet=sheet,
        run=run,
        entries=sorted(shown, key=lambda entry: (entry.at, ORDER.index(entry.kind))),
        account=account_of(run, until) if run and not restricted else None,
        hidden=hidden,
        refused=[] if restricted else [(reason, count) for reason, count in refused if count],
    )


ORDER = (
    "declared", "grouped_control", "departed", "started", "crossing", "halt", "control", "incident", "lost", "late",
    "restricted", "ended", "arrived", "cancelled",
)  # fmt: skip
# What an operator declared has no place: whoever may see the trip may see it.
DECLARED = ("declared", "grouped_control", "departed", "arrived", "cancelled")
OF_TRIP = (*DECLARED, "started", "ended")  # a trip that begins or ends in a restricted section is not shown at all


def sees_entry(entry: Entry, sees: Callable[[str | None, str | None], bool]) -> bool:
    """Say whether an entry is shown: what was declared always, what has a place by the place."""
    if entry.kind in DECLARED:
        return True
    return sees(entry.country, getattr(entry.row, "section_id", None))


def account_of(run: TripRunRow, until: datetime) -> Account:
    """Return where the time of a trip went. Halts at border posts are part of `halted_s` in the facts, not here."""
    end = run.ended_at or max(until, run.started_at)
    whole = (end - run.started_at).total_seconds()
    border = min(run.border_s, whole)
    halted = min(max(run.halted_s - run.border_s, 0.0), whole - border)
    silent = min(run.silent_s, whole - border - halted)
    return Account(run.started_at, end, whole - border - halted - silent, halted, border, silent)


def _of_sheet(sheet: TripSheet | None) -> list[Entry]:
    if sheet is None:
        return []
    seqs = (sheet.first_seq, sheet.last_seq)
    found = [
        Entry(kind, at, seqs=seqs, row=sheet)
        for kind, at in (
            ("declared", sheet.declared_at),
            ("departed", sheet.departed_at),
            ("arrived", sheet.arrived_at),
            ("cancelled", sheet.cancelled_at),
        )
        if at is not None
    ]
    if control := sheet.said.get("grouped_control"):
        started, ended = (_time(control.get(name)) for name in ("started_at", "ended_at"))
        if started is not None:
            found.append(Entry("grouped_control", started, ended, seqs=seqs, row=control))
    return found


def _of_run(run: TripRunRow, geography: Geography) -> list[Entry]:
    start = spot_at(geography, run.corridor_id, run.start_km)
    found = [Entry("started", run.started_at, spot=start, country=start.country if start else None, row=run)]
    if run.ended_at is not None:
        end = spot_at(geography, run.corridor_id, run.end_km)
        found.append(Entry("ended", run.ended_at, spot=end, country=end.country if end else None, row=run))
    return found


def _halt(halt: HaltRow, reports: tuple[MapReport, ...], geography: Geography) -> Entry:
    return Entry(
        kind="halt", at=halt.started_at, until=halt.ended_at, spot=spot_at(geography, halt.corridor_id, halt.km),
        country=halt.country, seqs=(halt.first_seq, halt.last_seq), is_late=halt.late, row=halt, reports=reports,
    )  # fmt: skip


def _gap(gap: GapRow, geography: Geography) -> Entry:
    spot = spot_at(geography, gap.corridor_id, gap.from_km)
    return Entry(
        kind=gap.kind, at=gap.started_at, until=gap.ended_at, spot=spot, country=spot.country if spot else None,
        seqs=(gap.first_seq, gap.last_seq), is_late=gap.late, row=gap,
    )  # fmt: skip


def _report(report: MapReport) -> Entry:
    until = report.observed_at + timedelta(minutes=report.minutes) if report.minutes else None
    return Entry(
        kind="control" if report.kind == "control" else "incident", at=report.observed_at, until=until,
        country=report.country, seqs=(report.report_id, report.report_id), row=report, reports=(report,),
    )  # fmt: skip


def _meets(report: MapReport, since: datetime, until: datetime) -> bool:
    end = report.observed_at + timedelta(minutes=report.minutes or 0)
    return report.observed_at <= until + REPORT_LEEWAY and end >= since - REPORT_LEEWAY


def _first(crossing: BorderCrossingRow) -> datetime:
    return crossing.exit_arrived_at or crossing.started_at


def _country_of(geography: Geography, post_id: str) -> str | None:
    post = geography.posts.get(post_id)
    return post.country if post else None


def _time(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
