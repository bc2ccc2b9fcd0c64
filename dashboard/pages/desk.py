"""What an official's page asks the server: who is expected at the own post and who is there, for sessions and devices alike."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool

from dashboard.desk_view import desk_json
from dashboard.expected import scope_at
from dashboard.parts import Parts
from telemetry.doorkeeper import Doorkeeper
from telemetry.senders import Sender
from tracker.errors import NotAllowed


def make_router(parts: Parts, doorkeeper: Doorkeeper) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/field", include_in_schema=False)

    @router.get("/expected")
    async def expected(request: Request, post: Annotated[str | None, Query(max_length=40)] = None) -> dict[str, Any]:
        """Tell an official, or a device of a post, of the own post.

        Raises:
            NotAllowed: who asks serves at no post, or asks for another one.
        """
        sender = await doorkeeper.sender(request)
        return await run_in_threadpool(_read, sender, post)

    def _read(sender: Sender, post_id: str | None) -> dict[str, Any]:
        own = parts.directory.geography.find_post(sender.post_id) if sender.post_id else None
        if own is None or post_id not in (None, own.id):
            raise NotAllowed
        with parts.database.reading() as session:
            return desk_json(
                session, own, sender.agency, parts, scope_at(own.id, sender.agency, parts.directory.restrictions)
            )

    return router
