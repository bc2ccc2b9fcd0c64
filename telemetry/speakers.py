"""Which devices speak for which coach or point: what the doors ask for every message that names its sender by a topic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telemetry.device import Device


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks for one coach or point: the kinds of its devices, and which device it is when there is one only.

    Devices that may not sign in any more count only where no other is left: what they sent may still be on its way.
    """

    kinds: frozenset[str] = frozenset()
    device_id: str = ""
    language: str = "en"


NOBODY = Voice()


@dataclass(frozen=True, slots=True)
class Speakers:
    """Which devices speak for which coach or point; a snapshot."""

    revision: int
    by_subject: Mapping[str, Voice]

    def of(self, subject: str) -> Voice:
        """Return who speaks for `subject`."""
        return self.by_subject.get(subject, NOBODY)


def speakers_of(revision: int, devices: Sequence[Device]) -> Speakers:
    """Return who of `devices` speaks for whom."""
    by_subject: dict[str, list[Device]] = {}
    for device in devices:
        if (subject := device.subject) is not None:
            by_subject.setdefault(subject, []).append(device)
    return Speakers(revision, {subject: _voice(speaking) for subject, speaking in by_subject.items()})


def _voice(devices: Sequence[Device]) -> Voice:
    devices = [device for device in devices if device.is_active] or devices
    return Voice(
        kinds=frozenset(device.kind for device in devices),
        device_id=devices[0].device_id if len(devices) == 1 else "",
        language=devices[0].language,
    )
