"""Countries: states, their dated memberships, the acts that visa-free movement rests on, and which state a point lies
in.

The facts are shipped tables (`tracker/data/countries.csv`, `memberships.csv`, `arrangements.csv`); the outlines are
built from OpenStreetMap when the package is built (`dashboard/assets.py`).
"""

from __future__ import annotations

import base64
import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta, timezone
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from tracker.errors import NotFound, Unavailable
from tracker.geo import Areas
from tracker.validity import holding


@dataclass(frozen=True, slots=True)
class Country:
    """A state: ISO 3166 codes, its zone and hours ahead of UTC, its money (ISO 4217)."""

    code: str
    alpha3: str
    name: str
    zone: ZoneInfo
    utc_offset_h: int
    currency: str
    also_used: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """That a state belongs to a body for an interval of days, by an act. `precision`: how exactly they are known."""

    country: str
    body: str
    valid_from: date | None
    valid_to: date | None
    precision: str
    act: str
    source: str


@dataclass(frozen=True, slots=True)
class Arrangement:
    """An act by which states of one body let nationals of another move without visa."""

    id: str
    host_body: str
    traveller_body: str
    valid_from: date | None
    valid_to: date | None
    act: str
    source: str


def _table(name: str) -> list[dict[str, str]]:
    text = files("tracker").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _countries() -> dict[str, Country]:
    return {
        row["code"]: Country(
            row["code"],
            row["alpha3"],
            row["name"],
            ZoneInfo(row["zone"]),
            int(row["utc_offset_h"]),
            row["currency"],
            tuple(row["also_used"].split()),
        )
        for row in _table("countries.csv")
    }


@cache
def _memberships() -> tuple[Membership, ...]:
    return tuple(
        Membership(
            row["country"],
            row["body"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
            row["precision"],
            row["act"],
            row["source"],
        )
        for row in _table("memberships.csv")
    )


@cache
def _arrangements() -> tuple[Arrangement, ...]:
    return tuple(
        Arrangement(
            row["id"],
            row["host_body"],
            row["traveller_body"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
            row["act"],
            row["source"],
        )
        for row in _table("arrangements.csv")
    )


def list_countries() -> list[Country]:
    """Return every state this system knows, by code."""
    return sorted(_countries().values(), key=lambda country: country.code)


def find_country(code: str) -> Country | None:
    """Return the state of an ISO 3166 alpha-2 code, or None."""
    return _countries().get(code)


def zone_of(code: str | None) -> timezone:
    """Return the zone that clocks show in a country; UTC where it is not known."""
    found = find_country(code) if code else None
    return timezone(timedelta(hours=found.utc_offset_h if found else 0))


def get_country(code: str) -> Country:
    """Return the state of an ISO 3166 alpha-2 code.

    Raises:
        NotFound: it is none of those this system knows.
    """
    try:
        return _countries()[code]
    except KeyError:
        raise NotFound("unknown_country", country=code) from None


def list_memberships(country: str, on: date) -> list[Membership]:
    """Return the memberships a state holds on a day."""
    return [membership for membership in holding(_memberships(), on) if membership.country == country]


def is_member(country: str, body: str, on: date) -> bool:
    """Say whether a state belongs to a body (`ECOWAS`, `UEMOA`, `AES`) on a day."""
    return any(membership.body == body for membership in list_memberships(country, on))


def list_members(body: str, on: date) -> list[str]:
    """Return the codes of a body's member states on a day, sorted."""
    return sorted({membership.country for membership in holding(_memberships(), on) if membership.body == body})


def visa_free_acts(traveller: str, host: str, on: date) -> list[Arrangement]:
    """Return the acts by which a national of one state needs no visa in another on a day; empty where none is known."""
    bodies_of_traveller = {membership.body for membership in list_memberships(traveller, on)}
    bodies_of_host = {membership.body for membership in list_memberships(host, on)}
    return [
        arrangement
        for arrangement in holding(_arrangements(), on)
        if arrangement.traveller_body in bodies_of_traveller and arrangement.host_body in bodies_of_host
    ]


def visa_free(traveller: str, host: str, on: date) -> bool | None:
    """Say whether a national moves visa-free on a day; None where no act is known here, which is not a no."""
    if traveller == host:
        return True
    return True if visa_free_acts(traveller, host, on) else None


def are_borders_built() -> bool:
    """Say whether the outlines that `country_at` needs were built into this installation."""
    return files("tracker").joinpath("data", "built", "countries.json").is_file()


@cache
def _areas() -> Areas:
    if not are_borders_built():
        raise Unavailable("outlines_missing")
    text = files("tracker").joinpath("data", "built", "countries.json").read_text(encoding="utf-8")
    return Areas({code: base64.b64decode(wkb) for code, wkb in json.loads(text)["states"].items()})


def country_at(latitude: float, longitude: float) -> str | None:
    """Return the code of the state a point lies in (territorial sea included); None on the high sea or elsewhere.

    The outlines are loaded on the first call (a tenth of a second).

    Raises:
        Unavailable: the package was installed without its built outlines (`python -m dashboard.assets` makes them).
    """
    return _areas().find(latitude, longitude)
