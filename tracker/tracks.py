"""Coaches' fixes, packed by coach and hour, and the memory of the steps beside them.

A row of `vehicle_track` holds one hour's fixes of one coach (51 bytes each) in the order of the rules, and the memory
as it was before the first of them. `coach_memory` holds the present memory. Only `tracker/journeys.py` writes both.

Places are kept to 1e-7 degree (a centimetre), speeds to mm/s, accuracies to centimetres, times to the microsecond.
Memories are JSON; those beside the hours, which are rarely read again, compressed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import CheckConstraint, select
from sqlmodel import Field, Session, SQLModel, col

from tracker.database import BigId
from tracker.fixes import Fixes

HOUR_US = 3_600_000_000
UNSAID = -1  # in the place of a speed or an accuracy
# The order of the fields is the order of fixes: by time, then by what they say, last by when they came.
RECORD = np.dtype(
    [
        ("at_us", "<i8"), ("latitude", "<i4"), ("longitude", "<i4"), ("speed", "<i4"), ("accuracy", "<i4"),
        ("device", "<u2"), ("sent_us", "<i8"), ("received_us", "<i8"), ("seq", "<i8"),
    ]
)  # fmt: skip
Records = NDArray[Any]


class VehicleTrack(SQLModel, table=True):
    """One hour (hours since 1970) of a coach's fixes. `devices`: names, one a line, to which the fixes refer."""

    __tablename__: ClassVar[str] = "vehicle_track"
    __table_args__ = (CheckConstraint("count > 0", name="ck_vehicle_track_count"),)

    vehicle_id: str = Field(primary_key=True, max_length=40)
    hour: int = Field(primary_key=True)
    count: int
    devices: str
    fixes: bytes
    memory_before: bytes


class CoachMemory(SQLModel, table=True):
    """What the steps know of a coach after its newest fix, and a digest of its facts under way."""

    __tablename__: ClassVar[str] = "coach_memory"

    vehicle_id: str = Field(primary_key=True, max_length=40)
    operator_id: str = Field(max_length=40)
    newest_us: int = Field(sa_type=BigId)
    memory: bytes
    under_way: str


HEARD = np.dtype(
    [("coach", "<i4"), *((name, "<i4" if name == "device" else RECORD[name]) for name in RECORD.names or ())]
)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Fixes in their order; `devices` are the names their records refer to, sorted."""

    records: Records
    devices: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.records.size)

    def fixes(self) -> Fixes:
        """Return them as the rules see them."""
        r = self.records
        speeds, accuracies = r["speed"].astype(np.float64), r["accuracy"].astype(np.float64)
        speeds[speeds == UNSAID] = np.nan
        accuracies[accuracies == UNSAID] = np.nan
        return Fixes(
            at_s=r["at_us"] / 1e6,
            latitudes=r["latitude"] / 1e7,
            longitudes=r["longitude"] / 1e7,
            speeds_mps=speeds / 1e3,
            accuracies_m=accuracies / 1e2,
            sent_s=r["sent_us"] / 1e6,
            received_s=r["received_us"] / 1e6,
            seqs=r["seq"].astype(np.int64),
            devices=np.array(self.devices)[r["device"]],
        )

    def hours(self) -> list[tuple[int, Track]]:
        """Cut it at the hours."""
        numbers = self.records["at_us"] // HOUR_US
        if numbers[0] == numbers[-1]:
            return [(int(numbers[0]), self)]
        cuts = np.flatnonzero(np.diff(numbers)) + 1
        parts = np.split(self.records, cuts)
        return [(int(part["at_us"][0] // HOUR_US), Track(part, self.devices)) for part in parts]

    def row(self) -> tuple[int, str, bytes]:
        """Return count, devices and fixes as they are stored: names that no fix refers to are left out."""
        used = np.unique(self.records["device"])
        if used.size == len(self.devices):
            return len(self), "\n".join(self.devices), self.records.tobytes()
        records = self.records.copy()
        records["device"] = np.searchsorted(used, records["device"])
        return len(self), "\n".join(self.devices[number] for number in used), records.tobytes()


@dataclass(slots=True)
class Heard:
    """Fixes of many coaches, gathered as they came: rows of `HEARD`, which name coaches and devices by number."""

    coaches: dict[str, tuple[int, str]] = field(default_factory=dict)  # number and operator
    devices: dict[str, int] = field(default_factory=dict)
    parts: list[Records] = field(default_factory=list)

    def add(self, rows: Sequence[tuple[int, ...]]) -> None:
        """Add rows in the order of `HEARD`."""
        if rows:
            self.parts.append(np.array(rows, dtype=HEARD))

    def coach(self, vehicle_id: str, operator_id: str) -> int:
        """Return the number of a coach."""
        known = self.coaches.get(vehicle_id)
        if known is None:
            known = self.coaches[vehicle_id] = (len(self.coaches), operator_id)
        return known[0]

    def tracks(self) -> dict[str, Track]:
        """Return each coach's fixes, in their order."""
        if not self.parts:
            return {}
        rows = np.concatenate(self.parts)
        rows = rows[np.argsort(rows["coach"], kind="stable")]
        ends = np.searchsorted(rows["coach"], np.arange(len(self.coaches) + 1))
        names = np.array(list(self.devices))
        records = np.empty(rows.size, dtype=RECORD)
        for name in RECORD.names or ():
            if name != "device":
                records[name] = rows[name]
        tracks = {}
        for vehicle_id, (number, _) in self.coaches.items():
            part = slice(ends[number], ends[number + 1])
            used = np.unique(rows["device"][part])
            order = np.argsort(names[used])
            records["device"][part] = np.argsort(order)[np.searchsorted(used, rows["device"][part])]
            tracks[vehicle_id] = Track(_ordered(records[part]), tuple(str(name) for name in names[used][order]))
        return tracks


def unpacked(devices: str, fixes: bytes) -> Track:
    """Return a stored hour."""
    return Track(np.frombuffer(fixes, dtype=RECORD), tuple(devices.split("\n")))


def merged(one: Track, other: Track) -> Track:
    """Return the fixes of both, in their order."""
    if one.devices == other.devices:
        return Track(_ordered(np.concatenate((one.records, other.records))), one.devices)
    devices = tuple(sorted({*one.devices, *other.devices}))
    parts = []
    for track in (one, other):
        records = track.records.copy()
        records["device"] = np.array([devices.index(name) for name in track.devices])[records["device"]]
        parts.append(records)
    return Track(_ordered(np.concatenate(parts)), devices)


def _ordered(records: Records) -> Records:
    at = records["at_us"]
    if at.size < 2 or bool((at[1:] > at[:-1]).all()):
        return records
    names = RECORD.names
    assert names is not None
    return records[np.lexsort([records[name] for name in reversed(names)])]


def said_memory(memory: Any) -> bytes:
    """Return a memory as JSON: the same bytes for the same memory."""
    return orjson.dumps(memory, option=orjson.OPT_SORT_KEYS)


def packed_memory(memory: Any) -> bytes:
    """Return a memory as it is stored beside an hour: its JSON, compressed."""
    return zlib.compress(said_memory(memory), 1)


def unpacked_memory(stored: bytes) -> Any:
    """Return a memory that was stored beside an hour."""
    return orjson.loads(zlib.decompress(stored))


def read_track(session: Session, vehicle_id: str, since: datetime, until: datetime) -> Fixes:
    """Return the fixes of a coach observed in [since, until), refused ones among them."""
    since_us, until_us = round(since.timestamp() * 1e6), round(until.timestamp() * 1e6)
    query = (
        select(col(VehicleTrack.devices), col(VehicleTrack.fixes))
        .where(col(VehicleTrack.vehicle_id) == vehicle_id)
        .where(col(VehicleTrack.hour) >= since_us // HOUR_US, col(VehicleTrack.hour) <= until_us // HOUR_US)
        .order_by(col(VehicleTrack.hour))
    )
    track = _joined(unpacked(devices, fixes) for devices, fixes in session.connection().execute(query))
    at = track.records["at_us"]
    return Track(track.records[(at >= since_us) & (at < until_us)], track.devices).fixes()


def _joined(tracks: Iterable[Track]) -> Track:
    parts = list(tracks)
    if not parts:
        return Track(np.zeros(0, dtype=RECORD), ("",))
    devices = tuple(sorted({name for part in parts for name in part.devices}))
    number_of = {name: number for number, name in enumerate(devices)}
    records = np.concatenate([part.records for part in parts])
    shift = [np.array([number_of[n] for n in part.devices])[part.records["device"]] for part in parts]
    records["device"] = np.concatenate(shift)
    return Track(records, devices)
