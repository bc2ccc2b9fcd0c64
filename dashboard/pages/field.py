"""The pages of people on the road and at posts: they work without a network, and send what was entered when there is one.

One shell without anybody's data, its words, a service worker and a manifest, and what a phone must know to work offline.
Entries go through the same doors as every other message (`telemetry/rest.py`).
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from checkpoints.agencies import AGENCIES
from dashboard import csrf
from dashboard.field_coach import halts_to_ask, open_trips
from dashboard.field_view import CODES, coaches, own_post, roads, states
from dashboard.parts import Parts
from dashboard.paths import STATIC, TEMPLATES
from dashboard.rendering import Pages, PagesDep, go_to, url
from dashboard.viewers import SESSION_COOKIE, identify
from operators.companies import list_vehicles
from telemetry.doorkeeper import Doorkeeper
from telemetry.senders import SenderKind
from tracker.errors import NotAllowed, NotFound
from tracker.phrases import LANGUAGES

CREWS = (SenderKind.PERSONAL, SenderKind.PERSON)
SHARED = ("map/words.js", "vendor/uqr/uqr.js")
NAME_OF = {"en": "Road notes", "fr": "Carnet de route", "pt": "Notas de viagem"}  # neutral on purpose


def make_router(parts: Parts, doorkeeper: Doorkeeper) -> APIRouter:
    """Return the routes of the field pages."""
    router = APIRouter(prefix="/field", include_in_schema=False)

    @router.get("")
    def to_shell(request: Request) -> Response:
        return go_to(request, "/field/")

    @router.get("/")
    def shell(request: Request, pages: PagesDep) -> Response:
        """Give the shell: the same for everybody, so that it can be kept on the phone."""
        return pages.render(request, "field.html", version=version(pages), names=NAME_OF)

    @router.get("/worker.js")
    def worker(request: Request, pages: PagesDep) -> Response:
        """Give the service worker; it changes whenever a file or a sentence does."""
        files = [url(request, path) for path in ("/field/", *_files(), *(f"/field/words/{one}" for one in LANGUAGES))]
        facts = (
            f"const VERSION = {orjson.dumps(version(pages)).decode()};\nconst FILES = {orjson.dumps(files).decode()};\n"
        )
        source = facts + (STATIC / "field/worker.js").read_text(encoding="utf-8")
        return Response(source, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get("/manifest/{language}")
    def manifest(request: Request, language: str) -> Response:
        """Give the manifest: a neutral name and picture."""
        name = NAME_OF.get(language, NAME_OF["en"])
        icons = [
            {"src": url(request, f"/static/field/notes-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
            for size in (192, 512)
        ]
        return JSONResponse(
            {
                "name": name, "short_name": name, "id": url(request, "/field/"), "start_url": url(request, "/field/"),
                "scope": url(request, "/field/"), "display": "standalone", "background_color": "#f4f4f2",
                "theme_color": "#3d4a52", "icons": icons, "lang": language if language in LANGUAGES else "en",
            },
            media_type="application/manifest+json",
        )  # fmt: skip

    @router.get("/words/{language}")
    def words(language: str, pages: PagesDep) -> Response:
        """Give the sentences that the pages say, in one language.

        Raises:
            NotFound: nobody speaks it here.
        """
        if language not in LANGUAGES:
            raise NotFound
        return Response(_words(pages, language), media_type="application/json", headers={"Cache-Control": "no-cache"})

    @router.get("/me")
    async def me(request: Request, known: str = "") -> dict[str, Any]:
        """Tell a phone whose it is, and what it must know to work without a network, as far as that is not `known` there."""
        sender = await doorkeeper.sender(request)
        viewer = None if request.headers.get("authorization") else (await identify(request)).viewer
        geography, now = parts.directory.geography, parts.clock.now()
        with parts.database.reading() as session:
            own = coaches(list_vehicles(session, sender.operator_id), sender) if sender.operator_id else []
        told = {
            "sender": {
                "device_id": sender.device_id, "kind": sender.kind, "operator_id": sender.operator_id,
                "vehicle_id": sender.vehicle_id, "post_id": sender.post_id, "agency": sender.agency,
                "language": sender.language, "role": viewer.role if viewer else None,
                "name": viewer.name if viewer else None,
            },
            "csrf": csrf.make_token(parts.secrecy, request.cookies[SESSION_COOKIE]) if viewer else None,
            "server_time": now, "coaches": own, "post": own_post(geography, sender.post_id),
            "address": parts.settings.resolved_public_url,
        }  # fmt: skip
        ground = {"roads": roads(geography, now.date()), "states": states(now.date()), "codes": CODES}
        edition = hashlib.sha256(orjson.dumps(ground)).hexdigest()[:12]
        return told | {"ground": edition} | (ground if known != edition else {})

    @router.get("/coach")
    async def coach(request: Request, vehicle_id: str = "") -> dict[str, Any]:
        """Tell a crew the trips that were declared for its coach and the halts that nobody has explained.

        Without a coach: the trips of all the coaches that the sender speaks for.

        Raises:
            NotAllowed: the sender speaks for no coach, or not for this one.
        """
        sender = await doorkeeper.sender(request)
        now = parts.clock.now()
        with parts.database.reading() as session:
            own = [one["id"] for one in coaches(list_vehicles(session, sender.operator_id), sender)]
            if sender.operator_id is None or sender.kind not in CREWS or (vehicle_id and vehicle_id not in own):
                raise NotAllowed
            named = vehicle_id or sender.vehicle_id
            geography = parts.directory.geography
            return {
                "trips": open_trips(session, sender.operator_id, [named] if named else own, now),
                "halts": halts_to_ask(session, sender.operator_id, named, geography, now) if named else [],
            }

    return router


def version(pages: Pages) -> str:
    """Return what changes whenever a file or a sentence of the field pages does."""
    digest = hashlib.sha256((TEMPLATES / "field.html").read_bytes())
    for file in _files():
        digest.update((STATIC / file.removeprefix("/static/")).read_bytes())
    for language in LANGUAGES:
        digest.update(_words(pages, language).encode())
    return digest.hexdigest()[:12]


@cache
def _files() -> tuple[str, ...]:
    own = sorted(
        file.relative_to(STATIC).as_posix() for file in (STATIC / "field").iterdir() if file.name != "worker.js"
    )
    return tuple(f"/static/{name}" for name in (*own, *SHARED))


@cache
def _words(pages: Pages, language: str) -> str:
    return pages.text(language, "field_words.html", codes=CODES, agencies=AGENCIES)
