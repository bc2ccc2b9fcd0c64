"""Where the network is silent: stretches of corridors from which nothing was heard, or was heard late, by coach and day.

A stretch is a cell of `CELL_KM`. Only those where `FEWEST_COACHES` coaches at least were silent are read: fewer tell of
a device, not of the network. *Lost* (no fix ever came) and *late* (fixes were stored on the device) stay apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, func, select
from sqlmodel import Field, Session, SQLModel, col

from tracker.fact_rows import Changes
from tracker.facts import Fact, Gap, TripRun
from tracker.tallies import Cells, Changing, among

CELL_KM = 10
FEWEST_COACHES = 3
DAY_S = 86_400


class SilenceCell(SQLModel, table=True):
    """Silences of one coach on a stretch that began on one day (days since 1970). `cell_km`: where the stretch begins."""

    __tablename__: ClassVar[str] = "silence_cell"
    __table_args__ = (
        CheckConstraint("lost >= 0 and late >= 0 and lost + late > 0", name="ck_silence_cell_counts"),
        PrimaryKeyConstraint("day", "corridor_id", "cell_km", "vehicle_id"),
        Index("ix_silence_cell_corridor", "corridor_id", "day"),
    )

    corridor_id: str = Field(max_length=40)
    cell_km: int
    vehicle_id: str = Field(max_length=40)
    lost: int
    late: int
    lost_s: int
    late_s: int
    day: int


class TripCell(SQLModel, table=True):
    """Trips begun on one day (days since 1970) that passed a stretch, by anybody."""

    __tablename__: ClassVar[str] = "trip_cell"
    __table_args__ = (
        CheckConstraint("passes > 0", name="ck_trip_cell_passes"),
        PrimaryKeyConstraint("day", "corridor_id", "cell_km"),
        Index("ix_trip_cell_corridor", "corridor_id", "day"),
    )

    corridor_id: str = Field(max_length=40)
    cell_km: int
    passes: int
    day: int


SILENT = Cells(SilenceCell, ("corridor_id", "cell_km", "vehicle_id", "day"), ("lost", "late", "lost_s", "late_s"), ())
PASSED = Cells(TripCell, ("corridor_id", "cell_km", "day"), ("passes",), ())


class Silences:
    """Keeps `SilenceCell` from gaps and `TripCell` from trips."""

    name = "silences"
    tables: Sequence[type[SQLModel]] = (SilenceCell, TripCell)
    facts: Sequence[type[Fact]] = (Gap, TripRun)

    def take(self, session: Session, changes: Changes) -> None:
        """Take in what became of gaps and trips. The time of a gap is shared among its stretches by kilometres."""
        silent, passed = Changing(SILENT), Changing(PASSED)
        for sign, sighting in changes.of(Gap, TripRun):
            fact = sighting.fact
            day = int(fact.started_at.timestamp() // DAY_S)
            if isinstance(fact, TripRun):
                for cell_km, _ in _cells(fact.start_km, fact.end_km):
                    passed.add((fact.corridor_id, cell_km, day), (1,), (), sign)
            elif isinstance(fact, Gap) and fact.corridor_id is not None and fact.from_km is not None:
                assert fact.ended_at is not None
                took_s = (fact.ended_at - fact.started_at).total_seconds()
                to_km = fact.from_km if fact.to_km is None else fact.to_km
                for cell_km, share in _cells(fact.from_km, to_km):
                    s = round(took_s * share)
                    numbers = (1, 0, s, 0) if fact.kind == "lost" else (0, 1, 0, s)
                    silent.add((fact.corridor_id, cell_km, sighting.vehicle_id, day), numbers, (), sign)
        silent.write(session)
        passed.write(session)


def _cells(one_km: float, other_km: float) -> Iterator[tuple[int, float]]:
    """Yield the stretches between two kilometres, and the share of the way between them that lies in each."""
    low, high = sorted((one_km, other_km))
    for number in range(int(low // CELL_KM), int(high // CELL_KM) + 1):
        start = number * CELL_KM
        share = 1.0 if high == low else (min(high, start + CELL_KM) - max(low, start)) / (high - low)
        if share > 0:
            yield start, share


@dataclass(frozen=True, slots=True)
class SilenceReading:
    """Silence on a stretch: how many coaches were silent (`devices`), on how many trips over it, how often and how long."""

    corridor_id: str
    from_km: float
    to_km: float
    devices: int
    passes: int
    lost: int
    late: int
    lost_s: int
    late_s: int


def read_silences(
    session: Session, corridors: Collection[str] | None, since: datetime, until: datetime
) -> list[SilenceReading]:
    """Return the stretches of `corridors` (None: all) that were silent for three coaches at least, in order.

    The window is rounded out to whole days (UTC).
    """
    first, last = int(since.timestamp() // DAY_S), -int(-until.timestamp() // DAY_S)

    def window(table: Any) -> list[Any]:
        return [col(table.day) >= first, col(table.day) < last, *among(col(table.corridor_id), corridors)]

    place: list[Any] = [col(TripCell.corridor_id), col(TripCell.cell_km)]
    counted = select(*place, func.sum(col(TripCell.passes))).where(*window(TripCell)).group_by(*place)
    connection = session.connection()
    passes = {(row[0], row[1]): int(row[2]) for row in connection.execute(counted)}
    place = [col(SilenceCell.corridor_id), col(SilenceCell.cell_km)]
    coaches = func.count(col(SilenceCell.vehicle_id).distinct())
    query = (
        select(*place, coaches, *(func.sum(column) for column in SILENT.columns(SILENT.numbers)))
        .where(*window(SilenceCell))
        .group_by(*place)
        .having(coaches >= FEWEST_COACHES)
        .order_by(*place)
    )
    return [
        SilenceReading(
            corridor, float(km), float(km + CELL_KM), devices, passes.get((corridor, km), 0), *map(int, sums)
        )
        for corridor, km, devices, *sums in connection.execute(query)
    ]
