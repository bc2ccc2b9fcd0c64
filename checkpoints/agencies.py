"""Agencies: who may control, by code, and where and when a code makes sense. Pure.

A code of the contract says what kind of service it is. `corps` names the service of a state behind it, `function`
what it does there, `unit` a part of it; several states give one function to different corps (immigration belongs to
the police in French-speaking states). What is not listed here is not known, which is not a refusal; only `ABSENT`
refuses.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from tracker.errors import Reason
from tracker.validity import holding

# The codes of the contract, in its order.
AGENCIES: tuple[str, ...] = (
    "police", "gendarmerie", "customs", "immigration", "forestry", "health", "phytosanitary", "veterinary", "military",
    "intelligence", "municipality", "union", "tax", "road_safety", "narcotics", "civil_defence", "vigilante",
    "armed_group", "joint", "impostor", "private_scanner", "unknown",
)  # fmt: skip

# A stop by one is a safety alert to the operator, never a checkpoint (`care.md`, section 1).
ARMED_GROUP = "armed_group"

# Codes that name no service of a state: they never have a desk at a border post.
NOT_OF_A_STATE = frozenset({"vigilante", "armed_group", "impostor", "unknown"})


@dataclass(frozen=True, slots=True)
class Absent:
    """That a state has no such agency for an interval of days."""

    agency: str
    country: str
    valid_from: date | None = None
    valid_to: date | None = None


# There is no gendarmerie in these states; Benin merged its own into the republican police in 2018 (the day is not
# known here, so the year's first).
ABSENT: tuple[Absent, ...] = (
    Absent("gendarmerie", "NG"),
    Absent("gendarmerie", "GH"),
    Absent("gendarmerie", "SL"),
    Absent("gendarmerie", "LR"),
    Absent("gendarmerie", "BJ", valid_from=date(2018, 1, 1)),
)


@dataclass(frozen=True, slots=True)
class Service:
    """The service of a state behind an agency code. `confidence` is `named` (in a cited source) or `to_verify`."""

    agency: str
    country: str
    corps: str
    function: str
    unit: str
    confidence: str
    valid_from: date | None = None
    valid_to: date | None = None


@cache
def _services() -> tuple[Service, ...]:
    text = files("checkpoints").joinpath("data", "agencies.csv").read_text(encoding="utf-8")
    return tuple(
        Service(
            row["agency"],
            row["country"],
            row["corps"],
            row["function"],
            row["unit"],
            row["confidence"],
            date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    )


def find_fault(agency: str, country: str | None, on: date, *, at_post: bool = False) -> Reason | None:
    """Return why an agency code cannot be right in a country on a day, or None.

    Codes: `unknown_agency`; `agency_not_in_country`; `agency_has_no_post` where `at_post` says that a border post is
    meant. With no country known only the code itself is judged.
    """
    if agency not in AGENCIES:
        return Reason("unknown_agency", "agency", {"value": str(agency)[:40]})
    if any(absent.agency == agency and absent.country == country for absent in holding(ABSENT, on)):
        return Reason("agency_not_in_country", "agency", {"agency": agency, "country": country})
    if at_post and agency in NOT_OF_A_STATE:
        return Reason("agency_has_no_post", "agency", {"agency": agency})
    return None


def list_agencies(country: str | None, on: date, *, at_post: bool = False) -> list[str]:
    """Return the codes that can be right in a country on a day, in the contract's order."""
    return [agency for agency in AGENCIES if find_fault(agency, country, on, at_post=at_post) is None]


def agencies_in(country: str | None, on: date) -> frozenset[str]:
    """Return the codes that can be right in a country on a day, as a set."""
    return frozenset(list_agencies(country, on))


def find_services(agency: str, country: str, on: date) -> list[Service]:
    """Return the services behind a code in a country on a day; empty where none is known."""
    held = holding(_services(), on)
    return [service for service in held if (service.agency, service.country) == (agency, country)]
