"""What stands still on the map: sections as lines, corridors, hubs and border posts. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dashboard.map_lines import ROAD_STEPS, encode_line
from tracker.corridors import Corridor
from tracker.countries import list_countries
from tracker.geo import bearing_deg, distance_m
from tracker.geography import Geography
from tracker.places import BorderPost
from tracker.sections import Section

# Below this a post's own point says nothing about the side it lies on: two posts may share one crossing point.
OWN_SIDE_M = 250.0


def static_data(geography: Geography) -> dict[str, Any]:
    """Return the map's immovable part. Lines are text (see `map_lines`); lengths come from the road's measures.

    Sections exist once, so a road that three corridors share is sent and drawn once; a corridor names its sections.
    """
    ranks = _ranks(geography)
    return {
        "on": geography.on.isoformat(),
        "corridors": [_corridor(corridor) for corridor in geography.corridors.values()],
        "steps": ROAD_STEPS,
        "sections": [_section(section) for section in geography.sections.values()],
        "hubs": [
            {
                "id": hub.id,
                "name": hub.name,
                "country": hub.country,
                "at": _at(hub.latitude, hub.longitude),
                "kind": hub.kind,
                "rank": ranks[hub.id],
            }
            for hub in geography.hubs.values()
        ],
        "posts": [_post(post, geography) for post in geography.posts.values()],
        "zones": {country.code: country.utc_offset_h for country in list_countries()},
    }


def place_of_post(post: BorderPost) -> tuple[float, float]:
    """Return where a post is drawn: at the crossing of the line where that is known, else at its gazetteer's point."""
    return post.crossing or (post.latitude, post.longitude)


def name_of_place(place_id: str, geography: Geography) -> str:
    """Return the name of a hub or post; its id when it is neither."""
    place = geography.hubs.get(place_id) or geography.posts.get(place_id)
    return place.name if place else place_id


def _corridor(corridor: Corridor) -> dict[str, Any]:
    line = corridor.line
    return {
        "id": corridor.id,
        "name": corridor.name,
        "kind": corridor.kind,
        "length_km": round(corridor.length_km, 1),
        "line_quality": line.quality,
        "source": line.source,
        "licence": line.licence,
        "countries": list(corridor.kilometres_by_country()),
        "sections": [passage.section.id for passage in corridor.passages],
    }


def _section(section: Section) -> dict[str, Any]:
    latitudes, longitudes = section.points
    return {
        "id": section.id,
        "start": section.start,
        "end": section.end,
        "country": section.country,
        "length_km": round(section.length_km, 1),
        "line_quality": section.line.quality,
        "line": encode_line(zip(latitudes.tolist(), longitudes.tolist(), strict=True)),
    }


def _post(post: BorderPost, geography: Geography) -> dict[str, Any]:
    return {
        "id": post.id,
        "name": post.name,
        "country": post.country,
        "at": _at(*place_of_post(post)),
        "located": "crossing" if post.crossing else "post",
        "counterpart": post.counterpart_id,
        "counterpart_name": post.counterpart_name,
        "counterpart_country": post.counterpart_country,
        "side_deg": _side_deg(post, geography),
        "corridors": [c.id for c in geography.corridors.values() if c.find_milestone(post.id)],
    }


def _side_deg(post: BorderPost, geography: Geography) -> int | None:
    """Return the bearing from the line to the post's own country: the two sides are drawn apart by it.

    None where nothing tells; by the corridor that crosses there, else by the post's own point.
    """
    place = place_of_post(post)
    for corridor in geography.corridors.values():
        for border in corridor.borders:
            if post.id in (border.exit_place, border.entry_place) and border.exit_place != border.entry_place:
                ahead = corridor.line.bearing_at(border.km)
                return round(ahead + (180 if post.id == border.exit_place else 0)) % 360
    if distance_m(*place, post.latitude, post.longitude) > OWN_SIDE_M:
        return round(bearing_deg(*place, post.latitude, post.longitude))
    return None


def _ranks(geography: Geography) -> Counter[str]:
    """Return how much each hub matters for labels: corridors that pass, those that end there thrice."""
    ranks: Counter[str] = Counter()
    for corridor in geography.corridors.values():
        weight = 2 if corridor.is_international else 1
        ranks.update({corridor.origin: 3 * weight, corridor.destination: 3 * weight})
        ranks.update({m.exit_place: weight for m in corridor.milestones if m.kind == "hub"})
    return ranks


def _at(latitude: float, longitude: float) -> list[float]:
    return [round(latitude, 5), round(longitude, 5)]
