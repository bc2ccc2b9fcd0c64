"""Flags that people say are one: the same barrier, told twice. One lives on, the others point to it. Pure.

The rules go on finding both places. What they find at a merged flag's place is the surviving one's evidence too, which
keeps its own place and name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from checkpoints.findings import Finding
from checkpoints.flags import Flag
from tracker.errors import Reason

FARTHEST_KM = 10.0  # a barrier moves by kilometres from night to night, not farther: an assumption
PLACE = (
    "corridor_id",
    "km",
    "from_km",
    "to_km",
    "section_id",
    "section_km",
    "latitude",
    "longitude",
    "country",
    "post_id",
)


def merge_faults(flag: Flag, into: Flag) -> list[Reason]:
    """Return every reason why a flag cannot be merged into another."""
    reasons = []
    if into.flag_id == flag.flag_id:
        reasons.append(Reason("merge_with_itself", "into"))
    if into.merged_into is not None:
        reasons.append(Reason("merge_into_merged", "into"))
    if (flag.rule, flag.kind, flag.is_protected) != (into.rule, into.kind, into.is_protected):
        reasons.append(Reason("merge_of_kinds", "into"))
    if not _is_near(flag, into):
        reasons.append(Reason("merge_too_far", "into", {"limit": FARTHEST_KM}))
    return reasons


def _is_near(flag: Flag, into: Flag) -> bool:
    if flag.country != into.country:
        return False
    if flag.section_id is not None and flag.section_id == into.section_id:
        here, there = flag.section_km, into.section_km
    elif flag.corridor_id == into.corridor_id:
        here, there = flag.km, into.km
    else:
        return False
    if here is None or there is None:
        return here is there and (flag.vehicle_id, flag.post_id) == (into.vehicle_id, into.post_id)
    return abs(here - there) <= FARTHEST_KM


def survivor(flag: Flag, flags: Mapping[str, Flag]) -> Flag:
    """Return the flag that lives on for one: itself, or the one that it was merged into, however many merges later."""
    while flag.merged_into is not None and flag.merged_into in flags:
        flag = flags[flag.merged_into]
    return flag


def joined(flag: Flag, own: Finding | None, others: Sequence[Finding]) -> Finding:
    """Return what is found of a flag and of those that were merged into it, at the flag's own place."""
    found = [*([own] if own is not None else []), *others]
    surest = max(found, key=lambda one: one.confidence)
    place = {name: getattr(own if own is not None else flag, name) for name in PLACE}
    evidence = {(piece.kind, piece.ref): piece for one in found for piece in one.evidence}
    return replace(
        surest,
        **place,
        started_at=min(one.started_at for one in found),
        ended_at=max(one.ended_at for one in found),
        evidence=tuple(sorted(evidence.values(), key=lambda piece: (piece.started_at, piece.ref))),
    )
