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


def roads(geography: Geography) -> list[dict[str, Any]]:
    """Return the corridors, each with its places in order and their kilometres."""
    found = []
    for corridor in geography.corridors.values():
        found.append({"id": corridor.id, "name": corridor.name, "places": list(_places(corridor, geography))})
    return found


def _places(corridor: Corridor, geography: Geography) -> Iterable[dict[str, Any]]:
    for milestone in corridor.milestones:
        at = {"km": round(milestone.km, 1), "at": [round(milestone.latitude, 4), round(milestone.longitude, 4)]}
        if milestone.kind == "hub":
            hub = geography.hubs[milestone.exit_place]
            yield {"id": hub.id, "name": hub.name, "country": hub.country, "kind": "hub", **at}
            continue
        for place_id in dict.fromkeys((milestone.exit_place, milestone.entry_place)):
            if (post := geography.find_post(place_id)) is not None:
                yield {"id": post.id, "name": post.name, "country": post.country, "kind": "border", **at}


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
