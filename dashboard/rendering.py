"""Pages: templates, and what every one of them knows: language, viewer, formats, CSRF token, nonce, addresses.

One template environment per language, so that `_` and the formats are plain globals that macros see too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboard import csrf
from dashboard.formats import Formats
from dashboard.paths import STATIC, TEMPLATES
from dashboard.routes import list_routes
from dashboard.secrecy import new_token
from dashboard.translations import Translations
from dashboard.viewers import NOBODY, SESSION_COOKIE, VISITOR_COOKIE, Identity, get_gate
from tracker.phrases import LANGUAGES
from tracker.scope import Action, scope_of

LANGUAGE_COOKIE, FLASH_COOKIE = "corridor_language", "corridor_flash"
LANGUAGE_NAMES = {"en": "English", "fr": "Français", "pt": "Português"}
YEAR_S = 365 * 24 * 3600


class Pages:
    """Renders templates. One per application, in `app.state.pages`."""

    def __init__(self, translations: Translations, shared: Mapping[str, Any] | None = None) -> None:
        """Prepare an environment per language; `shared` are values that every template gets (map attribution ...)."""
        self.translations = translations
        self._environments = {language: self._environment(language) for language in LANGUAGES}
        for environment in self._environments.values():
            environment.globals.update(shared or {})
        self._paths: frozenset[str] | None = None

    def render(self, request: Request, name: str, /, status: int = 200, **context: Any) -> HTMLResponse:
        """Return the page of a template, in the language of the request."""
        identity: Identity = getattr(request.state, "identity", NOBODY)
        language = language_of(request, self.translations)
        scope = scope_of(identity.viewer)
        cookie = request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISITOR_COOKIE)
        visitor = None if cookie else new_token()
        secrecy = get_gate(request).secrecy
        flashed = request.cookies.get(FLASH_COOKIE, "")
        html = self._environments[language].get_template(name).render(
            {
                "request": request,
                "url": partial(url, request),
                "here": here(request),
                "asset": partial(asset, request),
                "nonce": getattr(request.state, "nonce", ""),
                "viewer": identity.viewer,
                "scope": scope,
                "may": lambda action: scope.may(Action(action)),
                "exists": lambda path: path in self._routes(request),
                "csrf_token": lambda: csrf.make_token(secrecy, cookie or visitor or ""),
                "flash": flashed if flashed.startswith("flash.") and self.translations.knows(flashed) else None,
                "errors": (),
                "status": status,
                **context,
            }
        )  # fmt: skip
        response = HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"})
        if visitor:
            set_cookie(request, response, VISITOR_COOKIE, visitor)
        if flashed:
            response.delete_cookie(FLASH_COOKIE)
        return response

    def text(self, language: str, name: str, /, **context: Any) -> str:
        """Return the text of a template that knows nothing of a request, in a language."""
        return self._environments[language].get_template(name).render(context)

    def _routes(self, request: Request) -> frozenset[str]:
        if self._paths is None:
            self._paths = frozenset(path for method, path in list_routes(request.app) if method == "GET")
        return self._paths

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

        def say(code: str, **values: Any) -> str:
            return self.translations.say(code, values, language)

        environment.globals.update(
            _=self.translations.gettext(language), ngettext=self.translations.ngettext(language), say=say,
            formats=Formats(language), language=language, language_names=LANGUAGE_NAMES,
        )  # fmt: skip
        return environment


def get_pages(request: Request) -> Pages:
    """Return the pages of the application."""
    pages: Pages = request.app.state.pages
    return pages


PagesDep = Annotated[Pages, Depends(get_pages)]


def language_of(request: Request, translations: Translations) -> str:
    """Return the language to answer in: chosen in this browser, else the person's, else what the browser asks for."""
    if (chosen := request.cookies.get(LANGUAGE_COOKIE)) in LANGUAGES:
        return str(chosen)
    identity: Identity = getattr(request.state, "identity", NOBODY)
    if identity.viewer is not None:
        return identity.viewer.language
    return translations.choose_language(request.headers.get("accept-language"))


def url(request: Request, path: str, **query: Any) -> str:
    """Return an address of ours, below the path at which a proxy may have put us; empty query values are left out."""
    wanted = {key: value for key, value in query.items() if value not in (None, "")}
    return root_of(request) + quote(path) + (f"?{urlencode(wanted)}" if wanted else "")


def root_of(request: Request) -> str:
    """Return the path at which a proxy has put us; usually empty."""
    return str(request.scope.get("root_path", ""))


def here(request: Request) -> str:
    """Return path and query of the page itself, below `root_of`: where to come back to."""
    path = request.url.path.removeprefix(root_of(request))
    return path + (f"?{request.url.query}" if request.url.query else "")


def asset(request: Request, name: str) -> str:
    """Return the address of a file under `static/`; it changes with the content, so browsers may keep it for ever."""
    return url(request, f"/static/{name}", v=_digest(STATIC / name))


@cache
def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"


def local_path(wanted: str | None) -> str:
    """Return `wanted` if it is a path of this site, else `/`: a link must not send people elsewhere after sign-in."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or len(wanted) > 500:
        return "/"
    return wanted if wanted.isprintable() else "/"


def go_to(request: Request, path: str, flash: str | None = None) -> RedirectResponse:
    """Return the answer to a form that was accepted: look there now; `flash` is the code of a sentence shown once."""
    response = RedirectResponse(root_of(request) + path, 303, headers={"Cache-Control": "no-store"})
    if flash:
        set_cookie(request, response, FLASH_COOKIE, flash, max_age=60)
    return response


def set_cookie(request: Request, response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie that no script reads and no other site sends."""
    secure = get_gate(request).https
    response.set_cookie(name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=secure)
