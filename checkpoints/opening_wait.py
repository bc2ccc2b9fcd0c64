"""How long a coach waited in front of a post that was closed: one of the four delays, and no one's slowness. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from tracker.countries import zone_of
from tracker.places import BorderPost

STEP = timedelta(minutes=5)
LONGEST = timedelta(days=2)  # longer than any night: the rest of a stay is something else


def closed_s(post: BorderPost, came: datetime, went: datetime) -> float:
    """Return the seconds of a stay until the post opened, to five minutes; 0 where it was open, or nobody knows its hours.

    A post is closed when every point whose hours are known is: where one agency works through the night, coaches do pass.
    """
    points = [point for point in post.list_points(came.date()) if point.hours.opens is not None]
    if not points or any(point.hours.is_all_day for point in points):
        return 0.0
    zone, at = zone_of(post.country), came
    while at < min(went, came + LONGEST):
        local = at.astimezone(zone).time()
        if any(point.hours.is_open_at(local) is not False for point in points):
            break
        at += STEP
    return (min(at, went) - came).total_seconds()
