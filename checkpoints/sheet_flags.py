"""Flags of sheets and logs that differ: the seal of the hold, and how many passengers there were. Counts only.

Low severity: passengers get off and on, officers copy a number wrong, a seal is broken where a hold was searched. By coach and
some weeks, so that one slip is told together with what it belongs to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from checkpoints.border_flags import SETTLED
from checkpoints.crossing_rows import list_reconciled
from checkpoints.departures import Departure
from checkpoints.desks import Desk
from checkpoints.findings import Evidence, Finding, FlagKind, Ground
from checkpoints.reconciliation import ReconciledCrossing
from checkpoints.thresholds import DEFAULT, Thresholds

# What may have happened without any wrong: told with every finding.
WHY_NOT: Mapping[FlagKind, str] = {"manifest_mismatch": "passengers_get_off", "seal_mismatch": "seals_are_opened"}
SURE = 0.6  # a wrong digit is as likely as a changed seal: an assumption


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One desk that wrote something else than the sheet of the trip said."""

    kind: FlagKind
    departure: Departure
    crossing: ReconciledCrossing
    desk: Desk
    ground: Ground


class SheetFlags:
    """Finds coaches whose seal or passengers differ between departure and borders."""

    name = "sheet_flags"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Speak from the thresholds on."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return a finding for each coach and kind."""
        since = as_of - timedelta(days=self._thresholds.border_window_days)
        crossings = list_reconciled(session, since, as_of - SETTLED)
        wanted = {one.trip_id for one in crossings if one.trip_id}
        rows = session.exec(select(Departure).order_by(col(Departure.operator_id), col(Departure.trip_id)))
        departures = [row for row in rows if row.trip_id in wanted]
        return find_mismatches(crossings, departures, self._thresholds)


def find_mismatches(
    crossings: Iterable[ReconciledCrossing], departures: Iterable[Departure], thresholds: Thresholds = DEFAULT
) -> list[Finding]:
    """Return the findings, by coach and kind. A crossing belongs to the trip that its log names. Pure."""
    by_trip = {(one.operator_id, one.trip_id): one for one in departures}
    found: dict[tuple[str, FlagKind], list[Mismatch]] = defaultdict(list)
    for crossing in sorted(crossings, key=lambda one: (one.started_at, one.crossing_id)):
        departure = by_trip.get((crossing.operator_id or "", crossing.trip_id or ""))
        if departure is None or crossing.vehicle_id is None:
            continue
        for desk in (*crossing.exit.desks, *crossing.entry.desks):
            for mismatch in (_seal(departure, crossing, desk), _passengers(departure, crossing, desk, thresholds)):
                if mismatch is not None:
                    found[crossing.vehicle_id, mismatch.kind].append(mismatch)
    return [
        _finding(vehicle_id, kind, own) for (vehicle_id, kind), own in sorted(found.items(), key=lambda item: item[0])
    ]


def _seal(departure: Departure, crossing: ReconciledCrossing, desk: Desk) -> Mismatch | None:
    said = departure.told("seal_number")
    if desk.seal_intact is False:
        ground = Ground("seal_broken", {"agency": desk.agency})
    elif said and desk.seal_number and seal_key(said) != seal_key(desk.seal_number):
        ground = Ground("seal_other_number", {"agency": desk.agency, "said": said, "logged": desk.seal_number})
    else:
        return None
    return Mismatch("seal_mismatch", departure, crossing, desk, ground)


def seal_key(number: str) -> str:
    """Return a seal's number as compared: letters and digits only, upper case, no zeros before a number."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", re.sub(r"[^A-Z0-9]", "", number.upper()))


def _passengers(
    departure: Departure, crossing: ReconciledCrossing, desk: Desk, thresholds: Thresholds
) -> Mismatch | None:
    manifest = departure.told("manifest") or {}
    said, logged = manifest.get("passengers"), desk.passengers
    if said is None or logged is None:
        return None
    apart = abs(said - logged)
    if apart < thresholds.manifest_least or apart < thresholds.manifest_share * max(said, logged):
        return None
    ground = Ground("passengers_differ", {"agency": desk.agency, "said": said, "logged": logged})
    return Mismatch("manifest_mismatch", departure, crossing, desk, ground)


def _finding(vehicle_id: str, kind: FlagKind, own: Sequence[Mismatch]) -> Finding:
    operator_id = own[0].departure.operator_id
    first = own[0].crossing
    post_id = first.exit.post_id if own[0].desk.direction == "exit" else first.entry.post_id
    evidence = []
    for one in own:
        seq = one.departure.seqs.get("departed") or max(one.departure.seqs.values())
        evidence.append(
            Evidence("trip", one.departure.trip_id, vehicle_id, operator_id,
                     one.departure.departed_at or one.crossing.started_at, None, seq, seq)
        )  # fmt: skip
        evidence += [
            Evidence("log", str(seq), vehicle_id, operator_id, one.desk.arrived_at, one.desk.released_at, seq, seq)
            for seq in one.desk.seqs
        ]
    return Finding(
        kind=kind, severity="low", confidence=SURE, started_at=min(one.crossing.started_at for one in own),
        ended_at=max(one.crossing.ended_at for one in own), vehicle_id=vehicle_id, operator_id=operator_id,
        country=post_id.partition("-")[0] if post_id else None,
        counts={
            "crossings": len({one.crossing.crossing_id for one in own}), "trips": len({one.departure.trip_id for one in own}),
        },
        grounds=(*(one.ground for one in own[:5]), Ground(WHY_NOT[kind])),
        evidence=tuple(dict.fromkeys(evidence)),
    )  # fmt: skip
