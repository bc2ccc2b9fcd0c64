"""An agency's inspectorate answers what is said about the agency: the list of flags that name it, and its answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from checkpoints.flag_states import ANSWER
from dashboard.flag_answers import answerable_flags, get_answerable_flag, shown
from dashboard.flag_decisions import decide
from dashboard.pages.devices import PartsDep
from dashboard.pages.flags import FlagId
from dashboard.rendering import PagesDep, go_to
from dashboard.viewers import require
from tracker.scope import Action, Scope

router = APIRouter(include_in_schema=False)
Answering = Annotated[Scope, Depends(require(Action.ANSWER_FLAGS))]


@router.get("/answers", response_class=HTMLResponse)
def answers_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Answering) -> Response:
    """List what may be answered, each with a form."""
    with parts.database.reading() as session:
        flags = answerable_flags(session, scope, parts.clock.now())
        found = [shown(session, flag, parts.sealer) for flag in flags]
    return pages.render(request, "answers.html", flags=found)


@router.post("/answers/{flag_id}")
def answer_on_page(
    request: Request,
    flag_id: FlagId,
    parts: PartsDep,
    scope: Answering,
    text: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Take an answer; it closes nothing."""
    with parts.database.reading() as session:
        flag = get_answerable_flag(session, scope, flag_id, parts.clock.now())
    decide(parts, scope, flag, {"decision": ANSWER, "text": text})
    return go_to(request, "/answers", "flash.flag_answered")
