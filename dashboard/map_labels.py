"""Names that the map writes: countries where their names fit, and every code in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from checkpoints.flags import GOING
from dashboard.formats import Formats
from dashboard.map_flow import DELAY_BOUNDS
from dashboard.windows import WINDOWS
from telemetry.wire.codes import Agency, Harassment, IncidentType, PostState
from tracker.phrases import Phrasebook

PAYMENT_BASES = ("listed_charge", "receipt_unlisted", "no_receipt", "unknown")
# The kinds that rules of today find, but for harassment, which the map gathers at towns.
FLAG_KINDS = (
    "unlisted_checkpoint", "en_route_control", "authorised_place_excess_point", "illicit_payment", "excess_controls",
    "device_suspect",
)  # fmt: skip
CODES = {
    "agency": get_args(Agency),
    "post_state": get_args(PostState),
    "payment_basis": PAYMENT_BASES,
    "incident": get_args(IncidentType),
    "harassment": get_args(Harassment),
    "delay_class": tuple(str(level) for level in range(len(DELAY_BOUNDS) + 1)),
    "flag.kind": FLAG_KINDS,
    "flag.status": GOING,
    "flag.severity": ("low", "medium", "high"),
    "flag.direction": ("up", "down", "both"),
    "free_basis": ("observed", "assumed"),
    "window": WINDOWS,
}


@dataclass(frozen=True, slots=True)
class CountryLabel:
    """Where a country's name is written: a free place inland, chosen by eye beside the corridors."""

    code: str
    at: tuple[float, float]
    is_member: bool = True


COUNTRIES = (
    CountryLabel("BJ", (9.6, 2.35)),
    CountryLabel("BF", (12.75, -1.6)),
    CountryLabel("CI", (7.35, -5.9)),
    CountryLabel("CV", (15.9, -23.9)),
    CountryLabel("GH", (7.9, -1.3)),
    CountryLabel("GM", (13.47, -15.6)),
    CountryLabel("GN", (10.9, -11.2)),
    CountryLabel("GW", (12.05, -14.9)),
    CountryLabel("LR", (6.55, -9.5)),
    CountryLabel("ML", (15.6, -4.6)),
    CountryLabel("NE", (16.2, 8.6)),
    CountryLabel("NG", (9.9, 7.6)),
    CountryLabel("SL", (8.5, -11.8)),
    CountryLabel("SN", (14.9, -15.0)),
    CountryLabel("TG", (8.3, 1.0)),
    CountryLabel("MR", (18.5, -11.5), False),
    CountryLabel("DZ", (24.0, 3.0), False),
    CountryLabel("TD", (14.5, 16.0), False),
    CountryLabel("CM", (5.3, 12.6), False),
)


def code_words(phrasebook: Phrasebook, language: str) -> dict[str, str]:
    """Return every code that the map may say, and the names of countries, in `language`."""
    words = {
        f"{kind}.{code}": phrasebook.say(f"{kind}.{code}", {}, language)
        for kind, codes in CODES.items()
        for code in codes
    }
    formats = Formats(language)
    return words | {f"country.{label.code}": _short(formats.country(label.code)) for label in COUNTRIES}


def _short(name: str) -> str:
    """Return the name in the reader's own language where two are given: `Côte d'Ivoire (Costa do Marfim)`."""
    return name.partition("(")[2].rstrip(")") or name
