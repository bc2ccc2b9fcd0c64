"""What a phone in the field must know to work without a network: whose it is, coaches or post, roads with their places, codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, get_args

from checkpoints.agencies import list_agencies
from dashboard.map_labels import PAYMENT_BASES
from operators.companies import Vehicle
from telemetry.senders import Sender
from telemetry.wire.codes import ControlReason, Harassment, IncidentType, PostState
from tracker.corridors import Corridor
from tracker.countries import find_country, list_countries
from tracker.geography import Geography
from tracker.places import shared_point

# A halt so near to a hub is one at the station, to a post's points one of its formalities: nobody asks what it was. Assumptions.
HUB_RADIUS_KM = 3.0
FENCE_SLACK_KM = 0.5

CODES: Mapping[str, tuple[str, ...]] = {
    "control_reason": get_args(ControlReason),
    "harassment": get_args(Harassment),
    "incident": get_args(IncidentType),
    "payment_basis": PAYMENT_BASES,
    "payer": ("crew", "passenger", "company"),
    "post_state": get_args(PostState),
}


def coaches(vehicles: Iterable[Vehicle], sender: Sender) -> list[dict[str, Any]]:
    """Return the coaches that a sender speaks for."""
    return [
        {"id": vehicle.vehicle_id, "plate": vehicle.license_plate, "seats": vehicle.seats}
        for vehicle in vehicles
        if vehicle.operator_id == sender.operator_id and sender.vehicle_id in (None, vehicle.vehicle_id)
    ]


def roads(geography: Geography, on: date) -> list[dict[str, Any]]:
    """Return the corridors on a day, each with its places in order, their kilometres and how far a halt belongs to them."""
    found = []
    for corridor in geography.corridors.values():
        found.append({"id": corridor.id, "name": corridor.name, "places": list(_places(corridor, geography, on))})
    return found


def _places(corridor: Corridor, geography: Geography, on: date) -> Iterable[dict[str, Any]]:
    for milestone in corridor.milestones:
        km = round(milestone.km, 1)
        if milestone.kind == "hub":
            hub = geography.hubs[milestone.exit_place]
            at = [round(milestone.latitude, 4), round(milestone.longitude, 4)]
            yield {
                "id": hub.id, "name": hub.name, "country": hub.country, "kind": "hub", "km": km, "at": at,
                "radius_km": HUB_RADIUS_KM,
            }  # fmt: skip
            continue
        for place_id in dict.fromkeys((milestone.exit_place, milestone.entry_place)):
            if (post := geography.find_post(place_id)) is not None:
                # Where its agencies work, which may be far from the line: a crew's note of the border lies there.
                points = post.list_points(on) or [shared_point(post)]
                yield {
                    "id": post.id, "name": post.name, "country": post.country, "kind": "border", "km": km,
                    "at": [round(points[0].latitude, 4), round(points[0].longitude, 4)],
                    "radius_km": round(max(point.radius_m for point in points) / 1000 + FENCE_SLACK_KM, 1),
                }  # fmt: skip


def states(on: date) -> dict[str, dict[str, Any]]:
    """Return, by country: hours ahead of UTC, money, and which agencies there are on a day, on the road and at posts."""
    return {
        country.code: {
            "offset": country.utc_offset_h,
            "currencies": [country.currency, *country.also_used],
            "agencies": list_agencies(country.code, on),
            "at_post": list_agencies(country.code, on, at_post=True),
        }
        for country in list_countries()
    }


def own_post(geography: Geography, post_id: str | None) -> dict[str, Any] | None:
    """Return the post that a sender speaks for."""
    post = geography.find_post(post_id) if post_id else None
    if post is None:
        return None
    country = find_country(post.country)
    other = geography.find_post(post.counterpart_id) if post.counterpart_id else None
    return {
        "id": post.id, "name": post.name, "country": post.country, "offset": country.utc_offset_h if country else 0,
        "across": other.name if other else None, "across_country": post.counterpart_country,
    }  # fmt: skip
