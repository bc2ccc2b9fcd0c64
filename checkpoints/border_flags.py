"""Flags of border posts: logs that miss coaches, that end at the line, that contradict positions; crossings away from the post.

By post over some weeks and not by crossing: one forgotten entry is nobody's finding. Crossings are looked at a day after they
ended, because a third of the entries comes hours late. Two sources that contradict each other say *look*, not who is right.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median

from sqlmodel import Session

from checkpoints.crossing_rows import list_reconciled
from checkpoints.crossing_sides import CrossingSide
from checkpoints.desks import Direction
from checkpoints.findings import Evidence, Finding, FlagKind, Ground, Severity
from checkpoints.reconciliation import SIDES, ReconciledCrossing
from checkpoints.thresholds import DEFAULT, Thresholds
from tracker.geography import Geography, load_geography

SETTLED = timedelta(hours=24)
Z = 1.96
SUREST = 0.97
OFF_POST_SURE = 0.5  # points of posts are assumed where nobody surveyed them: as likely our map as the coach
UNMATCHED_SURE = 0.6  # it may have turned round after its formalities, or ended its trip there


@dataclass(frozen=True, slots=True)
class Seen:
    """One side of one crossing at a post."""

    crossing: ReconciledCrossing
    side: CrossingSide
    direction: Direction


class BorderFlags:
    """Finds posts whose log and whose coaches do not tell the same."""

    name = "border_flags"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Speak from the thresholds on."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return the findings, by kind and post."""
        since, until = as_of - timedelta(days=self._thresholds.border_window_days), as_of - SETTLED
        crossings = [one for one in list_reconciled(session, since, until) if one.ended_at < until]
        return find_at_posts(crossings, load_geography(session, as_of.date()), self._thresholds)


def find_at_posts(
    crossings: Iterable[ReconciledCrossing], geography: Geography, thresholds: Thresholds = DEFAULT
) -> list[Finding]:
    """Return the findings of settled crossings. Pure."""
    at_posts: dict[str, list[Seen]] = defaultdict(list)
    for crossing in sorted(crossings, key=lambda one: (one.started_at, one.crossing_id)):
        for direction in SIDES:
            side = crossing.side(direction)
            if side.post_id is not None:
                at_posts[side.post_id].append(Seen(crossing, side, direction))
    keepers = {post_id for post_id, own in at_posts.items() if _keeps_log(own, thresholds)}
    found: list[Finding | None] = []
    for post_id in sorted(at_posts):
        own = at_posts[post_id]
        found += [
            _unlogged(post_id, own, thresholds) if post_id in keepers else None,
            _disputed(post_id, own, thresholds),
            _unmatched(post_id, own, keepers, thresholds),
            _off_post(post_id, own, thresholds),
        ]
    return [_placed(finding, geography) for finding in found if finding is not None]


def _keeps_log(own: Sequence[Seen], thresholds: Thresholds) -> bool:
    """Say whether a post logs coaches at all: where nobody keeps a log here, none is missing."""
    seen = [one for one in own if one.crossing.state == "crossed"]
    logged = sum(bool(one.side.desks) for one in seen)
    return logged >= thresholds.border_least and logged * 2 >= len(seen)


def _unlogged(post_id: str, own: Sequence[Seen], thresholds: Thresholds) -> Finding | None:
    seen = [one for one in own if one.crossing.state == "crossed" and one.side.state != "off_post"]
    missing = [one for one in seen if one.side.state == "seen_only"]
    low = wilson_low(len(missing), len(seen))
    if len(missing) < thresholds.border_least or low < thresholds.border_unlogged_share:
        return None
    values = {"missing": len(missing), "seen": len(seen), "share": round(len(missing) / len(seen), 3)}
    return _finding("crossing_unlogged", post_id, missing, SUREST, "low", (Ground("log_misses", values),))


def _disputed(post_id: str, own: Sequence[Seen], thresholds: Thresholds) -> Finding | None:
    both = [one for one in own if one.side.desks and one.crossing.state is not None]
    disputed = [one for one in both if one.side.state == "disputed"]
    coaches = {one.crossing.coach for one in disputed}
    if len(disputed) < thresholds.border_least_disputes or len(coaches) < 2:
        return None
    reasons = Counter(reason for one in disputed for reason in one.side.reasons)
    grounds = [Ground("log_disputed", {"disputed": len(disputed), "both": len(both), "coaches": len(coaches)})]
    differences = (
        one.crossing.unsplit_difference_s if one.side.difference_s is None else one.side.difference_s
        for one in disputed
    )
    apart = [seconds for seconds in differences if seconds is not None]
    severity: Severity = "low"
    if apart:
        minutes = median(apart) / 60
        grounds.append(
            Ground("dwell_apart", {"minutes": round(abs(minutes)), "longer": "seen" if minutes > 0 else "logged"})
        )
        severity = "medium" if abs(minutes) >= thresholds.border_grave_minutes else "low"
    grounds += [
        Ground(f"dispute_{reason}", {"crossings": n})
        for reason, n in sorted(reasons.items())
        if reason != "dwell_differs"
    ]
    # Each further coach makes chance, a wrong clock or one officer's slip less likely: halves the doubt.
    sure = min(SUREST, 1 - 0.5 ** len(coaches))
    return _finding("crossing_disputed", post_id, disputed, sure, severity, tuple(grounds))


def _unmatched(post_id: str, own: Sequence[Seen], keepers: set[str], thresholds: Thresholds) -> Finding | None:
    """Return coaches that this post logged out and of which nobody at the other side, nor positions, ever told."""
    lost = [
        one
        for one in own
        if one.direction == "exit"
        and one.crossing.state is None
        and one.side.state == "logged_only"
        and one.crossing.entry.state == "nothing"
        and one.crossing.entry.post_id in keepers
    ]
    if len(lost) < thresholds.border_least_unmatched:
        return None
    ground = Ground("never_came", {"crossings": len(lost), "post": lost[0].crossing.entry.post_id})
    return _finding("crossing_unmatched", post_id, lost, UNMATCHED_SURE, "low", (ground,))


def _off_post(post_id: str, own: Sequence[Seen], thresholds: Thresholds) -> Finding | None:
    away = [one for one in own if one.side.state == "off_post" and one.direction == "entry"]
    if len(away) < thresholds.border_least_off_post:
        return None
    ground = Ground(
        "passed_away_from_post", {"crossings": len(away), "coaches": len({one.crossing.coach for one in away})}
    )
    return _finding("off_post_crossing", post_id, away, OFF_POST_SURE, "low", (ground,))


def _finding(
    kind: FlagKind,
    post_id: str,
    own: Sequence[Seen],
    confidence: float,
    severity: Severity,
    grounds: tuple[Ground, ...],
) -> Finding:
    crossings = [one.crossing for one in own]
    return Finding(
        kind=kind, severity=severity, confidence=round(confidence, 3),
        started_at=min(one.started_at for one in crossings), ended_at=max(one.ended_at for one in crossings),
        post_id=post_id, grounds=grounds,
        counts={
            "crossings": len({one.crossing_id for one in crossings}), "coaches": len({one.coach for one in crossings}),
            "operators": len({one.operator_id for one in crossings if one.operator_id}),
        },
        evidence=tuple(piece for one in own for piece in evidence_of(one.crossing, one.side)),
    )  # fmt: skip


def evidence_of(crossing: ReconciledCrossing, side: CrossingSide) -> list[Evidence]:
    """Return what a side rests on: what positions show of the crossing, and each entry of the log."""
    coach, operator = (crossing.vehicle_id or crossing.coach)[:40], crossing.operator_id or ""
    pieces = []
    if crossing.seen_id is not None:
        pieces.append(
            Evidence("crossing", crossing.seen_id, coach, operator, crossing.started_at, crossing.ended_at,
                     crossing.first_seq, crossing.last_seq)
        )  # fmt: skip
    for desk in side.desks:
        pieces += [
            Evidence("log", str(seq), coach, operator, desk.arrived_at, desk.released_at, seq, seq) for seq in desk.seqs
        ]
    return pieces


def _placed(finding: Finding, geography: Geography) -> Finding:
    post = geography.find_post(finding.post_id or "")
    if post is None:
        return finding
    latitude, longitude = post.crossing or (post.latitude, post.longitude)
    return replace(finding, latitude=latitude, longitude=longitude, country=post.country)


def wilson_low(hits: int, n: int) -> float:
    """Return the lower bound of a share's 95 % interval (Wilson, 1927); 0 for nothing."""
    if not n:
        return 0.0
    share, z2 = hits / n, Z * Z
    middle = share + z2 / (2 * n)
    return (middle - Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
