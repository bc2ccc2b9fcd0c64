"""Flags of authorised places with more posts than their act allows: an authorised place with four posts has three too many.

Only places of control that crews reported count, each by two coaches or more on the same day: a halt in an authorised
place may be a meal, and one report may have a wrong kilometre.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from checkpoints.control_points import ControlPoint, Register
from checkpoints.control_stop_reading import read_stops
from checkpoints.control_stops import ControlStop
from checkpoints.findings import Evidence, Finding, Ground
from checkpoints.legality import POSTS_ALLOWED, distinct_places
from checkpoints.register import load_register
from checkpoints.thresholds import DEFAULT, Thresholds

APART_KM = 0.5  # posts nearer to each other are one: a queue, and the error of a place, are a few hundred metres
PER_DAY_ODDS = {1: 0.6, 2: 0.75}  # how sure by the number of days on which it was so; more days: 0.85 (assumptions)
SUREST = 0.85


class ExcessPoints:
    """Finds authorised places at which coaches are controlled at more places than the act allows."""

    name = "excess_points"

    def __init__(self, thresholds: Thresholds = DEFAULT) -> None:
        """Ask for as many coaches as the thresholds say."""
        self._thresholds = thresholds

    def find(self, session: Session, as_of: datetime) -> list[Finding]:
        """Return a finding for each such place and corridor."""
        register = load_register(session)
        found = read_stops(session, as_of - self._thresholds.reports_window, as_of, register=register)
        return find_excess_points(found.stops, register, self._thresholds.excess_points_coaches)


def find_excess_points(
    stops: Iterable[ControlStop], register: Register, coaches_each: int = DEFAULT.excess_points_coaches
) -> list[Finding]:
    """Return a finding for each authorised place with more posts than `legality.POSTS_ALLOWED` on at least one day."""
    cells: dict[tuple[str, str], dict[date, list[ControlStop]]] = defaultdict(lambda: defaultdict(list))
    points: dict[str, ControlPoint] = {}
    for stop in stops:
        place = stop.place
        if not stop.controls or place.post_id is not None or place.corridor_id is None or place.km is None:
            continue
        on = stop.started_at.date()
        for point in register.find_points(place.corridor_id, place.km, on):
            if point.status == "authorised":
                points[point.id] = point
                cells[point.id, place.corridor_id][on].append(stop)
    findings = []
    for (point_id, corridor_id), days in sorted(cells.items()):
        limit = POSTS_ALLOWED[points[point_id].basis]
        over = {on: posts for on in sorted(days) if len(posts := _posts(days[on], coaches_each)) > limit}
        if over:
            findings.append(_finding(points[point_id], corridor_id, over, limit))
    return findings


def _posts(stops: Sequence[ControlStop], coaches_each: int) -> list[list[ControlStop]]:
    """Return the stops of a day by post; posts of which too few coaches tell are left out."""
    own = sorted(stops, key=lambda stop: (stop.place.km or 0.0, stop.stop_id))
    posts = []
    for kilometres in distinct_places([stop.place.km or 0.0 for stop in own], APART_KM):
        post, own = own[: len(kilometres)], own[len(kilometres) :]
        if len({stop.vehicle_id for stop in post}) >= coaches_each:
            posts.append(post)
    return posts


def _finding(
    point: ControlPoint, corridor_id: str, over: Mapping[date, Sequence[Sequence[ControlStop]]], limit: int
) -> Finding:
    worst = max(over, key=lambda on: (len(over[on]), on))
    stops = [stop for posts in over.values() for post in posts for stop in post]
    kilometres = [stop.place.km for stop in stops if stop.place.km is not None]
    middle = sorted(stops, key=lambda stop: (stop.place.km or 0.0, stop.stop_id))[len(stops) // 2].place
    counts = {
        "posts": len(over[worst]), "allowed": limit, "days": len(over), "reports": sum(len(s.controls) for s in stops),
        "coaches": len({s.vehicle_id for s in stops}), "operators": len({s.operator_id for s in stops}),
    }  # fmt: skip
    grounds = (
        Ground(
            "posts_above_act", {"posts": len(over[worst]), "allowed": limit, "point": point.id, "act": point.act_id}
        ),
        Ground("days_above_act", {"days": len(over), "worst_day": worst.isoformat()}),
    )
    return Finding(
        kind="authorised_place_excess_point", severity="medium" if len(over[worst]) > 2 * limit else "low",
        confidence=PER_DAY_ODDS.get(len(over), SUREST), started_at=min(s.started_at for s in stops),
        ended_at=max(s.ended_at for s in stops), corridor_id=corridor_id, km=middle.km, from_km=min(kilometres),
        to_km=max(kilometres), section_id=middle.section_id, section_km=middle.section_km, latitude=middle.latitude,
        longitude=middle.longitude, country=point.country, counts=counts, grounds=grounds,
        evidence=tuple(
            Evidence("control", str(seq), s.vehicle_id, s.operator_id, c.observed_at, None, seq, seq)
            for s in stops for c in s.controls for seq in c.seqs
        ),
    )  # fmt: skip
