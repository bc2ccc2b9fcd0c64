"""Rows of the reading API about border posts. Pure; null is *not known*, never zero."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from checkpoints.log_quality import LogQuality
from checkpoints.log_states import SideTally
from checkpoints.post_stays import HourOfWeek, PostWait
from dashboard.approaching import Approach
from dashboard.arrivals import Arrival
from dashboard.corridor_view import PostLine

MINUTE = timedelta(minutes=1)
ROUND = timedelta(minutes=5)


def arrival_json(one: Arrival) -> dict[str, Any]:
    """Return a coach at a post: when it came and went, and how long it stood by positions and by the log."""
    return {
        "vehicle_id": one.crossing.vehicle_id,
        "license_plate": one.license_plate,
        "operator_id": one.crossing.operator_id,
        "direction": one.direction,
        "arrived_at": one.arrived_at,
        "left_at": one.left_at,
        "is_here": one.is_here,
        "crossing_state": one.crossing.state,
        "seen_s": _whole(one.seen_s),
        "seen_of_both_sides": one.is_unsplit,
        "logged_s": _whole(one.logged_s),
        "agencies": [desk.agency for desk in one.desks],
    }


def expected_json(one: Approach, now: datetime) -> dict[str, Any]:
    """Return a coach on its way: what `care.md` allows a list of them to carry, and no more.

    The band as moments, and in whole minutes from now; `silent_since` and `is_planned` say what it rests on.
    """
    low, high = (max(timedelta(0), at - now) // MINUTE for at in (one.eta.low, one.eta.high))
    return told_json(one) | {
        "from_min": low, "to_min": high, "silent_since": one.eta.silent_since, "is_planned": one.eta.is_planned,
    }  # fmt: skip


def told_json(one: Approach) -> dict[str, Any]:
    """Return a coach as a post's own program is told of it; the band rounded outwards to five minutes."""
    return {
        "license_plate": one.license_plate,
        "operator_id": one.operator_id,
        "eta_from": _rounded(one.eta.low),
        "eta_to": _rounded(one.eta.high + ROUND - timedelta(microseconds=1)),
        "passengers": one.passengers,
    }


def _rounded(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % ROUND.total_seconds())


def wait_json(one: PostWait) -> dict[str, Any]:
    """Return the wait in one direction, in whole seconds."""
    wait = one.wait
    return {
        "direction": one.direction,
        "here": [round(seconds) for seconds in wait.here],
        "before_opening": [round(seconds) for seconds in one.before_opening],
        "last_s": _whole(wait.last_s),
        "last_at": wait.last_at,
        "usual_s": _whole(wait.usual_s),
        "usual_n": wait.usual_n,
        "expected_s": _whole(wait.expected_s),
        "low_s": _whole(wait.low_s),
        "high_s": _whole(wait.high_s),
        "error_s": _whole(wait.error_s),
        "tested": wait.tested,
        "is_pending": wait.is_pending,
        "opening_s": _whole(one.opening_s),
        "opening_n": one.opening_n,
    }


def hour_of_week_json(one: HourOfWeek) -> dict[str, Any]:
    """Return the stays of one hour of the week; Monday is 1 (ISO 8601)."""
    return {
        "direction": one.direction,
        "weekday": one.weekday + 1,
        "hour": one.hour,
        "p50_s": round(one.p50_s),
        "n": one.n,
    }


def post_line_json(line: PostLine) -> dict[str, Any]:
    """Return a post of a corridor; the wait each way and the log's shares are null where they are not for the reader."""
    waits = {one.direction: wait_json(one) for one in line.waits or ()}
    return {
        "post_id": line.post.id,
        "name": line.post.name,
        "country": line.post.country,
        "km": round(line.km, 2),
        "state": line.state,
        "exit": waits.get("exit"),
        "entry": waits.get("entry"),
        "crossings": None if line.tallies is None else sum(one.n for one in line.tallies),
        "disputed_share": line.share("disputed"),
        "not_logged_share": line.share("seen_only"),
    }


def tally_json(one: SideTally) -> dict[str, Any]:
    """Return how many crossings of a side are in which state."""
    return {"direction": one.direction, "n": one.n, **one.counts}


def quality_json(one: LogQuality) -> dict[str, Any]:
    """Return how plausible an agency's log is; shares of its entries, to four digits."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in asdict(one).items()}


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
