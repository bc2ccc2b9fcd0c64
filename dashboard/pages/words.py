"""Erasing what people wrote: the protection officer finds a report's words by coach and day, or a message's by its number."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from dashboard import audit
from dashboard.pages.devices import PartsDep
from dashboard.rendering import PagesDep, go_to
from dashboard.sealed_words import erase_words, find_words, list_words
from dashboard.viewers import require
from tracker.errors import BadInput, Reason
from tracker.scope import Action, Scope

router = APIRouter(prefix="/words", include_in_schema=False)
Erasing = Annotated[Scope, Depends(require(Action.ERASE_SEALED, in_person=True))]
Asked = Annotated[str, Query(max_length=40)]
LARGEST = 2**63 - 1


@router.get("", response_class=HTMLResponse)
def words_page(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Erasing,
    coach: Asked = "",
    day: Asked = "",
    number: Asked = "",
) -> Response:
    """Show which messages have words, without the words."""
    with parts.database.reading() as session:
        if number.strip():
            found = [one for one in [find_words(session, _number(number))] if one is not None]
        elif coach.strip() and day:
            found = list_words(session, scope, coach.strip(), _day(day))
        else:
            found = None
    asked = {"coach": coach, "day": day, "number": number}
    return pages.render(request, "words.html", found=found, asked=asked, today=parts.clock.now().date())


@router.post("/{seq}/erase")
def erase_page(
    request: Request, parts: PartsDep, scope: Erasing, seq: Annotated[int, Path(ge=1, le=LARGEST)]
) -> Response:
    """Erase the words of a message; that, by whom and when is in the audit trail."""
    assert scope.viewer is not None
    now = parts.clock.now()
    with parts.database.writing() as session:
        details = {"texts": erase_words(session, seq, now)}
        audit.record(session, scope.viewer, "words.erased", f"message:{seq}", details, at=now)
    return go_to(request, f"/words?number={seq}", "flash.words_erased")


def _number(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits) <= LARGEST):
        raise BadInput(reasons=[Reason("not_a_number", "number", {})])
    return int(digits)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(reasons=[Reason("not_a_date", "day", {"value": text[:20]})]) from error
