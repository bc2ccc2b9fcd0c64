"""What an agency's inspectorate sees of flags that name it, and its answers: no coach, no minute, no word of a reporter.

A flag is shown 72 hours after its last evidence, as a band of road, days and hours, and counts, and only where at least five
trips, three coaches and two operators stand behind it: fewer would lead to a crew. Protected flags and harassment are not shown,
for which a reporter would have to consent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from checkpoints.flag_states import ANSWER, possible
from checkpoints.flags import GOING, Flag, list_decisions, list_flags
from dashboard.flag_reading import COARSE, opened
from dashboard.restricted_flags import is_restricted
from telemetry.seal import Sealer
from tracker.errors import NotFound
from tracker.scope import Action, Scope, names

AFTER = timedelta(hours=72)
BAND_KM = 10.0
LEAST: Mapping[str, int] = {"coaches": 3, "operators": 2}
LEAST_TRIPS = 5
COUNTS = ("halts", "passes", "reports", "coaches", "operators")
MOST = 500


@dataclass(frozen=True, slots=True)
class Answerable:
    """A flag as its agency sees it. `answers`: day and words, oldest first; None for words that were erased."""

    flag_id: str
    kind: str
    status: str
    country: str
    corridor_id: str | None
    from_km: float | None
    to_km: float | None
    first_day: date
    last_day: date
    hours: tuple[float, float] | None
    counts: Mapping[str, int]
    answers: tuple[tuple[date, str | None], ...]


def answerable_flags(session: Session, scope: Scope, now: datetime) -> list[Flag]:
    """Return the flags that the viewer may answer at a moment."""
    found = list_flags(session, statuses=GOING, countries=names(scope.countries(Action.ANSWER_FLAGS)), limit=MOST)
    return [flag for flag in found if _may(scope, flag, now)]


def get_answerable_flag(session: Session, scope: Scope, flag_id: str, now: datetime) -> Flag:
    """Return a flag that the viewer may answer.

    Raises:
        NotFound: there is none of this id in the viewer's reach, or not yet.
    """
    flag = session.get(Flag, flag_id)
    if flag is None or not _may(scope, flag, now):
        raise NotFound("unknown_answerable", flag_id=flag_id)
    return flag


def shown(session: Session, flag: Flag, sealer: Sealer) -> Answerable:
    """Return a flag as its agency sees it: nothing of the grounds, the evidence or other people's decisions."""
    counts = {name: flag.counts[name] for name in COUNTS if name in flag.counts}
    band = None if flag.km is None else math.floor(flag.km / BAND_KM) * BAND_KM
    answers = [one for one in list_decisions(session, flag.flag_id) if one.decision == ANSWER]
    return Answerable(
        flag.flag_id, flag.kind, flag.status, flag.country or "", flag.corridor_id, band,
        None if band is None else band + BAND_KM, flag.first_seen_at.date(), flag.last_seen_at.date(),
        (flag.hours[0], flag.hours[1]) if flag.hours else None, counts,
        tuple((one.decided_at.date(), opened(session, sealer, one.said.get("text"))) for one in answers),
    )  # fmt: skip


def _may(scope: Scope, flag: Flag, now: datetime) -> bool:
    is_own = scope.may(Action.ANSWER_FLAGS, country=flag.country, agency=flag.agency)
    if is_restricted(scope, flag):
        return False
    is_open = not flag.is_protected and flag.kind not in COARSE and flag.last_seen_at <= now - AFTER
    trips = max(flag.counts.get("halts", 0), flag.counts.get("reports", 0))
    are_many = trips >= LEAST_TRIPS and all(flag.counts.get(name, 0) >= least for name, least in LEAST.items())
    return is_own and is_open and are_many and ANSWER in possible(flag.status, is_merged=flag.merged_into is not None)
