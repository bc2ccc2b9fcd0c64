"""The audit trail, to be read: newest first, filtered by who, what and whom."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from dashboard import audit
from dashboard.rendering import PagesDep
from dashboard.viewers import GateDep, require
from tracker.scope import Action, Scope

router = APIRouter(prefix="/audit", include_in_schema=False)
Reader = Annotated[Scope, Depends(require(Action.VIEW_AUDIT, in_person=True))]
Words = Annotated[str, Query(max_length=120)]
LIMIT = 25


@router.get("")
def audit_page(
    request: Request, gate: GateDep, pages: PagesDep, scope: Reader, *,
    actor: Words = "", action: Words = "", object: Words = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:  # fmt: skip
    """Show a page of entries."""
    with gate.database.reading() as session:
        # One more than is shown tells whether there is another page.
        entries = audit.list_entries(session, actor=actor, action=action, object=object, before=before, limit=LIMIT + 1)
        context: dict[str, Any] = {
            "entries": entries[:LIMIT],
            "actions": audit.list_actions(session),
            "details_of": audit.read_details,
            "older": entries[LIMIT - 1].seq if len(entries) > LIMIT else None,
            "filters": {"actor": actor, "action": action, "object": object},
            "before": before,
        }
        return pages.render(request, "audit.html", **context)
