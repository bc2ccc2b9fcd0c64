"""The grammar of MQTT topics: what a topic says, and how one is built.

Three written forms exist. The *plain* one is what devices publish to (`corridor/v1/vehicles/OP/COACH/positions`,
`owntracks/OP/COACH`). The *partitioned* one is what our broker makes of it before workers see it
(`in/3/positions/OP/COACH`). Receipts and expected lists go the other way, from us to devices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from telemetry.kinds import Kind

IDENTIFIER = "[A-Za-z0-9_-]{1,40}"
ROOT = "corridor/v1"

VEHICLE_SEGMENTS = {
    Kind.POSITION: "positions",
    Kind.TRIP: "trips",
    Kind.CONTROL: "controls",
    Kind.INCIDENT: "incidents",
    Kind.VEHICLE_STATUS: "status",
}
POST_SEGMENTS = {Kind.CROSSING: "crossings", Kind.POST_STATUS: "status"}
# In the partitioned form both owners' kinds stand in one place, so a post's status needs a name of its own. A vehicle's
# status is missing: a last will is published on the unmapped subject and would be lost, so it is not partitioned.
PARTITIONED_SEGMENTS = {
    Kind.POSITION: "positions",
    Kind.TRIP: "trips",
    Kind.CONTROL: "controls",
    Kind.INCIDENT: "incidents",
    Kind.CROSSING: "crossings",
    Kind.POST_STATUS: "post-status",
}
OWNTRACKS_SEGMENT = "owntracks"

_BY_VEHICLE_SEGMENT = {segment: kind for kind, segment in VEHICLE_SEGMENTS.items()}
_BY_POST_SEGMENT = {segment: kind for kind, segment in POST_SEGMENTS.items()}
_BY_PARTITIONED_SEGMENT = {segment: kind for kind, segment in PARTITIONED_SEGMENTS.items()}
_IDENTIFIER = re.compile(IDENTIFIER)
_PARTITION = re.compile("0|[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that carries messages to us.

    `first` and `second` name the sender: operator and coach, or post and agency. `partition` is None in the plain form.
    """

    kind: Kind
    first: str
    second: str
    owntracks: bool = False
    partition: int | None = None
    subject: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Make the sender's name in the log."""
        owner = "posts" if self.kind.is_of_post else "vehicles"
        object.__setattr__(self, "subject", f"{owner}/{self.first}/{self.second}")


def is_identifier(text: str) -> bool:
    """Say whether `text` may name an operator, a coach, a post, an agency or a device."""
    return _IDENTIFIER.fullmatch(text) is not None


@lru_cache(maxsize=50_000)  # a fleet has a few thousand topics, each used for every message
def parse(topic: str) -> Topic | None:
    """Return what `topic` says, None when it is none of ours or carries messages from us."""
    match topic.split("/"):
        case ["corridor", "v1", "vehicles", first, second, segment]:
            return _topic(_BY_VEHICLE_SEGMENT.get(segment), first, second)
        case ["corridor", "v1", "posts", first, second, segment]:
            return _topic(_BY_POST_SEGMENT.get(segment), first, second)
        case ["owntracks", first, second]:
            return _topic(Kind.POSITION, first, second, owntracks=True)
        case ["in", number, "owntracks", first, second] if _PARTITION.fullmatch(number):
            return _topic(Kind.POSITION, first, second, owntracks=True, partition=int(number))
        case ["in", number, segment, first, second] if _PARTITION.fullmatch(number):
            return _topic(_BY_PARTITIONED_SEGMENT.get(segment), first, second, partition=int(number))
    return None


def build(topic: Topic) -> str:
    """Write `topic` down; `parse` reads the same back.

    Raises:
        ValueError: a name is no identifier, or a vehicle's status should go to a partition.
    """
    if not is_identifier(topic.first) or not is_identifier(topic.second):
        raise ValueError(f"not identifiers: {topic.first!r}, {topic.second!r}")
    names = f"{topic.first}/{topic.second}"
    if topic.partition is not None:
        if topic.kind is Kind.VEHICLE_STATUS:
            raise ValueError("a vehicle's status is not partitioned")
        segment = OWNTRACKS_SEGMENT if topic.owntracks else PARTITIONED_SEGMENTS[topic.kind]
        return f"in/{topic.partition}/{segment}/{names}"
    if topic.owntracks:
        return f"owntracks/{names}"
    if topic.kind.is_of_post:
        return f"{ROOT}/posts/{names}/{POST_SEGMENTS[topic.kind]}"
    return f"{ROOT}/vehicles/{names}/{VEHICLE_SEGMENTS[topic.kind]}"


def vehicle_topic(kind: Kind, operator_id: str, vehicle_id: str) -> str:
    """Return the topic on which a coach publishes `kind`."""
    return build(Topic(kind, operator_id, vehicle_id))


def post_topic(kind: Kind, post_id: str, agency: str) -> str:
    """Return the topic on which an agency's point at a border post publishes `kind`."""
    return build(Topic(kind, post_id, agency))


def owntracks_topic(operator_id: str, vehicle_id: str) -> str:
    """Return the topic of the OwnTracks app in a coach."""
    return build(Topic(Kind.POSITION, operator_id, vehicle_id, owntracks=True))


def receipts_topic(subject: str) -> str:
    """Return the topic on which the sender `subject` (`vehicles/OP/COACH`, `posts/POST/AGENCY`) reads our receipts."""
    return f"{ROOT}/receipts/{subject.removeprefix('vehicles/')}"


def expected_topic(post_id: str) -> str:
    """Return the topic of the retained list of coaches that approach a border post."""
    return f"{ROOT}/posts/{post_id}/expected"


def _topic(
    kind: Kind | None, first: str, second: str, owntracks: bool = False, partition: int | None = None
) -> Topic | None:
    if kind is None or not is_identifier(first) or not is_identifier(second):
        return None
    return Topic(kind, first, second, owntracks, partition)
