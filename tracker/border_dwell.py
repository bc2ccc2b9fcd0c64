"""What a visit to a border was: which post it left by, when it passed the line, how long it dwelt on either side. Pure.

Dwell of a side is the sum of its stands at fences and at the line, queues leading to them included; a side driven through
has none. A stand that begins or ends in a silence has no seen end there, and then no dwell. At a joint post, and where all
stood so near the line that no side is certain, the whole is `unsplit_s`. Where only one post of a border is known, there is
no dwell of the other side: it would be counted under the wrong post.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tracker.border_sites import Site
from tracker.border_visits import (
    AT,
    CAME,
    END_SEEN,
    FAR,
    FIRST_SEQ,
    HEARD_AFTER,
    HEARD_BEFORE,
    IS_GAP,
    LAST_SEQ,
    LINE_SEQ,
    PARTS,
    PLACE,
    SIDE,
    START_SEEN,
    TO,
    WENT,
    linked,
)
from tracker.facts import BorderCrossing, CrossingBasis, CrossingState, moment
from tracker.steps import Memory

TURNED_S = 180.0  # so long it must have stood at a post to have been turned back there

Stands = Sequence[Sequence[Any]]


class Dwell(NamedTuple):
    """When a coach came to formalities, when it left them, and the seconds it dwelt; None: not seen."""

    came_s: float | None = None
    went_s: float | None = None
    seconds: float | None = None


def crossing(visit: Memory, site: Site, settled_s: float | None, ends: Sequence[float] = ()) -> BorderCrossing | None:
    """Return the crossing of a visit: settled at a moment, or not yet (None); None where there was none.

    One that is not settled is *under way* until the coach has passed and was last seen away from fences and line, or its trip
    is over: `ends`, when its trips ended.
    """
    stands: Stands = visit["stands"] if visit["stand"] is None else linked(visit["stands"], visit["stand"])
    at_posts = [stand for stand in stands if stand[PLACE] == 2]
    came_by, line, is_open = visit["from"], visit["line"], settled_s is None
    met_both = {"-1", "1"} <= set(visit["touched"])
    is_here = visit["corridor"] is not None or visit["touched"]  # roads of other corridors may pass the same two states
    has_passed = visit["side"] != came_by and (line is not None or met_both) and is_here
    if not came_by or not (has_passed or _is_told(visit, stands, at_posts, is_open)):
        return None
    passed = line if has_passed and line is not None and line[TO] == visit["side"] else None
    line_s = passed[AT] if passed is not None and not passed[IS_GAP] else None
    whole = out = into = Dwell()
    if _cannot_be_split(site, at_posts):
        whole = _dwell(at_posts, at_posts[-1][WENT] - at_posts[0][CAME], is_open)
    else:
        out, into = (_side(visit, at_posts, side, is_open, site) for side in (came_by, -came_by))
    start_s, end_s = _span(visit, at_posts, passed)
    first_seq, last_seq = _seqs(visit, at_posts, line)
    corridor = visit["corridor"] or next(iter(site.marks))
    exit_post, entry_post = site.posts if came_by < 0 else site.posts[::-1]
    return BorderCrossing(
        started_at=moment(start_s),
        ended_at=None if settled_s is None else moment(end_s),
        settled_at=None if settled_s is None else moment(settled_s),
        first_seq=first_seq,
        last_seq=last_seq,
        late=visit["late"],
        corridor_id=corridor,
        exit_post=exit_post,
        entry_post=entry_post,
        km=round(site.marks[corridor].km, 3),
        state=_state(visit, has_passed=has_passed, is_open=is_open, ends=ends),
        basis=_basis(visit, passed),
        line_at=_moment(line_s),
        exit_arrived_at=_moment(out.came_s),
        exit_left_at=_moment(out.went_s),
        entry_arrived_at=_moment(into.came_s),
        entry_left_at=_moment(into.went_s),
        exit_s=_rounded(out.seconds),
        entry_s=_rounded(into.seconds),
        unsplit_s=_rounded(whole.seconds),
    )


def _state(visit: Memory, *, has_passed: bool, is_open: bool, ends: Sequence[float]) -> CrossingState:
    since_s = visit["near_s"] or visit["began_s"]
    if has_passed and not (is_open and visit["last"][0] <= since_s and not any(end_s >= since_s for end_s in ends)):
        return "crossed"
    return "under_way" if is_open else "turned_back"


def _is_told(visit: Memory, stands: Stands, at_posts: Stands, is_open: bool) -> bool:
    """Say whether a visit without a passing is told: it stood at a post, or was over the line and came back.

    One that goes on is told from the first stand at a post, or from the second in a queue.
    """
    if is_open:
        return bool(at_posts) or bool(stands and stands[-1][PARTS] > 1 and visit["stand"][PLACE])
    stood_s = sum(stand[WENT] - stand[CAME] for stand in at_posts)
    return visit["line"] is not None or stood_s >= TURNED_S


def _basis(visit: Memory, passed: Sequence[Any] | None) -> CrossingBasis:
    if passed is not None and passed[IS_GAP]:
        return "gap"
    return "fences" if visit["touched"] else "line"


def _span(visit: Memory, at_posts: Stands, passed: Sequence[Any] | None) -> tuple[float, float]:
    """Return when the crossing began and ended: its stands and the line; else what it was heard between."""
    times = [stand[which] for stand in at_posts for which in (CAME, WENT)]
    if passed is not None:
        times += [passed[AT]] if not passed[IS_GAP] or times else [passed[HEARD_BEFORE], passed[HEARD_AFTER]]
    if not times:
        times = [time for touch in visit["touched"].values() for time in touch[:2]] or [visit["last"][0]]
    return min(times), max(times)


def _seqs(visit: Memory, at_posts: Stands, line: Sequence[Any] | None) -> tuple[int, int]:
    seqs = [stand[which] for stand in at_posts for which in (FIRST_SEQ, LAST_SEQ)]
    if not seqs:
        seqs = [seq for touch in visit["touched"].values() for seq in touch[2:]]
    if not seqs:
        seqs = [line[LINE_SEQ] if line is not None else visit["last"][4]]
    return int(min(seqs)), int(max(seqs))  # the sides of a stored visit have no order, and late fixes have high numbers


def _cannot_be_split(site: Site, at_posts: Stands) -> bool:
    if not at_posts or any(stand[FAR] for stand in at_posts):
        return False
    return site.is_joint or not any(stand[SIDE] for stand in at_posts)


def _side(visit: Memory, at_posts: Stands, side: int, is_open: bool, site: Site) -> Dwell:
    """Return the dwell of one side. Stands so near the line that none is certain count by when it was passed."""
    came_by, line = visit["from"], visit["line"]

    def side_of(stand: Sequence[Any]) -> int:
        if stand[SIDE] or line is None:
            return int(stand[SIDE] or came_by)
        return int(came_by if stand[CAME] + stand[WENT] < 2 * line[AT] else -came_by)

    mine = [stand for stand in at_posts if side_of(stand) == side]
    if not mine or site.known_side == -side:
        return Dwell()
    if line is not None and not line[IS_GAP]:
        mine = [_cut_at(stand, line[AT], is_before=side != line[TO]) for stand in mine]
    return _dwell(mine, sum(stand[WENT] - stand[CAME] for stand in mine), is_open and visit["side"] == side)


def _cut_at(stand: Sequence[Any], line_s: float, *, is_before: bool) -> Sequence[Any]:
    """Return a stand that ends or begins at the line: with minutes between fixes its own bounds may lie across."""
    if not stand[CAME] < line_s < stand[WENT]:
        return stand
    cut = list(stand)
    cut[WENT if is_before else CAME] = line_s
    return cut


def _dwell(stands: Stands, seconds: float, is_going_on: bool) -> Dwell:
    came_s = stands[0][CAME] if stands[0][START_SEEN] else None
    went_s = stands[-1][WENT] if stands[-1][END_SEEN] and not is_going_on else None
    return Dwell(came_s, went_s, None if came_s is None or went_s is None else seconds)


def _moment(seconds: float | None) -> Any:
    return None if seconds is None else moment(seconds)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
