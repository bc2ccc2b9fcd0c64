"""The map's first view on a slow phone: a real Chromium, its processor four times slower, 400 kbit/s, 400 ms of latency.

The view is there when land, roads, coaches and posts are drawn and the feed is live (`data-feed=live`), counted from the
navigation's start, by the page's own clock. Cold: a browser that was never here. Warm: it was, a moment ago, and opens the
page in another tab. Signed in as a monitor; 60 coaches, nine days of flow; uvicorn on loopback, compression as in
`dashboard/main.py`. Chromium and playwright are needed. Latency is per request on one connection set up anew, without TLS.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from fastapi.middleware.gzip import GZipMiddleware
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlmodel import SQLModel

from dashboard.viewers import SESSION_COOKIE
from tests.dashboard.map_world import make_map_site, populate_flow, populate_road
from tracker.database import Database

CPU_SLOWER, LATENCY_MS, BYTES_S = 4, 400, 400_000 / 8
RUNS = 3
COACHES = 60
COLD_S, WARM_S = 6.0, 2.0
PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
MARK = """
window.seenAt = {};
const look = () => {
  const page = document.querySelector(".map-page");
  for (const name of ["feed", "flow"]) if (page?.dataset[name] && !window.seenAt[name + page.dataset[name]])
    window.seenAt[name + page.dataset[name]] = performance.now();
};
const what = {subtree: true, childList: true, attributes: true, attributeFilter: ["data-feed", "data-flow"]};
new MutationObserver(look).observe(document, what);
"""
ENTRIES = """() => [performance.getEntriesByType("navigation")[0], ...performance.getEntriesByType("resource")].map((e) => ({
  name: e.name.replace(location.origin, "").split("?")[0], start: Math.round(e.startTime), end: Math.round(e.responseEnd),
  bytes: e.transferSize}))"""


def map_first_view_cold(coaches: int = COACHES) -> dict[str, Any]:
    """Return the seconds until the map is there on a slow phone that never saw it, against the limit."""
    return _answer(coaches, "cold", COLD_S)


def map_first_view_warm(coaches: int = COACHES) -> dict[str, Any]:
    """Return the same for a phone that has just had the page open."""
    return _answer(coaches, "warm", WARM_S)


def _answer(coaches: int, state: str, limit_s: float) -> dict[str, Any]:
    if shutil.which("chromium") is None:
        return {"value": None, "unit": "s", "against": "not measured: needs Debian's package chromium", "ratio": None}
    runs = _measured(coaches)[state]
    middle = statistics.median(run["seconds"] for run in runs)
    run = min(runs, key=lambda one: abs(one["seconds"] - middle))
    return {
        "value": round(middle, 2), "unit": "s", "against": f"limit of {limit_s:g} s", "ratio": round(middle / limit_s, 2),
        "runs": [one["seconds"] for one in runs], "flow_s": run["flow_s"], "requests": len(run["requests"]),
        "kilobytes": round(sum(one["bytes"] for one in run["requests"]) / 1000, 1), "waterfall": run["requests"],
    }  # fmt: skip


@cache
def _measured(coaches: int) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"cold": [], "warm": []}
    with _served(coaches) as (address, token), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with _phone(browser, address, token) as context:
            _view(context, address)  # the server's own first answers are not the phone's matter
        for _ in range(RUNS):
            with _phone(browser, address, token) as context:
                for state in ("cold", "warm"):
                    found[state].append(_view(context, address))
        browser.close()
    return found


@contextmanager
def _phone(browser: Browser, address: str, token: str) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, has_touch=True, device_scale_factor=2)  # type: ignore[arg-type]
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": address}])
    context.add_init_script(MARK)
    yield context
    context.close()


def _view(context: BrowserContext, address: str) -> dict[str, Any]:
    page = context.new_page()
    throttle = context.new_cdp_session(page)
    throttle.send("Network.enable")
    network = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": BYTES_S, "uploadThroughput": BYTES_S}
    throttle.send("Network.emulateNetworkConditions", network)
    throttle.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    page.goto(address, wait_until="commit", timeout=60_000)
    page.wait_for_function("() => window.seenAt.feedlive && window.seenAt.flowshown", timeout=60_000)
    seen, requests = page.evaluate("window.seenAt"), page.evaluate(ENTRIES)
    page.close()
    return {
        "seconds": round(seen["feedlive"] / 1000, 2),
        "flow_s": round(seen["flowshown"] / 1000, 2),
        "requests": [one for one in requests if one["start"] <= seen["feedlive"]],
    }


@contextmanager
def _served(coaches: int) -> Iterator[tuple[str, str]]:
    """Yield the address of a served map and a monitor's session."""
    with tempfile.TemporaryDirectory(prefix="corridor-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'view.sqlite3'}")
        SQLModel.metadata.create_all(database.engine)
        now = datetime.now(UTC)
        site = make_map_site(database, now)
        site.app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
        with database.writing() as session:
            populate_road(session, now, coaches=coaches)
            populate_flow(session, now)
        token = site.browser("monitor").cookies.get(SESSION_COOKIE)
        server = uvicorn.Server(uvicorn.Config(site.app, host="127.0.0.1", port=0, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", str(token)
        server.should_exit = True
        thread.join(timeout=10)
        database.close()


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    both = {one.__name__: one(*numbers) for one in (map_first_view_cold, map_first_view_warm)}
    sys.stdout.write(orjson.dumps(both, option=orjson.OPT_INDENT_2).decode() + "\n")
