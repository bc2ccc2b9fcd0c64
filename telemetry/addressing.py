"""Whose message is it, may this sender say it, and does what it names exist?"""

from __future__ import annotations

from datetime import date
from typing import Any

from telemetry.decode import Decoded
from telemetry.delivery import Delivery
from telemetry.kinds import Kind
from telemetry.senders import Sender, SenderKind
from telemetry.wire.codes import AGENCIES_ANYWHERE
from tracker.directory import Directory
from tracker.errors import Reason

# Refusals that mean: not yours. When they are all there is to say about a request, the answer is 403.
OUTSIDE_SCOPE = frozenset({"outside_scope", "vehicle_of_other_operator"})
AGENCIES_AT_ANY_POST = frozenset({"unknown", "joint"})
NEAR_A_BORDER_DEG = 0.05  # 5 km: a control beside a border may lie on its other side by the map


def may_use(sender: Sender, kind: Kind) -> bool:
    """Say whether `sender` may send this kind of message at all."""
    if kind.is_of_post:
        return sender.post_id is not None and sender.kind not in {SenderKind.FITTED, SenderKind.PERSONAL}
    return sender.operator_id is not None and sender.kind is not SenderKind.POST


class Addressing:
    """Finds the subject of messages, and every reason against it."""

    def __init__(self, directory: Directory) -> None:
        """Ask `directory` who is who."""
        self._directory = directory

    def address(self, delivery: Delivery, decoded: Decoded) -> tuple[str | None, list[Reason]]:
        """Return the message's name in the log, or why it cannot have one.

        `decoded.body` loses what the subject says (a coach's own id) and gains what it implies (post and agency).
        """
        if delivery.sender is not None and delivery.subject is None and not may_use(delivery.sender, delivery.kind):
            return None, [Reason("outside_scope", decoded.path[:-1] or None)]
        if delivery.kind.is_of_post:
            return self._of_post(delivery, decoded)
        return self._of_vehicle(delivery, decoded)

    def find_crossing_vehicle(self, body: dict[str, Any]) -> None:
        """Add to a crossing whose coach it is, as far as its plate tells. After hashing: the register may change."""
        vehicle_id, plate = body.get("vehicle_id"), body.get("license_plate")
        if vehicle_id is not None:
            vehicle = self._directory.find_vehicle(vehicle_id)
        else:
            vehicle = self._directory.find_vehicle_by_plate(plate) if plate else None
        if vehicle is not None:
            body["vehicle_id"], body["operator_id"] = vehicle.vehicle_id, vehicle.operator_id

    def _of_vehicle(self, delivery: Delivery, decoded: Decoded) -> tuple[str | None, list[Reason]]:
        body, path, sender = decoded.body, decoded.path, delivery.sender
        named = body.pop("vehicle_id", None)
        body.pop("post_id", None)
        if delivery.subject is not None:
            _, operator_id, vehicle_id = delivery.subject.split("/")
            if named not in {None, vehicle_id}:
                return None, [Reason("vehicle_differs_from_topic", path + "vehicle_id")]
        else:
            assert sender is not None
            assert sender.operator_id is not None
            operator_id = sender.operator_id
            vehicle_id = named or sender.vehicle_id or ""
            if not vehicle_id:
                return None, [Reason("field_missing", path + "vehicle_id")]
            if sender.vehicle_id not in {None, vehicle_id}:
                return None, [Reason("outside_scope", path + "vehicle_id")]
        vehicle = self._directory.find_vehicle(vehicle_id)
        if vehicle is None:
            reasons = [Reason("unknown_vehicle", path + "vehicle_id", {"vehicle_id": vehicle_id})]
        elif vehicle.operator_id != operator_id:
            reasons = [Reason("vehicle_of_other_operator", path + "vehicle_id")]
        else:
            reasons = []
        if delivery.kind is Kind.TRIP and not self._directory.has_corridor(body["corridor_id"]):
            reasons.append(Reason("unknown_corridor", path + "corridor_id", {"corridor_id": body["corridor_id"]}))
        if "agency" in body and "latitude" in body:
            reasons += self._agency_on_road(body, decoded)
        return f"vehicles/{operator_id}/{vehicle_id}", reasons

    def _agency_on_road(self, body: dict[str, Any], decoded: Decoded) -> list[Reason]:
        agency, latitude, longitude = body["agency"], body["latitude"], body["longitude"]
        if agency in AGENCIES_ANYWHERE:
            return []
        on = decoded.observed_at.date()
        country = self._directory.country_at(latitude, longitude)
        if country is None or agency in self._directory.agencies_in(country, on):
            return []
        for north, east in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            near = self._directory.country_at(
                max(-90.0, min(90.0, latitude + north * NEAR_A_BORDER_DEG)), longitude + east * NEAR_A_BORDER_DEG
            )
            if near not in {None, country} and agency in self._directory.agencies_in(str(near), on):
                return []
        return [Reason("agency_not_in_country", decoded.path + "agency", {"agency": agency, "country": country})]

    def _of_post(self, delivery: Delivery, decoded: Decoded) -> tuple[str | None, list[Reason]]:
        body, path, sender = decoded.body, decoded.path, delivery.sender
        reasons: list[Reason] = []
        implied: dict[str, str | None]
        if delivery.subject is not None:
            _, post, agency = delivery.subject.split("/")
            implied, differs = {"post_id": post, "agency": agency}, "post_differs_from_topic"
        else:
            assert sender is not None
            implied, differs = {"post_id": sender.post_id, "agency": sender.agency}, "outside_scope"
        for name, own in implied.items():
            named = body.get(name)
            if named is None and own is None:
                reasons.append(Reason("field_missing", path + name))
            elif named is not None and own is not None and named != own:
                reasons.append(Reason(differs, path + name))
            else:
                body[name] = named or own
        if delivery.kind is Kind.CROSSING:
            reasons += self._crossing_vehicle(body, path)
        else:
            body.pop("vehicle_id", None)
        if any(reason.field in {path + "post_id", path + "agency"} for reason in reasons):
            return None, reasons
        reasons += self._post_exists(body["post_id"], body["agency"], decoded.observed_at.date(), path)
        return f"posts/{body['post_id']}/{body['agency']}", reasons

    def _post_exists(self, post_id: str, agency: str, on: date, path: str) -> list[Reason]:
        country = self._directory.find_post_country(post_id)
        if country is None:
            return [Reason("unknown_post", path + "post_id", {"post_id": post_id})]
        if agency in AGENCIES_AT_ANY_POST or agency in self._directory.agencies_in(country, on):
            return []
        return [Reason("agency_not_in_country", path + "agency", {"agency": agency, "country": country})]

    def _crossing_vehicle(self, body: dict[str, Any], path: str) -> list[Reason]:
        vehicle_id = body.get("vehicle_id")
        if vehicle_id is None:
            return [] if body.get("license_plate") else [Reason("vehicle_or_plate_missing", path + "license_plate")]
        if self._directory.find_vehicle(vehicle_id) is None:
            return [Reason("unknown_vehicle", path + "vehicle_id", {"vehicle_id": vehicle_id})]
        return []
