"""Stand-ins for what `dashboard/main.py` supplies."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tracker.directory import VehicleRef

VEHICLES = (
    VehicleRef("COACH-1", "OP1", "1234 AB 01"),
    VehicleRef("COACH-2", "OP1", "GT 4501-19"),
    VehicleRef("OTHER-1", "OP2", None),
)
POSTS = {"CI-noe": "CI", "GH-elubo": "GH"}
AGENCIES = {"CI": {"police", "gendarmerie", "customs", "immigration"}, "GH": {"police", "customs", "immigration"}}


class FakeDirectory:
    """Three coaches of two operators, two posts, one corridor; Ghana lies east of 2.78° W and has no gendarmerie."""

    def find_vehicle(self, vehicle_id: str) -> VehicleRef | None:
        return next((one for one in VEHICLES if one.vehicle_id == vehicle_id), None)

    def find_vehicle_by_plate(self, license_plate: str) -> VehicleRef | None:
        key = plate_key(license_plate)
        return next((one for one in VEHICLES if one.license_plate and plate_key(one.license_plate) == key), None)

    def find_post_country(self, post_id: str) -> str | None:
        return POSTS.get(post_id)

    def has_corridor(self, corridor_id: str) -> bool:
        return corridor_id == "ABJ-LOS"

    def agencies_in(self, country: str, on: date) -> frozenset[str]:
        return frozenset(AGENCIES.get(country, ()))

    def country_at(self, latitude: float, longitude: float) -> str | None:
        return "CI" if longitude < -2.78 else "GH"


class FakePhrasebook:
    """Says a code as itself, with its language in front."""

    def say(self, code: str, values: Mapping[str, Any], language: str) -> str:
        return f"{language}:{code}"

    def choose_language(self, accept_language: str | None) -> str:
        return next((one for one in ("fr", "pt") if (accept_language or "").startswith(one)), "en")


def plate_key(plate: str) -> str:
    return "".join(one for one in plate.upper() if one.isalnum())
