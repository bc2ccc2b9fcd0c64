"""Refused messages: listed with every reason, opened by those who may, tried again."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from dashboard import audit
from dashboard.pages.devices import PartsDep
from dashboard.parts import Parts
from dashboard.rendering import PagesDep, go_to
from dashboard.viewers import require
from telemetry.dead_letter import LetterView
from telemetry.replay import replay
from telemetry.told_devices import told_letters
from tracker.errors import NotAllowed, NotFound
from tracker.hearing import read_hearing
from tracker.restrictions import NEVER, Where
from tracker.scope import Action, Scope, names

router = APIRouter(prefix="/dead-letters", include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_DEVICES))]
Opening = Annotated[Scope, Depends(require(Action.OPEN_DEAD_LETTER, in_person=True))]
Replaying = Annotated[Scope, Depends(require(Action.REPLAY_DEAD_LETTER, in_person=True))]
PAGE = 50


@router.get("")
def dead_letters_page(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """List refused messages in the viewer's reach, newest first."""
    letters = parts.dead_letters.list(operators=names(scope.operators(Action.VIEW_DEVICES)), before=before, limit=PAGE)
    following = letters[-1].id if len(letters) == PAGE else None
    letters = told_letters(letters, read_hearing(parts.database, scope))
    return pages.render(request, "dead_letters.html", letters=letters, following=following)


@router.get("/{letter_id}")
def letter_page(request: Request, letter_id: int, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """Show one refused message without its content."""
    return pages.render(request, "dead_letter.html", letter=_get(parts, scope, letter_id), raw=None)


@router.post("/{letter_id}/open")
def open_letter(request: Request, letter_id: int, pages: PagesDep, parts: PartsDep, scope: Opening) -> Response:
    """Show the content of a refused message; that it was opened is in the audit trail."""
    letter = _get(parts, scope, letter_id)
    raw = parts.dead_letters.open_raw(letter_id)
    if any(
        scope.is_withheld(letter.operator_id, where, NEVER, letter.last_received_at) for where in _places(letter, raw)
    ):
        raise NotAllowed("in_restricted_section")
    assert scope.viewer is not None
    with parts.database.writing() as session:
        audit.record(session, scope.viewer, "dead_letter.opened", f"dead_letter:{letter_id}", at=parts.clock.now())
    return pages.render(request, "dead_letter.html", letter=letter, raw=_shown(raw, scope).decode("utf-8", "replace"))


@router.post("/{letter_id}/replay")
def replay_letter(request: Request, letter_id: int, parts: PartsDep, scope: Replaying) -> Response:
    """Try a refused message again."""
    _get(parts, scope, letter_id)
    outcome = replay(letter_id, parts.dead_letters, parts.intake)
    assert scope.viewer is not None
    with parts.database.writing() as session:
        audit.record(session, scope.viewer, "dead_letter.replayed", f"dead_letter:{letter_id}", at=parts.clock.now())
    flash = "flash.replay_accepted" if all(r.status != "rejected" for r in outcome) else "flash.replay_rejected"
    return go_to(request, f"/dead-letters/{letter_id}", flash)


def _places(letter: LetterView, raw: bytes) -> list[Where]:
    """Return the places that a refused message tells of; one that is not known where it tells of none, or cannot be read.

    When it happened is not asked: what was refused may be wrong about that.
    """
    if letter.post_id is not None:
        return [Where(posts=(letter.post_id,))]
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return [Where()]
    return [_place(body) for body in (said if isinstance(said, list) else [said])] or [Where()]


def _place(body: Any) -> Where:
    if not isinstance(body, dict):
        return Where()
    pairs = [(body.get(lat), body.get(lon)) for lat, lon in (("latitude", "longitude"), ("lat", "lon"))]
    numbers = [(float(a), float(b)) for a, b in pairs if isinstance(a, (int, float)) and isinstance(b, (int, float))]
    on_earth = [(a, b) for a, b in numbers if abs(a) <= 90 and abs(b) <= 180]
    return Where(latitude=on_earth[0][0], longitude=on_earth[0][1]) if on_earth else Where()


def _get(parts: Parts, scope: Scope, letter_id: int) -> LetterView:
    letter = parts.dead_letters.get(letter_id)
    told = told_letters([letter], read_hearing(parts.database, scope))
    if not told or not scope.may(Action.VIEW_DEVICES, operator_id=letter.operator_id):
        raise NotFound("unknown_dead_letter")
    return told[0]


def _shown(raw: bytes, scope: Scope) -> bytes:
    """Return what the viewer may see of a message: payments that are for the observatory only are cut out for operators."""
    if scope.may_see_payment(observatory_only=True) or b"observatory_only" not in raw:
        return raw
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return b""
    for one in body if isinstance(body, list) else [body]:
        if isinstance(one, dict):
            one.pop("payments", None)
    return orjson.dumps(body)
