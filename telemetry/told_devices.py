"""Devices and dead letters as a viewer may know them: nobody but its operator learns when a hidden coach was heard of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from telemetry.dead_letter import LetterView
from telemetry.device import Device, DeviceRefusal
from tracker.hearing import Hearing


def told_devices(devices: Iterable[Device], hearing: Hearing) -> list[Device]:
    """Return devices; of a coach in a restricted section, or beside one, without the moments of its words."""
    times = ("last_heard_at", "last_refusal_at")
    return [
        Device(**one.model_dump() | {name: _of_device(one, getattr(one, name), hearing) for name in times})
        for one in devices
    ]


def told_refusals(refusals: Iterable[DeviceRefusal], device: Device, hearing: Hearing) -> list[DeviceRefusal]:
    """Return what the broker refused of a device, likewise; without what the viewer may know no moment of."""
    found = [
        DeviceRefusal(
            **one.model_dump()
            | {name: _of_device(device, getattr(one, name), hearing) for name in ("first_at", "last_at")}
        )
        for one in refusals
    ]
    return [one for one in found if one.last_at is not None]


def _of_device(device: Device, at: datetime | None, hearing: Hearing) -> datetime | None:
    return at if device.vehicle_id is None else hearing.told(at, device.operator_id, device.vehicle_id)


def told_letters(letters: Iterable[LetterView], hearing: Hearing) -> list[LetterView]:
    """Return dead letters with the moments that the viewer may know; those of which it may know none are left out."""
    found = []
    for one in letters:
        first, last = (_told(one, at, hearing) for at in (one.received_at, one.last_received_at))
        if first is not None and last is not None:
            found.append(replace(one, received_at=first, last_received_at=last))
    return found


def _told(letter: LetterView, at: datetime, hearing: Hearing) -> datetime | None:
    if letter.post_id is not None:
        return at
    vehicle_id = letter.subject.split("/")[-1] if letter.subject else None
    return hearing.told(at, letter.operator_id, vehicle_id)
