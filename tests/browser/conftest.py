"""A real Chromium, and the application of a test at an address of this machine."""

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator

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


@pytest.fixture(scope="module")
def address(site) -> Iterator[str]:
    config = uvicorn.Config(site.app, host="127.0.0.1", port=0, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
