"""Findings: what the rules found, before it becomes a flag. Values and codes only; a finding says *look*, not *guilty*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

FlagKind = Literal[
    "unlisted_checkpoint",
    "en_route_control",
    "authorised_place_excess_point",
    "illicit_payment",
    "harassment",
    "excess_controls",
    "border_delay",
    "crossing_unlogged",
    "crossing_unmatched",
    "crossing_disputed",
    "off_post_crossing",
    "seal_mismatch",
    "manifest_mismatch",
    "rights_violation",
    "device_suspect",
]
Severity = Literal["low", "medium", "high"]
Value = str | float | int | None


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason for a finding, as a code with values: `halts_many` with `{"halts": 14, "passes": 21}`.

    `weight`: what it adds to the log odds (natural) that the finding is right; negative speaks against it; None where it
    is no matter of odds.
    """

    code: str
    values: Mapping[str, Value] = field(default_factory=dict)
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence, down to the log: `first_seq` to `last_seq` of a coach's messages hold it.

    `kind`: `halt`, `control`, `incident`, `crossing`, `trip`. `ref`: the fact's id, or the message's number in the log.
    """

    kind: str
    ref: str
    vehicle_id: str
    operator_id: str
    started_at: datetime
    ended_at: datetime | None
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding: what, where, since when, how sure, why.

    Place: `km` along `corridor_id` with `[from_km, to_km]` around it, the same place as `section_id` with `section_km` (so
    that corridors that share a road share the finding), latitude and longitude in degrees; all None where it has no place.
    `started_at`, `ended_at`: first and last evidence. `hours`: local hours of day in which it is active, None: all day.
    `confidence`: 0 to 1, how often such a finding is right. `estimate`: `(number, low, high)` of posts on a stretch
    where single ones cannot be told apart. `counts`: halts, passes, coaches, operators, reports and the like.
    """

    kind: FlagKind
    severity: Severity
    confidence: float
    started_at: datetime
    ended_at: datetime
    corridor_id: str | None = None
    km: float | None = None
    from_km: float | None = None
    to_km: float | None = None
    section_id: str | None = None
    section_km: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    country: str | None = None
    direction: Literal["up", "down", "both"] | None = None
    hours: tuple[float, float] | None = None
    agency: str | None = None
    post_id: str | None = None
    vehicle_id: str | None = None
    operator_id: str | None = None
    estimate: tuple[int, int, int] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    grounds: tuple[Ground, ...] = ()
    evidence: tuple[Evidence, ...] = ()
