"""Help: one page for each role, to be read in three minutes, with pictures of the real pages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from dashboard.paths import STATIC
from dashboard.rendering import PagesDep, go_to, language_of
from dashboard.viewers import IdentityDep
from tracker.scope import Action, Role, Viewer, scope_of

router = APIRouter(prefix="/help", include_in_schema=False)


class Reader(StrEnum):
    """Whom a page of help is for."""

    DRIVER = "driver"
    OFFICIAL = "official"
    DISPATCHER = "dispatcher"
    MONITOR = "monitor"
    FOCAL_POINT = "focal_point"
    INSPECTORATE = "inspectorate"
    PROTECTION_OFFICER = "protection_officer"
    ADMINISTRATOR = "administrator"


# Which pictures stand on a page, in the order of its steps; each is there in every language.
PICTURES: Mapping[Reader, tuple[str, ...]] = {
    Reader.DRIVER: ("road", "report"),
    Reader.OFFICIAL: ("desk",),
    Reader.DISPATCHER: ("fleet", "trips"),
    Reader.MONITOR: ("map", "flags"),
    Reader.FOCAL_POINT: ("corridor",),
    Reader.INSPECTORATE: ("answers",),
    Reader.PROTECTION_OFFICER: ("flags",),
    Reader.ADMINISTRATOR: ("devices",),
}


@router.get("")
def own_help(request: Request, identity: IdentityDep) -> Response:
    """Go to the page of one's own role."""
    return go_to(request, f"/help/{reader_of(identity.viewer)}")


@router.get("/{reader}", response_class=HTMLResponse)
def help_page(request: Request, reader: Reader, pages: PagesDep, identity: IdentityDep) -> Response:
    """Show the page of one role; anybody may read it."""
    language = language_of(request, pages.translations)
    pictures = [name for name in PICTURES[reader] if (STATIC / picture(name, language)).is_file()]
    return pages.render(
        request, "help.html", reader=reader, readers=list(Reader), own=reader_of(identity.viewer),
        pictures={name: picture(name, language) for name in pictures},
    )  # fmt: skip


def picture(name: str, language: str) -> str:
    """Return where a picture lies under `static/`."""
    return f"help/{name}-{language}.jpg"


def reader_of(viewer: Viewer | None) -> Reader:
    """Return whose page a viewer reads first; a monitor's for the public."""
    if viewer is None:
        return Reader.MONITOR
    if viewer.role is Role.FOCAL_POINT and scope_of(viewer).may(Action.ANSWER_FLAGS):
        return Reader.INSPECTORATE
    return Reader(viewer.role.value)
