"""Everything that can happen, on one page. Siblings meet here and nowhere else.

An event is what a message of the log says once it is understood. `event_of` makes it from a row, without clock,
database or network, so that a replay of the log gives the same events. All times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from tracker.log import FLAGS, SLOT, TICKS, LogRow, StoredMessage


@dataclass(frozen=True, slots=True)
class Event:
    """What every event carries: its number in the log, who speaks, and the three clocks."""

    seq: int
    message_id: str
    observed_at: datetime
    sent_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class VehicleEvent(Event):
    """Something a coach, its crew or its operator reported. `body` is as in the contract, section 3.

    `device_id`: who sent it.
    """

    operator_id: str
    vehicle_id: str
    body: dict[str, Any]
    device_id: str


@dataclass(frozen=True, slots=True)
class PostEvent(Event):
    """Something one agency at one border post reported."""

    post_id: str
    agency: str
    body: dict[str, Any]


class VehiclePositionReported(VehicleEvent):
    """The coach was at a place. `latitude`, `longitude`, perhaps `speed_mps`, `bearing_deg`, `accuracy_m`."""


class TripReported(VehicleEvent):
    """A trip was declared, departed, arrived or was cancelled (`event`)."""


class ControlReported(VehicleEvent):
    """The crew reported a control by one agency: delay, payments, harassment."""


class IncidentReported(VehicleEvent):
    """The crew reported a delay, breakdown, closure or harassment without a control."""


class VehicleStatusReported(VehicleEvent):
    """The device came online or went offline (its last will)."""


class CrossingLogged(PostEvent):
    """An agency logged a coach's formalities at its point."""


class PostStatusReported(PostEvent):
    """An agency said whether its point is open, and how long its queue is."""


@dataclass(frozen=True, slots=True)
class Ticked(Event):
    """Time passed. Silence and deadlines come from here, so that they replay too."""


class SlotPassed(Ticked):
    """Ten minutes passed. A batch of the pipeline ends with it, so that what is looked for at a slot is looked for in
    all that was said before it, however the log was cut into batches."""


@dataclass(frozen=True, slots=True)
class FlagDecided(Event):
    """A person decided something about a flag. `body`: `decision`, `by`, `role`, and what the decision needs."""

    flag_id: str
    body: dict[str, Any]


VEHICLE_EVENTS: dict[str, type[VehicleEvent]] = {
    "position": VehiclePositionReported,
    "trip": TripReported,
    "control": ControlReported,
    "incident": IncidentReported,
    "vehicle_status": VehicleStatusReported,
}
POST_EVENTS: dict[str, type[PostEvent]] = {"crossing": CrossingLogged, "post_status": PostStatusReported}


def event_of(row: LogRow | StoredMessage) -> Event:
    """Return the event that a row of the log stands for.

    Raises:
        KeyError: the row's kind is not one of this page; only this code writes the log, so that is a defect.
    """
    assert row.seq is not None
    clocks = (row.seq, str(row.message_id), row.observed_at, row.sent_at, row.received_at)
    if row.subject == TICKS:
        return SlotPassed(*clocks) if row.kind == SLOT else Ticked(*clocks)
    if row.subject.startswith(FLAGS):
        return FlagDecided(*clocks, row.subject.removeprefix(FLAGS), orjson.loads(row.body))
    _, first, second = row.subject.split("/")
    body = orjson.loads(row.body)
    if row.subject.startswith("posts/"):
        return POST_EVENTS[row.kind](*clocks, first, second, body)
    return VEHICLE_EVENTS[row.kind](*clocks, first, second, body, row.device_id)
