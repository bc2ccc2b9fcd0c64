"""Flags as the map shows them: those that go on, as compact rows.

Harassment is not among them. The map counts reports of it at towns (`map_reports`); a flag's own place could lie on who
reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from checkpoints.flags import GOING, Flag
from dashboard.flag_reading import COARSE, visible_flags
from tracker.scope import Action, Scope

MOST = 500
FLAG_COLUMNS = (
    "id", "kind", "status", "severity", "confidence", "lat", "lon", "first", "last", "country", "corridor", "km", "section",
    "agency", "hours", "direction",
)  # fmt: skip


def read_flags(session: Session, scope: Scope) -> list[Flag]:
    """Return the flags that go on and that the viewer may see, the surest of the gravest first."""
    if not scope.may(Action.VIEW_FLAGS):
        return []
    return [flag for flag in visible_flags(session, scope, statuses=GOING, limit=MOST) if flag.kind not in COARSE]


def flags_json(flags: Sequence[Flag], *, is_shown: bool) -> dict[str, Any]:
    """Return flags as a part of the map's JSON; times are Unix seconds."""
    return {"shown": is_shown, "columns": FLAG_COLUMNS, "rows": [_row(flag) for flag in flags]}


def _row(flag: Flag) -> list[Any]:
    return [
        flag.flag_id, flag.kind, flag.status, flag.severity, round(flag.confidence, 3), flag.latitude, flag.longitude,
        int(flag.first_seen_at.timestamp()), int(flag.last_seen_at.timestamp()), flag.country, flag.corridor_id, flag.km,
        flag.section_id, flag.agency, flag.hours, flag.direction,
    ]  # fmt: skip
