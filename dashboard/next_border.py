"""The next border of a coach under way: when it gets there, and how long coaches usually stay there at that hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.approach import Eta, Heard, Usual, eta_of
from tracker.geography import Geography
from tracker.sightings import CoachNow
from tracker.usual_times import UsualTimes


@dataclass(frozen=True, slots=True)
class NextBorder:
    """The border ahead: its first post, the band of arrival, and the usual stay on both sides (None: not known)."""

    post_id: str
    eta: Eta
    stay: Usual | None


def next_border(
    coach: CoachNow, destination: str | None, geography: Geography, usual: UsualTimes, now: datetime
) -> NextBorder | None:
    """Return the next border on a coach's way; None where none lies ahead, before its destination as far as that is known."""
    corridor = geography.corridors.get(coach.corridor_id or "")
    if corridor is None or coach.km is None or coach.direction is None:
        return None
    up = coach.direction == "up"
    goal = corridor.find_milestone(destination) if destination else None
    ahead = [
        stone
        for stone in corridor.borders
        if (stone.km > coach.km if up else stone.km < coach.km)
        and (goal is None or (stone.km < goal.km if up else stone.km > goal.km))
    ]
    if not ahead:
        return None
    stone = min(ahead, key=lambda one: abs(one.km - (coach.km or 0.0)))
    first, second = (stone.exit_place, stone.entry_place) if up else (stone.entry_place, stone.exit_place)
    eta = eta_of(
        corridor, first, Heard(coach.observed_at, coach.km, up, coach.standing_since), usual.road, usual.post, now
    )
    if eta is None:
        return None
    return NextBorder(first, eta, _stay(first, second, eta.middle, usual))


def _stay(first: str, second: str, at: datetime, usual: UsualTimes) -> Usual | None:
    """Return the usual stay at a border at an hour: that of both posts together, where they are two."""
    leaving, entering = usual.post(first, "exit", at.hour), usual.post(second, "entry", at.hour)
    if leaving is None or entering is None or first == second:
        return leaving or entering or usual.post(first, "unsplit", at.hour)
    later = (at + timedelta(seconds=leaving.middle_s)).hour
    entering = usual.post(second, "entry", later) or entering
    return Usual(leaving.low_s + entering.low_s, leaving.middle_s + entering.middle_s, leaving.high_s + entering.high_s)
