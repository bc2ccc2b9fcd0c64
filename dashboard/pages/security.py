"""The security status of sections: what is said of each, by whom, and since when; an administrator sets it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from dashboard import audit
from dashboard.along import section_name
from dashboard.pages.devices import PartsDep
from dashboard.rendering import PagesDep, go_to
from dashboard.viewers import require
from tracker.restrictions import BESIDE_KM
from tracker.scope import Action, Scope
from tracker.security import COLUMNS, STATUSES, import_security_statuses, list_statuses, statuses_on
from tracker.sheets import as_sheet

router = APIRouter(prefix="/security", include_in_schema=False)
Viewing = Annotated[Scope, Depends(require(Action.VIEW_MAP))]
Setting = Annotated[Scope, Depends(require(Action.SET_SECURITY, in_person=True))]
LONGEST = 2000


@router.get("", response_class=HTMLResponse)
def security_page(request: Request, pages: PagesDep, parts: PartsDep, scope: Viewing) -> Response:
    """List what is said of sections, those restricted today first; an administrator says it."""
    geography, today = parts.directory.geography, parts.clock.now().date()
    with parts.database.reading() as session:
        rows, now = list_statuses(session), {row.row_id for row in statuses_on(session, today).values()}
    rows.sort(key=lambda row: (row.row_id not in now, row.status != "restricted"))
    sections = {
        corridor.name: [passage.section.id for passage in corridor.passages] for corridor in geography.list_corridors()
    }
    return pages.render(
        request, "security.html", rows=rows, now=now, today=today, sections=sections, statuses=STATUSES,
        beside_km=round(BESIDE_KM), may_set=scope.may(Action.SET_SECURITY),
        section_name=lambda section_id: section_name(geography, section_id),
    )  # fmt: skip


@router.post("")
async def set_status(request: Request, parts: PartsDep, scope: Setting) -> Response:
    """Take in a status from the form, as an import would; what was done is in the audit trail."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:LONGEST] for name in COLUMNS}
    assert scope.viewer is not None
    now = parts.clock.now()
    with parts.database.writing() as session:
        import_security_statuses(session, as_sheet(given, COLUMNS), now.date(), given["source"])
        about = f"section:{given['section_id'].strip()}"
        details = {name: given[name].strip() for name in COLUMNS if name != "section_id"}
        audit.record(session, scope.viewer, "security.set", about, details, at=now)
    parts.directory.forget()
    return go_to(request, "/security", "flash.security_set")
