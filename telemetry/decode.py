"""From bytes to sound messages, each with its verdict. Pure: no clock, no database, no network; it never raises.

One element that is wrong does not stop the others. Every reason is given, not the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from telemetry.kinds import Kind
from telemetry.message_limits import MessageLimits
from telemetry.payload import Unreadable, read_elements
from telemetry.redact import redacted
from telemetry.verdicts import reasons_of, sound_fields
from telemetry.wire.codes import CONTROL_REASONS
from telemetry.wire.envelope import Envelope
from telemetry.wire.models import MODELS
from tracker.errors import Reason

# Fields that are columns of the log or the name of the sender, not part of what is said.
_APART = frozenset({"id", "sent_at"})
_FLAT = frozenset({Kind.POSITION, Kind.POST_STATUS, Kind.VEHICLE_STATUS})
_PLACE_NAMES = ("origin", "destination")


@dataclass(slots=True)
class Decoded:
    """One sound message. `body` holds what it says, without nulls, unknown fields and free text.

    `index` is its place in the array, None when it came alone; `raw` is the element as it was read.
    """

    index: int | None
    id: UUID | None
    observed_at: datetime
    sent_at: datetime | None
    body: dict[str, Any]
    free_text: dict[str, str]
    raw: Any

    @property
    def path(self) -> str:
        """What stands before the name of one of its fields in a reason."""
        return "" if self.index is None else f"[{self.index}]."


@dataclass(slots=True)
class Refused:
    """One message, or a whole payload (`raw` is bytes), that cannot be used."""

    index: int | None
    id: str | None
    reasons: list[Reason] = field(default_factory=list)
    raw: Any = b""


def decode(kind: Kind, payload: bytes, limits: MessageLimits, received_at: datetime) -> list[Decoded | Refused]:
    """Return the verdict on every message of `payload`, in order."""
    try:
        elements, is_array = read_elements(payload, limits)
    except Unreadable as error:
        return [Refused(None, None, [error.reason], payload)]
    return judge(kind, elements, is_array, limits, received_at)


def judge(
    kind: Kind, elements: Sequence[Any], is_array: bool, limits: MessageLimits, received_at: datetime
) -> list[Decoded | Refused]:
    """Return the verdict on every element."""
    judge_one = _Judge(kind, MODELS[kind], received_at, received_at + limits.future_tolerance).judge
    return [judge_one(element, index if is_array else None) for index, element in enumerate(elements)]


@dataclass(frozen=True, slots=True)
class _Judge:
    kind: Kind
    model: type[Envelope]
    received_at: datetime
    latest: datetime

    def judge(self, element: Any, index: int | None) -> Decoded | Refused:
        model = self.model
        path = "" if index is None else f"[{index}]."
        if type(element) is not dict:
            return Refused(index, None, [Reason("not_an_object", path[:-1] or None)], element)
        try:
            message = model.__pydantic_validator__.validate_python(element)
        except ValidationError as error:
            reasons = reasons_of(error)
            wrong = {reason.field for reason in reasons}
            found = _found_wrong(model, sound_fields(model, element), self.latest)
            reasons += [reason for reason in found if reason.field not in wrong]
            return Refused(index, _claimed_id(element), _placed(reasons, path), element)
        said = message.__dict__ if self.kind in _FLAT else message.model_dump(exclude_none=True)
        body = {name: value for name, value in said.items() if value is not None and name not in _APART}
        if reasons := _found_wrong(model, body, self.latest):
            return Refused(index, _claimed_id(element), _placed(reasons, path), element)
        if self.kind is Kind.VEHICLE_STATUS:
            body.setdefault("observed_at", self.received_at)
        free_text = _free_text(model, body) if model.free_texts else {}
        for name in _PLACE_NAMES if self.kind is Kind.TRIP else ():
            if name in body:
                body[name] = redacted(body[name])
        return Decoded(index, message.id, body[model.moment], message.sent_at, body, free_text, element)


def _found_wrong(model: type[Envelope], values: Mapping[str, Any], latest: datetime) -> list[Reason]:
    reasons = model.contradictions(values)
    for name in model.past_times:
        first, _, inner = name.partition(".")
        moment = values.get(first)
        if inner and moment is not None:
            moment = moment.get(inner)
        if moment is not None and moment > latest:
            reasons.append(Reason("time_in_future", name))
    return reasons


def _free_text(model: type[Envelope], body: dict[str, Any]) -> dict[str, str]:
    texts = {}
    for name in model.free_texts:
        if name not in body or (name == "reason" and body[name] in CONTROL_REASONS):
            continue
        if text := redacted(body.pop(name)).strip():
            texts[name] = text
    return texts


def _placed(reasons: list[Reason], path: str) -> list[Reason]:
    if not path:
        return reasons
    return [Reason(r.code, path + r.field if r.field else path[:-1], r.values) for r in reasons]


def _claimed_id(element: dict[str, Any]) -> str | None:
    claimed = element.get("id")
    try:
        return str(UUID(claimed)) if isinstance(claimed, str) else None
    except ValueError:
        return None
