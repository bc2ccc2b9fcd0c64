"""Flags as the map shows them: those that go on, as compact rows.

One that names a dense stretch with an estimated number of posts has the stretch's line (`map_lines`), others a point.
Harassment is not among them. The map counts reports of it at towns (`map_reports`); a flag's own place could lie on who
reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from checkpoints.flags import GOING, Flag
from dashboard.flag_reading import COARSE, visible_flags
from dashboard.map_lines import line_between
from tracker.geography import Geography
from tracker.scope import Action, Scope

MOST = 500
FLAG_COLUMNS = (
    "id", "kind", "status", "severity", "confidence", "lat", "lon", "first", "last", "country", "corridor", "km", "section",
    "agency", "hours", "direction", "estimate", "line",
)  # fmt: skip


def read_flags(session: Session, scope: Scope) -> list[Flag]:
    """Return the flags that go on and that the viewer may see, the surest of the gravest first."""
    if not scope.may(Action.VIEW_FLAGS):
        return []
    return [flag for flag in visible_flags(session, scope, statuses=GOING, limit=MOST) if flag.kind not in COARSE]


def flags_json(flags: Sequence[Flag], geography: Geography, *, is_shown: bool) -> dict[str, Any]:
    """Return flags as a part of the map's JSON; times are Unix seconds."""
    return {"shown": is_shown, "columns": FLAG_COLUMNS, "rows": [_row(flag, geography) for flag in flags]}


def _row(flag: Flag, geography: Geography) -> list[Any]:
    return [
        flag.flag_id, flag.kind, flag.status, flag.severity, round(flag.confidence, 3), flag.latitude, flag.longitude,
        int(flag.first_seen_at.timestamp()), int(flag.last_seen_at.timestamp()), flag.country, flag.corridor_id, flag.km,
        flag.section_id, flag.agency, flag.hours, flag.direction, flag.estimate, _line(flag, geography),
    ]  # fmt: skip


def _line(flag: Flag, geography: Geography) -> str | None:
    corridor = geography.find_corridor(flag.corridor_id) if flag.corridor_id is not None else None
    if corridor is None or flag.estimate is None or flag.from_km is None or flag.to_km is None:
        return None
    return line_between(corridor.line, flag.from_km, flag.to_km)
