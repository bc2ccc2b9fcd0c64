"""The kinds of message a door takes."""

from enum import StrEnum


class Kind(StrEnum):
    """What a message speaks of; also its name in the log."""

    POSITION = "position"
    TRIP = "trip"
    CONTROL = "control"
    INCIDENT = "incident"
    CROSSING = "crossing"
    POST_STATUS = "post_status"
    VEHICLE_STATUS = "vehicle_status"

    @property
    def is_of_post(self) -> bool:
        """Say whether border posts send it (the others come from coaches)."""
        return self in {Kind.CROSSING, Kind.POST_STATUS}
