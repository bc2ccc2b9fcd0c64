"""An agency's inspectorate answers what is said about the agency: the list of flags that name it, and its answers; and the
same for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict

from checkpoints.flag_states import ANSWER
from dashboard.flag_answers import answerable_flags, get_answerable_flag, shown
from dashboard.flag_decisions import decide
from dashboard.pages.devices import PartsDep
from dashboard.pages.flags import FlagId
from dashboard.parts import Parts
from dashboard.rendering import PagesDep, go_to
from dashboard.viewers import require
from telemetry.answers import documented
from tracker.scope import Action, Scope

router = APIRouter(include_in_schema=False)
Answering = Annotated[Scope, Depends(require(Action.ANSWER_FLAGS))]


class Answer(BaseModel):
    """An answer to a flag; `id` keeps it from being taken twice."""

    model_config = ConfigDict(extra="ignore")

    text: str
    id: UUID | None = None


def make_router(parts: Parts) -> APIRouter:
    """Return the API's routes."""
    api = APIRouter(prefix="/api/v1/answers", tags=["flags"], responses=documented(401, 403, 404, 422, 503))

    @api.get("", summary="Flags that an agency's inspectorate may answer, as it sees them, and its answers")
    def answerable(scope: Answering) -> dict[str, Any]:
        with parts.database.reading() as session:
            flags = answerable_flags(session, scope, parts.clock.now())
            items = [asdict(shown(session, flag, parts.sealer)) for flag in flags]
        for item in items:
            item["answers"] = [{"on": day, "text": text} for day, text in item["answers"]]
        return {"items": items}

    @api.post("/{flag_id}", summary="Answer a flag; it closes nothing")
    def answer(flag_id: FlagId, said: Answer, scope: Answering) -> dict[str, Any]:
        with parts.database.reading() as session:
            flag = get_answerable_flag(session, scope, flag_id, parts.clock.now())
        decide(parts, scope, flag, {"decision": ANSWER, "text": said.text}, said.id)
        return {"status": "accepted", "flag_id": flag_id}

    return api


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
