"""Which model reads which kind of message."""

from telemetry.kinds import Kind
from telemetry.wire.control import Control
from telemetry.wire.crossing import Crossing
from telemetry.wire.envelope import Envelope
from telemetry.wire.incident import Incident
from telemetry.wire.position import Position
from telemetry.wire.post_status import PostStatus
from telemetry.wire.trip import Trip
from telemetry.wire.vehicle_status import VehicleStatus

MODELS: dict[Kind, type[Envelope]] = {
    Kind.POSITION: Position,
    Kind.TRIP: Trip,
    Kind.CONTROL: Control,
    Kind.INCIDENT: Incident,
    Kind.CROSSING: Crossing,
    Kind.POST_STATUS: PostStatus,
    Kind.VEHICLE_STATUS: VehicleStatus,
}
