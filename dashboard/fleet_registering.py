"""Coaches, crews and devices of a company, registered on the page, or by a phone that had no network meanwhile.

What opens an account or a device is made where it is handed over: a phone without a network makes the 256 random bits
itself, shows them as a link, and sends them with the entry. Only their hash is kept here, as of those made here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from dashboard import accounts, audit, invitations
from dashboard.parts import Parts
from operators.registration import register_vehicles
from telemetry.device import NewDevice
from tracker.errors import BadInput, Reason
from tracker.scope import Role, Scope
from tracker.sheets import IDENTIFIER

Text = Annotated[str, Field(max_length=120)]


class Entry(BaseModel):
    """What every entry has. Fields that nobody knows are ignored, as at every door.

    `operator_id`: the company that whoever entered it works for; another's dispatcher, who sends what waits on a phone, does
    not take it over.
    """

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    id: UUID
    operator_id: Text | None = None


class CoachEntry(Entry):
    """A coach as a phone sends it."""

    vehicle_id: Text
    license_plate: Text | None = None
    seats: int | None = None


class CrewEntry(Entry):
    """An account of a driver or attendant; `token` is that of the link that was handed over."""

    username: Text
    display_name: Text
    language: Text = "fr"
    token: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class DeviceEntry(Entry):
    """A phone or fitted unit of a coach; `token` is the one that was handed over."""

    device_id: Text
    kind: Literal["personal", "fitted"]
    vehicle_id: Text
    language: Text = "fr"
    token: Annotated[str, Field(pattern=r"^cdt_[A-Za-z0-9_-]{43}$")]


def register_coach(
    parts: Parts, session: Session, scope: Scope, vehicle_id: str, plate: str, seats: int | None, now: datetime
) -> None:
    """Register a coach of the viewer's company, or bring a known one up to date.

    Raises:
        BadInput: its name is none, its plate another coach's, or see `register_vehicles`.
    """
    if not IDENTIFIER.fullmatch(vehicle_id):
        raise BadInput(reasons=[Reason("bad_identifier", "vehicle_id", {"value": vehicle_id[:40]})])
    plate = " ".join(plate.split()).upper()
    other = parts.directory.find_vehicle_by_plate(plate) if plate else None
    if other is not None and other.vehicle_id != vehicle_id:
        raise BadInput(reasons=[Reason("duplicate_plate", "license_plate", {"license_plate": plate})])
    try:
        register_vehicles(session, [(vehicle_id, own_company(scope), plate or None, seats)], now)
    except BadInput as failure:  # it speaks of the first of a list
        reasons = [Reason(r.code, r.field and r.field.removeprefix("[0]."), r.values) for r in failure.reasons]
        raise BadInput(reasons=reasons) from None
    _note(session, scope, "coach.registered", f"coach:{vehicle_id}", now)


def register_crew(
    session: Session, scope: Scope, username: str, display_name: str, language: str, now: datetime, token: str | None
) -> tuple[str, datetime]:
    """Add an account for a driver or attendant and return the token of its link, and when that ends.

    Raises:
        BadInput, Conflict: see `accounts.create_user`.
    """
    user = accounts.create_user(
        session, username, display_name, Role.DRIVER, now=now, language=language, operator_id=own_company(scope)
    )
    link = invitations.invite(session, user, now, token)
    _note(session, scope, "user.created", f"user:{user.username}", now)
    return link


def register_device(parts: Parts, scope: Scope, new: NewDevice, token: str | None) -> str:
    """Add a device and return its token; one that was added with this very token already stays.

    Raises:
        BadInput, Conflict: see `DeviceRegistry.add`.
    """
    known = parts.devices.find(new.device_id) if token else None
    if known is not None and token and known.is_opened_by(token):
        return token
    added = parts.devices.add(new, token)
    with parts.database.writing() as session:
        _note(session, scope, "device.added", f"device:{new.device_id}", parts.clock.now())
    return added


def own_company(scope: Scope) -> str:
    """Return the company whose fleet the viewer manages."""
    assert scope.viewer is not None
    assert scope.viewer.operator_id is not None
    return scope.viewer.operator_id


def _note(session: Session, scope: Scope, action: str, thing: str, now: datetime) -> None:
    assert scope.viewer is not None
    audit.record(session, scope.viewer, action, thing, at=now)
