"""Flags: the list, a page for each with its evidence down to the raw messages, decisions; and the same for programs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict

from checkpoints.flag_states import DISMISSALS, day_of
from checkpoints.flags import GOING, STATUSES, Flag
from dashboard.exports import Form as ExportForm
from dashboard.exports import answered
from dashboard.flag_decisions import decide, merge_choices
from dashboard.flag_reading import (
    claim_of,
    decisions_for,
    evidence_of,
    flag_details,
    flag_row,
    get_visible_flag,
    ground_message,
    messages_of,
    read_details,
    visible_flags,
    visible_left_out,
)
from dashboard.pages.devices import PartsDep
from dashboard.pages.readings import InQuery
from dashboard.paging import PageNumber, paged
from dashboard.parts import Parts
from dashboard.rendering import PagesDep, go_to
from dashboard.rendering import language_of as page_language
from dashboard.viewers import require
from operators.companies import list_operators
from telemetry.answers import documented, language_of
from tracker.scope import Action, Scope

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_FLAGS))]
Deciding = Annotated[Scope, Depends(require(Action.DECIDE_FLAGS))]
FlagId = Annotated[str, Path(pattern="^[0-9a-f-]{36}$")]
Number = Annotated[int, Path(ge=0, le=100_000)]
Code = Annotated[str | None, Query(pattern="^[a-z_]{1,40}$")]
MOST = 500
EVERY = 1_000_000
OVERDUE = "overdue"


class Act(BaseModel):
    """The act of a competent authority that confirms a flag."""

    authority: str = ""
    title: str = ""
    date: str = ""
    reference: str = ""


class Decision(BaseModel):
    """A decision about a flag.

    `act` with confirm, `reason` with dismiss, `to` with refer, `text` with comment, `due` (a day) with deadline, `into` (a
    flag's id) with merge.
    """

    model_config = ConfigDict(extra="ignore")

    decision: str
    id: UUID | None = None
    act: Act | None = None
    reason: str | None = None
    to: str | None = None
    text: str | None = None
    due: str | None = None
    into: str | None = None


def make_router(parts: Parts) -> APIRouter:
    """Return the API's routes."""
    api = APIRouter(prefix="/api/v1/flags", tags=["flags"], responses=documented(401, 403, 404, 422, 503))

    @api.get("", summary="Flags, the gravest and surest first")
    def flags(
        scope: Viewing,
        kind: Code = None,
        status: Annotated[
            str | None,
            Query(pattern="^[a-z_]{1,40}$", description="a status; going: all that go on; overdue: late ones"),
        ] = None,
        corridor: InQuery = None,
        since: Annotated[datetime | None, Query(alias="from")] = None,
        until: Annotated[datetime | None, Query(alias="to")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
        cursor: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        form: ExportForm = "json",
    ) -> Any:
        zone = parts.clock.now().tzinfo
        bounds = [at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at for at in (since, until)]
        with parts.database.reading() as session:
            found = visible_flags(
                session, scope, kinds=[kind] if kind else [], statuses=_statuses(status),
                since=bounds[0], until=bounds[1], limit=EVERY if status == OVERDUE else cursor + limit + 1,
                **_on(parts, corridor),
            )  # fmt: skip
            if status == OVERDUE:
                found = _overdue(found, parts)
            items = [flag_row(flag) for flag in found[cursor : cursor + limit]]
            left_out = visible_left_out(session, scope)
        following = cursor + limit if len(found) > cursor + limit else None
        return answered({"items": items, "next_cursor": following, "left_out": left_out}, form, "flags")

    @api.get("/{flag_id}", summary="One flag with grounds, evidence, what it does not claim, and decisions")
    def flag(request: Request, flag_id: FlagId, scope: Viewing) -> dict[str, Any]:
        with parts.database.reading() as session:
            details = read_details(session, scope, flag_id, parts.sealer)
            return flag_details(*details, parts.phrasebook, language_of(request, parts.phrasebook))

    @api.get("/{flag_id}/evidence", summary="The evidence of a flag as a table")
    def pieces(flag_id: FlagId, scope: Viewing, form: ExportForm = "json") -> Any:
        with parts.database.reading() as session:
            items = evidence_of(session, scope, get_visible_flag(session, scope, flag_id))
        return answered({"flag_id": flag_id, "items": items}, form, f"evidence_{flag_id}")

    @api.get("/{flag_id}/evidence/{number}", summary="The raw messages behind one piece of evidence")
    def evidence(flag_id: FlagId, number: Number, scope: Viewing) -> dict[str, Any]:
        with parts.database.reading() as session:
            return {"items": messages_of(session, scope, get_visible_flag(session, scope, flag_id), number)}

    @api.post("/{flag_id}/decisions", summary="Decide about a flag")
    def decisions(flag_id: FlagId, decision: Decision, scope: Deciding) -> dict[str, Any]:
        with parts.database.reading() as session:
            found = get_visible_flag(session, scope, flag_id)
        decide(parts, scope, found, decision.model_dump(), decision.id)
        return {"status": "accepted", "flag_id": flag_id}

    return api


@router.get("/flags", response_class=HTMLResponse)
def flags_page(
    request: Request,
    pages: PagesDep,
    parts: PartsDep,
    scope: Viewing,
    kind: Annotated[str, Query(max_length=40)] = "",
    status: Annotated[str, Query(max_length=24)] = "",
    corridor: Annotated[str, Query(max_length=40)] = "",
    page: PageNumber = 1,
) -> Response:
    """List flags; those that go on unless another status is asked for."""
    statuses = _statuses(status if status in STATUSES else "going")
    with parts.database.reading() as session:
        on_road = visible_flags(session, scope, limit=MOST, **_on(parts, corridor))
        left_out = visible_left_out(session, scope)
    found = [flag for flag in on_road if flag.status in statuses and kind in ("", flag.kind)]
    if status == OVERDUE:
        found = _overdue(found, parts)
    return pages.render(
        request, "flags.html", shown=paged(found, page), kinds=sorted({flag.kind for flag in on_road}),
        statuses=(OVERDUE, *STATUSES), corridors=list(parts.directory.geography.corridors), now=parts.clock.now(),
        chosen={"kind": kind, "status": status, "corridor": corridor}, left_out=left_out,
        is_without_payments=not scope.may_see_payment(observatory_only=True),
        asked={
            "kind": kind, "status": status if status in (OVERDUE, *STATUSES) else "going", "corridor": corridor,
            "limit": MOST,
        },
    )  # fmt: skip


@router.get("/flags/{flag_id}", response_class=HTMLResponse)
def flag_page(request: Request, flag_id: FlagId, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """Show one flag: what, where, since when, how sure, why, the evidence, what it does not claim, decisions so far."""
    with parts.database.reading() as session:
        flag, evidence, decisions, law = read_details(session, scope, flag_id, parts.sealer)
        possible = decisions_for(scope, flag)
        choices = merge_choices(session, scope, flag) if "merge" in possible else []
        merged = visible_flags(session, scope, merged_into=flag_id)
        companies = {o.operator_id: o.name for o in list_operators(session)}
    language = page_language(request, pages.translations)
    return pages.render(
        request, "flag.html", flag=flag, evidence=evidence, decisions=decisions, companies=companies,
        claim=claim_of(flag), possible=possible, dismissals=DISMISSALS, now=parts.clock.now(), law=law,
        choices=choices, merged=merged, day_of=day_of,
        why=[ground_message(ground, parts.phrasebook, language) for ground in flag.grounds],
    )  # fmt: skip


@router.get("/flags/{flag_id}/evidence/{number}", response_class=HTMLResponse)
def evidence_page(
    request: Request, flag_id: FlagId, number: Number, pages: PagesDep, parts: PartsDep, scope: Viewing
) -> Response:
    """Show the raw messages behind one piece of evidence."""
    with parts.database.reading() as session:
        flag = get_visible_flag(session, scope, flag_id)
        messages = messages_of(session, scope, flag, number)
    return pages.render(request, "flag_evidence.html", flag=flag, messages=messages)


@router.post("/flags/{flag_id}/decisions")
def decide_on_page(
    request: Request,
    flag_id: FlagId,
    parts: PartsDep,
    scope: Deciding,
    decision: Annotated[str, Form(max_length=20)],
    reason: Annotated[str, Form(max_length=40)] = "",
    to: Annotated[str, Form(max_length=300)] = "",
    authority: Annotated[str, Form(max_length=300)] = "",
    title: Annotated[str, Form(max_length=300)] = "",
    date: Annotated[str, Form(max_length=10)] = "",
    reference: Annotated[str, Form(max_length=300)] = "",
    text: Annotated[str, Form(max_length=2000)] = "",
    due: Annotated[str, Form(max_length=10)] = "",
    into: Annotated[str, Form(max_length=36)] = "",
) -> Response:
    """Take a decision from the flag's page."""
    with parts.database.reading() as session:
        flag = get_visible_flag(session, scope, flag_id)
    act = {"authority": authority, "title": title, "date": date, "reference": reference}
    decide(
        parts,
        scope,
        flag,
        {"decision": decision, "reason": reason, "to": to, "act": act if any(act.values()) else None}
        | {"text": text, "due": due, "into": into},
    )
    return go_to(request, f"/flags/{flag_id}", "flash.flag_decided")


def _statuses(status: str | None) -> Collection[str]:
    return GOING if status in ("going", OVERDUE) else [status] if status else []


def _overdue(flags: list[Flag], parts: Parts) -> list[Flag]:
    today = parts.clock.now().date()
    return [flag for flag in flags if flag.due_on is not None and flag.due_on < today]


def _on(parts: Parts, corridor_id: str | None) -> dict[str, Any]:
    """Return the filter of a corridor: flags on its roads, though they may be told by another corridor's kilometres."""
    corridor = parts.directory.geography.find_corridor(corridor_id or "")
    if corridor is None:
        return {"corridor_id": corridor_id or None}
    return {"corridor_id": corridor.id, "sections": [passage.section.id for passage in corridor.passages]}
