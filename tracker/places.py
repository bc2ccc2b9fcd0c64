"""Places: border posts (one side of a border each), the agencies' points there, hours and dated states. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Literal

from tracker.geo import distance_m
from tracker.validity import holding

PostStatus = Literal["open", "restricted", "suspended", "closed"]
POST_STATUSES: tuple[PostStatus, ...] = ("open", "restricted", "suspended", "closed")

MIDNIGHT_MINUTE = 24 * 60

# Where nobody surveyed a post's points, its agencies share one: at the crossing of the line, unless the post stands
# farther than this from it (formalities lie up to 28 km inland), then at the post's own coordinates.
INLAND_FROM_M = 3000.0
# How far the formalities may spread around that point is an assumption, by how well the point is known; a town's centre
# needs the widest fence.
ASSUMED_RADIUS_M = {"high": 600.0, "medium": 800.0, "low": 800.0}
ASSUMED_TOWN_RADIUS_M = 1500.0


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours of an agency point, in minutes after midnight of the post's own zone.

    None where a bound is not known. `closes` of 1440 is midnight at the end of the day; a `closes` before `opens` is
    on the next day. Holidays have their own bounds where they are known.
    """

    opens: int | None = None
    closes: int | None = None
    holiday_opens: int | None = None
    holiday_closes: int | None = None
    source: str = ""

    @property
    def is_all_day(self) -> bool:
        """Say whether it is known to be open around the clock."""
        return self.opens == 0 and self.closes == MIDNIGHT_MINUTE

    def is_open_at(self, local: time, *, is_holiday: bool = False) -> bool | None:
        """Say whether it is open at a local time of day; None where the hours are not known."""
        opens, closes = self.opens, self.closes
        if is_holiday and self.holiday_opens is not None and self.holiday_closes is not None:
            opens, closes = self.holiday_opens, self.holiday_closes
        if opens is None or closes is None:
            return None
        minute = local.hour * 60 + local.minute
        if opens <= closes:
            return opens <= minute < closes
        return minute >= opens or minute < closes


@dataclass(frozen=True, slots=True)
class AgencyPoint:
    """Where an agency of a post works, with its own geofence.

    `agency` is None for the point that every agency of the post uses unless it has its own. `place` says what was
    surveyed: the `crossing` of the line, or the `post` itself, often a town kilometres inland. `radius_basis` says
    where the radius comes from (`assumed`, `surveyed`).
    """

    post_id: str
    agency: str | None
    latitude: float
    longitude: float
    radius_m: float
    radius_basis: str
    place: str
    hours: Hours
    source: str
    licence: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class PostState:
    """What a post was, from a day on, with its source. `precision`: how exactly the day is known (day, month)."""

    post_id: str
    status: PostStatus
    source: str
    precision: str = "day"
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class BorderPost:
    """One side of a border. Its `counterpart_id` is the post across the line, None where no post is known there.

    `latitude`, `longitude` are the gazetteer's point (often a town's centre); the crossing of the line is apart, and
    None where it was not located. `is_joint` is True at a joint post, None where that is not known.
    """

    id: str
    name: str
    country: str
    counterpart_id: str | None
    counterpart_country: str | None
    latitude: float
    longitude: float
    crossing: tuple[float, float] | None
    position_confidence: str
    is_joint: bool | None
    source: str
    licence: str
    points: tuple[AgencyPoint, ...] = ()
    states: tuple[PostState, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    counterpart_name: str = ""

    def find_state(self, on: date) -> PostState | None:
        """Return the state on a day, the latest entered where several hold; None where none is known (not: open)."""
        held = holding(self.states, on)
        return max(held, key=lambda state: state.valid_from or date.min, default=None)

    def list_points(self, on: date) -> list[AgencyPoint]:
        """Return the agency points that hold on a day."""
        return holding(self.points, on)

    def find_point(self, agency: str, on: date) -> AgencyPoint | None:
        """Return the point of one agency on a day: its own, or the one the post's agencies share."""
        held = self.list_points(on)
        own = [point for point in held if point.agency == agency]
        shared = [point for point in held if point.agency is None]
        return next(iter(own + shared), None)


def shared_point(post: BorderPost) -> AgencyPoint:
    """Return the point all agencies of a post share where none was surveyed: radius assumed, hours unknown."""
    radius_m = ASSUMED_RADIUS_M.get(post.position_confidence, 800.0)
    place, (latitude, longitude) = "post", (post.latitude, post.longitude)
    if post.crossing is not None and distance_m(latitude, longitude, *post.crossing) <= INLAND_FROM_M:
        place, (latitude, longitude) = "crossing", post.crossing
    elif "GeoNames" in post.source:
        radius_m = ASSUMED_TOWN_RADIUS_M
    return AgencyPoint(
        post.id, None, latitude, longitude, radius_m, "assumed", place, Hours(), post.source, post.licence
    )
