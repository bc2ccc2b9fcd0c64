"""The lists of codes on the wire. Their names for people are in the catalogues of `dashboard/locale`."""

from typing import Annotated, Literal, get_args

from pydantic import StringConstraints

Agency = Literal[
    "police", "gendarmerie", "customs", "immigration", "forestry", "health", "phytosanitary", "veterinary", "military",
    "intelligence", "municipality", "union", "tax", "road_safety", "narcotics", "civil_defence", "vigilante",
    "armed_group", "joint", "impostor", "private_scanner", "unknown",
]  # fmt: skip
AGENCIES: frozenset[str] = frozenset(get_args(Agency))
# What somebody on the road can meet in any country, whatever its administration is made of.
AGENCIES_ANYWHERE = frozenset({"unknown", "impostor", "joint", "vigilante", "armed_group"})

ControlReason = Literal[
    "document_check", "passenger_id", "vehicle_papers", "luggage_search", "customs_declaration", "health_card",
    "phytosanitary", "overload", "escort", "convoy", "toll", "union_ticket", "municipal_ticket", "weighbridge",
    "unknown",
]  # fmt: skip
CONTROL_REASONS: frozenset[str] = frozenset(get_args(ControlReason))

Harassment = Literal[
    "flat_vehicle_payment", "per_passenger_payment", "payment_despite_valid_id", "no_vaccination_card_payment",
    "stamp_fee", "threat_of_unloading", "collective_collection", "document_withheld", "passenger_removed",
    "passenger_left_behind", "unreceipted_ticket", "escort_fee", "verbal_abuse", "detention", "physical_violence",
    "sexual_harassment", "discrimination_by_nationality", "collusion_driver_agent",
]  # fmt: skip

IncidentType = Literal["delay", "breakdown", "accident", "closure", "queue", "weather", "insecurity", "harassment"]
PostState = Literal["open", "restricted", "suspended", "closed"]

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
TripId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
# A word of the sender's own choosing that is a code, not a sentence: nobody's name fits into it by accident.
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
# Numbers printed on seals and receipts.
PrintedNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ._/-]{1,40}$")]
LicensePlate = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 .-]{2,15}$")]
PlaceName = Annotated[str, StringConstraints(min_length=1, max_length=80)]
FreeText = Annotated[str, StringConstraints(max_length=4000)]
