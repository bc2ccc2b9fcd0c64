"""Route finding: which hubs and border posts a new line passes, so that it can be cut into sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, select

from tracker.corridors import Milestone
from tracker.gazetteer import BorderPostRecord, HubRecord
from tracker.geo import haversine_m
from tracker.lines import Line

# A hub this near to the line lies on it (the towns table uses 2.5 km); a line may begin farther from the centre of a
# city.
HUB_WITHIN_M = 3_000.0
END_WITHIN_M = 30_000.0
CROSSING_WITHIN_M = 2_500.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The hubs and posts that hold now, by id."""

    hubs: Mapping[str, HubRecord]
    posts: Mapping[str, BorderPostRecord]

    @classmethod
    def read(cls, session: Session) -> Surroundings:
        """Read them from the database."""
        hubs = session.exec(select(HubRecord).where(HubRecord.valid_to == None))  # noqa: E711
        posts = session.exec(select(BorderPostRecord).where(BorderPostRecord.valid_to == None))  # noqa: E711
        return cls({hub.id: hub for hub in hubs}, {post.id: post for post in posts})


def ends_of(line: Line, around: Surroundings) -> tuple[str, str]:
    """Return the hubs nearest to the first and the last vertex within 30 km; an empty id where there is none."""
    cities = [hub for hub in around.hubs.values() if hub.kind == "city"]
    found = []
    for vertex in (0, -1):
        away = haversine_m(
            [hub.latitude for hub in cities],
            [hub.longitude for hub in cities],
            line.latitudes[vertex],
            line.longitudes[vertex],
        )
        nearest = int(away.argmin()) if away.size else -1
        found.append(cities[nearest].id if away.size and away[nearest] <= END_WITHIN_M else "")
    return found[0], found[1]


def milestones_along(line: Line, origin: str, destination: str, around: Surroundings) -> list[Milestone]:
    """Return the hubs and border crossings on a line, in order; the two end hubs first and last."""
    passed: list[tuple[float, Milestone]] = []
    for hub in around.hubs.values():
        km, offset = line.locate_one(hub.latitude, hub.longitude)
        if hub.id not in (origin, destination) and offset <= HUB_WITHIN_M:
            passed.append((km, Milestone("hub", hub.id, hub.id, hub.latitude, hub.longitude)))
    done: set[str] = set()
    for post in around.posts.values():
        if post.id in done or post.crossing_latitude is None or post.crossing_longitude is None:
            continue
        km, offset = line.locate_one(post.crossing_latitude, post.crossing_longitude)
        if offset > CROSSING_WITHIN_M:
            continue
        other = around.posts.get(post.counterpart_id or "", post)
        done |= {post.id, other.id}
        near, far = sorted((post, other), key=lambda side: line.locate_one(side.latitude, side.longitude)[0])
        countries = (near.country, far.country) if near is not far else (near.country, near.counterpart_country)
        passed.append(
            (km, Milestone("border", near.id, far.id, post.crossing_latitude, post.crossing_longitude, *countries))
        )
    first, last = (around.hubs[hub] for hub in (origin, destination))
    return [
        Milestone("hub", first.id, first.id, first.latitude, first.longitude),
        *(milestone for _, milestone in sorted(passed, key=lambda pair: pair[0])),
        Milestone("hub", last.id, last.id, last.latitude, last.longitude),
    ]
