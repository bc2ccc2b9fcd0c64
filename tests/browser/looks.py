"""Looks at pages with axe-core, and keeps pictures of them for people where a folder for them is named."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

SERIOUS = {"serious", "critical"}


@dataclass
class Looks:
    """What axe-core calls serious on each of the pages that one page shows in turn, with the elements."""

    page: Any
    suffix: str
    seen: dict[str, list[tuple[str, list[str]]]] = field(default_factory=dict)

    def __call__(self, name: str) -> None:
        """Look at what is shown now; nothing may stick out."""
        self.page.locator("h1").first.wait_for(state="attached")
        self.page.wait_for_timeout(300)
        if folder := os.environ.get("CORRIDOR_TEST_PICTURES"):
            self.page.screenshot(path=Path(folder) / f"{name}-{self.suffix}.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        found = Axe().run(self.page).response["violations"]
        self.seen[name] = [
            (one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found if one["impact"] in SERIOUS
        ]

    def faults(self) -> dict[str, list[tuple[str, list[str]]]]:
        """Return the pages that have any."""
        return {name: found for name, found in self.seen.items() if found}
