"""Who is this vehicle, post or corridor? What lower rooms may ask, and `dashboard/main.py` answers.

Vehicles belong to `operators`, agencies to `checkpoints`, posts and corridors to `tracker`; the doors in `telemetry`
know none of them and ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class VehicleRef:
    """A registered coach. Vehicle ids are unique across operators; plates are as registered."""

    vehicle_id: str
    operator_id: str
    license_plate: str | None

    @property
    def subject(self) -> str:
        """The coach's name in the log."""
        return f"vehicles/{self.operator_id}/{self.vehicle_id}"


class Directory(Protocol):
    """Answers from memory or from a cache of seconds; asked for every message."""

    def find_vehicle(self, vehicle_id: str) -> VehicleRef | None:
        """Return the coach of that id, whichever operator's."""
        ...

    def find_vehicle_by_plate(self, license_plate: str) -> VehicleRef | None:
        """Return the coach whose plate is that one in any style of writing (`1234 AB 01`, `1234-ab01`)."""
        ...

    def find_post_country(self, post_id: str) -> str | None:
        """Return the ISO 3166 alpha-2 code of the country of a border post, None for no such post."""
        ...

    def has_corridor(self, corridor_id: str) -> bool:
        """Say whether the corridor exists."""
        ...

    def agencies_in(self, country: str, on: date) -> frozenset[str]:
        """Return the codes of the agencies that exist in `country` on that day."""
        ...

    def country_at(self, latitude: float, longitude: float) -> str | None:
        """Return the country of a point, None at sea or where it is not known."""
        ...
