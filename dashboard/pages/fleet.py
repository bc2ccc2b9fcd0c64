"""A company's fleet: its coaches with their devices and trips, and its crews' accounts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import HTMLResponse, Response

from dashboard import accounts, audit, invitations, sessions
from dashboard.accounts import User
from dashboard.exports import Form as FileForm
from dashboard.exports import answered
from dashboard.fleet_registering import own_company, register_coach, register_crew
from dashboard.fleet_view import FleetLine, read_fleet
from dashboard.pages.devices import PartsDep
from dashboard.pages.users import link_of, viewer_of
from dashboard.parts import Parts
from dashboard.rendering import PagesDep, go_to
from dashboard.viewers import GateDep, require
from operators.companies import Vehicle
from operators.registration import retire_vehicle
from telemetry.answers import documented
from tracker.errors import BadInput, CorridorError, NotFound, Reason
from tracker.scope import Action, Role, Scope

router = APIRouter(include_in_schema=False)
Managing = Annotated[Scope, Depends(require(Action.MANAGE_FLEET))]
InPerson = Annotated[Scope, Depends(require(Action.MANAGE_FLEET, in_person=True))]
Text = Annotated[str, Form(max_length=120)]
CoachId = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{1,40}$")]


def make_router(parts: Parts) -> APIRouter:
    """Return the API's route."""
    api = APIRouter(prefix="/api/v1", tags=["operators"], responses=documented(401, 403, 422, 503))

    @api.get("/fleet", summary="One's own coaches: devices, last word, the trip under way and the next one declared")
    def fleet(scope: Managing, form: FileForm = "json") -> Any:
        return answered({"items": [line.row() for line in _lines(parts, scope)]}, form, "fleet")

    return api


@router.get("/fleet", response_class=HTMLResponse)
def fleet_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Managing) -> Response:
    """Show coaches and crews."""
    return _page(request, pages, parts, scope)


@router.post("/fleet/coaches")
def add_coach(
    request: Request, pages: PagesDep, parts: PartsDep, scope: InPerson, *, vehicle_id: Text = "",
    license_plate: Text = "", seats: Text = "",
) -> Response:  # fmt: skip
    """Register a coach, or bring a known one up to date."""
    given = {"vehicle_id": vehicle_id.strip(), "license_plate": license_plate.strip(), "seats": seats.strip()}
    try:
        with parts.database.writing() as session:
            seated = _seats(given["seats"])
            register_coach(parts, session, scope, given["vehicle_id"], license_plate, seated, parts.clock.now())
    except CorridorError as failure:
        return _page(request, pages, parts, scope, given=given, failure=failure)
    return go_to(request, "/fleet", "flash.coach_registered")


@router.post("/fleet/coaches/{vehicle_id}/retire")
def retire(request: Request, vehicle_id: CoachId, parts: PartsDep, scope: InPerson) -> Response:
    """Take a coach out of service; what it did stays."""
    now = parts.clock.now()
    with parts.database.writing() as session:
        coach = session.get(Vehicle, vehicle_id)
        if coach is None or not scope.may(Action.MANAGE_FLEET, operator_id=coach.operator_id):
            raise NotFound("unknown_coach", vehicle_id=vehicle_id)
        retire_vehicle(coach, now)
        session.add(coach)
        audit.record(session, viewer_of(scope), "coach.retired", f"coach:{vehicle_id}", at=now)
    return go_to(request, "/fleet", "flash.coach_retired")


@router.post("/fleet/crews")
def add_crew(
    request: Request, gate: GateDep, pages: PagesDep, parts: PartsDep, scope: InPerson, *, username: Text = "",
    display_name: Text = "", language: Text = "fr",
) -> Response:  # fmt: skip
    """Add an account for a driver or attendant and show the link to hand over."""
    given = {"username": username.strip().lower(), "display_name": display_name.strip(), "language": language}
    try:
        with gate.database.writing() as session:
            token, expires_at = register_crew(
                session, scope, given["username"], given["display_name"], language, gate.clock.now(), None
            )
    except CorridorError as failure:
        return _page(request, pages, parts, scope, given=given, failure=failure)
    return _page(
        request, pages, parts, scope, link=link_of(gate, token), expires_at=expires_at, name=given["display_name"]
    )


@router.post("/fleet/crews/{user_id}/link")
def crew_link(
    request: Request, user_id: int, gate: GateDep, pages: PagesDep, parts: PartsDep, scope: InPerson
) -> Response:
    """Make a new one-time link for somebody of the crews."""
    now = gate.clock.now()
    with gate.database.writing() as session:
        user = _crew(session.get(User, user_id), scope)
        token, expires_at = invitations.invite(session, user, now)
        audit.record(session, viewer_of(scope), "user.link_made", f"user:{user.username}", at=now)
        name = user.display_name
    return _page(request, pages, parts, scope, link=link_of(gate, token), expires_at=expires_at, name=name)


@router.post("/fleet/crews/{user_id}/disable")
def disable_crew(request: Request, user_id: int, gate: GateDep, scope: InPerson) -> Response:
    """Close an account of the crews: it stops at once."""
    now = gate.clock.now()
    with gate.database.writing() as session:
        user = _crew(session.get(User, user_id), scope)
        user.disabled_at = now
        sessions.end_sessions(session, user_id)
        invitations.withdraw(session, user_id)
        audit.record(session, viewer_of(scope), "user.disabled", f"user:{user.username}", at=now)
    return go_to(request, "/fleet", "flash.user_disabled")


def _crew(user: User | None, scope: Scope) -> User:
    """Return an account that is a driver's of one's own company, and open.

    Raises:
        NotFound: it is somebody else's, or closed.
    """
    is_own = user is not None and user.role == Role.DRIVER and user.operator_id == own_company(scope)
    if user is None or not is_own or user.disabled_at is not None:
        raise NotFound("user_unknown")
    return user


def _seats(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise BadInput(reasons=[Reason("not_a_number", "seats", {"value": text[:20]})])
    return int(text)


def _lines(parts: Parts, scope: Scope) -> list[FleetLine]:
    with parts.database.reading() as session:
        return read_fleet(session, own_company(scope), parts.devices.list(), parts.clock.now())


def _page(
    request: Request,
    pages: PagesDep,
    parts: Parts,
    scope: Scope,
    *,
    given: dict[str, str] | None = None,
    failure: CorridorError | None = None,
    **more: Any,
) -> Response:
    with parts.database.reading() as session:
        crews = [
            user
            for user in accounts.list_users(session)
            if user.role == Role.DRIVER and user.operator_id == own_company(scope) and user.disabled_at is None
        ]
        session.expunge_all()
    return pages.render(
        request, "fleet.html", failure.status if failure else 200, lines=_lines(parts, scope), crews=crews,
        given=given or {}, failure=failure, errors=failure.reasons if failure else (), now=parts.clock.now(),
        **({"link": None, "expires_at": None, "name": ""} | more),
    )  # fmt: skip
