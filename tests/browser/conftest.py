"""A real Chromium, and the application of a test at an address of this machine."""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import uvicorn

CHROMIUM = shutil.which("chromium")
CUT = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    required = "chromium" in re.split(r"[ ,]+", os.environ.get("CORRIDOR_TEST_REQUIRE", ""))
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        if required:
            raise
        pytest.skip("needs the Python package playwright")
    if CHROMIUM is None:
        if required:
            pytest.fail("chromium is required and not here")
        pytest.skip("needs Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CUT)
        yield browser
        browser.close()


@dataclass
class Served:
    """An application at an address of this machine."""

    server: uvicorn.Server
    thread: threading.Thread
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(timeout=10)


def start_server(app: object, port: int = 0) -> Served:
    """Serve an application, on a port if one is named."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    return Served(server, thread, int(server.servers[0].sockets[0].getsockname()[1]))


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    served = start_server(site.app)
    yield served.address
    served.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Serve applications for the length of a test."""
    all_served: list[Served] = []

    def start(app: object, port: int = 0) -> Served:
        all_served.append(start_server(app, port))
        return all_served[-1]

    yield start
    for served in all_served:
        served.stop()
