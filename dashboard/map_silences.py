"""Where the network is silent: stretches of ten kilometres, what was lost there apart from what came late.

Only stretches where three coaches or more fell silent are told, so that nobody is looked at; only people who see coaches
of all companies read it, because it is made of all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from dashboard.map_lines import line_between
from tracker.corridors import Corridor
from tracker.geography import Geography
from tracker.restrictions import where_of
from tracker.scope import ALL, Action, Scope
from tracker.silences import SilenceReading, read_silences

SPAN = timedelta(days=30)
COLUMNS = ("corridor", "fromKm", "toKm", "devices", "passes", "lost", "late", "lostS", "lateS", "line")


def sees_silences(scope: Scope) -> bool:
    """Say whether the viewer may see where coaches of all companies fell silent."""
    return scope.may(Action.VIEW_POSITIONS) and scope.operators(Action.VIEW_POSITIONS) is ALL


def read_silent_stretches(session: Session, geography: Geography, scope: Scope, now: datetime) -> list[SilenceReading]:
    """Return the silent stretches of the last `SPAN` that the viewer may see, by corridor and kilometre.

    Corridors share roads, and a stretch is told under the corridor of the coaches' trips: it may come twice.
    """
    if not sees_silences(scope):
        return []
    found = read_silences(session, None, now - SPAN, now)
    return [r for r in found if _may_see(scope, geography.corridors.get(r.corridor_id), r, now)]


def silence_json(readings: Iterable[SilenceReading], geography: Geography) -> dict[str, Any]:
    """Return the stretches with their lines (see `map_lines`), for the layer of the map."""
    return {
        "days": SPAN.days,
        "columns": COLUMNS,
        "rows": [
            [r.corridor_id, r.from_km, r.to_km, r.devices, r.passes, r.lost, r.late, r.lost_s, r.late_s,
             line_between(geography.corridors[r.corridor_id].line, r.from_km, r.to_km)]
            for r in readings
        ],
    }  # fmt: skip


def _may_see(scope: Scope, corridor: Corridor | None, r: SilenceReading, now: datetime) -> bool:
    if corridor is None or not corridor.passages or r.from_km >= corridor.line.end_km:
        return False
    passage = corridor.passage_at(min((r.from_km + r.to_km) / 2, corridor.line.end_km))
    # Ten kilometres are no figure of a section: in a restricted one they wait for nothing.
    is_held = scope.holds_back_figures(where_of(r), now - SPAN, now)
    return scope.may(Action.VIEW_POSITIONS, country=passage.country) and not is_held
