"""How the road flows and how long posts take, as the map shows it in a window of time: readings within a viewer's reach.

Coaches seen from above are a company's business: a dispatcher reads the flow of the own coaches, a focal point that of
the own country, an official the dwell at the own post. What a row does not say is not known; nothing is filled with zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from dashboard.visible_figures import read_visible_flow, visible
from dashboard.windows import Window
from tracker.dwell_hours import read_dwell
from tracker.dwell_readings import DwellReading
from tracker.geography import Geography
from tracker.restrictions import Where
from tracker.scope import Action, Reach, Scope
from tracker.section_hours import FlowReading

# Shares by which a pass takes longer than free flow would: the colour changes there. The last class is open.
DELAY_BOUNDS = (0.1, 0.33, 0.67, 1.5)
FEW = 5  # fewer passes than these say little: marked on the map, in the panel and in the tables
USUAL = timedelta(days=30)
SLOW_DWELL = 1.5  # from this ratio of now to usual a post is marked

FLOW_COLUMNS = (
    "section", "direction", "trips", "lateShare", "medianKmh", "p95Kmh", "freeKmh", "freeBasis", "delayS", "delayP95S",
    "delayClass", "newest",
)  # fmt: skip
DWELL_COLUMNS = ("post", "direction", "n", "lateShare", "p50S", "p95S", "usualP50S", "newest")


@dataclass(frozen=True, slots=True)
class FlowMap:
    """What one viewer may see of a window. `usual`: median seconds over `USUAL`, by post and direction."""

    window: Window
    operator_id: str
    flow: list[FlowReading]
    dwell: list[DwellReading]
    usual: Mapping[tuple[str, str], float]
    sees_flow: bool
    sees_dwell: bool
    own_only: bool


def delay_share(reading: FlowReading, length_km: float) -> float | None:
    """Return by which share the median pass takes longer than free flow; None where free flow is not known."""
    if not reading.free_kmh or length_km <= 0:
        return None
    return reading.delay_median_s / (length_km / reading.free_kmh * 3600)


def delay_class(share: float | None) -> int | None:
    """Return 0 (flowing) to 4 (more than two and a half times as long) for a share; None where it is not known."""
    return None if share is None else sum(share >= bound for bound in DELAY_BOUNDS)


def read_flow_map(
    session: Session,
    geography: Geography,
    scope: Scope,
    window: Window,
    now: datetime,
    usual: Mapping[tuple[str, str], float],
    operator_id: str = "",
) -> FlowMap:
    """Read a window, of one operator if one is named."""
    sees_flow, sees_dwell = scope.may(Action.VIEW_POSITIONS), scope.may(Action.VIEW_CROSSINGS)
    companies = _within(scope.operators(Action.VIEW_POSITIONS), operator_id)
    flow: list[FlowReading] = []
    if sees_flow:
        seen = [s.id for s in geography.sections.values() if scope.may(Action.VIEW_POSITIONS, country=s.country)]
        flow = read_visible_flow(session, geography, scope, seen, window.since, window.until, now, operators=companies)
    dwell = (
        read_post_dwell(session, geography, scope, window.since, window.until, now, operator_id) if sees_dwell else []
    )
    return FlowMap(
        window=window,
        operator_id=operator_id,
        flow=[reading for reading in flow if reading.trips],
        dwell=dwell,
        usual=usual,
        sees_flow=sees_flow,
        sees_dwell=sees_dwell,
        own_only=sees_flow and isinstance(scope.operators(Action.VIEW_POSITIONS), frozenset),
    )


def read_post_dwell(
    session: Session,
    geography: Geography,
    scope: Scope,
    since: datetime,
    until: datetime,
    now: datetime,
    operator_id: str = "",
) -> list[DwellReading]:
    """Return how long posts took in a window, at those posts that the viewer may see."""
    seen = [
        post.id
        for post in geography.posts.values()
        if scope.may(Action.VIEW_CROSSINGS, post_id=post.id, country=post.country)
    ]
    companies = _within(scope.operators(Action.VIEW_CROSSINGS), operator_id)

    def read(names: Collection[str], end: datetime) -> list[DwellReading]:
        everywhere = None if len(names) == len(geography.posts) else names
        return read_dwell(session, everywhere, since, end, operators=companies)

    places = {post_id: Where(posts=(post_id,)) for post_id in seen}
    return [reading for reading in visible(scope, places, since, until, now, read, companies) if reading.n]


def usual_of(readings: Iterable[DwellReading]) -> dict[tuple[str, str], float]:
    """Return the median of each post and direction, to hold the present against."""
    return {(r.post_id, r.direction): r.p50_s for r in readings if r.p50_s is not None}


def flow_json(flow: FlowMap, geography: Geography) -> dict[str, Any]:
    """Return the compact JSON of a window. Times are Unix seconds; durations seconds; null is *not known*."""
    window = flow.window
    return {
        "window": window.code,
        "since": int(window.since.timestamp()),
        "until": int(window.until.timestamp()),
        "operator": flow.operator_id,
        "seesFlow": flow.sees_flow,
        "seesDwell": flow.sees_dwell,
        "ownOnly": flow.own_only,
        "bounds": DELAY_BOUNDS,
        "few": FEW,
        "columns": FLOW_COLUMNS,
        "rows": [_flow_row(reading, geography) for reading in flow.flow],
        "postColumns": DWELL_COLUMNS,
        "posts": [_dwell_row(reading, flow.usual) for reading in flow.dwell],
    }


def _flow_row(r: FlowReading, geography: Geography) -> list[Any]:
    share = delay_share(r, geography.sections[r.section_id].length_km)
    return [
        r.section_id, r.direction, r.trips, _share(r.late_trips, r.trips), _whole(r.median_kmh), _whole(r.p95_kmh),
        _whole(r.free_kmh), r.free_basis, _whole(r.delay_median_s), _whole(r.delay_p95_s), delay_class(share),
        _whole(r.newest_at.timestamp()),
    ]  # fmt: skip


def _dwell_row(r: DwellReading, usual: Mapping[tuple[str, str], float]) -> list[Any]:
    newest = r.newest_at.timestamp() if r.newest_at else None
    return [
        r.post_id, r.direction, r.n, _share(r.late_n, r.n), _whole(r.p50_s), _whole(r.p95_s),
        _whole(usual.get((r.post_id, r.direction))), _whole(newest),
    ]  # fmt: skip


def _within(reach: Reach, operator_id: str) -> frozenset[str] | None:
    """Return a reach as a filter, narrowed to one operator if one is named."""
    if operator_id:
        return frozenset({operator_id}) if operator_id in reach else frozenset()
    return reach if isinstance(reach, frozenset) else None


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
