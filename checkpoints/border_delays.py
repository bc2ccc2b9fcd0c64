"""Flags of border delay: posts at which coaches of late dwell much longer than they used to.

The last week against the weeks before it, by direction, the wait for opening hours left out: is the mean dwell longer by more
than chance between coaches explains (a bootstrap over coaches, `coach_bootstrap`)? Queues on one market day do not make a week.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlmodel import Session

from checkpoints.border_flags import Seen, evidence_of
from checkpoints.coach_bootstrap import weights_of
from checkpoints.crossing_rows import list_reconciled
from checkpoints.excess_controls import LEAST_CELL
from checkpoints.findings import Finding, Ground, Value
from checkpoints.reconciliation import SIDES, ReconciledCrossing
from checkpoints.thresholds import DEFAULT, Thresholds
from tracker.geography import Geography, load_geography

WEEK = timedelta(days=7)
Stay = tuple[Seen, float]


class BorderDelays:
    """Finds posts at which coaches dwell longer than they used to."""

    name = "border_delays"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Compare with as many weeks as the thresholds say."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return a finding for each post, with the directions it is about."""
        since = as_of - WEEK * (self._thresholds.delay_usual_weeks + 1)
        crossings = list_reconciled(session, since, as_of)
        return find_delays(crossings, as_of - WEEK, load_geography(session, as_of.date()), self._thresholds)


def find_delays(
    crossings: Iterable[ReconciledCrossing], recent: datetime, geography: Geography, thresholds: Thresholds = DEFAULT
) -> list[Finding]:
    """Return the findings: dwell since `recent` against that before. Pure."""
    stays: dict[str, dict[str, list[Stay]]] = defaultdict(lambda: defaultdict(list))
    for crossing in sorted(crossings, key=lambda one: (one.started_at, one.crossing_id)):
        if crossing.state != "crossed":
            continue
        for direction in SIDES:
            side = crossing.side(direction)
            if side.post_id is None:
                continue
            if side.seen.seconds is not None:
                stay = (Seen(crossing, side, direction), max(0.0, side.seen.seconds - side.waited_s))
                stays[side.post_id][direction].append(stay)
            elif crossing.unsplit_s is not None:
                stays[side.post_id]["unsplit"].append((Seen(crossing, side, direction), crossing.unsplit_s))
    found = [_at_post(post_id, stays[post_id], recent, geography, thresholds) for post_id in sorted(stays)]
    return [finding for finding in found if finding is not None]


def _at_post(
    post_id: str, own: Mapping[str, Sequence[Stay]], recent: datetime, geography: Geography, thresholds: Thresholds
) -> Finding | None:
    grounds, late, surest = [], list[Stay](), 0.0
    for direction in sorted(own):
        now = [stay for stay in own[direction] if stay[0].crossing.started_at >= recent]
        before = [stay for stay in own[direction] if stay[0].crossing.started_at < recent]
        if not _are_enough(now) or not _are_enough(before):
            continue
        mean_now, mean_before = _mean(now), _mean(before)
        longer = mean_now - mean_before
        if longer < thresholds.delay_least_minutes * 60 or mean_now < thresholds.delay_factor * mean_before:
            continue
        sure = sureness(now, before, thresholds.delay_factor)
        if sure < thresholds.delay_sureness:
            continue
        values: dict[str, Value] = {
            "direction": direction, "now_minutes": round(mean_now / 60), "usual_minutes": round(mean_before / 60),
            "coaches_now": len(now), "coaches_before": len(before),
        }  # fmt: skip
        grounds.append(Ground("dwells_longer", values))
        late += now
        surest = max(surest, sure)
    if not grounds:
        return None
    crossings = [seen.crossing for seen, _ in late]
    post = geography.find_post(post_id)
    place = (post.crossing or (post.latitude, post.longitude)) if post else (None, None)
    return Finding(
        kind="border_delay", severity="medium", confidence=min(0.97, surest),
        started_at=min(one.started_at for one in crossings), ended_at=max(one.ended_at for one in crossings),
        post_id=post_id, country=post.country if post else None, latitude=place[0], longitude=place[1],
        counts={
            "crossings": len(crossings), "coaches": len({one.coach for one in crossings}),
            "operators": len({one.operator_id for one in crossings if one.operator_id}),
        },
        grounds=tuple(grounds), evidence=tuple(piece for seen, _ in late for piece in evidence_of(seen.crossing, seen.side)[:1]),
    )  # fmt: skip


def _are_enough(stays: Sequence[Stay]) -> bool:
    crossings = [seen.crossing for seen, _ in stays]
    size = (len(crossings), len({one.coach for one in crossings}), len({one.operator_id for one in crossings}))
    return all(have >= least for have, least in zip(size, LEAST_CELL, strict=True))


def _mean(stays: Sequence[Stay]) -> float:
    return sum(seconds for _, seconds in stays) / len(stays)


def sureness(now: Sequence[Stay], before: Sequence[Stay], factor: float) -> float:
    """Return in which share of the draws of coaches the mean dwell now is `factor` times that before, or more."""

    def drawn(stays: Sequence[Stay]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        weights = np.stack([weights_of(seen.crossing.coach) for seen, _ in stays]).astype(np.float64)
        seconds = np.array([seconds for _, seconds in stays])
        return np.asarray((weights * seconds[:, None]).sum(axis=0) / np.maximum(weights.sum(axis=0), 1e-9))

    return float(np.mean(drawn(now) >= factor * drawn(before)))
