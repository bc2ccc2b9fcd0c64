"""Which finding is which known flag, and the name of one that is new. Pure.

A finding is a known flag again when its kind is the same, it lies within `same_km` on the same section (a stretch from its
ends), or speaks of the same
corridor, post, coach and operator where it has no place, no more than `quiet_days` lie between their evidence, and the same
people may see it: a flag that is the protection officer's never becomes anybody else's, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from checkpoints.findings import Finding
from checkpoints.flags import Flag
from checkpoints.thresholds import DEFAULT, Thresholds


def open_to_all(_finding: Finding) -> bool:
    """Say of every finding that it is not protected."""
    return False


def matched(
    findings: Sequence[Finding],
    known: Sequence[Flag],
    is_protected: Callable[[Finding], bool] = open_to_all,
    thresholds: Thresholds = DEFAULT,
) -> list[tuple[Finding | None, Flag | None]]:
    """Pair findings with known flags; each is in one pair, alone where nothing matches it.

    The nearest first, then those with the same first ground (two faults of one device), then those that began together.
    """
    pairs = sorted(
        (distance, _first_ground(finding) != _first_ground(flag), abs(finding.started_at - flag.first_seen_at), i, j)
        for i, finding in enumerate(findings)
        for j, flag in enumerate(known)
        if is_protected(finding) == flag.is_protected and (distance := _distance(finding, flag, thresholds)) is not None
    )
    of_finding: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, _, i, j in pairs:
        if i not in of_finding and j not in taken:
            of_finding[i] = j
            taken.add(j)
    result: list[tuple[Finding | None, Flag | None]] = [
        (finding, known[of_finding[i]] if i in of_finding else None) for i, finding in enumerate(findings)
    ]
    return result + [(None, flag) for j, flag in enumerate(known) if j not in taken]


def _distance(finding: Finding, flag: Flag, thresholds: Thresholds) -> float | None:
    """Return how far apart they are in kilometres; None when they are not the same thing."""
    if finding.kind != flag.kind or finding.section_id != flag.section_id:
        return None
    quiet, same_km = thresholds.quiet, thresholds.same_km
    if finding.started_at > flag.last_seen_at + quiet or finding.ended_at < flag.first_seen_at - quiet:
        return None
    if finding.section_km is not None and flag.section_km is not None:
        apart = max(0.0, abs(finding.section_km - flag.section_km) - _reach(finding) - _reach(flag))
        return apart if apart <= same_km else None
    if about(finding) != about(flag):
        return None
    apart = 0.0 if finding.km is None or flag.km is None else abs(finding.km - flag.km)
    return apart if apart <= same_km else None


def _reach(one: Finding | Flag) -> float:
    """Return how far a dense stretch reaches from its middle; it grows and moves with what is seen of it."""
    if one.estimate is None or one.from_km is None or one.to_km is None:
        return 0.0
    return (one.to_km - one.from_km) / 2


def about(one: Finding | Flag) -> tuple[str | None, ...]:
    """Return what a finding or flag speaks of, its place apart."""
    return one.corridor_id, one.post_id, one.vehicle_id, one.operator_id


def _first_ground(one: Finding | Flag) -> str | None:
    if isinstance(one, Finding):
        return one.grounds[0].code if one.grounds else None
    return str(one.grounds[0]["code"]) if one.grounds else None


def in_order(finding: Finding) -> tuple[Any, ...]:
    """Return the key by which findings are sorted before they are paired."""
    return finding.kind, finding.started_at, finding.corridor_id or "", finding.km or 0.0, finding.vehicle_id or ""


def name_of(finding: Finding, is_taken: Callable[[str], bool]) -> str:
    """Return the id of a new flag. Two findings may speak of the same thing and day (two norms, two faults of a device, open
    and protected reports): the second one's name is another."""
    name = f"{finding.kind}:{about(finding)}:{finding.section_id}:{finding.km}:{finding.started_at.isoformat()}"
    names = (str(uuid5(NAMESPACE_OID, name if n == 0 else f"{name}:{n}")) for n in count())
    return next(one for one in names if not is_taken(one))
